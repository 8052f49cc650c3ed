"""L17: purpose, competent authority, prior authorisation, legal ground: each missing element is a named refusal.

Enforced by `gate` in `core/policy/transfer.py`, which `decide` asks. Without its step 2 (unstated), 3 (authority) or 4
(ground) the test of that element fails, in the core and over the wire. The prior authorisation is the row ``L17`` of
`PROHIBITIONS` (`test_l17_onward.py`).
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.agreement.samples import BE, MA, TODAY, in_force, shipped
from tests.cases.cast import SALMA, ask, deliver
from tests.policy.scene import code_of
from tests.policy.transfers import (
    BOTH,
    TO_BE,
    TO_MA,
    ground_of,
    grounds,
    looking_away,
    permitted_on,
    plan,
    sent,
    signed_world,
    stating,
    telling,
)

from comity.core.agreement.model import write_agreement
from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.core.codes.transfer import LAW_OF, Law, TransferGround, law_of
from comity.core.policy.decide import Permit, ProposedAct, decide
from comity.core.policy.transfer import TRANSFERS
from comity.errors import Refused
from comity.services.cases.answer import answer
from comity.services.exchange.submit import submit
from comity.storage.cases import decisions, find_case

RULE = {
    "enforced": ("core/policy/transfer.py:gate",),
    "core": ("test_without_a_ground_nothing_goes_but_the_other_direction_is_open",),
    "wire": ("test_it_is_neither_sent_nor_taken",),
    "api": ("api/test_transfers.py::test_what_is_closed_and_why_and_the_request_is_refused",),
    "desk": ("web/test_transfers.py::test_a_change_closes_a_direction_and_its_reason_is_sealed",),
}


def test_both_directions_rest_on_the_sender_s_own_ground() -> None:
    assert permitted_on(plan(), TO_MA) is TransferGround.LED_INSTRUMENT
    assert permitted_on(plan(), TO_BE) is TransferGround.MA_AGREEMENT


@pytest.mark.parametrize("act", BOTH)
def test_a_missing_purpose_is_named(act: ProposedAct) -> None:
    assert grounds(plan(), replace(act, purpose=None)) == [("policy.purpose-missing", None, None)]


@pytest.mark.parametrize("act", BOTH)
@pytest.mark.parametrize("country", ["BE", "MA"])
def test_either_party_must_be_competent_for_the_purpose(act: ProposedAct, country: str) -> None:
    narrower = stating(country, competent_for=(Purpose.DRUGS,))
    part = f"transfers.{country}.competent_for"
    assert grounds(narrower, act) == [("transfer.authority", part, "L17")]
    assert grounds(narrower, replace(act, purpose=Purpose.DRUGS)) == []


@pytest.mark.parametrize("act", BOTH)
def test_another_s_information_needs_prior_authorisation(act: ProposedAct) -> None:
    theirs = replace(act, owner=ServiceId("TN.interior"), collected_for=Purpose.TERRORISM)
    assert grounds(plan(), theirs) == [("law.consent", "law", "L17")]
    assert grounds(plan(), replace(theirs, consent="1" * 64, consented_for=Purpose.TERRORISM)) == []


def test_without_a_ground_nothing_goes_but_the_other_direction_is_open() -> None:
    bare = stating("BE", grounds=())
    assert grounds(bare, TO_MA) == [("transfer.ground", "transfers.BE.grounds", "L17")]
    assert grounds(bare, TO_BE) == []


def test_a_ground_of_another_law_is_none() -> None:
    borrowed = stating("BE", grounds=(ground_of("BE", ground=TransferGround.MA_AGREEMENT, filing="x"),))
    part = "transfers.BE.grounds.ma-44-2"
    assert grounds(borrowed, TO_MA) == [("transfer.ground-law", part, "L17")]


def test_a_ground_holds_from_its_first_to_its_last_day() -> None:
    part = "transfers.BE.grounds.led-37-1-a"
    day = TODAY.date()
    for change in ({"until": day.replace(day=22)}, {"since": day.replace(day=24)}):
        late = stating("BE", grounds=(ground_of("BE", **change),))
        assert grounds(late, TO_MA) == [("transfer.ground-ended", part, "L17")]
    assert grounds(stating("BE", grounds=(ground_of("BE", since=day, until=day),)), TO_MA) == []


def test_an_agreement_that_states_nothing_transfers_nothing() -> None:
    silent = plan().model_copy(update={"transfers": None})
    assert b"transfers" not in write_agreement(silent)
    for act in TRANSFERS - {Act.BE_FOUND, Act.PUBLISH_INDEX, Act.CLARIFY, Act.REPORT_HIT, Act.PROBE}:
        assert ("transfer.unstated", "transfers.BE", "L17") in grounds(
            silent, replace(TO_MA, act=act, thread_opened_at=TODAY)
        )
    refuse = replace(TO_MA, act=Act.REFUSE, data=frozenset(), subjects=frozenset())
    assert grounds(silent, refuse) == []
    assert grounds(silent, replace(TO_MA, act=Act.RECALL, data=frozenset())) == []


def test_all_that_is_missing_is_said_at_once() -> None:
    bare = stating("BE", grounds=(), competent_for=())
    codes = [code for code, _, _ in grounds(bare, TO_MA)]
    assert codes == ["transfer.authority", "transfer.ground"]


def test_between_states_that_the_led_binds_no_ground_is_asked_for() -> None:
    parties = (BE, ServiceId("FR.dcpj"))
    inside = plan().model_copy(update={"parties": parties, "transfers": None})
    act = replace(TO_MA, recipient=parties[1])
    decision = decide(in_force(inside), act, TODAY)
    assert isinstance(decision, Permit)
    assert decision.obligations.ground is None


def test_each_ground_has_its_law_and_each_law_is_that_of_state_and_regime() -> None:
    assert set(LAW_OF) == set(TransferGround)
    assert law_of("BE", Regime.POLICE) is Law.LED
    assert law_of("BE", Regime.RETURN_IDENTIFICATION) is Law.GDPR
    assert law_of("BE", Regime.INTELLIGENCE) is Law.NATIONAL
    assert law_of("MA", Regime.POLICE) is Law.LAW_09_08
    assert law_of("TN", Regime.POLICE) is Law.CONVENTION
    memorandum = in_force(shipped("memorandum_2016"))
    ask = replace(
        TO_MA,
        act=Act.PROBE,
        regime=Regime.RETURN_IDENTIFICATION,
        purpose=Purpose.IDENTIFICATION,
        data=frozenset(),
        subjects=frozenset(),
    )
    assert permitted_on(memorandum, ask) is TransferGround.GDPR_PUBLIC_INTEREST
    assert permitted_on(memorandum, replace(ask, sender=MA, recipient=BE)) is TransferGround.MA_AGREEMENT


WIRE = {
    "transfer.unstated": plan().model_copy(update={"transfers": None}),
    "transfer.authority": stating("BE", competent_for=(Purpose.DRUGS,)),
    "transfer.ground": stating("BE", grounds=()),
    "transfer.ground-law": stating("BE", grounds=(ground_of("BE", ground=TransferGround.GDPR_INSTRUMENT),)),
    "transfer.ground-ended": stating("BE", grounds=(ground_of("BE", until=TODAY.date().replace(day=1)),)),
}
"""What is missing, and a document that a partner may really have signed."""


@pytest.mark.django_db(databases=["be", "ma", "third"])
@pytest.mark.parametrize("code", sorted(WIRE))
def test_it_is_neither_sent_nor_taken(code: str) -> None:
    world, agreement = signed_world(WIRE[code])
    with pytest.raises(Refused) as refused:
        submit(world.be, telling(BE, agreement), SALMA)
    assert refused.value.code == code
    with looking_away():
        message = submit(world.be, telling(BE, agreement), SALMA)
    deliver(world)
    assert code_of(world.be, message) == ("refused", code)
    assert find_case("ma", message) is None
    back = ("refused", "transfer.unstated") if code == "transfer.unstated" else ("delivered", None)
    if code in {"transfer.unstated", "transfer.authority"}:
        with looking_away():
            message = submit(world.ma, telling(MA, agreement), SALMA)
        deliver(world)
        assert code_of(world.ma, message) == ("refused", code)
    else:
        assert sent(world, MA, agreement) == back


@pytest.mark.django_db(databases=["be", "ma", "third"])
def test_an_answer_without_a_ground_is_not_released_and_the_request_stays_open() -> None:
    world, agreement = signed_world(plan())
    thread = ask(world, agreement)
    deliver(world)
    silent = in_force(stating("MA", grounds=()))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("comity.services.exchange.trust.standing", lambda node, name: silent)
        with pytest.raises(Refused, match=r"transfer\.ground"):
            answer(world.ma, SALMA, thread)
    row = find_case("ma", thread)
    assert row is not None
    assert row.closing is None
    assert [made.kind for made in decisions("ma", thread)] == ["stopped"], (
        "nothing is decided, nothing is lost"
    )
