"""L20: a derogation is for single cases: never an index, never more than its cap, counted by both nodes.

Enforced by the last step of `_against` in `core/policy/transfer.py`, with the count of `Decider._counted` in
`services/exchange/trust.py`. Without the former the tests in the core fail, without the latter those over the wire.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import ValidationError
from tests.cases.cast import DPO, SALMA, deliver, officer
from tests.federation.world import BE, MA, World
from tests.policy.scene import code_of
from tests.policy.transfers import (
    DEROGATION,
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

from comity.core.agreement.profile import StatedGround, TransferProfile
from comity.core.codes.exchange import Act
from comity.core.codes.marks import Role
from comity.core.codes.transfer import TransferGround
from comity.errors import Refused
from comity.services.exchange.submit import submit, submit_many
from comity.services.exchange.trust import Decider
from comity.services.transfers.records import Period, report
from comity.storage.models.egress import BlockedDraft
from comity.storage.models.exchange import ExchangedMessage

RULE = {
    "enforced": (
        "core/policy/transfer.py:_against",
        "services/exchange/trust.py:_counted",
        "services/exchange/trust.py:require_within_caps",
    ),
    "core": ("test_up_to_its_cap_and_no_further",),
    "wire": (
        "test_both_nodes_count_and_the_cap_frees_itself_with_time",
        "test_whoever_signs_each_a_little_earlier_is_counted_too",
    ),
    "api": ("api/test_law.py::test_a_derogation_is_counted_over_rest_too",),
    "desk": ("test_the_report_shows_the_counter",),
}

wired = pytest.mark.django_db(databases=["be", "ma", "third"])
CAPPED = stating("BE", grounds=(DEROGATION,))
PART = "transfers.BE.grounds.led-38-1-c"
BELGIAN_DPO = officer("bram", Role.DATA_PROTECTION_OFFICER)


def test_up_to_its_cap_and_no_further() -> None:
    assert permitted_on(CAPPED, replace(TO_MA, derogated=1)) is TransferGround.LED_IMMEDIATE_THREAT
    for made in (2, 3, 1000):
        assert grounds(CAPPED, replace(TO_MA, derogated=made)) == [("transfer.volume", PART, "L20")]


@pytest.mark.parametrize("act", [Act.PUBLISH_INDEX, Act.BE_FOUND])
def test_never_many_persons_at_once(act: Act) -> None:
    found = grounds(CAPPED, replace(TO_MA, act=act))
    assert ("transfer.individual", PART, "L20") in found
    assert ("transfer.individual", PART, "L20") not in grounds(plan(), replace(TO_MA, act=act))


def test_a_ground_that_holds_is_used_before_and_not_counted() -> None:
    both = stating("BE", grounds=(DEROGATION, ground_of("BE")))
    assert permitted_on(both, replace(TO_MA, derogated=2)) is TransferGround.LED_INSTRUMENT


def test_the_other_direction_has_its_own_grounds() -> None:
    assert permitted_on(CAPPED, replace(TO_BE, derogated=1000)) is TransferGround.MA_AGREEMENT


def test_a_derogation_without_cap_or_balance_is_not_signed() -> None:
    stated = DEROGATION.model_dump()
    for change in ({"cap": None}, {"ground": TransferGround.LED_INDIVIDUAL_CASE}):
        with pytest.raises(ValidationError):
            StatedGround.model_validate({**stated, **change})
    profile = (plan().transfers or {})["BE"].model_dump()
    with pytest.raises(ValidationError):
        TransferProfile.model_validate({**profile, "grounds": [stated, stated]})


@wired
def test_both_nodes_count_and_the_cap_frees_itself_with_time() -> None:
    world, agreement = signed_world(CAPPED)
    for _ in range(2):
        assert sent(world, BE, agreement) == ("delivered", None)
    with pytest.raises(Refused, match=r"transfer\.volume"):
        sent(world, BE, agreement)
    with looking_away():
        message = submit(world.be, telling(BE, agreement), SALMA)
    deliver(world)
    assert code_of(world.be, message) == ("refused", "transfer.volume")
    assert sent(world, MA, agreement) == ("delivered", None)
    world.clock.forward(days=31)
    assert sent(world, BE, agreement) == ("delivered", None)


@wired
def test_a_batch_is_counted_message_by_message_on_both_nodes() -> None:
    world, agreement = signed_world(CAPPED)
    three = [telling(BE, agreement) for _ in range(3)]
    with pytest.raises(Refused, match=r"transfer\.volume"):
        submit_many(world.be, three, SALMA)
    assert not ExchangedMessage.objects.using("be").exists()
    with looking_away():
        messages = submit_many(world.be, three, SALMA)
    deliver(world)
    ended = sorted(code_of(world.be, each)[0] for each in messages)
    assert ended == ["delivered", "delivered", "refused"]


@wired
def test_whoever_signs_each_a_little_earlier_is_counted_too() -> None:
    world, agreement = signed_world(CAPPED)
    world.clock.forward(hours=5)
    now, ended = world.clock.now, []
    for number in range(4):
        world.clock.now = now - timedelta(minutes=10 * (number + 1))
        with looking_away():
            message = submit(world.be, telling(BE, agreement), SALMA)
        world.clock.now = now + timedelta(minutes=number)
        deliver(world)
        ended.append(code_of(world.be, message))
    assert ended == [("delivered", None)] * 2 + [("refused", "transfer.volume")] * 2


@wired
def test_what_was_decided_side_by_side_is_counted_where_it_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    world, agreement = signed_world(CAPPED)
    # Neither submission sees what the other is about to store.
    monkeypatch.setattr(Decider, "_counted", lambda self, found, act, at: act)
    for _ in range(2):
        submit(world.be, telling(BE, agreement), SALMA)
    with pytest.raises(Refused, match=r"transfer\.volume"):
        submit(world.be, telling(BE, agreement), SALMA)
    assert ExchangedMessage.objects.using("be").filter(direction="out", act="inform").count() == 2
    [draft] = BlockedDraft.objects.using("be").all()
    assert (draft.officer, draft.code, draft.content["matter"]) == (
        SALMA.name,
        "transfer.volume",
        "a warehouse",
    )


@wired
def test_what_was_refused_does_not_count() -> None:
    world, agreement = signed_world(CAPPED)
    body = {"matter": "x"}
    for _ in range(3):
        assert sent(world, BE, agreement, body=body) == ("refused", "case.message-malformed")
    assert sent(world, BE, agreement) == ("delivered", None)


@wired
def test_the_report_shows_the_counter() -> None:
    world: World
    world, agreement = signed_world(CAPPED)
    sent(world, BE, agreement)
    period = Period(first=world.clock() - timedelta(days=1), before=world.clock() + timedelta(days=1))
    [counter] = report(world.be, BELGIAN_DPO, period)["derogations"]
    assert (counter["made"], counter["cap"], counter["within_days"]) == (1, 2, 30)
    assert report(world.ma, DPO, period)["derogations"] == []
    assert MA in world.nodes
