"""Every prohibition by itself: one change to an act that the law lets pass, and the rule and the code that then stand against it.

The public code says nothing that the rule's number, which stays here, would give away; so both are compared. With this
table the faults that `make mutation` puts into the prohibitions and their lists of acts are noticed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.agreement.samples import BE, MA, TODAY, in_force
from tests.policy.transfers import TO_MA, plan

from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.core.codes.handling import HandlingCode, SubCode
from comity.core.codes.marks import DataCategory, Handling, SubjectCategory, Taint
from comity.core.codes.transfer import OverrideGround
from comity.core.policy.law import prohibited, protected, ruled_out, third_country
from comity.core.policy.transfer import Passage, gate

THIRD = ServiceId("FR-DGSI")
CLEAN = TO_MA
ANOTHERS: dict[str, Any] = {
    "owner": THIRD,
    "consent": "0" * 64,
    "held_under": Handling.H0,
    "collected_for": Purpose.TERRORISM,
    "consented_for": Purpose.TERRORISM,
}
PRINTS = frozenset({DataCategory.FINGERPRINTS})
IDENTIFYING: dict[str, Any] = {
    "act": Act.REQUEST,
    "regime": Regime.RETURN_IDENTIFICATION,
    "purpose": Purpose.IDENTIFICATION,
    "subjects": frozenset({SubjectCategory.TO_BE_IDENTIFIED}),
}
TO_BELGIUM: dict[str, Any] = {"sender": MA, "recipient": BE}


def marked(*taints: Taint) -> dict[str, Any]:
    return {"taints": frozenset(taints)}


def kept_under(code: SubCode, **changes: Any) -> dict[str, Any]:
    return {**ANOTHERS, "held_under": Handling.of(HandlingCode.H3, [code]), **changes}


def against(**changes: Any) -> set[tuple[str | None, str]]:
    """Return rule and code of all that stands against the clean act with something changed."""
    return {(one.rule, one.code) for one in prohibited(replace(CLEAN, **changes), None, None)}


def test_nothing_stands_against_the_clean_act() -> None:
    assert against() == against(**ANOTHERS) == against(**IDENTIFYING) == set()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({**ANOTHERS, "collected_for": Purpose.DRUGS, "consented_for": Purpose.DRUGS}, {("L1", "law.purpose")}),
        ({**ANOTHERS, "consent": None, "collected_for": None}, {("L17", "law.consent")}),
        ({**ANOTHERS, "consent": None, "judicial": True, "held_under": Handling.H1}, {("L8", "law.court")}),
        (kept_under(SubCode.NO_COURT, judicial=True), {("L8", "law.handling")}),
        (kept_under(SubCode.NO_ONWARD), {("L8", "law.handling")}),
        (kept_under(SubCode.CASE_ONLY), {("L8", "law.handling")}),
        ({"data": frozenset(DataCategory) - PRINTS, "subjects": frozenset({SubjectCategory.WITNESS})}, {("L2", "law.fields")}),
        ({"subjects": frozenset()}, {("L4", "law.category")}),
        ({"act": Act.PROBE, "data": PRINTS}, {("L9", "law.special")}),
        ({"decision": None}, {("L10", "law.decision")}),
        ({"act": Act.RIGHTS, "data": frozenset(), **marked(Taint.MINOR)}, {("L11", "law.protected")}),
        (marked(Taint.RESTRICTED), {("L13", "law.protected")}),
        (marked(Taint.EURODAC), {("L22", "law.protected")}),
        (marked(Taint.ASYLUM), {("L23", "law.protected")}),
        ({"purpose": Purpose.IDENTIFICATION}, {("L24", "law.return")}),
        (marked(Taint.RETURN_ALERT), {("L24", "law.protected")}),
        (marked(Taint.RETURN_SUSPENDED), {("L25", "law.protected")}),
        (marked(Taint.SIS), {("L26", "law.protected")}),
        (marked(Taint.TORTURE_RISK), {("L27", "law.protected")}),
        (marked(Taint.QUARANTINED), {("L30", "law.protected")}),
        ({"act": Act.BE_FOUND, **marked(Taint.VICTIM)}, {("L13-27", "law.protected")}),
    ],
)  # fmt: skip
def test_each_prohibition_stands_alone(changes: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    assert against(**changes) == expected


def test_the_emergency_goes_to_no_court() -> None:
    changes = {**ANOTHERS, "act": Act.INFORM, "consent": None, "collected_for": None, "notified": THIRD}
    assert against(**changes, override=OverrideGround.THREAT_TO_LIFE) == set()
    assert ("L18", "law.override") in against(
        **changes, override=OverrideGround.THREAT_TO_LIFE, judicial=True
    )


@pytest.mark.parametrize("act", [Act.BE_FOUND, Act.REPLY, Act.INFORM, Act.RECTIFY, Act.REQUEST, Act.ATTACH])
def test_a_person_who_is_described_has_a_category(act: Act) -> None:
    assert ("L4", "law.category") in against(act=act, subjects=frozenset())
    assert ("L4", "law.category") not in against(act=act)


@pytest.mark.parametrize("act", [Act.REPLY, Act.REFUSE, Act.CONSENT, Act.ATTACH])
def test_a_named_person_decides_also_where_nothing_is_carried(act: Act) -> None:
    assert against(act=act, data=frozenset(), decision=None) == {("L10", "law.decision")}


@pytest.mark.parametrize("act", [Act.PROBE, Act.PUBLISH_INDEX, Act.BE_FOUND])
def test_nobody_is_looked_for_by_fingerprints_alone(act: Act) -> None:
    assert ("L9", "law.special") in against(act=act, data=PRINTS)
    assert ("L9", "law.special") not in against(act=act, data=PRINTS | {DataCategory.NAMES})


@pytest.mark.parametrize(
    ("onward", "elsewhere", "judicial", "codes"),
    [
        (False, False, False, set()),
        (True, False, False, {SubCode.NO_ONWARD, SubCode.CASE_ONLY}),
        (False, True, False, {SubCode.CASE_ONLY}),
        (False, False, True, {SubCode.NO_COURT}),
        (True, True, True, {SubCode.NO_ONWARD, SubCode.CASE_ONLY, SubCode.NO_COURT}),
    ],
)
def test_what_each_sub_code_rules_out(
    onward: bool, elsewhere: bool, judicial: bool, codes: set[SubCode]
) -> None:
    assert ruled_out(onward=onward, elsewhere=elsewhere, judicial=judicial) == codes


@pytest.mark.parametrize("collected", [Purpose.DRUGS, Purpose.TERRORISM, None])
def test_what_is_for_its_case_only_serves_no_other_purpose_at_home(collected: Purpose | None) -> None:
    at_home = kept_under(SubCode.CASE_ONLY, recipient=BE, collected_for=collected)
    assert (("L8", "law.handling") in against(**at_home)) == (collected is Purpose.DRUGS)


@pytest.mark.parametrize("regime", Regime)
@pytest.mark.parametrize("purpose", [Purpose.IDENTIFICATION, Purpose.TERRORISM])
def test_a_return_alert_serves_to_identify_the_person_only(regime: Regime, purpose: Purpose) -> None:
    free = regime is Regime.RETURN_IDENTIFICATION and purpose is Purpose.IDENTIFICATION
    changes = {**IDENTIFYING, "regime": regime, "purpose": purpose, **marked(Taint.RETURN_ALERT)}
    assert (("L24", "law.protected") in against(**changes)) == (not free)
    # A State that is bound by the same regulation gets it under that regulation.
    assert ("L24", "law.protected") not in against(**{**changes, **TO_BELGIUM})


@pytest.mark.parametrize(
    ("country", "third"), [("BE", False), ("FR", False), ("MA", True), ("B", True), ("GB", True)]
)
def test_the_state_is_the_first_two_letters(country: str, third: bool) -> None:
    assert third_country(replace(CLEAN, recipient=ServiceId(f"{country}-DGSI"))) == third


@pytest.mark.parametrize("taint", Taint)
def test_words_inside_a_thread_say_nothing_of_who_is_released_by_a_person_only(taint: Taint) -> None:
    inside = replace(CLEAN, act=Act.CLARIFY, **marked(taint))
    own = {"law.protected": "L13-27"} if taint in (Taint.WITNESS, Taint.VICTIM, Taint.MINOR) else {}
    found = {one.code: one.rule for one in protected(inside, None)}
    assert set(found) == ({"law.protected"} if own or against(act=Act.CLARIFY, **marked(taint)) else set())
    assert not own or found == own
    # What stands against the message for other reasons than a status is not a status of a person.
    assert all(
        one.code == "law.protected"
        for one in protected(replace(inside, subjects=frozenset(SubjectCategory)), None)
    )


@pytest.mark.parametrize("act", Act)
def test_what_tells_of_a_person_passes_the_gate_and_nothing_else(act: Act) -> None:
    unassessed = in_force(plan().model_copy(update={"dpia": "-"}))
    tells = act in {
        Act.BE_FOUND, Act.PROBE, Act.PUBLISH_INDEX, Act.COUNT, Act.REQUEST, Act.REPLY, Act.INFORM, Act.CLARIFY,
        Act.REPORT_HIT, Act.ATTACH,
    }  # fmt: skip
    found = gate(unassessed, replace(CLEAN, act=act), TODAY)
    assert [one.code for one in found.refused] == (["transfer.assessment"] if tells else [])


def test_all_that_is_missing_is_named_at_once() -> None:
    unstated = plan().model_copy(update={"dpia": "-", "transfers": {}})
    found = gate(in_force(unstated), CLEAN, TODAY)
    assert [one.code for one in found.refused] == ["transfer.assessment", "transfer.unstated"]


@pytest.mark.parametrize("sender", ["BE-X", "MA-X"])
@pytest.mark.parametrize("recipient", ["FR-X", "MA-X"])
def test_only_between_two_bound_states_is_no_ground_asked_for(sender: str, recipient: str) -> None:
    found = gate(
        in_force(plan()), replace(CLEAN, sender=ServiceId(sender), recipient=ServiceId(recipient)), TODAY
    )
    assert (found == Passage()) == (sender == "BE-X" and recipient == "FR-X")
