"""What a refusal cites, value by value: code, part of the agreement, rule of law; and what is not a known value at all.

The tables of the policy are written down here a second time, on purpose: whoever changes one changes the other.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.agreement.samples import BE, MA, SIGNED, TODAY
from tests.policy.test_decide import MEMORANDUM, PLAN, PROBE, REPLY, REQUEST, STOPPED
from tests.policy.transfers import DEROGATION, stating
from tests.told import document

from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.marks import DataCategory, Handling, SubjectCategory, Taint, Urgency
from comity.core.codes.transfer import OverrideGround
from comity.core.policy.decide import Permit, ProposedAct, Refuse, decide
from comity.core.policy.law import NOT_FINDABLE, PROHIBITIONS, RELEASED_ONLY, RETURN_FIELDS, prohibited
from comity.core.policy.returning import form_grounds, person_fits
from comity.core.policy.transfer import BULK, TRANSFERS, TRUE_GROUNDS, UNCOUNTED, derogation_of

RULES = {
    "L1": "law.purpose",
    "L2": "law.fields",
    "L4": "law.category",
    "L8": "law.court",
    "L9": "law.special",
    "L10": "law.decision",
    "L11": "law.protected",
    "L13": "law.protected",
    "L13-27": "law.protected",
    "L17": "law.consent",
    "L18": "law.override",
    "L22": "law.protected",
    "L23": "law.protected",
    "L24": "law.return",
    "L25": "law.protected",
    "L26": "law.protected",
    "L27": "law.protected",
    "L30": "law.protected",
}
PARTS = {
    "agreement.altered": "signatures",
    "agreement.draft": "signatures",
    "agreement.half-signed": "signatures",
    "agreement.suspended": "stops",
    "agreement.terminated": "stops",
    "agreement.superseded": "successor",
}


def cited(standing: Any, act: ProposedAct, now: datetime = TODAY) -> list[tuple[str, str | None, str | None]]:
    decision = decide(standing, act, now)
    assert isinstance(decision, Refuse)
    return [(each.code, each.clause, each.rule) for each in decision.grounds]


def test_each_rule_has_its_code_and_cites_the_law() -> None:
    further = {("L8", "law.handling"), ("L24", "law.protected")}
    assert {(each.rule, each.code) for each in PROHIBITIONS} == set(RULES.items()) | further
    assert len(PROHIBITIONS) == len(RULES) + len(further)


@pytest.mark.parametrize("code", PARTS)
def test_an_agreement_that_does_not_stand_names_why(code: str) -> None:
    assert cited(STOPPED[code], REQUEST) == [(code, PARTS[code], None)]


def test_before_and_after_its_days() -> None:
    early, late = SIGNED - timedelta(days=1), datetime(2027, 1, 1, tzinfo=UTC)
    future = replace(PLAN, signed_at=dict.fromkeys(PLAN.agreement.parties, early - timedelta(days=30)))
    assert cited(future, REQUEST, early) == [("agreement.not-yet-valid", "validity", None)]
    assert cited(PLAN, REQUEST, late) == [("agreement.expired", "validity", None)]


def test_what_carries_data_where_none_is_expected() -> None:
    for change in (
        {"data": frozenset({DataCategory.NAMES}), "subjects": frozenset()},
        {"data": frozenset()},
    ):
        act = replace(REQUEST, act=Act.PROPOSE, **change)
        assert cited(None, act) == [("policy.data-not-expected", "law", None)]
    # What the law protects is refused by the law first, whatever the act.
    marked = replace(REQUEST, act=Act.PROPOSE, data=frozenset(), subjects=frozenset())
    marked = replace(marked, taints=frozenset({Taint.SIS}))
    assert cited(None, marked) == [
        ("law.protected", "law", "L26"),
        ("policy.data-not-expected", "law", None),
    ]
    assert cited(None, REQUEST) == [("agreement.unknown", None, None)]


def test_words_inside_a_thread() -> None:
    opened = TODAY - timedelta(days=1)
    words = replace(REPLY, act=Act.CLARIFY, data=frozenset(), subjects=frozenset(), thread_opened_at=opened)
    assert isinstance(decide(PLAN, words, TODAY), Permit)
    assert cited(PLAN, replace(words, thread_opened_at=None)) == [("policy.thread-missing", "law", None)]
    for change in ({"data": REPLY.data}, {"subjects": REPLY.subjects}):
        assert cited(PLAN, replace(words, **change)) == [("policy.data-not-expected", "law", None)]
    for taint in RELEASED_ONLY:
        found = cited(PLAN, replace(words, taints=frozenset({taint})))
        assert found == [("law.protected", "law", "L13-27")]
    assert ("law.protected", "law", "L30") in cited(
        PLAN, replace(words, taints=frozenset({Taint.QUARANTINED}))
    )


def test_protective_acts_are_looked_at_for_what_they_carry() -> None:
    right = replace(REPLY, act=Act.RECTIFY)
    assert decide(None, right, TODAY) == Permit(None)
    assert cited(None, replace(right, decision=None)) == [("law.decision", "law", "L10")]
    assert cited(None, replace(right, data=frozenset(), taints=frozenset({Taint.ASYLUM}))) == [
        ("law.protected", "law", "L23")
    ]
    capital = replace(right, taints=frozenset({Taint.CAPITAL_OFFENCE}))
    assert cited(None, capital) == [("law.protected", "law", "L21")]
    assert decide(PLAN, capital, TODAY) == Permit(None)


def test_a_clause_says_what_is_missing_of_it() -> None:
    beyond = replace(REQUEST, clause="terrorism.request", data=frozenset({DataCategory.CRIMINAL_RECORD}))
    assert cited(PLAN, beyond) == [("clause.data", "terrorism.request", None)]
    longest = "x" * 100
    assert cited(PLAN, replace(REQUEST, clause=longest)) == [("clause.unknown", "x" * 64, None)]
    nothing = replace(REQUEST, purpose=Purpose.SPORTING_EVENTS, act=Act.BE_FOUND, data=frozenset())
    bare = PLAN.agreement.model_copy(update={"clauses": PLAN.agreement.clauses[:1]})
    assert ("clause.none", "clauses", None) in cited(replace(PLAN, agreement=bare), nothing)
    unstated = replace(PLAN, agreement=bare.model_copy(update={"transfers": None}))
    assert [code for code, _, _ in cited(unstated, nothing)] == ["transfer.unstated", "clause.none"]


def test_quotas_of_a_clause_and_of_the_whole() -> None:
    over = replace(PROBE, probes_today=10**6, probes_in_case=10**6)
    assert cited(PLAN, over) == [("quota.day", "quotas", None), ("quota.case", "quotas", None)]
    quotas = PLAN.agreement.quotas
    for day, case in ((5, 3), (10**9, 10**9)):
        own = quotas.model_copy(update={"probes_per_day": day, "probes_per_case": case})
        clauses = tuple(c.model_copy(update={"quotas": own}) for c in PLAN.agreement.clauses)
        narrow = replace(PLAN, agreement=PLAN.agreement.model_copy(update={"clauses": clauses}))
        left = decide(narrow, PROBE, TODAY)
        assert isinstance(left, Permit)
        whole = (min(day, quotas.probes_per_day) - 1, min(case, quotas.probes_per_case) - 1)
        assert (left.obligations.probes_left_today, left.obligations.probes_left_in_case) == whole
        assert left.clause is not None
        assert {(code, part) for code, part, _ in cited(narrow, over)} == {
            ("quota.day", left.clause),
            ("quota.case", left.clause),
        }


def test_obligations() -> None:
    asked, given = decide(PLAN, REQUEST, TODAY), decide(PLAN, REPLY, TODAY)
    assert isinstance(asked, Permit)
    assert isinstance(given, Permit)
    assert given.obligations.deadline is None
    assert (given.obligations.probes_left_today, given.obligations.probes_left_in_case) == (None, None)
    assert given.obligations.onward == asked.obligations.onward
    strict = decide(PLAN, replace(REPLY, handling=Handling.H2), TODAY)
    assert isinstance(strict, Permit)
    assert strict.obligations.handling is Handling.H2
    assert (asked.obligations.ground, given.obligations.ground) == ("led-37-1-a", "ma-44-2")


UNKNOWN: list[dict[str, Any]] = [
    {"act": "request"},
    {"regime": "police"},
    {"sender": 7},
    {"recipient": None},
    {"purpose": "terrorism"},
    {"clause": 7},
    {"handling": "H1"},
    {"urgency": "ordinary"},
    {"decision": 7},
    {"owner": 7},
    {"collected_for": "drugs"},
    {"consented_for": "drugs"},
    {"consent": 7},
    {"notified": 7},
    {"judicial": 1},
    {"override": "threat-to-life"},
    {"data": {DataCategory.NAMES}},
    {"data": frozenset({"names"})},
    {"subjects": frozenset({"suspect"})},
    {"subjects": [SubjectCategory.SUSPECT]},
    {"taints": frozenset({"sis"})},
    {"probes_today": -1},
    {"probes_in_case": -1},
    {"probes_in_case": 1.5},
    {"derogated": -1},
    {"derogated": "1"},
    {"thread_opened_at": datetime(2026, 1, 1)},  # without a zone on purpose
    {"thread_opened_at": "2026"},
]


@pytest.mark.parametrize("change", UNKNOWN, ids=lambda change: f"{change}")
def test_an_unknown_value_is_refused_whatever_the_rest(change: dict[str, Any]) -> None:
    for act in (REQUEST, replace(REQUEST, act=Act.RECALL, data=frozenset())):
        if set(change) == {"act"} and act is not REQUEST:
            continue
        assert cited(PLAN, replace(act, **change)) == [("policy.unknown-value", None, None)]


def test_a_time_without_a_zone_is_unknown() -> None:
    assert cited(PLAN, REQUEST, datetime(2026, 11, 23)) == [("policy.unknown-value", None, None)]


def test_known_values_of_every_field_are_no_unknown_ones() -> None:
    whole = replace(
        REQUEST,
        clause="terrorism.request",
        handling=Handling.H0,
        urgency=Urgency.ORDINARY,
        decision="0",
        owner=BE,
        collected_for=Purpose.TERRORISM,
        consented_for=Purpose.TERRORISM,
        consent="0",
        notified=None,
        thread_opened_at=TODAY,
    )
    assert isinstance(decide(PLAN, whole, TODAY), Permit)
    claimed = replace(whole, override=OverrideGround.THREAT_TO_LIFE, notified=MA, judicial=True)
    assert "policy.unknown-value" not in [code for code, _, _ in cited(PLAN, claimed)]


def test_the_tables() -> None:
    assert {each.value for each in NOT_FINDABLE} == {
        "sis",
        "eurodac",
        "asylum",
        "return-alert",
        "return-suspended",
        "torture-risk",
        "witness",
        "victim",
        "minor",
        "restricted",
        "quarantined",
    }
    assert {each.value for each in RELEASED_ONLY} == {"witness", "victim", "minor"}
    assert {each.value for each in RETURN_FIELDS} == {
        "names",
        "birth",
        "sex",
        "nationalities",
        "parents",
        "documents",
        "fingerprints",
    }
    assert {each.name for each in TRANSFERS} == {
        "BE_FOUND",
        "PROBE",
        "PUBLISH_INDEX",
        "COUNT",
        "REQUEST",
        "REPLY",
        "INFORM",
        "CLARIFY",
        "REPORT_HIT",
        "ATTACH",
    }
    assert {each.name for each in UNCOUNTED} == {"PROBE", "ATTACH"}
    assert {each.name for each in BULK} == {"BE_FOUND", "PUBLISH_INDEX", "COUNT"}
    assert {rule: ground.value for rule, ground in TRUE_GROUNDS.items()} == {"L21": "n2"}


@pytest.mark.parametrize("taint", sorted(NOT_FINDABLE))
@pytest.mark.parametrize("act", [Act.BE_FOUND, Act.PUBLISH_INDEX])
def test_whoever_is_protected_is_not_found(taint: Taint, act: Act) -> None:
    found = replace(REPLY, act=act, taints=frozenset({taint}))
    assert "L13-27" in [each.rule for each in prohibited(found, None, None)]
    told = replace(REPLY, taints=frozenset({taint}))
    assert "L13-27" not in [each.rule for each in prohibited(told, None, None)]


def test_return_has_its_regime_and_purpose() -> None:
    act = replace(
        REQUEST,
        regime=Regime.RETURN_IDENTIFICATION,
        purpose=Purpose.IDENTIFICATION,
        data=RETURN_FIELDS,
        subjects=frozenset({SubjectCategory.TO_BE_IDENTIFIED}),
        decision="0",
    )
    assert isinstance(decide(MEMORANDUM, act, TODAY), Permit)
    for change in (
        {"purpose": Purpose.TERRORISM},
        {"data": frozenset({DataCategory.PHONES})},
        {"subjects": frozenset({SubjectCategory.SUSPECT})},
    ):
        assert "L24" in [rule for _, _, rule in cited(MEMORANDUM, replace(act, **change))]
    assert [each.rule for each in prohibited(replace(act, decision=None), None, None)] == ["L10"]
    plain = replace(act, decision=None, data=frozenset({DataCategory.NAMES}))
    assert prohibited(plain, None, None) == ()


def test_a_form_under_the_wrong_regime_cites_its_rule() -> None:
    for regime, kind in (
        (Regime.RETURN_IDENTIFICATION, "request"),
        (Regime.POLICE, "identification-request"),
    ):
        [ground] = form_grounds(regime, kind)
        assert (ground.code, ground.clause, ground.rule) == ("law.return-form", "law", "L24")
        other = Regime.POLICE if regime is Regime.RETURN_IDENTIFICATION else Regime.RETURN_IDENTIFICATION
        assert form_grounds(other, kind) == ()


def test_particulars_hold_what_is_named_and_lawful_and_nothing_else() -> None:
    person: dict[str, Any] = {
        "kind": "person",
        "category": "to-be-identified",
        "handling": "H1",
        "evaluation": "X4",
    }
    named = frozenset({DataCategory.NAMES, DataCategory.PHONES})
    assert person_fits({**person, **document({"names": []})}, named)
    assert not person_fits({**person, **document({"phones": []})}, named), "named, and not lawful"
    assert not person_fits({**person, **document({"birth": []})}, named), "lawful, and not named"
    assert not person_fits({**person, **document({}), "category": "suspect"}, named)


def test_who_is_no_party_has_no_derogation() -> None:
    assert derogation_of(PLAN.agreement, "FR.dcpj") is None
    assert derogation_of(PLAN.agreement, BE) is None
    narrow = stating("BE", grounds=(DEROGATION,))
    assert derogation_of(narrow, BE) == DEROGATION


def test_consent_is_given_and_names_the_purpose() -> None:
    theirs = replace(
        REPLY, owner=BE, collected_for=Purpose.DRUGS, consent="0", consented_for=Purpose.TERRORISM
    )
    assert prohibited(theirs, None, None) == ()
    for change in ({"consent": None}, {"consented_for": Purpose.DRUGS}, {"consented_for": None}):
        assert "L1" in [each.rule for each in prohibited(replace(theirs, **change), None, None)]
