"""Who acted on what a partner gave tells it what was found and done; nobody else reports, and on nothing else.

Tried by removing each and seeing the tests named fail: `_is_ours` and `has_happened` in
`services/cases/thread/report_hit.py` (`test_wire_*`), `_acted_on` there (`test_only_on_what_may_be_used`), the notice
(`test_it_waits_until_a_person_has_noted_it`), `HIT_REPORT` in `TELLING_KINDS` (`test_it_stands_in_the_ledger`) and in
`CORRECTABLE` (`test_it_is_corrected_restricted_and_recalled`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.cases.cast import DPO, LOTTE, OPERATOR, SALMA, SYSTEM_ACCOUNT, ask, deliver, hold, subject
from tests.egress.scene import enter, protected
from tests.federation.world import BE, MA, World
from tests.identification.cast import ELS
from tests.policy.hostile import sent_unbound
from tests.policy.scene import case, everything, leaves, passage
from tests.told import FACTS

from comity.core.cases.hit.report import Measure, Outcome
from comity.core.cases.protection import ProtectionGround
from comity.core.cases.statistics import days
from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.handling import Handling
from comity.core.codes.marks import Assertion, DataCategory, SubjectCategory, Taint
from comity.core.instant import write_instant
from comity.errors import InputError, Refused
from comity.services.agreements.stop import suspend
from comity.services.cases.inbox import inbox
from comity.services.cases.recall import recall
from comity.services.cases.thread.inform import inform
from comity.services.cases.thread.report_hit import HitReport, report_hit
from comity.services.cases.views import show_case
from comity.services.clocks.statistics import figures_of
from comity.services.exchange.submit import Outgoing
from comity.services.protection.correct import correct_words
from comity.services.protection.outstanding import take_note
from comity.services.protection.owe import chase_due
from comity.services.protection.restrict import restrict_received, restrict_sent
from comity.services.rights.ledger import differences, ledger
from comity.storage.models.rights.requests import Disclosure

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
TEXTS = {
    "place": "Zeebrugge, quay 3",
    "reason": "passport control",
    "circumstances": "he came by ferry, alone",
}
MARKS = dict.fromkeys(TEXTS, Assertion.FACT)


def found(world: World, **changes: Any) -> HitReport:
    """Return a report of somebody who was found an hour ago."""
    usual: dict[str, Any] = {
        "outcome": Outcome.LOCATED,
        "at": world.clock() - timedelta(hours=1),
        "measures": [Measure.QUESTIONED, Measure.IDENTITY_CHECKED],
        "texts": TEXTS,
        "assertions": MARKS,
    }
    return HitReport(**{**usual, **changes})


def shown(world: World, thread: str) -> dict[str, Any]:
    """Return the report as the Moroccan desk reads it."""
    [one] = [each for each in show_case(world.ma, SALMA, thread)["passages"] if each["kind"] == "hit-report"]
    return one


def test_the_owner_reads_what_was_found_and_done(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    sent = report_hit(world.be, LOTTE, thread, found(world, language="nl"))
    deliver(world)
    words = shown(world, thread)["words"]
    assert words["message"] == case(world.be, thread).closing
    assert (words["outcome"], words["measures"]) == ("located", ["identity-checked", "questioned"])
    assert (words["place"], words["handling"], words["language"]) == (TEXTS["place"], "H1", "nl")
    assert words["assertions"] == dict.fromkeys(TEXTS, "fact")
    for node in (world.be, world.ma):
        kinds = [each["kind"] for each in show_case(node, SALMA, thread)["timeline"]]
        assert kinds[-1] == "hit-report"
    assert len(leaves(world.be, "case.hit-reported")) == 1
    assert len(leaves(world.ma, "case.hit-report-received")) == 1
    assert sent == passage(world.ma, sent).message


def test_it_waits_until_a_person_has_noted_it(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    report_hit(world.be, LOTTE, thread, found(world))
    deliver(world)
    [waiting] = inbox(world.ma, SALMA)
    assert (waiting.thread, [each.value for each in waiting.todo]) == (thread, ["note"])
    [notice] = show_case(world.ma, SALMA, thread)["notices"]
    assert (notice["act"], notice["direction"]) == ("report-hit", "in")
    take_note(world.ma, SALMA, notice["notice"])
    assert inbox(world.ma, SALMA) == []


def test_it_is_told_as_often_as_something_is_done_and_by_systems_too(
    answered: tuple[World, str, str],
) -> None:
    world, _, thread = answered
    report_hit(world.be, SYSTEM_ACCOUNT, thread, found(world, outcome=Outcome.NOT_LOCATED, measures=["none"]))
    report_hit(world.be, LOTTE, thread, found(world))
    deliver(world)
    said = [one for one in show_case(world.ma, SALMA, thread)["passages"] if one["kind"] == "hit-report"]
    assert [one["words"]["outcome"] for one in said] == ["not-located", "located"]


def test_on_the_hit_itself_before_an_answer_has_come(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    report_hit(world.be, LOTTE, thread, found(world))
    deliver(world)
    assert shown(world, thread)["words"]["message"] is None
    assert case(world.ma, thread).closing is None


def test_on_information(desks: tuple[World, str]) -> None:
    world, agreement = desks
    hold(world.ma, subject())
    told = inform(
        world.ma,
        SALMA,
        BE,
        agreement,
        Purpose.TERRORISM,
        "a driver",
        "he is on his way",
        assertions=FACTS,
        subject="5" * 32,
    )
    deliver(world)
    report_hit(world.be, LOTTE, told, found(world))
    deliver(world)
    assert shown(world, told)["words"]["message"] == told


def test_only_on_what_may_be_used(answered: tuple[World, str, str]) -> None:
    world, agreement, thread = answered
    message = str(case(world.be, thread).closing)
    with pytest.raises(Refused, match=r"case\.no-hit"):
        report_hit(world.ma, SALMA, thread, found(world))
    with pytest.raises(Refused, match=r"case\.no-hit"):
        report_hit(world.be, LOTTE, thread, found(world, message=thread))
    with pytest.raises(InputError, match=r"case\.message-unknown"):
        report_hit(world.be, LOTTE, thread, found(world, message="0" * 32))
    described = ask(world, agreement, reference=None, about="a driver")
    deliver(world)
    with pytest.raises(Refused, match=r"case\.no-hit"):
        report_hit(world.be, LOTTE, described, found(world))
    restrict_sent(world.ma, SALMA, thread, ProtectionGround.CONTESTED, message)
    deliver(world)
    with pytest.raises(Refused, match=r"case\.restricted"):
        report_hit(world.be, LOTTE, thread, found(world, message=message))


def test_who_may(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    with pytest.raises(Refused, match=r"actor\.role"):
        report_hit(world.be, DPO, thread, found(world))
    with pytest.raises(InputError, match=r"case\.unknown"):
        report_hit(world.be, ELS, thread, found(world))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"assertions": {}}, "case.assertion-missing"),
        ({"assertions": {**MARKS, "route": Assertion.FACT}}, "case.assertion-missing"),
        ({"texts": {**TEXTS, "place": " "}, "assertions": MARKS}, "case.assertion-missing"),
        ({"measures": []}, "case.request-field"),
        ({"measures": [Measure.NONE, Measure.ARRESTED]}, "case.request-field"),
        ({"handling": Handling("H3/as-written")}, "case.conditions-missing"),
        ({"language": "Dutch"}, "case.language"),
    ],
)
def test_what_is_not_said_right_does_not_leave(
    answered: tuple[World, str, str], changes: dict[str, Any], code: str
) -> None:
    world, _, thread = answered
    with pytest.raises(InputError) as error:
        report_hit(world.be, LOTTE, thread, found(world, **changes))
    assert error.value.code == code
    with pytest.raises(InputError, match=r"case\.hit-to-come"):
        report_hit(world.be, LOTTE, thread, found(world, at=world.clock() + timedelta(hours=1)))


def test_with_conditions_it_is_sealed_at_the_owner_s(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    bound = found(world, handling=Handling("H3/as-written TLP:AMBER"), conditions="not before the raid")
    report_hit(world.be, LOTTE, thread, bound)
    deliver(world)
    one = shown(world, thread)
    assert (one["to_acknowledge"], one["words"], one["conditions"]) == (True, None, "not before the raid")
    assert one["handling"] == "H3/as-written TLP:AMBER"


def test_what_is_protected_is_not_told_in_it(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    person = protected(Taint.ASYLUM)
    enter(world.be, person.model_copy(update={"marks": person.marks.model_copy(update={"owner": BE})}))
    texts = {**TEXTS, "companions": "with Karim Tazi, born 12/03/1985"}
    marks = {**MARKS, "companions": Assertion.ASSESSMENT}
    with pytest.raises(Refused, match=r"law\.protected"):
        report_hit(world.be, LOTTE, thread, found(world, texts=texts, assertions=marks))
    deliver(world)
    assert "Tazi" not in everything(world.ma)


def test_it_stands_in_the_ledger(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    sent = report_hit(world.be, LOTTE, thread, found(world))
    deliver(world)
    assert Disclosure.objects.using("be").filter(message=sent).count() == 1
    gaps = differences(world.be)
    assert (gaps.missing, gaps.unfounded) == ((), ())


def test_the_ledger_names_our_own_entry_and_its_marks_bind(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    uid = "b" * 32
    hold(world.be, subject(owner=BE), uid)
    sent = report_hit(world.be, LOTTE, thread, found(world, subject=uid))
    deliver(world)
    assert Disclosure.objects.using("be").get(message=sent).subject == uid
    assert uid not in everything(world.ma)
    [told] = [
        each for each in ledger(world.be, DPO, Regime.POLICE, uid, "a person asks") if each.message == sent
    ]
    assert (told.kind, told.recipient) == ("hit-report", MA)
    hold(world.be, subject(owner=BE, taints=(Taint.ASYLUM,)), uid)
    with pytest.raises(Refused, match=r"law\.protected"):
        report_hit(world.be, LOTTE, thread, found(world, subject=uid))
    with pytest.raises(InputError, match=r"register\.unknown"):
        report_hit(world.be, LOTTE, thread, found(world, subject="c" * 32))
    returning = {"owner": BE, "regime": Regime.RETURN_IDENTIFICATION}
    hold(world.be, subject(**returning), "d" * 32)
    with pytest.raises(Refused, match=r"case\.regime"):
        report_hit(world.be, LOTTE, thread, found(world, subject="d" * 32))


def test_after_the_end_of_the_agreement_it_goes_with_the_run_off_of_replies(
    answered: tuple[World, str, str],
) -> None:
    world, agreement, thread = answered
    suspend(world.be, OPERATOR, agreement, "test")
    deliver(world)
    sent = report_hit(world.be, LOTTE, thread, found(world))
    deliver(world)
    assert passage(world.ma, sent).kind == "hit-report"


def test_it_is_corrected_restricted_and_recalled(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    sent = report_hit(world.be, LOTTE, thread, found(world))
    deliver(world)
    anew = {"place": "Zeebrugge, quay 4", "assertions": {"place": "fact"}}
    correct_words(world.be, LOTTE, thread, sent, ProtectionGround.INACCURATE, anew)
    deliver(world)
    assert shown(world, thread)["words"]["place"] == "Zeebrugge, quay 4"
    with pytest.raises(InputError, match=r"case\.request-field"):
        correct_words(world.be, LOTTE, thread, sent, ProtectionGround.INACCURATE, {"message": None})
    restrict_received(world.ma, DPO, thread, ProtectionGround.CONTESTED, sent)
    assert shown(world, thread)["words"] is None
    recall(world.be, LOTTE, thread)
    for _ in range(2):
        chase_due(world.be)
        deliver(world, 400)
    assert "quay" not in everything(world.ma)


def hostile(world: World, agreement: str, of: str, body: dict[str, Any], **header: Any) -> Outgoing:
    """Return a report from the Belgian node, lawful unless body or header are changed."""
    content = {
        "message": case(world.be, of).closing,
        "outcome": "located",
        "at": write_instant(world.clock()),
        "measures": ["arrested"],
        **TEXTS,
        "assertions": dict.fromkeys(TEXTS, "fact"),
        "handling": "H1",
        "language": "und",
        **body,
    }
    claims: dict[str, Any] = {
        "act": Act.REPORT_HIT,
        "agreement": agreement,
        "clause": "terrorism.request",
        "purpose": Purpose.TERRORISM,
        "thread": of,
        "handling": Handling.H1,
        **header,
    }
    return Outgoing(MA, Regime.POLICE, "hit-report", body=content, **claims)


@pytest.mark.parametrize(
    ("body", "header", "code"),
    [
        ({}, {}, None),
        ({"message": None}, {}, None),
        ({"message": "0" * 32}, {}, "case.no-such-hit"),
        ({}, {"thread": "0" * 32}, "policy.thread-missing"),
        ({"at": "2027-11-23T10:00:00.000Z"}, {}, "case.hit-when"),
        ({"at": "yesterday"}, {}, "instant.malformed"),
        ({"measures": []}, {}, "case.message-malformed"),
        ({"measures": ["none", "seized"]}, {}, "case.message-malformed"),
        ({"measures": ["seized", "arrested"]}, {}, "case.message-malformed"),
        ({"measures": ["hanged"]}, {}, "case.message-malformed"),
        ({"assertions": {}}, {}, "case.assertion"),
        ({"route": "Ostend"}, {}, "case.assertion"),
        ({"handling": "H3"}, {}, "case.handling"),
        ({"handling": "H2"}, {}, "case.header"),
        ({"language": "Nederlands"}, {}, "case.message-malformed"),
        ({"subject": {"fields": {}}}, {}, "case.message-malformed"),
        ({"place": "x" * 300}, {}, "case.message-malformed"),
        ({}, {"data": frozenset({DataCategory.NAMES})}, "policy.data-not-expected"),
        ({}, {"subjects": frozenset({SubjectCategory.SUSPECT})}, "policy.data-not-expected"),
        ({}, {"clause": "drugs.request", "purpose": Purpose.DRUGS}, "case.header"),
        ({}, {"act": Act.CLARIFY}, "message.act"),
    ],
)
def test_wire_a_hostile_partner(
    answered: tuple[World, str, str], body: dict[str, Any], header: dict[str, Any], code: str | None
) -> None:
    world, agreement, thread = answered
    outgoing = hostile(world, agreement, thread, body, **header)
    ended = sent_unbound(world, world.be, outgoing)
    assert ended == (("delivered", None) if code is None else ("refused", code))
    assert ("quay 3" in str(show_case(world.ma, SALMA, thread)["passages"])) is (code is None)
    assert len(leaves(world.ma, "case.hit-report-received")) == (code is None)


def test_wire_nobody_reports_on_its_own_words(answered: tuple[World, str, str]) -> None:
    """The owner of the information to who asked: nothing of that service's was acted on."""
    world, agreement, thread = answered
    wrong = replace(hostile(world, agreement, thread, {"message": thread}), partner=BE)
    assert sent_unbound(world, world.ma, wrong) == ("refused", "case.unknown-thread")


