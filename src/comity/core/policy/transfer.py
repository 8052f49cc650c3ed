"""The transfer gate: what must be there before anything on a person goes to another State, whoever sends it.

Implements docs/protocol/transfer.md §2; rules L15, L17, L20, L21, L33, L34. Source: Directive (EU) 2016/680 (LED) Art.
27-28, 35-38, recitals 68, 71, 72; Moroccan law 09-08 Art. 43, 44; Convention 108+ Art. 14. No switch turns it off; an
agreement states what the law asks for and can make no exception. Rules:
    - the purpose is stated, and both parties are competent for it (Art. 35(1)(a), (b));
    - the owner's prior authorisation is looked for in `comity.core.policy.law` (Art. 35(1)(c), (e));
    - one of the grounds that the sender has stated is of its own law and holds on that day (Art. 35(1)(d));
    - a derogation is for single cases, and counted (Art. 38, recital 72);
    - the recipient's assurances hold on that day (recital 71).
Attacks it stops: a transfer under an adequacy, an assurance or a treaty that has ended; derogations used as a rule; a
partner that sends without a ground of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from comity.core.agreement.model import Agreement
from comity.core.agreement.profile import ChangeEffect, ChangeKind, StatedGround, TransferProfile, latest
from comity.core.agreement.standing import AgreementStanding
from comity.core.codes.exchange import Act
from comity.core.codes.marks import RefusalGround, Taint
from comity.core.codes.transfer import (
    BOUND_COUNTRIES,
    DEROGATIONS,
    LAW_OF,
    Assurance,
    Law,
    TransferGround,
    Treaty,
    TreatyStanding,
    law_of,
)
from comity.core.instant import Instant
from comity.core.policy.model import Ground, ProposedAct

TRANSFERS = frozenset(
    {
        Act.BE_FOUND,
        Act.PROBE,
        Act.PUBLISH_INDEX,
        Act.COUNT,
        Act.REQUEST,
        Act.REPLY,
        Act.INFORM,
        Act.CLARIFY,
        Act.REPORT_HIT,
        Act.ATTACH,
    }
)
"""Acts that tell something of a person, or may: also free text counts. What only protects needs no ground."""

UNCOUNTED = frozenset({Act.PROBE, Act.ATTACH})
"""Transfers that no cap counts: a probe tells no person, its quotas count it; files belong to their request, which is
counted, and on whose record its ground stands."""

BULK = frozenset({Act.BE_FOUND, Act.PUBLISH_INDEX, Act.COUNT})
"""Transfers of many persons at once, which no derogation covers."""

ALWAYS_ASSURED = (Assurance.CONFIDENTIALITY, Assurance.SPECIFICITY)
CAPITAL_ASSURED = (Assurance.NO_CRUEL_TREATMENT, Assurance.NO_DEATH_PENALTY)

TRUE_GROUNDS = {"L21": RefusalGround.N2}
"""Rule of a refusal -> the ground of the closed list that is kept sealed for it and never leaves."""


@dataclass(frozen=True, slots=True)
class Passage:
    """What the gate says.

    Args:
        refused: what is missing, each with its rule and the part of the agreement; empty: the act may pass.
        ground: on which the transfer rests; None when it needs none (both States are bound by the LED), or is refused.
    """

    refused: tuple[Ground, ...] = ()
    ground: TransferGround | None = None


def gate(standing: AgreementStanding, act: ProposedAct, now: Instant) -> Passage:
    """Look for every element that a transfer needs, on the day of its signed time.

    Args:
        standing: of the agreement, with the status changes that this node has noted.
        act: between the agreement's parties, with a purpose.

    Returns:
        All that is missing, or the first of the sender's grounds that holds.
    """
    if act.act not in TRANSFERS:
        return Passage()
    agreement = standing.agreement
    refused: list[Ground] = []
    # 1. An assessment of the processing (L15).
    if not any(letter.isalnum() for letter in agreement.dpia):
        refused.append(Ground("transfer.assessment", "dpia", "L15"))
    # 2. Between States that the LED binds alike nothing more is asked for.
    if {act.sender[:2], act.recipient[:2]} <= BOUND_COUNTRIES:
        return Passage(tuple(refused))
    sender, recipient = agreement.profile(act.sender), agreement.profile(act.recipient)
    if sender is None or recipient is None:
        missing = act.sender if sender is None else act.recipient
        return Passage((*refused, Ground("transfer.unstated", f"transfers.{missing[:2]}", "L17")))
    # 3. Competent authorities on both sides (L17 b).
    for service, profile in ((act.sender, sender), (act.recipient, recipient)):
        if act.purpose not in profile.competent_for:
            refused.append(Ground("transfer.authority", f"transfers.{service[:2]}.competent_for", "L17"))
    # 4. A legal ground (L17 d, L20, L33, L34).
    ground, against = _ground(standing, sender, act, now)
    refused += against
    # 5. Assurances that hold on that day (L21).
    refused += _assured(standing, act, now)
    return Passage(tuple(refused), None if refused or act.act is Act.ATTACH else ground)


def assured(standing: AgreementStanding, service: str, assurance: Assurance, now: Instant) -> bool:
    """Whether a party's assurance was given by both signatures, holds on that day, and is not known as ended."""
    profile = standing.agreement.profile(service)
    if profile is None or assurance not in standing.agreement.assurances:
        return False
    if _ended(standing, service, ChangeKind.ASSURANCE, assurance.value, now):
        return False
    return any(each.assurance is assurance and each.holds_on(now.date()) for each in profile.assurances)


