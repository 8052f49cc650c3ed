"""L8: conditions travel with the data, and until a person has acknowledged them the words stay sealed.

Enforced by `conditions_open=needs_acknowledgement(...)` in `services/cases/handlers.py` (without it the reply is shown at
once) and by `readable` in `services/protection/passages.py`. Without the comparison in `receive_acknowledgement` a
partner can acknowledge other conditions than ours.
"""

from __future__ import annotations

import pytest
from tests.cases.cast import LOTTE, OPERATOR, SALMA, SYSTEM_ACCOUNT, ask, deliver
from tests.federation.world import MA, World
from tests.policy.scene import OLD, case, code_of, leaves, passage

from comity.core.codes.exchange import Act, Regime
from comity.core.codes.marks import Handling
from comity.errors import Refused
from comity.services.agreements.stop import suspend
from comity.services.cases.answer import answer
from comity.services.cases.thread.acknowledge import acknowledge
from comity.services.cases.views import show_case
from comity.services.exchange.submit import Outgoing, submit

RULE = {
    "enforced": (
        "core/cases/thread.py:needs_acknowledgement",
        "services/protection/passages.py:readable",
        "core/policy/law.py:_court_without_permission",
    ),
    "core": ("policy/test_l18_emergency.py::test_in_the_core_only_h0_goes_to_a_court_unasked",),
    "wire": ("test_other_conditions_are_not_acknowledged",),
    "api": ("api/test_reading.py::test_sealed_until_a_person_has_acknowledged",),
    "desk": (
        "test_the_words_open_with_the_acknowledgement",
        "web/test_protection.py::test_conditions_are_acknowledged",
    ),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
CONDITION = "not to be shown to the person before the trial"


@pytest.fixture
def conditional(desks: tuple[World, str]) -> tuple[World, str, str, str]:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    message = answer(world.ma, SALMA, thread, conditions=CONDITION)
    deliver(world)
    return world, agreement, thread, message


def test_the_words_open_with_the_acknowledgement(conditional: tuple[World, str, str, str]) -> None:
    world, _, thread, message = conditional
    sealed = show_case(world.be, LOTTE, thread)
    assert sealed["reply"] is None
    assert OLD not in str(sealed)
    [said] = [each for each in sealed["passages"] if each["message"] == message]
    assert (said["to_acknowledge"], said["conditions"]) == (True, CONDITION)
    acknowledge(world.be, LOTTE, thread, message)
    assert OLD in str(show_case(world.be, LOTTE, thread)["reply"])
    deliver(world)
    assert passage(world.ma, message).acknowledged_at is not None
    assert len(leaves(world.ma, "case.acknowledged")) == 1
    assert len(leaves(world.be, "case.conditions-acknowledged")) == 1
    with pytest.raises(Refused, match=r"case\.no-conditions"):
        acknowledge(world.be, LOTTE, thread, message)


def test_only_a_person_acknowledges(conditional: tuple[World, str, str, str]) -> None:
    world, _, thread, message = conditional
    for actor in (SYSTEM_ACCOUNT, OPERATOR):
        with pytest.raises(Refused, match=r"case\.person"):
            acknowledge(world.be, actor, thread, message)
    assert show_case(world.be, SYSTEM_ACCOUNT, thread)["reply"] is None


def test_a_suspended_agreement_does_not_keep_from_acknowledging(
    conditional: tuple[World, str, str, str],
) -> None:
    world, agreement, thread, message = conditional
    suspend(world.be, OPERATOR, agreement, "test")
    deliver(world)
    acknowledge(world.be, LOTTE, thread, message)
    deliver(world)
    assert passage(world.ma, message).acknowledged_at is not None


@pytest.mark.parametrize(("digest", "code"), [("0" * 64, "case.conditions"), ("0", "case.message-malformed")])
def test_other_conditions_are_not_acknowledged(
    conditional: tuple[World, str, str, str], digest: str, code: str
) -> None:
    world, _, thread, message = conditional
    body = {"message": message, "conditions": digest}
    sent = submit(
        world.be, Outgoing(MA, Regime.POLICE, "acknowledgement", Act.RECEIPT, body, thread=thread), LOTTE
    )
    deliver(world)
    assert code_of(world.be, sent) == ("refused", code)
    assert passage(world.ma, message).acknowledged_at is None


def test_nobody_acknowledges_what_was_not_said_to_him(conditional: tuple[World, str, str, str]) -> None:
    world, _, thread, _ = conditional
    body = {"message": thread, "conditions": "0" * 64}
    sent = submit(
        world.be, Outgoing(MA, Regime.POLICE, "acknowledgement", Act.RECEIPT, body, thread=thread), LOTTE
    )
    deliver(world)
    assert code_of(world.be, sent) == ("refused", "case.header")


def test_ordinary_replies_need_none(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    assert case(world.be, thread).reply is not None
    assert case(world.be, thread).reply["handling"] == Handling.H1
    assert OLD in str(show_case(world.be, LOTTE, thread)["reply"])