def test_wire_no_hit_by_which_we_were_not_asked(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement, reference=None, about="a driver")
    deliver(world)
    outgoing = hostile(world, agreement, thread, {"message": None})
    assert sent_unbound(world, world.be, outgoing) == ("refused", "case.no-such-hit")


def test_wire_after_its_recall_nothing_comes(answered: tuple[World, str, str]) -> None:
    world, agreement, thread = answered
    recall(world.be, LOTTE, thread)
    for _ in range(2):
        chase_due(world.be)
        deliver(world, 400)
    outgoing = hostile(world, agreement, thread, {})
    assert sent_unbound(world, world.be, outgoing) == ("refused", "case.recalled")


def test_an_answer_that_we_took_back_is_reported_on_all_the_same(answered: tuple[World, str, str]) -> None:
    """It was acted on; who gave it must know, and its own words are not told again."""
    world, agreement, thread = answered
    reply = case(world.ma, thread).closing
    recall(world.ma, SALMA, thread)
    for _ in range(2):
        chase_due(world.ma)
        deliver(world, 400)
    outgoing = hostile(world, agreement, thread, {"message": reply})
    assert sent_unbound(world, world.be, outgoing)[0] == "delivered"


def test_statistics_do_not_count_it(answered: tuple[World, str, str]) -> None:
    world, agreement, thread = answered
    today = world.clock().date()
    period = days(today, today, today)
    before = figures_of(world.ma, Regime.POLICE, agreement, period)
    report_hit(world.be, LOTTE, thread, found(world))
    deliver(world)
    assert figures_of(world.ma, Regime.POLICE, agreement, period) == before
