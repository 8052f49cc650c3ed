"""L21: the recipient's assurances hold on that day, or nothing goes; against a capital offence, those against death too.

Enforced by step 5 of `gate` and by `unassured_offence` in `core/policy/transfer.py`; at the desk by `_block` in
`services/cases/answer.py`, which keeps the true ground n2. Without `holds_on` in `assured` an assurance that has ended
counts, and the tests of the day fail.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from tests.agreement.samples import TODAY, in_force
from tests.cases.cast import DPO, SALMA, UID, ask, deliver, hold, tainted
from tests.federation.world import BE, MA
from tests.policy.scene import code_of
from tests.policy.transfers import (
    BOTH,
    TO_BE,
    TO_MA,
    grounds,
    looking_away,
    plan,
    signed_world,
    stating,
    telling,
)

from comity.core.agreement.model import Agreement
from comity.core.agreement.profile import ChangeEffect, ChangeKind, GivenAssurance, StatusChange
from comity.core.codes.exchange import Act
from comity.core.codes.marks import RefusalGround, Taint
from comity.core.codes.transfer import Assurance
from comity.core.policy.decide import ProposedAct
from comity.core.policy.transfer import CAPITAL_ASSURED
from comity.errors import Refused
from comity.services.cases.answer import answer
from comity.services.cases.views import show_case
from comity.services.exchange.submit import submit

RULE = {
    "enforced": (
        "core/policy/transfer.py:assured",
        "core/policy/transfer.py:unassured_offence",
        "services/cases/answer.py:_block",
    ),
    "core": ("test_a_capital_offence_needs_both_on_that_day",),
    "wire": ("test_it_is_neither_sent_nor_taken_while_confidentiality_does_not_hold",),
    "api": ("api/test_law.py::test_without_assurances_nothing_goes_over_rest",),
    "desk": ("test_the_desk_blocks_and_keeps_n2_for_the_data_protection_officer_only",),
}

wired = pytest.mark.django_db(databases=["be", "ma", "third"])
YESTERDAY = TODAY.date() - timedelta(days=1)


def given(country: str, *lasting: Assurance, until: date | None = None) -> Agreement:
    """Return the plan in which a party's other assurances end on a day; those named last."""
    found = []
    for assurance in Assurance:
        end = None if assurance in lasting else until
        found.append(
            GivenAssurance(assurance=assurance, reference="A note", since=date(2025, 1, 1), until=end)
        )
    return stating(country, assurances=tuple(found))


def capital(act: ProposedAct) -> ProposedAct:
    return replace(act, taints=frozenset({Taint.CAPITAL_OFFENCE}))


@pytest.mark.parametrize("act", BOTH)
@pytest.mark.parametrize("assurance", [Assurance.CONFIDENTIALITY, Assurance.SPECIFICITY])
def test_confidentiality_and_specificity_are_always_needed(act: ProposedAct, assurance: Assurance) -> None:
    country = act.recipient[:2]
    others = [each for each in Assurance if each is not assurance]
    ended = given(country, *others, until=YESTERDAY)
    part = f"transfers.{country}.assurances"
    assert grounds(ended, act) == [("transfer.assurance", part, "L21")]
    assert grounds(given(country, *others, until=TODAY.date()), act) == []
    assert grounds(stating(country, assurances=()), act) == [("transfer.assurance", part, "L21")]


@pytest.mark.parametrize("act", BOTH)
@pytest.mark.parametrize("assurance", CAPITAL_ASSURED)
def test_a_capital_offence_needs_both_on_that_day(act: ProposedAct, assurance: Assurance) -> None:
    country = act.recipient[:2]
    ended = given(country, *(each for each in Assurance if each is not assurance), until=YESTERDAY)
    assert grounds(ended, act) == []
    assert grounds(ended, capital(act)) == [("law.protected", "law", "L21")]
    assert grounds(plan(), capital(act)) == []


