"""S7: an alert on a foreign fighter asks for a specific check; the law of the place knows an inquiry only; a discreet one stays so.

Source: Regulation (EU) 2018/1862 Art. 36, 37(1), 37(3)-(6); docs/protocol/cases.md §18, §20.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from comity.core.cases.hit.report import Measure, Outcome
from comity.core.codes.checks import Check
from comity.core.codes.exchange import Purpose, Regime
from comity.core.codes.marks import Assertion, SubjectCategory
from comity.core.probe.opening import Strength
from comity.core.probe.query import read_query
from comity.core.rights import codes
from comity.demo.scenario.asking import asked
from comity.demo.scenario.databases import BE, MA
from comity.demo.scenario.looked import everything, logged
from comity.demo.scenario.people import DPO, HEAD, LIES, LOTTE, SALMA
from comity.demo.scenario.scene import Scene
from comity.demo.scenario.searching import GROUP, PURPOSE, searched
from comity.services.cases.answer import answer
from comity.services.cases.inbox import assign, inbox
from comity.services.cases.thread.inform import inform
from comity.services.cases.thread.report_hit import HitReport, report_hit
from comity.services.cases.views import show_case
from comity.services.clocks.compare import compare_clocks
from comity.services.clocks.core_data import core_clock
from comity.services.clocks.remind import remind, reminders
from comity.services.context import Actor, Node
from comity.services.evidence.alarms import open_alarms
from comity.services.probe.index import publish
from comity.services.probe.replica import fetch
from comity.services.rights.answering import Decision, decide
from comity.services.rights.requests import Asked, register_request
from comity.services.rights.search import search_everything

COLUMNS = "id,given,family,given_ar,family_ar,dob,pob,phone,check\n"
FIGHTER = "7,Ilyas,Benhaddou,إلياس,بنحدو,1991-05-17,Liège,+32470112233,specific\n"
WATCHED = "9,Youssef,El Khattabi,يوسف,الخطابي,1984-03-02,Al Hoceima,+212661234567,discreet\n"
DISCREET = Check.DISCREET.value.encode()
WORDS = {"place": "Tanger Ville, arrivals", "reason": "passport control", "circumstances": "alone, one bag"}
MARKS = dict.fromkeys((*WORDS, "deviation"), Assertion.FACT)


def play(scene: Scene) -> None:
    """Let Belgium ask Morocco for a specific check, then Morocco ask Belgium for a discreet one; look at both reports."""
    _specific(scene)
    _discreet(scene)


def _specific(scene: Scene) -> None:
    world = scene.world
    world.fill(world.be, COLUMNS + FIGHTER, SubjectCategory.SUSPECT, Purpose.TERRORISM)
    scene.day(
        "Belgium has an alert on a foreign fighter: whoever finds him is asked to question and search him."
    )
    uid = world.find(world.be, "Benhaddou")
    tell = partial(
        inform,
        world.be,
        partner=MA,
        agreement=world.agreement,
        purpose=Purpose.TERRORISM,
        matter="a foreign fighter on his way to Tangier",
        reasons="he left Liège this morning",
        assertions=dict.fromkeys(("matter", "reasons"), Assertion.FACT),
        subject=uid,
    )
    scene.refused(
        "case.approver", lambda: tell(actor=LOTTE), "an officer cannot send the alert: an approver does"
    )
    thread = tell(actor=LIES)
    world.work()
    here, there = (_told(node, who, thread) for node, who in ((world.be, LIES), (world.ma, SALMA)))
    scene.shows(
        there["check"]["asked"] == "specific",
        "Morocco reads whom it concerns and what is asked: a specific check",
    )
    scene.shows(
        here["check"] == there["check"] == {"asked": "specific", "due": "inquiry"},
        "both nodes read the signed agreement alike: the law of Morocco knows inquiries, so an inquiry is due",
    )

    _reported(scene, thread)


def _reported(scene: Scene, thread: str) -> None:
    world = scene.world
    world.forward(hours=9)
    scene.day("He comes off the ferry in Tangier, and is questioned.")
    found = partial(_found, world.ma, SALMA, thread)
    scene.refused(
        "case.check-missing",
        lambda: found(None, [Measure.OBSERVED]),
        "a report that does not say which check was made is refused",
    )
    scene.refused(
        "case.request-field",
        lambda: found(Check.INQUIRY, [Measure.SEARCHED]),
        "a search cannot be reported as an inquiry",
    )
    scene.refused(
        "case.check-unexplained",
        lambda: found(Check.SPECIFIC, [Measure.SEARCHED]),
        "a search that the law of the place does not know is not reported without saying why",
    )
    report = found(Check.INQUIRY, [Measure.IDENTITY_CHECKED, Measure.QUESTIONED])
    world.work()
    read = [_told(node, who, thread, report) for node, who in ((world.be, LIES), (world.ma, SALMA))]
    scene.shows(
        read[0]["words"]["measures"] == ["identity-checked", "questioned"]
        and read[0]["words"]["place"] == WORDS["place"],
        "Belgium has its report: where, when, why, how, and what was done",
    )
    scene.shows(
        read[0]["check"] == read[1]["check"] and read[0]["check"]["course"] == "lowered",
        "both nodes say: an inquiry was made, lowered from a specific check by the law of the place",
    )
    scene.shows(
        [each.value for one in inbox(world.be, LIES) if one.thread == thread for each in one.todo]
        == ["note"],
        "and it waits in Belgium until a person has noted it",
    )
    scene.shows(
        len(logged(world.be, "case.hit-report-received")) == len(logged(world.ma, "case.hit-reported")) == 1,
        "it stands in both logs",
    )
    excess = found(Check.SPECIFIC, [Measure.SEARCHED], deviation="he reached into his coat")
    world.work()
    scene.shows(
        _told(world.be, LIES, thread, excess)["check"]["course"] == "more",
        "had he been searched, the report travels all the same, with its reason, and shows as more than was allowed",
    )


def _discreet(scene: Scene) -> None:
    world = scene.world
    world.fill(world.ma, COLUMNS + WATCHED, SubjectCategory.SUSPECT, PURPOSE)
    world.officer_key(world.be)
    publish(world.ma, BE, Regime.POLICE, GROUP)
    world.work()
    fetch(world.be, world.network.channels, MA, Regime.POLICE, GROUP)
    scene.day(
        "Morocco has a discreet alert on another man. A patrol in Belgium stops his car and searches privately."
    )
    said = everything(world.be).count(DISCREET)
    outcome = searched(
        world,
        {"given": "Youssef", "family": "El Khattabi", "dob": "1984-03-02", "pob": "Al Hoceima"},
    )
    scene.shows(outcome.strength is Strength.HIT, "a hit")
    scene.shows(
        everything(world.be).count(DISCREET) == said,
        "the index says nothing of a check: that a person is under one, a person tells",
    )
    thread = asked(world, reference=outcome.references[0].reference)
    world.work()
    _reminded(scene, thread)
    answer(world.ma, SALMA, thread)
    world.work()
    scene.shows(reminders(world.ma, SALMA) == [], "the answer came in time, and the reminder is gone")
    shown = show_case(world.be, LOTTE, thread)
    scene.shows(
        shown["check"] == {"asked": "discreet", "due": "discreet"},
        "Morocco's answer asks for a discreet check",
    )
    world.forward(hours=1)
    found = partial(_found, world.be, LOTTE, thread)
    scene.refused(
        "case.check-unexplained",
        lambda: found(Check.DISCREET, [Measure.OBSERVED], aware=True),
        "had the man learned of it, the report must say how",
    )
    report = found(Check.DISCREET, [Measure.OBSERVED])
    world.work()
    read = _told(world.ma, SALMA, thread, report)["check"]
    scene.shows(
        (read["course"], read["aware"]) == ("as-asked", False),
        "he was observed, and let go: Morocco reads when and where, and that he knows nothing",
    )
    _asks(scene)


def _reminded(scene: Scene, thread: str) -> None:
    world = scene.world
    world.enrol(world.ma, SALMA, HEAD)
    assign(world.ma, SALMA, thread, SALMA)
    both = [core_clock(node, thread) for node in (world.be, world.ma)]
    scene.shows(
        both[0] == both[1] is not None,
        "it rests on a hit: beside its own clock of seven days, both nodes read one of 48 hours for the core data",
    )
    world.forward(hours=44)
    remind(world.ma)
    steps = [[each.step.value for each in reminders(world.ma, who)] for who in (SALMA, HEAD)]
    scene.shows(
        steps == [["core-owner"], ["core-head", "core-substitute"]],
        "44 hours later nobody has answered: whoever has the case is reminded, and the head of desk",
    )
    scene.shows(
        compare_clocks(world.be, world.network.channels) >= 1
        and not any(open_alarms(node) for node in world.nodes.values()),
        "the nodes compare this clock as well, and find no difference",
    )


def _asks(scene: Scene) -> None:
    world = scene.world
    world.forward(days=1)
    scene.day("He writes to Morocco: what do you hold on me?")
    wanted = Asked(
        person=read_query({"given_ar": "يوسف", "family_ar": "الخطابي", "dob": "1984-03-02"}),
        kind=codes.RightsKind.ACCESS,
        origin=codes.Origin.PERSON,
        received_at=world.clock(),
        contact="by registered letter",
        wish=True,
    )
    number = register_request(world.ma, DPO, Regime.POLICE, wanted)
    found = search_everything(world.ma, DPO, number, world.officer_key(world.ma))["found"]
    entry = scene.one([each for each in found if each["place"] == "register"], "his entry is found")
    others = tuple(each["key"] for each in found if each is not entry)
    scene.refused(
        "rights.under-check",
        lambda: decide(
            world.ma, DPO, number, Decision(codes.Outcome.FULL, told=(entry["key"],), others=others)
        ),
        "no letter tells the entry while its check is asked for",
    )
    reasons = (codes.RestrictionReason.INQUIRY,)
    decide(
        world.ma,
        DPO,
        number,
        Decision(
            codes.Outcome.NEITHER, others=others, reasons=reasons, reasoning="a discreet check is under way"
        ),
    )
    scene.tell("he gets the letter that everybody gets of whom nothing is held or told (S12)")


def _found(
    node: Node,
    actor: Actor,
    thread: str,
    check: Check | None,
    measures: list[Measure],
    *,
    aware: bool = False,
    deviation: str | None = None,
) -> str:
    texts: dict[str, str | None] = {**WORDS, "deviation": deviation}
    report = HitReport(
        outcome=Outcome.LOCATED,
        at=node.clock() - timedelta(minutes=20),
        measures=measures,
        texts=texts,
        assertions={name: mark for name, mark in MARKS.items() if texts.get(name)},
        check=check,
        aware=None if check is None else aware,
    )
    return report_hit(node, actor, thread, report)


def _told(node: Node, actor: Actor, thread: str, message: str | None = None) -> dict[str, Any]:
    """Return what a desk shows of a message in a thread; of the one that opened it."""
    said = show_case(node, actor, thread)["passages"]
    found: dict[str, Any] = next(each for each in said if each["message"] == (message or thread))
    return found
