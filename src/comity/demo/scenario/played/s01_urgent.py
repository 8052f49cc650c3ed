"""S1: an urgent request on a telephone number, answered at 7 h 59 and at 8 h 01.

Source: Directive (EU) 2023/977 Art. 5(1)(a): eight hours from receipt, where the answer is directly accessible.
"""

from __future__ import annotations

from datetime import timedelta

from comity.core.cases.clock import ClockState
from comity.core.cases.statistics import Period
from comity.core.codes.marks import DataCategory
from comity.demo.scenario.asking import asked
from comity.demo.scenario.databases import BE
from comity.demo.scenario.looked import kept, logged
from comity.demo.scenario.people import HEAD, SALMA
from comity.demo.scenario.scene import Scene
from comity.services.cases.answer import answer
from comity.services.cases.clock import clock
from comity.services.clocks.compare import compare_clocks
from comity.services.clocks.statistics import figures
from comity.services.clocks.watch import record_missed
from comity.services.evidence.alarms import open_alarms

PHONE = frozenset({DataCategory.PHONES})
NUMBER = "+212661234567"


def play(scene: Scene) -> None:
    """Ask twice, answer once in time and once a minute too late."""
    uid = scene.world.hold(scene.world.ma)
    for minutes, state, words in (
        (7 * 60 + 59, ClockState.ANSWERED_IN_TIME, "in time"),
        (8 * 60 + 1, ClockState.ANSWERED_LATE, "late"),
    ):
        _once(scene, uid, minutes, state, words)
    world = scene.world
    missed = [record_missed(node) for node in (world.be, world.ma)]
    scene.shows(missed == [1, 1], "each node puts one breach on record, by itself, from the same receipts")
    ours, theirs = (logged(node, "case.deadline-missed") for node in (world.be, world.ma))
    scene.shows(
        len(ours) == 1 and ours == theirs, "both records say the same: the same thread, the same moment"
    )
    _figures(scene)


def _figures(scene: Scene) -> None:
    """Count and compare, as the workers and the heads of desk of both nodes do."""
    world, now = scene.world, scene.world.clock()
    period = Period(first=now - timedelta(days=2), before=now)
    here, there = (figures(node, HEAD, world.agreement, period) for node in (world.be, world.ma))
    scene.shows(
        here == there and (here[BE].answered.urgent, here[BE].late.urgent) == (2, 1),
        "both nodes count two urgent requests answered, one of them late (Art. 18)",
    )
    world.forward(minutes=11)
    alike = compare_clocks(world.be, world.network.channels)
    scene.shows(
        alike == 2 and not any(open_alarms(node) for node in (world.be, world.ma)),
        "they compare their clocks by themselves, and find no difference",
    )


def _once(scene: Scene, uid: str, minutes: int, state: ClockState, words: str) -> None:
    world = scene.world
    scene.day("Belgium asks who has a telephone number; an attack is expected tonight.")
    thread = asked(world, "the holder of +212 661 234 567", urgent=True, categories=PHONE)
    world.work()
    due = clock(world.ma, thread).deadline
    scene.shows(due is not None, "the clock runs on both nodes from the receipt, for eight hours")
    if due is None:
        return
    scene.shows(clock(world.be, thread) == clock(world.ma, thread), "both nodes show the same clock")
    world.clock.now = due - timedelta(hours=8) + timedelta(minutes=minutes) - timedelta(seconds=1)
    scene.day(
        f"An approver in Morocco releases the number, {minutes // 60} h {minutes % 60:02} after the receipt."
    )
    answer(world.ma, SALMA, thread, uid, categories=PHONE)
    world.work()
    scene.shows(NUMBER in kept(world.be, thread), "Belgium reads the number")
    for node, name in ((world.be, "Belgium"), (world.ma, "Morocco")):
        scene.shows(clock(node, thread).state is state, f"{name}'s node counts the answer as {words}")
