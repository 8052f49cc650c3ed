"""L1: what came for one purpose is used for another only with its owner's consent, and each such use is recorded.

Enforced by the row ``L1`` of `PROHIBITIONS` in `core/policy/law.py`, asked by `use_for` in
`services/protection/onward.py`; without it `test_without_consent` returns the words.
"""

from __future__ import annotations

import pytest
from tests.cases.cast import DPO, LOTTE, SALMA, deliver
from tests.federation.world import World
from tests.policy.scene import OLD, case, leaves

from comity.core.cases.consent import Use
from comity.core.cases.protection import ProtectionGround
from comity.core.codes.exchange import Purpose
from comity.errors import Refused
from comity.services.protection.consent import ask_consent, decide_consent, withdraw_consent
from comity.services.protection.onward import use_for
from comity.services.protection.restrict import restrict_received

RULE = {
    "enforced": (
        "core/policy/law.py:_repurposed_without_consent",
        "services/protection/onward.py:use_for",
    ),
    "core": ("policy/test_l17_onward.py::test_the_policy_itself",),
    "desk": (
        "test_without_consent",
        "cases/test_thread_commands.py::test_consent_and_use",
    ),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma"])


def reply(world: World, thread: str) -> str:
    message = case(world.be, thread).closing
    assert message is not None
    return str(message)


def test_without_consent(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    message = reply(world, thread)
    with pytest.raises(Refused, match=r"law\.purpose"):
        use_for(world.be, LOTTE, thread, message, Purpose.MONEY_LAUNDERING)
    assert OLD in str(use_for(world.be, LOTTE, thread, message, Purpose.TERRORISM))
    assert leaves(world.be, "case.used-otherwise") == []


def test_with_consent_until_it_is_withdrawn(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    message = reply(world, thread)
    asked = ask_consent(
        world.be, LOTTE, thread, message, Use.PURPOSE, Purpose.MONEY_LAUNDERING, "same accounts"
    )
    deliver(world)
    with pytest.raises(Refused, match=r"law\.purpose"):
        use_for(world.be, LOTTE, thread, message, Purpose.MONEY_LAUNDERING)
    decide_consent(world.ma, SALMA, thread, asked, given=True)
    deliver(world)
    assert OLD in str(use_for(world.be, LOTTE, thread, message, Purpose.MONEY_LAUNDERING))
    assert len(leaves(world.be, "case.used-otherwise")) == 1
    with pytest.raises(Refused, match=r"law\.purpose"):
        use_for(world.be, LOTTE, thread, message, Purpose.DRUGS)
    withdraw_consent(world.ma, SALMA, thread, asked)
    deliver(world)
    with pytest.raises(Refused, match=r"law\.purpose"):
        use_for(world.be, LOTTE, thread, message, Purpose.MONEY_LAUNDERING)


def test_what_is_restricted_is_used_for_nothing(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    restrict_received(world.be, DPO, thread, ProtectionGround.CONTESTED)
    with pytest.raises(Refused, match=r"case\.restricted"):
        use_for(world.be, LOTTE, thread, reply(world, thread), Purpose.TERRORISM)