def unassured_offence(
    standing: AgreementStanding | None, act: ProposedAct, now: Instant
) -> tuple[Ground, ...]:
    """Return the ground against what concerns a capital offence, while the recipient's assurances do not hold (L21).

    Its public code is that of every protected status; its true ground is ``n2``.
    """
    if Taint.CAPITAL_OFFENCE not in act.taints:
        return ()
    if standing is not None and all(assured(standing, act.recipient, each, now) for each in CAPITAL_ASSURED):
        return ()
    return (Ground("law.protected", "law", "L21"),)


def derogation_of(agreement: Agreement, service: str) -> StatedGround | None:
    """Return the derogation on which a party may transfer, whose transfers are counted."""
    profile = agreement.profile(service)
    return None if profile is None else profile.derogation


def _assured(standing: AgreementStanding, act: ProposedAct, now: Instant) -> tuple[Ground, ...]:
    part = f"transfers.{act.recipient[:2]}.assurances"
    missing = any(not assured(standing, act.recipient, each, now) for each in ALWAYS_ASSURED)
    found = (Ground("transfer.assurance", part, "L21"),) if missing else ()
    return (*found, *unassured_offence(standing, act, now))


def _ground(
    standing: AgreementStanding, sender: TransferProfile, act: ProposedAct, now: Instant
) -> tuple[TransferGround | None, tuple[Ground, ...]]:
    """Return the first ground that holds; where none does, why each of them does not."""
    part = f"transfers.{act.sender[:2]}.grounds"
    law = law_of(act.sender[:2], act.regime)
    rule = "L33" if law is Law.LAW_09_08 else "L17"
    if not sender.grounds:
        return None, (Ground("transfer.ground", part, rule),)
    against: list[Ground] = []
    for stated in sender.grounds:
        code, broken = _against(standing, stated, act, now, law, rule)
        if code is None:
            return stated.ground, ()
        found = Ground(code, f"{part}.{stated.ground.value}", broken)
        against += [] if found in against else [found]
    return None, tuple(against)


def _against(
    standing: AgreementStanding, stated: StatedGround, act: ProposedAct, now: Instant, law: Law, rule: str
) -> tuple[str | None, str]:
    """Return code and rule of what stands against a stated ground; None as the code when nothing does."""
    if LAW_OF[stated.ground] is not law:
        return "transfer.ground-law", rule
    if law is Law.LAW_09_08 and not stated.filing:
        return "transfer.filing", "L33"
    ended = _ended(standing, act.sender, ChangeKind.GROUND, stated.ground.value, now)
    if ended or not stated.holds_on(now.date()):
        return "transfer.ground-ended", rule
    if not _treaties_hold(standing, stated, act, now):
        return "transfer.treaty", "L34"
    if stated.ground in DEROGATIONS:
        if act.act in BULK:
            return "transfer.individual", "L20"
        if act.act not in UNCOUNTED and (stated.cap is None or act.derogated >= stated.cap.transfers):
            return "transfer.volume", "L20"
    return None, rule


def _treaties_hold(standing: AgreementStanding, stated: StatedGround, act: ProposedAct, now: Instant) -> bool:
    needed = set(stated.rests_on)
    # Free flow among Parties is a ground only among Parties (Convention 108+ Art. 14(1)).
    if stated.ground is TransferGround.CONVENTION_PARTY:
        needed.add(Treaty.CONVENTION_108_PLUS)
    return all(party_to(standing, act.recipient, treaty, now) for treaty in needed)


def party_to(standing: AgreementStanding, service: str, treaty: Treaty, now: Instant) -> bool:
    """Whether the State of a party is party to a treaty on that day: what is noted last counts, then what is signed."""
    noted = latest(standing.changes, service[:2], ChangeKind.TREATY, treaty.value, now)
    if noted is not None:
        return noted is ChangeEffect.HOLDS
    profile = standing.agreement.profile(service)
    return profile is not None and _signed_party(profile, treaty, now.date())


def _signed_party(profile: TransferProfile, treaty: Treaty, day: date) -> bool:
    return any(
        each.treaty is treaty and each.status is TreatyStanding.PARTY and each.holds_on(day)
        for each in profile.treaties
    )


def _ended(standing: AgreementStanding, service: str, kind: ChangeKind, name: str, now: Instant) -> bool:
    return latest(standing.changes, service[:2], kind, name, now) is ChangeEffect.ENDED
