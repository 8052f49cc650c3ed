"""Whoever passed on what another service owns consents to no more than that service does, and for no longer (L1, L8, L17).

Enforced by `_beyond_owner` in `services/protection/consent.py`, which asks the policy: without it in `decide_consent` a
second service gives away what the first owns, without it in `withdraw_due` its consent outlives the owner's. The digest of
the owner's decision is asked for in `receive_consent`: the law asks for it before (L10), so that it is tried without the law.
"""

from __future__ import annotations

import pytest
from tests.cases.cast import SALMA, deliver, officer
from tests.federation.world import MA, THIRD, World
from tests.policy.scene import case
from tests.policy.test_l17_onward import LIES, Scene, consented, onward, rounds

from comity.core.cases.consent import CONSENT, Use
from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.core.codes.marks import Role
from comity.errors import PeerError, Refused
from comity.services.exchange.handlers import Message
from comity.services.protection.consent import (
    ask_consent,
    decide_consent,
    receive_consent,
    withdraw_consent,
    withdraw_due,
)
from comity.storage.models.protection import Consent
from comity.storage.transaction import atomic

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])
FURTHER = ServiceId("FR.dcpj")
AHMED = officer("ahmed", Role.OFFICER)


@pytest.fixture
def passed_on(three: Scene) -> tuple[World, str, str, str]:
    """What Morocco told Belgium is with a third service, with Morocco's consent; thread and message of both."""
    world, thread, message, _ = three
    consented(three)
    sent = onward(three)
    rounds(world)
    return world, thread, message, sent


def asked_by_the_third(world: World, sent: str, use: Use, recipient: ServiceId | None = None) -> str:
    """Let the third service ask Belgium for consent."""
    third = world.nodes[THIRD]
    asked = ask_consent(third, AHMED, sent, sent, use, Purpose.TERRORISM, "they hold his cousin", recipient)
    rounds(world)
    return asked


def state(alias: str, asked: str) -> str:
    return Consent.objects.using(alias).get(asked=asked).state


@pytest.mark.parametrize(
    ("use", "recipient", "code"),
    [(Use.ONWARD, FURTHER, "law.consent"), (Use.COURT, None, "law.court"), (Use.PERSON, None, "law.consent")],
)
def test_nobody_consents_for_the_owner(
    passed_on: tuple[World, str, str, str], use: Use, recipient: ServiceId | None, code: str
) -> None:
    world, _, _, sent = passed_on
    asked = asked_by_the_third(world, sent, use, recipient)
    with pytest.raises(Refused) as refused:
        decide_consent(world.be, LIES, sent, asked, given=True)
    assert refused.value.code == code
    assert state("be", asked) == "open"
    decide_consent(world.be, LIES, sent, asked, given=False)
    rounds(world)
    assert state("third", asked) == "refused"


def test_with_the_owner_s_consent_and_for_as_long_as_it_holds(
    passed_on: tuple[World, str, str, str],
) -> None:
    world, thread, message, sent = passed_on
    asked = asked_by_the_third(world, sent, Use.ONWARD, FURTHER)
    of_owner = ask_consent(
        world.be, LIES, thread, message, Use.ONWARD, Purpose.TERRORISM, "the third asks", FURTHER
    )
    deliver(world)
    decide_consent(world.ma, SALMA, thread, of_owner, given=True)
    deliver(world)
    decide_consent(world.be, LIES, sent, asked, given=True)
    rounds(world)
    assert state("third", asked) == "given"
    assert withdraw_due(world.be) == 0
    withdraw_consent(world.ma, SALMA, thread, of_owner)
    rounds(world)
    assert withdraw_due(world.be) == 1
    assert withdraw_due(world.be) == 0
    rounds(world)
    assert (state("be", asked), state("third", asked)) == ("withdrawn", "withdrawn")


def test_what_is_one_s_own_needs_nobody_s(three: Scene) -> None:
    world, *_ = three
    asked = consented(three)
    assert state("ma", asked) == "given"
    assert withdraw_due(world.ma) == withdraw_due(world.be) == 0


def test_a_consent_that_rests_on_nobody_s_decision_is_none(three: Scene) -> None:
    """What the owner's node says without a named person's decision opens nothing, were the law to let it in."""
    world, thread, message, _ = three
    asked = ask_consent(world.be, LIES, thread, message, Use.ONWARD, Purpose.TERRORISM, "his brother", THIRD)
    row, now = case(world.be, thread), world.clock()

    def come(decision: str | None) -> None:
        answer = Message(
            id="f" * 32,
            partner=MA,
            regime=Regime.POLICE,
            kind=CONSENT,
            act=Act.CONSENT,
            agreement=row.agreement,
            clause=row.clause,
            purpose=Purpose.TERRORISM,
            thread=thread,
            deadline=None,
            sent_at=now,
            received_at=now,
            body={"asked": asked, "given": True},
            decision=decision,
        )
        with atomic("be"):
            receive_consent(world.be, answer)

    for nobody in (None, ""):
        with pytest.raises(PeerError, match=r"consent\.unasked"):
            come(nobody)
        assert state("be", asked) == "open"
    come("0" * 64)
    assert state("be", asked) == "given"
