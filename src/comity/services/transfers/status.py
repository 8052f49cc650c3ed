"""Note that an assurance, a treaty or a ground of a party has ended or holds again, and look at every open flow anew.

Implements docs/protocol/transfer.md §4; rules L21, L34. Source: Directive (EU) 2016/680 Art. 36(5) (an adequacy decision
that is repealed), recitals 68 and 71; Convention 108 Art. 26 (denunciation). Rules:
    - a named person notes it, with the reason, once it has happened; what will end on a known day stands in the agreement;
    - it binds at once, in both directions, on every path, by the gate alone;
    - what waits to be sent and may not go any more is withdrawn in the same transaction, and a batch under way that holds
      such a message is called back (docs/protocol/envelope.md §6);
    - it narrows what both have signed; only the accession to a treaty can open a ground, one that both have signed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from comity.core import canonical
from comity.core.agreement.model import Agreement
from comity.core.agreement.profile import ChangeEffect, ChangeKind
from comity.core.agreement.standing import AgreementStanding, State
from comity.core.codes.exchange import Act, ServiceId
from comity.core.codes.marks import Role
from comity.core.codes.transfer import Assurance, TransferGround, Treaty
from comity.core.evidence.event import Event, Internal
from comity.core.faults import named
from comity.core.instant import Instant, read_instant, write_instant
from comity.core.policy.model import ProposedAct, Refuse
from comity.core.policy.transfer import gate
from comity.core.texts import typed
from comity.errors import InputError
from comity.services import erasures
from comity.services.agreements import store
from comity.services.agreements.standing import all_standings, stored_standing
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.services.exchange.back.hold import hold_one
from comity.services.exchange.trust import STATUS_CHANGED, Decider, decided_again
from comity.storage.exchange import transfers as rows
from comity.storage.exchange.outbox import Whereabouts
from comity.storage.models.agreements import TransferStatus
from comity.storage.transaction import atomic

ENDED, HELD = "transfer-status-ended", "transfer-status-held"
MAX_REASON = 4_000
BATCH = 1_000
_NAMES: dict[ChangeKind, frozenset[str]] = {
    ChangeKind.ASSURANCE: frozenset(Assurance),
    ChangeKind.TREATY: frozenset(Treaty),
    ChangeKind.GROUND: frozenset(TransferGround),
}


@dataclass(frozen=True, slots=True)
class Noted:
    """What followed: the agreements for which it counts, and the messages that no longer leave."""

    agreements: tuple[str, ...]
    withdrawn: tuple[str, ...]


def note_change(
    node: Node,
    actor: Actor,
    agreement: str,
    country: str,
    kind: ChangeKind,
    name: str,
    effect: ChangeEffect,
    at: Instant,
    reason: str,
) -> Noted:
    """Note a change in the status of a party's State and look at every open flow anew.

    Args:
        agreement: hash. country: of the party. name: value of the assurance, treaty or ground.
        at: from when; not later than now. reason: kept sealed, never sent.

    Raises:
        InputError: ``agreement.not-found``, ``transfer.change-unknown``, ``transfer.change-reason``,
            ``transfer.change-early``.
        Refused: ``actor.person``, ``actor.role``.
    """
    store.require_person(actor)
    found = stored_standing(node, agreement)
    roles = (Role.DATA_PROTECTION_OFFICER, Role.HEAD_OF_DESK, Role.ADMINISTRATOR)
    actor.require(found.agreement.regime, *roles)
    for field, said, known in (
        ("country", country, found.agreement.transfers or {}),
        ("name", name, _NAMES[kind]),
    ):
        if said not in known:
            raise InputError("transfer.change-unknown", field=field, allowed=named(sorted(known)))
    reason = typed(reason, "transfer.change-reason", most=MAX_REASON)
    now = node.clock()
    if at > now:
        raise InputError("transfer.change-early")
    withdrawn: list[str] = []
    with atomic(node.alias):
        # A treaty binds the State in all it has signed; an assurance or a ground stands in one agreement.
        concerned = _of_state(node, country) if kind is ChangeKind.TREATY else [agreement]
        for each in concerned:
            row = TransferStatus(
                agreement=each,
                country=country,
                kind=kind.value,
                name=name,
                effect=effect.value,
                at=at,
                noted_at=now,
                reason=reason,
            )
            _bind(node, actor, row)
            withdrawn += _withdraw(node, each, now)
    return Noted(tuple(concerned), tuple(withdrawn))


def flows(node: Node, actor: Actor, agreement: str) -> dict[str, Any]:
    """Return what is noted of the parties, and how each direction stands now, purpose by purpose.

    Raises:
        InputError: ``agreement.not-found``.
        Refused: ``actor.role``.
    """
    found = stored_standing(node, agreement)
    actor.require(found.agreement.regime, *Role)
    now = node.clock()
    changes = [
        {
            "country": row.country,
            "kind": row.kind,
            "name": row.name,
            "effect": row.effect,
            "at": write_instant(row.at),
            "noted_at": write_instant(row.noted_at),
        }
        for row in rows.statuses(node.alias, agreement)
    ]
    one, other = found.agreement.parties
    directions = [_direction(found, *pair, now) for pair in ((one, other), (other, one))]
    return {"agreement": agreement, "as_of": write_instant(now), "changes": changes, "directions": directions}


def _direction(found: AgreementStanding, sender: str, recipient: str, now: Instant) -> dict[str, Any]:
    """Return on which ground an answer would go, or what is missing, for the purposes of the agreement."""
    agreement = found.agreement
    open_for: dict[str, str | None] = {}
    missing: dict[str, list[dict[str, str | None]]] = {}
    for purpose in sorted({clause.purpose for clause in agreement.clauses}):
        act = ProposedAct(
            act=Act.REPLY,
            regime=agreement.regime,
            sender=ServiceId(sender),
            recipient=ServiceId(recipient),
            purpose=purpose,
        )
        said = gate(found, act, now)
        if said.refused:
            missing[purpose.value] = [
                {"code": each.code, "part": each.clause, "rule": each.rule} for each in said.refused
            ]
        else:
            open_for[purpose.value] = None if said.ground is None else said.ground.value
    return {
        "sender": sender,
        "recipient": recipient,
        "in_force": found.state(now) is State.IN_FORCE,
        "open": open_for,
        "missing": missing,
    }


def _of_state(node: Node, country: str) -> list[str]:
    def concerned(agreement: Agreement) -> bool:
        return country in (agreement.transfers or {})

    return [each.hash for each in all_standings(node) if concerned(each.agreement)]


def _bind(node: Node, actor: Actor, row: TransferStatus) -> None:
    """Store a change with its evidence and its line in the journal; the very same, again, changes nothing."""
    if not rows.add_status(node.alias, row):
        return
    name = f"{row.agreement}/{row.country}/{row.kind}/{row.name}/{write_instant(row.at)}"
    if row.effect == ChangeEffect.ENDED:
        erasures.journal(node, ENDED, [name])
    else:
        erasures.journal_opened(node, HELD, name)
    facts: dict[str, str | int] = {
        "agreement": row.agreement,
        "country": row.country,
        "status": row.kind,
        "name": row.name,
        "effect": row.effect,
        "since": write_instant(row.at),
    }
    committed = canonical.encode({"actor": actor.name, "reason": row.reason})
    event = Event("transfer.status-changed", node.clock(), facts, committed, erase_key=row.agreement)
    record(node, Internal(), event)


def _withdraw(node: Node, agreement: str, now: Instant) -> list[str]:
    """Hold back what has no receipt yet and may not go any more, in the running transaction; return those messages."""
    decider = Decider(node, counting=False)
    gone: list[str] = []
    for row in rows.waiting_transfers(node.alias, agreement, BATCH):
        decision = decided_again(node, decider, row.header, agreement, now)
        refused = isinstance(decision, Refuse) and decision.code.startswith("transfer.")
        if not refused:
            continue
        where = hold_one(node, row.partner, row.regime, row.message, STATUS_CHANGED)
        if where is not Whereabouts.GONE:
            gone.append(row.message)
    return gone


@erasures.replays(ENDED)
def end_again(node: Node, names: Sequence[str]) -> None:
    """Note again what a restored backup does not know to have ended."""
    for name in names:
        _again(node, name, ChangeEffect.ENDED)


@erasures.replays(HELD)
def hold_again(node: Node, names: Sequence[str]) -> None:
    """Note again what holds again since the backup."""
    for name in names:
        _again(node, name, ChangeEffect.HOLDS)


def _again(node: Node, name: str, effect: ChangeEffect) -> None:
    agreement, country, kind, what, since = name.split("/")
    row = TransferStatus(
        agreement=agreement,
        country=country,
        kind=ChangeKind(kind).value,
        name=what,
        effect=effect.value,
        at=read_instant(since),
        noted_at=node.clock(),
    )
    rows.add_status(node.alias, row)
