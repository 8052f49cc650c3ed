"""How the agreements stand, read from the database at each use: a stop binds at once, on every path.

Implements docs/protocol/agreement.md §4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from comity.core.agreement.model import Agreement, agreement_hash, open_agreement
from comity.core.agreement.profile import ChangeEffect, ChangeKind, StatusChange
from comity.core.agreement.standing import AgreementStanding, State, Stop, StopKind, successor_of
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.crypto.agent import TokenType
from comity.core.crypto.encoding import key_id
from comity.core.crypto.signature import verify_jws
from comity.errors import InputError, NodeError, PeerError
from comity.services.context import Node
from comity.storage import agreements as rows
from comity.storage.agreements import SignatureRow, StandingRow, StatusRow, StopRow
from comity.storage.models.agreements import StoredAgreement


def standing(node: Node, agreement: str) -> AgreementStanding | None:
    """Return an agreement with its verified signatures, stops and successors; None when it is not known here.

    Raises:
        NodeError: ``agreement.damaged`` when the stored bytes are no agreement any more.
    """
    found = rows.standing_rows(node.alias, agreement)
    return _joined(found[0], found[1:]) if found else None


def in_force(node: Node, partner: ServiceId, regime: Regime) -> tuple[AgreementStanding, ...]:
    """Return the agreements with a partner that are in force now, under one regime, newest first."""
    now = node.clock()
    stored = rows.agreement_rows(node.alias, partner=partner, regime=regime.value)
    return tuple(each for each in _standings(node, stored) if each.state(now) is State.IN_FORCE)


def all_standings(node: Node) -> tuple[AgreementStanding, ...]:
    """Return every agreement known here, newest first."""
    return tuple(_standings(node, rows.agreement_rows(node.alias)))


def find_agreement(node: Node, text: str) -> str:
    """Return the hash of the agreement that a code (``BE-MA-2025``) or the beginning of a hash names.

    One in force is preferred to one that is not, and a newer to an older.

    Raises:
        InputError: ``agreement.not-found``, ``agreement.ambiguous``.
    """
    stored = rows.named_agreements(node.alias, text.strip())
    if not stored:
        raise InputError("agreement.not-found")
    if len(stored) == 1:
        return stored[0].hash
    now = node.clock()
    active = [each.hash for each in _standings(node, stored) if each.state(now) is State.IN_FORCE]
    if len(active) == 1:
        return active[0]
    if len({row.code for row in stored}) == 1 and not active:
        return stored[0].hash
    raise InputError("agreement.ambiguous", found=len(stored))


def stored_standing(node: Node, agreement: str) -> AgreementStanding:
    """Return the standing of an agreement that must be known.

    Raises:
        InputError: ``agreement.not-found``.
    """
    found = standing(node, agreement)
    if found is None:
        raise InputError("agreement.not-found")
    return found


def _standings(node: Node, stored: Sequence[StoredAgreement]) -> list[AgreementStanding]:
    followers = {row.hash: rows.successor_rows(node.alias, row.hash) for row in stored}
    every = {row.hash: row for group in (stored, *followers.values()) for row in group}
    signatures, stops = rows.signature_rows(node.alias, every), rows.stop_rows(node.alias, every)
    changes = rows.status_rows(node.alias, every)
    found = {
        name: StandingRow(
            name,
            bytes(row.document),
            tuple(SignatureRow(s.party, s.token, bytes(s.public_key), s.signed_at) for s in signatures[name]),
            tuple(StopRow(s.kind, s.by, s.at, s.until) for s in stops[name]),
            tuple(StatusRow(s.country, s.kind, s.name, s.effect, s.at) for s in changes[name]),
        )
        for name, row in every.items()
    }
    return [_joined(found[row.hash], [found[each.hash] for each in followers[row.hash]]) for row in stored]


def _joined(row: StandingRow, followers: Sequence[StandingRow]) -> AgreementStanding:
    """Return the standing of an agreement, its successors looked at."""
    alone = _alone(row)
    heirs = [heir for each in followers if (heir := successor_of(_alone(each), alone.agreement)) is not None]
    return replace(alone, successors=tuple(heirs))


def _alone(row: StandingRow) -> AgreementStanding:
    agreement = _opened(row.document)
    intact = agreement_hash(row.document) == row.hash and all(
        _verified(row.document, each.token, each.public_key) and each.party in agreement.parties
        for each in row.signatures
    )
    return AgreementStanding(
        agreement=agreement,
        hash=row.hash,
        signed_at={each.party: each.signed_at for each in row.signatures},
        intact=intact,
        stops=tuple(Stop(StopKind(each.kind), ServiceId(each.by), each.at, each.until) for each in row.stops),
        changes=tuple(
            StatusChange(each.country, ChangeKind(each.kind), each.name, ChangeEffect(each.effect), each.at)
            for each in row.changes
        ),
    )


@lru_cache(maxsize=256)
def _opened(octets: bytes) -> Agreement:
    try:
        return open_agreement(octets)
    except PeerError:
        raise NodeError("agreement.damaged") from None


@lru_cache(maxsize=1024)
def _verified(octets: bytes, token: str, public: bytes) -> bool:
    """Whether the stored signature is over exactly these bytes; pure, so that it may be remembered."""
    try:
        return verify_jws(token, typ=TokenType.AGREEMENT, keys={key_id(public): public}).payload == octets
    except PeerError:
        return False
