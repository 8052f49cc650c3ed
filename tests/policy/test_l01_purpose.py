"""L1: what came for one purpose is used for another only with its owner's consent, and each such use is recorded.

Enforced by the row ``L1`` of `PROHIBITIONS` in `core/policy/law.py`, asked by `use_for` in
`services/protection/onward.py`; without it `test_without_consent` returns the words. Over the wire by the test of the purpose
in `_against` (`core/policy/decide.py`) and that of the clause in `asked_case` (`services/cases/handlers.py`): without either
its case of `test_a_hostile_partner_answers_under_no_other_purpose` is delivered.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.cases.cast import DPO, LOTTE, SALMA, ask, deliver
from tests.federation.world import BE, World
from tests.policy.hostile import sent_unbound
from tests.policy.scene import OLD, case, leaves
from tests.told import released

from comity.core.cases.consent import Use
from comity.core.cases.protection import ProtectionGround
from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.marks import DataCategory, Handling, SubjectCategory
from comity.errors import Refused
from comity.services.exchange.submit import Outgoing
from comity.services.protection.consent import ask_consent, decide_consent, withdraw_consent
from comity.services.protection.onward import use_for
from comity.services.protection.restrict import restrict_received

RULE = {
    "enforced": (
        "core/policy/law.py:_repurposed_without_consent",
        "services/protection/onward.py:use_for",
        "core/policy/decide.py:_against",
        "services/cases/handlers.py:asked_case",
    ),
    "core": ("policy/test_l17_onward.py::test_the_policy_itself",),
    "wire": (
        "test_a_hostile_partner_answers_under_no_other_purpose",
        "policy/test_l17_onward.py::test_a_hostile_partner_gets_no_consent",
    ),
    "api": ("api/test_law.py::test_no_other_purpose_than_a_clause_names",),
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


@pytest.mark.parametrize(
    ("purpose", "clause", "code"),
    [
        (Purpose.MONEY_LAUNDERING, "terrorism.request", "clause.purpose"),
        (Purpose.DRUGS, "drugs.request", "case.header"),
    ],
)
def test_a_hostile_partner_answers_under_no_other_purpose(
    desks: tuple[World, str], purpose: Purpose, clause: str, code: str
) -> None:
    """What was asked for one purpose is answered for that one: neither a clause nor a header takes it elsewhere."""
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    answering = Outgoing(
        BE,
        Regime.POLICE,
        "reply",
        Act.REPLY,
        {
            "subject": released({"names": ["x"]}),
            "assertions": {},
            "handling": "H1",
            "evaluation": "X4",
            "subject_category": "suspect",
        },
        agreement=agreement,
        clause=clause,
        purpose=purpose,
        thread=thread,
        data=frozenset({DataCategory.NAMES}),
        subjects=frozenset({SubjectCategory.SUSPECT}),
        handling=Handling.H1,
        decision="0" * 64,
    )
    assert sent_unbound(world, world.ma, answering) == ("refused", code)
    assert case(world.be, thread).closing is None
    lawful = replace(answering, clause="terrorism.request", purpose=Purpose.TERRORISM)
    assert sent_unbound(world, world.ma, lawful) == ("delivered", None)


def test_what_is_restricted_is_used_for_nothing(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    restrict_received(world.be, DPO, thread, ProtectionGround.CONTESTED)
    with pytest.raises(Refused, match=r"case\.restricted"):
        use_for(world.be, LOTTE, thread, reply(world, thread), Purpose.TERRORISM)
