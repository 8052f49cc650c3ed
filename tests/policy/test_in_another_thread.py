"""What a partner says within a thread is about that thread: it answers no question of another one, and asks about nothing there.

Enforced by the comparisons of the thread, the regime, the direction and the clause in `services/protection/consent.py`
(`receive_question`, `receive_consent`, `receive_withdrawal`) and `services/protection/received.py` (`receive_lifting`): without
any of them its case here is delivered.
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.cases.cast import DPO, LOTTE, ask, deliver
from tests.federation.world import BE, MA, World
from tests.policy.hostile import sent_unbound
from tests.policy.scene import case, passage

from comity.core.cases.consent import Use
from comity.core.cases.protection import ProtectionGround
from comity.core.codes.exchange import Act, Purpose, Regime
from comity.services.exchange.submit import Outgoing
from comity.services.protection.consent import ask_consent
from comity.services.protection.restrict import restrict_sent
from comity.storage.models.protection import Consent

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
Desks = tuple[World, str, str]
REFUSED, DELIVERED = ("refused", "case.header"), ("delivered", None)


@pytest.fixture
def both(answered: Desks) -> tuple[World, str, str, str]:
    """Return two nodes, their agreement, an answered thread, and another one that is open."""
    world, agreement, thread = answered
    other = ask(world, agreement, case="BE-2026-118")
    deliver(world)
    return world, agreement, thread, other


def said(
    world: World, agreement: str, thread: str, kind: str, act: Act, body: Any, **header: Any
) -> Outgoing:
    """Return a message of the Moroccan node in a thread."""
    usual: dict[str, Any] = {
        "clause": "terrorism.request",
        "purpose": Purpose.TERRORISM,
        "regime": Regime.POLICE,
    }
    return Outgoing(
        BE, kind=kind, act=act, body=body, agreement=agreement, thread=thread, **{**usual, **header}
    )


def questioned(world: World, thread: str) -> str:
    """Let the Belgian officer ask for consent to use the answer."""
    message = case(world.be, thread).closing or ""
    asked = ask_consent(world.be, LOTTE, thread, message, Use.PERSON, Purpose.TERRORISM, "what is held")
    deliver(world)
    return asked


def test_a_question_is_answered_in_its_thread(both: tuple[World, str, str, str]) -> None:
    world, agreement, thread, other = both
    body = {"asked": questioned(world, thread), "given": True}
    for place, ended in ((other, ("refused", "consent.unasked")), (thread, DELIVERED)):
        answer = said(world, agreement, place, "consent", Act.CONSENT, body, decision="0" * 64)
        assert sent_unbound(world, world.ma, answer) == ended


def test_consent_is_withdrawn_in_its_thread_and_regime(both: tuple[World, str, str, str]) -> None:
    world, agreement, thread, other = both
    body = {"asked": questioned(world, thread)}
    returning = {"regime": Regime.RETURN_IDENTIFICATION}
    for place, header, ended in ((other, {}, REFUSED), (thread, returning, REFUSED), (thread, {}, DELIVERED)):
        withdrawal = said(world, agreement, place, "consent-withdrawal", Act.WITHDRAW_CONSENT, body, **header)
        assert sent_unbound(world, world.ma, withdrawal) == ended
    assert Consent.objects.using("be").get().state == "withdrawn"


def test_consent_is_asked_for_what_we_said_there(both: tuple[World, str, str, str]) -> None:
    """Neither for the partner's own words, nor for those of another thread."""
    world, agreement, thread, other = both
    answer = case(world.be, thread).closing or ""
    body = {"use": "answer-to-person", "purpose": "terrorism", "reasons": "x"}
    for place, message, ended in (
        (thread, thread, REFUSED),
        (other, answer, REFUSED),
        (thread, answer, DELIVERED),
    ):
        question = Outgoing(
            MA,
            Regime.POLICE,
            "consent-request",
            Act.ASK_CONSENT,
            {**body, "message": message},
            agreement=agreement,
            clause="terrorism.request",
            purpose=Purpose.TERRORISM,
            thread=place,
        )
        assert sent_unbound(world, world.be, question) == ended


def test_a_restriction_is_lifted_under_the_clause_of_the_case(both: tuple[World, str, str, str]) -> None:
    world, agreement, thread, _ = both
    message = case(world.be, thread).closing or ""
    restrict_sent(world.ma, DPO, thread, ProtectionGround.CONTESTED)
    deliver(world)
    assert passage(world.be, message).state == "restricted"
    drugs = {"clause": "drugs.request", "purpose": Purpose.DRUGS}
    for header, ended, state in ((drugs, REFUSED, "restricted"), ({}, DELIVERED, "held")):
        lifted = said(
            world, agreement, thread, "restriction-lifted", Act.LIFT, {"message": message}, **header
        )
        assert sent_unbound(world, world.ma, lifted) == ended
        assert passage(world.be, message).state == state
