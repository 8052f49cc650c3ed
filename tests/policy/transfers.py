"""Agreements for the rules on transfers: the plan in force, with one thing changed in what it says of a party."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from tests.agreement.samples import BE, MA, TODAY, in_force, shipped

from comity.core.agreement.model import Agreement
from comity.core.agreement.profile import Cap, ChangeEffect, ChangeKind, StatedGround, StatusChange
from comity.core.agreement.standing import AgreementStanding
from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.marks import DataCategory, SubjectCategory
from comity.core.codes.transfer import TransferGround
from comity.core.instant import Instant
from comity.core.policy.decide import Permit, ProposedAct, Refuse, decide

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
