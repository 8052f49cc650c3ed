"""S4: identification under the memorandum: 45 days, answers positive and negative, purged on both sides, receipts kept.

Source: memorandum of 2016, as reported; rules L10, L24; docs/protocol/identification.md. Fingerprint files are made up; no
node opens one.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from comity.core.cases.clock import ClockState
from comity.core.codes.exchange import Purpose
from comity.core.codes.marks import DataCategory, SubjectCategory
from comity.core.identification.messages import Informed, Issuing, Nationality, Result, ResultGround
from comity.demo.scenario.databases import BE
from comity.demo.scenario.looked import case, everything, holds, logged
from comity.demo.scenario.people import ELS, JAN, RETURN, RETURN_DPO, RETURN_HEAD, SAMIRA, TARIQ
from comity.demo.scenario.scene import Scene
from comity.demo.scenario.world import MEMORANDUM, World, signed
from comity.services.cases.clock import clock
from comity.services.cases.views import show_case
from comity.services.clocks.remind import remind, reminders
from comity.services.clocks.watch import record_missed
from comity.services.evidence.alarms import open_alarms
from comity.services.exchange.deliver import deliver_due
from comity.services.exchange.status import Standing, thread
from comity.services.identification.answer import answer_identification, propose_identity
from comity.services.identification.attach import NewFile
from comity.services.identification.overdue import compare_overdue, overview
from comity.services.identification.read import files_of
from comity.services.identification.request import Circumstances, ask
from comity.services.protection.outstanding import outstanding

COLUMNS = "id,given,family,given_ar,family_ar,dob,nat,phone"
YES = "1,Said,Zayani,سعيد,الزياني,1991-06-17,MA,+32470111111"
NO = "2,Hamid,Berrada,حميد,برادة,1988-01-09,MA,+32470222222"
FORGOTTEN = "3,Driss,Sefrioui,إدريس,الصفريوي,1979-12-24,MA,+32470333333"
FAMILIES = ("الزياني", "برادة", "الصفريوي")
_HEAD = b"1.001:%d\x1d1.002:0500"
_BODY = b"\x1d1.003:1\x1f1\x1e14\x1f1\x1d1.004:TEN\x1c"


def play(scene: Scene) -> None:
    """Ask for three persons on one day: one is identified, one is not, one is forgotten."""
    world = scene.world
    agreement = signed(world, world.be, world.ma, pack=MEMORANDUM, heads=(RETURN_HEAD, RETURN_HEAD))
    _fill(world)
    world.enrol(world.be, ELS, RETURN_HEAD)
    scene.day(
        "Belgium asks Morocco to identify three persons without papers, each with a file of fingerprints."
    )
    prints = [_prints() for _ in FAMILIES]
    _second(scene, agreement, prints[0])
    threads = [
        _asked(world, agreement, family, octets) for family, octets in zip(FAMILIES, prints, strict=True)
    ]
    for _ in range(3):
        world.work()
    _clocks(scene, threads)
    scene.shows(
        all(octets[-32:] in everything(world.ma) for octets in prints), "Morocco has the three files, whole"
    )
    world.forward(days=20)
    _answers(scene, threads[0], threads[1], prints[:2])
    for place, who in enumerate(("identified", "not identified")):
        _purged(scene, threads[place], prints[place], f"of the one who was {who}")
    scene.shows(
        not holds(world.ma, FAMILIES[1]), "who was not identified is named nowhere in Morocco any more"
    )
    _kept(scene, threads[:2])
    scene.shows(
        all(prints[2][-32:] in everything(node) for node in world.nodes.values()),
        "of the third, whom nobody has answered, both still have the file",
    )
    _overdue(scene, threads[2])


def _fill(world: World) -> None:
    text = "\n".join((COLUMNS, YES, NO, FORGOTTEN)) + "\n"
    known = "\n".join((COLUMNS, "9" + YES[1:])) + "\n"
    for node, rows in ((world.be, text), (world.ma, known)):
        world.fill(node, rows, SubjectCategory.TO_BE_IDENTIFIED, Purpose.IDENTIFICATION, regime=RETURN)


def _prints() -> bytes:
    """Return made-up bytes with the header of an ANSI/NIST-ITL file; the last ones are like no others."""
    length = len(_BODY) + len(_HEAD % 10)
    return _HEAD % length + _BODY + secrets.token_bytes(200_000)


def _asked(world: World, agreement: str, family: str, octets: bytes, **more: Any) -> str:
    said = Circumstances(
        case="BE-RET-2026-31",
        nationality=Nationality(presumed="MA", contested=True, claimed=("DZ",)),
        informed=Informed(on=date(2026, 11, 20), language="ar"),
        issuing=Issuing(country="BE"),
    )
    files = [NewFile(octets, DataCategory.FINGERPRINTS)]
    uid = world.find(world.be, family, RETURN)
    return ask(world.be, ELS, agreement, uid, said, files, **{"second": JAN, **more})


def _second(scene: Scene, agreement: str, octets: bytes) -> None:
    scene.refused(
        "case.second",
        lambda: _asked(scene.world, agreement, FAMILIES[0], octets, second=None),
        "fingerprints do not leave on the word of one officer",
    )


def _clocks(scene: Scene, threads: Sequence[str]) -> None:
    world = scene.world
    spans = set()
    for each in threads:
        received, due = case(world.ma, each).received_at, clock(world.ma, each).deadline
        spans.add(None if received is None or due is None else due - received)
    scene.shows(spans == {timedelta(days=45)}, "the clock of each runs for 45 days from the receipt")
    scene.shows(
        all(clock(world.be, each) == clock(world.ma, each) for each in threads), "and alike on both nodes"
    )


def _answers(scene: Scene, yes: str, no: str, prints: Sequence[bytes]) -> None:
    world = scene.world
    scene.day("Morocco answers two of them.")
    uid = world.find(world.ma, FAMILIES[0], RETURN)
    identity = propose_identity(world.ma, SAMIRA, yes, uid)
    scene.refused(
        "case.second",
        lambda: answer_identification(
            world.ma, SAMIRA, no, Result.NOT_IDENTIFIED, [ResultGround.PRINTS_DIFFER]
        ),
        "whoever compared fingerprints needs a second approver",
    )
    answer_identification(
        world.ma,
        SAMIRA,
        yes,
        Result.IDENTIFIED,
        [ResultGround.PRINTS_MATCH],
        subject=uid,
        second=TARIQ,
        shown=identity.digest,
    )
    answer_identification(
        world.ma, SAMIRA, no, Result.NOT_IDENTIFIED, [ResultGround.PRINTS_DIFFER], second=TARIQ
    )
    world.forward(seconds=1)
    deliver_due(world.ma, world.network.channels)
    scene.shows(
        not any(octets[-32:] in everything(world.ma) for octets in prints),
        "with the receipts of its answers Morocco purges both files, before Belgium has asked for it",
    )
    world.work()
    told = [str(show_case(world.be, ELS, each)["passages"]) for each in (yes, no)]
    scene.shows(FAMILIES[0] in told[0] and "identified" in told[0], "Belgium reads who the first is")
    scene.shows("not-identified" in told[1], "and that the second is not known there")
    for node, name in ((world.be, "Belgium"), (world.ma, "Morocco")):
        states = {clock(node, each).state for each in (yes, no)}
        scene.shows(
            states == {ClockState.ANSWERED_IN_TIME}, f"{name}'s node counts both alike: answered in time"
        )


def _purged(scene: Scene, thread_: str, octets: bytes, whose: str) -> None:
    world = scene.world
    for node, name in ((world.be, "Belgium"), (world.ma, "Morocco")):
        scene.shows(
            case(node, thread_).request is None
            and [each["state"] for each in files_of(node, RETURN_HEAD, thread_)] == ["gone"]
            and octets[-32:] not in everything(node),
            f"request and fingerprints {whose} are gone in {name}: not a byte of the file is in its database",
        )


def _kept(scene: Scene, threads: list[str]) -> None:
    world = scene.world
    exchanged = [each for one in threads for each in thread(world.be, one)]
    scene.shows(
        all(
            each.received_at is not None and each.standing in (Standing.DELIVERED, Standing.ACCEPTED)
            for each in exchanged
        ),
        f"the signed receipts stay: {len(exchanged)} messages, each with the time at which it was received",
    )
    scene.shows(
        len(logged(world.be, "protection.complied")) == 2 and outstanding(world.be, RETURN_DPO) == [],
        "that Morocco complied stands in Belgium's log twice; nobody owes anything",
    )
    scene.shows(
        [len(logged(world.be, f"identification.{kind}")) for kind in ("identified", "not-identified")]
        == [1, 1],
        "one answer of each kind stands in Belgium's log",
    )
    scene.shows(
        len(logged(world.ma, "case.identification-decided")) == 2,
        "and in Morocco's that a named person decided each",
    )


def _reminded(scene: Scene, forgotten: str, days: int) -> None:
    world = scene.world
    remind(world.be)
    told = {
        who.name: [(each.step.value, each.side, each.days_over) for each in reminders(world.be, who)]
        for who in (ELS, RETURN_HEAD)
        if any(each.thread == forgotten for each in reminders(world.be, who))
    }
    scene.shows(
        all(("missed", "asked", days) in each for each in told.values()) and set(told) == {"els", "nadia"},
        "who asked, and the head of desk, are reminded that the date was missed: with the days of that list",
    )


def _overdue(scene: Scene, forgotten: str) -> None:
    world = scene.world
    world.forward(days=26)
    scene.day("The 46th day.")
    for node, name in ((world.be, "Belgium"), (world.ma, "Morocco")):
        record_missed(node)
        scene.shows(
            clock(node, forgotten).state is ClockState.OVERDUE
            and len(logged(node, "case.deadline-missed")) == 1,
            f"the third request is overdue, and on record, in {name}",
        )
    lists = [overview(node, RETURN_HEAD)[0].document() for node in (world.be, world.ma)]
    ours, theirs = ({name: value for name, value in each.items() if name != "partner"} for each in lists)
    scene.shows(ours == theirs, "both nodes show one and the same list of what is overdue")
    _reminded(scene, forgotten, ours["lines"][0]["days_over"])
    counts = ours["counts"][BE]
    scene.shows(
        [
            counts[name]
            for name in ("requests", "answered", "in_time", "overdue", "identified", "not_identified")
        ]
        == [3, 2, 2, 1, 1, 1],
        "and the same counts: three asked, two answered in time, one each way, one overdue",
    )
    world.forward(minutes=11)
    scene.shows(
        compare_overdue(world.be, world.network.channels) == 1
        and not any(open_alarms(node) for node in world.nodes.values()),
        "they compare their lists by themselves, and find no difference",
    )
