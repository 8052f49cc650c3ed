"""S10: the action plan ends at midnight: flows close, an open case goes on where its clause says so.

Source: docs/protocol/agreement.md §4 and §5 (validity, run-off).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from comity.core.agreement.standing import State
from comity.core.codes.exchange import Act
from comity.demo.scenario.asking import asked
from comity.demo.scenario.looked import case, knows
from comity.demo.scenario.people import SALMA
from comity.demo.scenario.scene import Scene
from comity.services.agreements.standing import stored_standing
from comity.services.cases.answer import answer
from comity.services.cases.clock import clock
from comity.services.cases.recall import recall

MIDNIGHT = datetime(2027, 1, 1, tzinfo=UTC)


def play(scene: Scene) -> None:
    """Open a case on the last evening and look at both nodes before and after midnight."""
    world = scene.world
    uid = world.hold(world.ma)
    world.clock.now = MIDNIGHT - timedelta(hours=6)
    scene.day("The last evening of the plan: Belgium asks.")
    thread = asked(world)
    world.work()
    world.clock.now = MIDNIGHT - timedelta(milliseconds=1)
    for node, name in ((world.be, "Belgium"), (world.ma, "Morocco")):
        found = stored_standing(node, world.agreement)
        scene.shows(
            found.state(world.clock()) is State.IN_FORCE,
            f"a millisecond before midnight: in force, in {name}",
        )
    world.clock.now = MIDNIGHT
    scene.day("Midnight.")
    for node, name in ((world.be, "Belgium"), (world.ma, "Morocco")):
        found = stored_standing(node, world.agreement)
        scene.shows(found.state(world.clock()) is State.EXPIRED, f"the plan has ended, in {name}")
    scene.refused("agreement.expired", lambda: asked(world, case="BE-2027-1"), "nothing new can be asked")
    clause = stored_standing(world.be, world.agreement).agreement.clause(case(world.be, thread).clause)
    scene.shows(
        clause is not None and Act.REPLY in clause.run_off,
        "the clause of the open case says that answers may still be given on threads opened in time",
    )
    world.forward(days=1)
    scene.day("The day after.")
    answer(world.ma, SALMA, thread, uid)
    world.work()
    scene.shows(knows(world.be, thread), "the open case is answered under that clause")
    scene.shows(
        clock(world.be, thread).state == clock(world.ma, thread).state, "both nodes count its time alike"
    )
    recall(world.ma, SALMA, thread)
    world.work()
    scene.shows(not knows(world.be, thread), "what protects still flows: a recall is sent, and complied with")
