"""S9: a court and a third country want what a partner gave: blocked, permitted, and told at once where life is at stake.

Source: LED Art. 9(3), 35(1)(e), 35(2); Regulation (EU) 2016/794 Art. 22(2); handling code H1; rules L8, L17, L18.
"""

from __future__ import annotations

from comity.core.cases.consent import Use
from comity.core.codes.exchange import Purpose
from comity.core.codes.marks import Assertion
from comity.core.codes.transfer import OverrideGround
from comity.demo.scenario.asking import asked
from comity.demo.scenario.databases import TN
from comity.demo.scenario.looked import FAMILY, case, ended, knows, logged
from comity.demo.scenario.people import DPO, LIES, LOTTE, SALMA
from comity.demo.scenario.scene import Scene
from comity.demo.scenario.world import sign_with_third
from comity.services.cases.answer import answer
from comity.services.cases.recall import recall
from comity.services.protection.consent import ask_consent, decide_consent, withdraw_consent
from comity.services.protection.onward import pass_on
from comity.services.protection.outstanding import outstanding
from comity.services.transfers.court import give_to_court
from comity.services.transfers.emergency import pass_on_at_once

REASON = "a call of this morning names the port and the hour"
TOLD = {"matter": Assertion.ASSESSMENT, "reasons": Assertion.FACT}


def play(scene: Scene) -> None:
    """Answer with H1; then a court, a third country, and an emergency."""
    world = scene.world
    uid = world.hold(world.ma)
    scene.day(
        "Morocco answers Belgium; the answer bears handling code H1: not to a court without permission."
    )
    thread = asked(world)
    world.work()
    answer(world.ma, SALMA, thread, uid)
    world.work()
    message = case(world.be, thread).closing or ""
    scene.shows(knows(world.be, thread), "Belgium reads who it is")
    _court(scene, thread, message)
    _third(scene, thread, message)


def _court(scene: Scene, thread: str, message: str) -> None:
    world = scene.world
    scene.day("A court in Brussels asks Belgium for it.")

    def give() -> object:
        return give_to_court(world.be, LIES, thread, message, "Court of Brussels", "2026/117")

    scene.refused("law.court", give, "it is not given before Morocco permits it")
    wish = ask_consent(world.be, LOTTE, thread, message, Use.COURT, Purpose.TERRORISM, "the trial")
    world.work()
    decide_consent(world.ma, SALMA, thread, wish, given=True)
    world.work()
    scene.tell("Morocco permits it, by the signed decision of a named person")
    scene.shows(FAMILY in str(give()), "now the court gets it")
    scene.shows(
        "Brussels" not in str(logged(world.be, "case.given-to-court")),
        "the log names no court, and no person",
    )
    withdraw_consent(world.ma, SALMA, thread, wish)
    world.work()
    scene.refused("law.court", give, "Morocco withdraws its permission: the next time it is not given")


def _third(scene: Scene, thread: str, message: str) -> None:
    world = scene.world
    beyond = sign_with_third(world)
    scene.day("Tunisia holds the brother; Belgium would tell it what Morocco said.")
    scene.refused(
        "law.consent",
        lambda: pass_on(
            world.be,
            LIES,
            thread,
            message,
            TN,
            beyond,
            Purpose.TERRORISM,
            "a driver",
            "his brother",
            assertions=TOLD,
        ),
        "it is not passed on without Morocco's consent",
    )
    scene.day("A call names the port and the hour: lives are at stake, there is no time to ask.")

    def at_once(confirmed: bool) -> str:
        when = world.clock() if confirmed else None
        threat = OverrideGround.THREAT_TO_LIFE
        return pass_on_at_once(
            world.be,
            LIES,
            thread,
            message,
            TN,
            beyond,
            threat,
            "a driver",
            REASON,
            assertions=TOLD,
            confirmed_at=when,
        )

    scene.refused("override.unconfirmed", lambda: at_once(False), "it needs the approver's second factor")
    told = at_once(True)
    world.work()
    tunisia = world.nodes[TN]
    scene.shows(
        ended(world.be, told)[0] == "delivered", "it has gone, in one submission with the notice to Morocco"
    )
    scene.shows(knows(tunisia, told), "Tunisia reads it")
    notices = [each for each in outstanding(world.ma, DPO) if each.act == "notify"]
    notice = scene.one(notices, "Morocco has been told once")
    scene.shows(
        (notice.thread, notice.ground) == (thread, "threat-to-life"),
        "Morocco's data-protection officer reads at once that it was passed on, and on which ground",
    )
    scene.shows(len(logged(world.be, "transfer.overridden")) == 1, "Belgium's log has the emergency")
    scene.shows(len(logged(world.ma, "transfer.override-told")) == 1, "so has Morocco's")
    recall(world.ma, SALMA, thread)
    world.work()
    world.work()
    scene.shows(not knows(tunisia, told), "Morocco takes all of it back: it is gone in Tunisia too")
