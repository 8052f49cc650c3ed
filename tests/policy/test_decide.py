"""Each permit and each refusal of `decide`, by example."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.agreement.samples import BE, MA, SIGNED, TODAY, in_force, shipped

from comity.core.agreement.standing import Stop, StopKind, Successor
from comity.core.codes.exchange import ALWAYS_PERMITTED, BEFORE_AGREEMENT, Act, Purpose, Regime, ServiceId
from comity.core.codes.marks import DataCategory, Handling, SubjectCategory, Taint, Urgency
from comity.core.codes.transfer import Assurance
from comity.core.policy.decide import Permit, ProposedAct, Refuse, decide

PLAN = in_force(shipped("plan_2025"))
MEMORANDUM = in_force(shipped("memorandum_2016"))
REQUEST = ProposedAct(
    act=Act.REQUEST,
    regime=Regime.POLICE,
    sender=BE,
    recipient=MA,
    purpose=Purpose.TERRORISM,
    data=frozenset({DataCategory.NAMES, DataCategory.PHONES}),
    subjects=frozenset({SubjectCategory.SUSPECT}),
)
REPLY = replace(REQUEST, act=Act.REPLY, sender=MA, recipient=BE, decision="0" * 64)
PROBE = replace(REQUEST, act=Act.PROBE, data=frozenset(), subjects=frozenset())


def codes(decision: object) -> list[str]:
    assert isinstance(decision, Refuse)
    return [ground.code for ground in decision.grounds]


def test_a_request_within_a_clause_is_permitted_and_cites_it() -> None:
    decision = decide(PLAN, REQUEST, TODAY)
    assert isinstance(decision, Permit)
    assert decision.clause == "terrorism.request"
    assert decision.obligations.deadline == timedelta(days=7)
    assert decision.obligations.retention == timedelta(days=1095)
    assert decision.obligations.handling is Handling.H1


def test_urgency_sets_the_deadline() -> None:
    decision = decide(PLAN, replace(REQUEST, urgency=Urgency.URGENT_DIRECT), TODAY)
    assert isinstance(decision, Permit)
    assert decision.obligations.deadline == timedelta(hours=8)


def test_identification_has_45_days_and_no_urgency() -> None:
    act = replace(
        REQUEST,
        regime=Regime.RETURN_IDENTIFICATION,
        purpose=Purpose.IDENTIFICATION,
        data=frozenset({DataCategory.FINGERPRINTS}),
        subjects=frozenset({SubjectCategory.TO_BE_IDENTIFIED}),
        decision="0" * 64,
    )
    decision = decide(MEMORANDUM, act, TODAY)
    assert isinstance(decision, Permit)
    assert decision.obligations.deadline == timedelta(days=45)
    assert codes(decide(MEMORANDUM, replace(act, urgency=Urgency.URGENT_DIRECT), TODAY)) == ["clause.urgency"]


@pytest.mark.parametrize(
    ("change", "code", "cited"),
    [
        ({"purpose": Purpose.IDENTIFICATION}, "law.return", "law"),
        ({"purpose": None}, "policy.purpose-missing", None),
        ({"regime": Regime.RETURN_IDENTIFICATION}, "agreement.regime", "regime"),
        ({"recipient": ServiceId("FR.dcpj")}, "agreement.parties", "parties"),
        ({"recipient": BE}, "agreement.parties", "parties"),
        ({"data": frozenset({DataCategory.CRIMINAL_RECORD})}, "clause.data", "terrorism.request"),
        ({"subjects": frozenset()}, "law.category", "law"),
        ({"subjects": frozenset({SubjectCategory.INFORMANT})}, "law.fields", "law"),
        ({"subjects": frozenset({SubjectCategory.MISSING})}, "clause.subject", "terrorism.request"),
        (
            {"subjects": frozenset({SubjectCategory.SUSPECT, SubjectCategory.MISSING})},
            "clause.subject",
            "terrorism.request",
        ),
        ({"clause": "terrorism.gossip"}, "clause.unknown", "terrorism.gossip"),
        ({"clause": "drugs.request"}, "clause.purpose", "drugs.request"),
        ({"clause": "terrorism.search"}, "clause.act", "terrorism.search"),
    ],
)
def test_what_the_agreement_does_not_say_is_refused(change, code, cited) -> None:
    decision = decide(PLAN, replace(REQUEST, **change), TODAY)
    assert isinstance(decision, Refuse)
    assert (decision.grounds[0].code, decision.grounds[0].clause) == (code, cited)


def test_without_agreement_nothing_new() -> None:
    assert codes(decide(None, REQUEST, TODAY)) == ["agreement.unknown"]


@pytest.mark.parametrize("act", sorted(ALWAYS_PERMITTED))
def test_protective_acts_always(act: Act) -> None:
    assert decide(None, replace(REQUEST, act=act, data=frozenset()), TODAY) == Permit(None)


@pytest.mark.parametrize("act", sorted(BEFORE_AGREEMENT))
def test_acts_before_an_agreement_carry_nothing(act: Act) -> None:
    bare = replace(REQUEST, act=act, data=frozenset(), subjects=frozenset())
    assert decide(None, bare, TODAY) == Permit(None)
    assert codes(decide(None, replace(REQUEST, act=act), TODAY)) == ["policy.data-not-expected"]


def test_quotas() -> None:
    last = decide(PLAN, replace(PROBE, probes_today=999, probes_in_case=19), TODAY)
    assert isinstance(last, Permit)
    assert (last.obligations.probes_left_today, last.obligations.probes_left_in_case) == (0, 0)
    over = decide(PLAN, replace(PROBE, probes_today=1000, probes_in_case=20), TODAY)
    assert codes(over) == ["quota.day", "quota.case"]


STOPPED = {
    "agreement.draft": replace(PLAN, signed_at={}),
    "agreement.half-signed": replace(PLAN, signed_at={MA: SIGNED}),
    "agreement.altered": replace(PLAN, intact=False),
    "agreement.suspended": replace(PLAN, stops=(Stop(StopKind.SUSPEND, BE, TODAY),)),
    "agreement.terminated": replace(PLAN, stops=(Stop(StopKind.TERMINATE, MA, TODAY),)),
    "agreement.superseded": replace(PLAN, successors=(Successor("0" * 64, TODAY),)),
}


@pytest.mark.parametrize("code", sorted(STOPPED))
def test_only_an_agreement_in_force_permits_something_new(code: str) -> None:
    assert codes(decide(STOPPED[code], REQUEST, TODAY)) == [code]
    assert codes(decide(STOPPED[code], PROBE, TODAY)) == [code]


@pytest.mark.parametrize("code", ["agreement.terminated", "agreement.superseded"])
def test_run_off_on_a_thread_opened_while_in_force(code: str) -> None:
    before, after = TODAY - timedelta(hours=1), TODAY + timedelta(hours=1)
    stopped = STOPPED[code]
    assert isinstance(decide(stopped, replace(REPLY, thread_opened_at=before), after), Permit)
    assert codes(decide(stopped, replace(REQUEST, thread_opened_at=before), after))[0] == code
    assert codes(decide(stopped, replace(REPLY, thread_opened_at=after), after)) == [code]


def test_while_suspended_the_run_off_lets_no_data_go() -> None:
    before, after = TODAY - timedelta(hours=1), TODAY + timedelta(hours=1)
    stopped = STOPPED["agreement.suspended"]
    reply = replace(REPLY, thread_opened_at=before)
    assert codes(decide(stopped, reply, after)) == ["agreement.suspended"]
    nothing = replace(reply, data=frozenset(), subjects=frozenset())
    assert isinstance(decide(stopped, nothing, after), Permit)
    assert isinstance(decide(stopped, replace(nothing, act=Act.REFUSE), after), Permit)
    assert isinstance(decide(stopped, replace(nothing, act=Act.CLARIFY), after), Permit)
    resumed = replace(stopped, stops=(replace(stopped.stops[0], until=after),))
    assert isinstance(decide(resumed, reply, after), Permit)


def test_run_off_needs_an_agreement_that_was_once_in_force() -> None:
    before = TODAY - timedelta(hours=1)
    for code in ("agreement.draft", "agreement.half-signed", "agreement.altered"):
        assert codes(decide(STOPPED[code], replace(REPLY, thread_opened_at=before), TODAY)) == [code]


def test_after_the_plan_expires_only_run_off() -> None:
    opened, after = datetime(2026, 12, 31, 23, 59, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    assert isinstance(decide(PLAN, replace(REPLY, thread_opened_at=opened), after), Permit)
    assert codes(decide(PLAN, REQUEST, after)) == ["agreement.expired"]


def test_no_release_without_a_persons_decision() -> None:
    assert codes(decide(PLAN, replace(REPLY, decision=None), TODAY)) == ["law.decision"]


@pytest.mark.parametrize(
    "taint",
    [
        Taint.SIS,
        Taint.EURODAC,
        Taint.ASYLUM,
        Taint.RETURN_SUSPENDED,
        Taint.TORTURE_RISK,
        Taint.RESTRICTED,
        Taint.QUARANTINED,
    ],
)
def test_protected_origin_and_status_never_leave(taint: Taint) -> None:
    outgoing = replace(REPLY, sender=BE, recipient=MA, taints=frozenset({taint}))
    assert codes(decide(PLAN, outgoing, TODAY)) == ["law.protected"]


def test_the_public_ground_is_the_same_whatever_the_status() -> None:
    outgoing = replace(REPLY, sender=BE, recipient=MA)
    seen = set()
    for taint in (Taint.ASYLUM, Taint.EURODAC, Taint.TORTURE_RISK):
        decision = decide(PLAN, replace(outgoing, taints=frozenset({taint})), TODAY)
        assert isinstance(decision, Refuse)
        seen.add(tuple((ground.code, ground.clause) for ground in decision.grounds))
    assert seen == {(("law.protected", "law"),)}


def test_capital_offence_needs_the_assurances() -> None:
    outgoing = replace(REPLY, sender=BE, recipient=MA, taints=frozenset({Taint.CAPITAL_OFFENCE}))
    assert isinstance(decide(PLAN, outgoing, TODAY), Permit)
    kept = (Assurance.CONFIDENTIALITY, Assurance.SPECIFICITY)
    bare = replace(PLAN, agreement=PLAN.agreement.model_copy(update={"assurances": kept}))
    assert codes(decide(bare, outgoing, TODAY)) == ["law.protected"]


def test_special_categories_need_a_stated_necessity() -> None:
    agreement = MEMORANDUM.agreement
    clauses = tuple(clause.model_copy(update={"necessity": None}) for clause in agreement.clauses)
    bare = replace(MEMORANDUM, agreement=agreement.model_copy(update={"clauses": clauses}))
    act = replace(
        REQUEST,
        regime=Regime.RETURN_IDENTIFICATION,
        purpose=Purpose.IDENTIFICATION,
        data=frozenset({DataCategory.FINGERPRINTS}),
        subjects=frozenset({SubjectCategory.TO_BE_IDENTIFIED}),
        decision="0" * 64,
    )
    assert isinstance(decide(MEMORANDUM, act, TODAY), Permit)
    assert codes(decide(bare, act, TODAY)) == ["law.special"]


@pytest.mark.parametrize("taint", [Taint.MINOR, Taint.WITNESS, Taint.VICTIM])
def test_the_vulnerable_cannot_be_found(taint: Taint) -> None:
    found = replace(
        PROBE,
        act=Act.BE_FOUND,
        data=frozenset({DataCategory.NAMES}),
        subjects=frozenset({SubjectCategory.SUSPECT}),
        taints=frozenset({taint}),
    )
    assert codes(decide(PLAN, found, TODAY)) == ["law.protected"]
    assert isinstance(decide(PLAN, replace(found, taints=frozenset()), TODAY), Permit)


@pytest.mark.parametrize("act", [Act.REPLY, Act.REFUSE])
@pytest.mark.parametrize("data", [frozenset(), REPLY.data])
def test_no_answer_without_a_named_decision_even_an_empty_one(
    act: Act, data: frozenset[DataCategory]
) -> None:
    decided = replace(REPLY, act=act, data=data)
    assert isinstance(decide(PLAN, decided, TODAY), Permit)
    refused = codes(decide(PLAN, replace(decided, decision=None), TODAY))
    assert refused == ["law.decision"]
