"""Agreements for the rules on transfers: the plan in force, with one thing changed in what it says of a party."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from tests.agreement.samples import BE, MA, TODAY, in_force, shipped
from tests.cases.cast import SALMA, deliver, with_suspect
from tests.federation.world import World, make_world, sign_between
from tests.policy.scene import code_of
from tests.told import FACTS, UNDATED

from comity.core.agreement.model import Agreement
from comity.core.agreement.profile import Cap, ChangeEffect, ChangeKind, StatedGround, StatusChange
from comity.core.agreement.standing import AgreementStanding
from comity.core.cases.information import INFORMATION
from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.core.codes.marks import DataCategory, Handling, SubjectCategory
from comity.core.codes.transfer import TransferGround
from comity.core.instant import Instant
from comity.core.policy.decide import Permit, ProposedAct, Refuse, decide
from comity.core.policy.transfer import Passage
from comity.services import wiring
from comity.services.exchange.submit import Outgoing, submit

TO_MA = ProposedAct(
    act=Act.REPLY,
    regime=Regime.POLICE,
    sender=BE,
    recipient=MA,
    purpose=Purpose.TERRORISM,
    data=frozenset({DataCategory.NAMES}),
    subjects=frozenset({SubjectCategory.SUSPECT}),
    decision="0" * 64,
)
TO_BE = replace(TO_MA, sender=MA, recipient=BE)
BOTH = (TO_MA, TO_BE)
DEROGATION = StatedGround(
    ground=TransferGround.LED_IMMEDIATE_THREAT,
    reference="Threat of this week",
    since=date(2026, 1, 1),
    cap=Cap(transfers=2, within=timedelta(days=30)),
)


def plan() -> Agreement:
    """Return the plan in force."""
    return shipped("plan_2025")


def stating(country: str, agreement: Agreement | None = None, **changes: Any) -> Agreement:
    """Return the plan with something else said of one party, unchecked."""
    whole = agreement or plan()
    profiles = dict(whole.transfers or {})
    profiles[country] = profiles[country].model_copy(update=changes)
    return whole.model_copy(update={"transfers": profiles})


def ground_of(country: str, **changes: Any) -> StatedGround:
    """Return the ground of a party with something changed, unchecked."""
    profile = (plan().transfers or {})[country]
    return profile.grounds[0].model_copy(update=changes)


def noted(kind: ChangeKind, name: str, country: str, effect: ChangeEffect, at: Instant) -> StatusChange:
    """Return a status change."""
    return StatusChange(country, kind, name, effect, at)


def grounds(agreement: Agreement | AgreementStanding, act: ProposedAct, now: Instant = TODAY) -> Any:
    """Return code, part and rule of each ground of a refusal; nothing when the act is permitted."""
    standing = agreement if isinstance(agreement, AgreementStanding) else in_force(agreement)
    decision = decide(standing, act, now)
    if isinstance(decision, Permit):
        return []
    assert isinstance(decision, Refuse)
    return [(each.code, each.clause, each.rule) for each in decision.grounds]


def permitted_on(agreement: Agreement | AgreementStanding, act: ProposedAct, now: Instant = TODAY) -> Any:
    """Return the ground on which a permitted act rests."""
    standing = agreement if isinstance(agreement, AgreementStanding) else in_force(agreement)
    decision = decide(standing, act, now)
    assert isinstance(decision, Permit), decision
    return decision.obligations.ground


@contextmanager
def looking_away() -> Iterator[None]:
    """Let the nodes of this process submit without the gate, as a hostile partner's would."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("comity.core.policy.decide.gate", lambda standing, act, now: Passage())
        yield


def signed_world(agreement: Agreement) -> tuple[World, str]:
    """Return two nodes with this agreement in force, and a suspect at the Moroccan one."""
    wiring.connect()
    world = make_world()
    with_suspect(world)
    return world, sign_between((world.be, world.ma), agreement)


def sent(world: World, sender: ServiceId, agreement: str, **changes: Any) -> tuple[str, str | None]:
    """Send information that describes nobody from one node to the other; return how it ended."""
    message = submit(world.nodes[sender], telling(sender, agreement, **changes), SALMA)
    deliver(world)
    return code_of(world.nodes[sender], message)


def telling(sender: ServiceId, agreement: str, **changes: Any) -> Outgoing:
    """Return information that describes nobody."""
    body = {"matter": "a warehouse", "reasons": "near your border", "handling": "H1", "evaluation": "X4"}
    body |= {"assertions": FACTS, **UNDATED}
    usual: dict[str, Any] = {
        "partner": MA if sender == BE else BE,
        "regime": Regime.POLICE,
        "kind": INFORMATION,
        "act": Act.INFORM,
        "body": body,
        "agreement": agreement,
        "clause": "terrorism.request",
        "purpose": Purpose.TERRORISM,
        "handling": Handling.H1,
    }
    return Outgoing(**{**usual, **changes})