@pytest.mark.parametrize("assurance", CAPITAL_ASSURED)
def test_words_in_which_a_capital_offence_s_values_stand_need_them_too(assurance: Assurance) -> None:
    """By value (docs/protocol/egress.md): a question carries no data, and still may hold what is protected; the gate looks."""
    ended = given("MA", *(each for each in Assurance if each is not assurance), until=YESTERDAY)
    nothing: dict[str, Any] = {"data": frozenset(), "subjects": frozenset(), "decision": None}
    asked = replace(TO_MA, act=Act.CLARIFY, thread_opened_at=TODAY, **nothing)
    told = replace(TO_MA, act=Act.DELAY, **nothing)
    for act in (asked, told):
        assert grounds(ended, act) == []
        assert grounds(ended, capital(act)) == [("law.protected", "law", "L21")]
        assert grounds(plan(), capital(act)) == []


def test_only_the_recipient_s_count() -> None:
    ended = given("BE", until=YESTERDAY)
    assert grounds(ended, capital(TO_MA)) == []
    assert [code for code, _, _ in grounds(ended, capital(TO_BE))] == ["transfer.assurance", "law.protected"]


def test_both_signatures_and_the_register_must_say_so() -> None:
    unsigned = plan().model_copy(update={"assurances": (Assurance.CONFIDENTIALITY, Assurance.SPECIFICITY)})
    assert grounds(unsigned, capital(TO_MA)) == [("law.protected", "law", "L21")]


def test_a_withdrawn_assurance_holds_no_more_and_a_renewed_one_within_its_days() -> None:
    def change(effect: ChangeEffect, hours: int) -> StatusChange:
        at = TODAY - timedelta(hours=hours)
        return StatusChange("MA", ChangeKind.ASSURANCE, Assurance.NO_DEATH_PENALTY.value, effect, at)

    withdrawn = replace(in_force(plan()), changes=(change(ChangeEffect.ENDED, 2),))
    assert grounds(withdrawn, capital(TO_MA)) == [("law.protected", "law", "L21")]
    assert grounds(withdrawn, capital(TO_MA), TODAY - timedelta(hours=3)) == []
    renewed = replace(withdrawn, changes=(*withdrawn.changes, change(ChangeEffect.HOLDS, 1)))
    assert grounds(renewed, capital(TO_MA)) == []
    late = replace(renewed, agreement=given("MA", until=YESTERDAY))
    assert ("law.protected", "law", "L21") in grounds(late, capital(TO_MA))


@wired
def test_it_is_neither_sent_nor_taken_while_confidentiality_does_not_hold() -> None:
    world, agreement = signed_world(given("MA", Assurance.SPECIFICITY, until=YESTERDAY))
    with pytest.raises(Refused, match=r"transfer\.assurance"):
        submit(world.be, telling(BE, agreement), SALMA)
    with looking_away():
        message = submit(world.be, telling(BE, agreement), SALMA)
    deliver(world)
    assert code_of(world.be, message) == ("refused", "transfer.assurance")
    assert MA in world.nodes


@wired
def test_the_desk_blocks_and_keeps_n2_for_the_data_protection_officer_only() -> None:
    lasting = (Assurance.CONFIDENTIALITY, Assurance.SPECIFICITY)
    world, agreement = signed_world(given("BE", *lasting, until=YESTERDAY))
    hold(world.ma, tainted(Taint.CAPITAL_OFFENCE))
    thread = ask(world, agreement, reference=None, about="the driver of the white van")
    deliver(world)
    with pytest.raises(Refused) as refused:
        answer(world.ma, SALMA, thread, UID)
    assert (refused.value.code, refused.value.facts) == ("law.protected", {})
    deliver(world)
    seen: Any = show_case(world.ma, DPO, thread)
    [block] = [each for each in seen["decisions"] if each["kind"] == "block"]
    assert block["true_ground"] == f"L21 {RefusalGround.N2.value}"
    assert "true_ground" not in str(show_case(world.ma, SALMA, thread))
