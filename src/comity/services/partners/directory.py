"""Who the partners are and which of their keys count now. Read from the database at each use: effective at once.

Implements docs/protocol/identity.md §1.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from comity.core import canonical
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.identity.card import Card
from comity.core.instant import Instant
from comity.errors import InputError, NodeError, PeerError, Refused
from comity.services.context import Node
from comity.storage import partners
from comity.storage.models.partners import Partner


class PartnerState(StrEnum):
    """What an administrator decided about a partner."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class PartnerView:
    """A partner as the rest of the node sees it.

    Args:
        card: the confirmed card, or, while pending, the one that waits for confirmation.
        offered: a renewed card that waits for confirmation.
    """

    service: ServiceId
    state: PartnerState
    card: Card
    added_at: Instant
    confirmed_at: Instant | None
    offered: Card | None = None

    @property
    def demo(self) -> bool:
        """Whether it is a demonstration."""
        return self.card.demo

    @property
    def endpoint(self) -> str:
        """Where its node listens."""
        return self.card.endpoint

    @property
    def name(self) -> str:
        """Its name, as its card says."""
        return self.card.name


def partner(node: Node, service: ServiceId) -> PartnerView:
    """Return a partner.

    Raises:
        PeerError: ``partner.unknown``.
    """
    row = partners.read(node.alias, service)
    if row is None:
        raise PeerError("partner.unknown")
    return view(row)


def trusted_partner(node: Node, service: ServiceId, *, protective: bool = False) -> PartnerView:
    """Return a partner with whom this node works now.

    Args:
        protective: the act only protects (recall, erasure, receipt, evidence): it still flows with a partner that
            was suspended or revoked, never with one that was not confirmed.

    Raises:
        PeerError: ``partner.unknown``.
        Refused: ``partner.unconfirmed``, ``partner.suspended``, ``partner.revoked``.
    """
    found = partner(node, service)
    require_trusted(service, found.state, found.confirmed_at, protective=protective)
    return found


def require_trusted(
    service: ServiceId, state: PartnerState, confirmed_at: Instant | None, *, protective: bool = False
) -> None:
    """Refuse a partner with whom this node does not work, by what was just read of it; as `trusted_partner`."""
    if state is PartnerState.PENDING or confirmed_at is None:
        raise Refused("partner.unconfirmed", partner=service)
    if state is not PartnerState.CONFIRMED and not protective:
        raise Refused(f"partner.{state.value}", partner=service)


def signing_keys(
    node: Node, service: ServiceId, regime: Regime, at: Instant, *, protective: bool = False
) -> Mapping[str, bytes]:
    """Return the signing keys of a service that hold at an instant, by key identifier; this node's own included.

    Raises:
        PeerError: ``partner.unknown``.
        Refused: ``partner.unconfirmed``, ``partner.suspended``, ``partner.revoked``.
    """
    if service == node.service:
        return {
            row.sign_kid: bytes(row.sign_public)
            for row in partners.own_keys(node.alias, regime)
            if row.not_before <= at < row.not_after
        }
    return trusted_partner(node, service, protective=protective).card.signing_keys(regime, at)


def remembered_keys(node: Node, service: ServiceId, regime: Regime) -> Mapping[str, bytes]:
    """Return every signing key that a service ever held, whatever its state: to verify what was signed in its time.

    Never for something new: use `signing_keys`.
    """
    if service == node.service:
        return {row.sign_kid: bytes(row.sign_public) for row in partners.own_keys(node.alias, regime)}
    return partners.remembered_keys(node.alias, service, regime)


def keys_of_then(node: Node, service: ServiceId, regime: Regime, at: Instant) -> Mapping[str, bytes]:
    """Return the signing keys of a partner that held at an instant, those of its earlier cards too.

    Raises:
        PeerError: ``partner.unknown``.
        Refused: ``partner.unconfirmed``, ``partner.suspended``, ``partner.revoked``.
    """
    present = signing_keys(node, service, regime, at)
    return {**partners.keys_that_held(node.alias, service, regime, at), **present}


def sealing_key(
    node: Node, service: ServiceId, regime: Regime, *, protective: bool = False
) -> tuple[str, bytes]:
    """Return the identifier and the 1,216 bytes of the key to seal to.

    Raises:
        PeerError: ``partner.unknown``, ``partner.no-key``: it does not work under this regime, or its keys expired.
        Refused: ``partner.unconfirmed``, ``partner.suspended``, ``partner.revoked``.
    """
    found = trusted_partner(node, service, protective=protective)
    key = found.card.sealing_key(regime, node.clock())
    if key is None:
        raise PeerError("partner.no-key", partner=service, regime=regime.value)
    return key.kid, key.octets


def all_partners(node: Node) -> list[PartnerView]:
    """Return all partners, by service."""
    return [view(row) for row in partners.all_rows(node.alias)]


def working_partners(node: Node) -> frozenset[ServiceId]:
    """Return the partners to which anything may go now, not only what protects."""
    return frozenset(each.service for each in all_partners(node) if each.state is PartnerState.CONFIRMED)


def find_partner(node: Node, text: str) -> ServiceId:
    """Return the partner that a person means: its identifier, or the country code when there is only one there.

    Raises:
        InputError: ``partner.unknown``, ``partner.ambiguous``.
    """
    if partners.find(node.alias, text) is not None:
        return ServiceId(text)
    found = partners.by_country(node.alias, text.upper())
    if not found:
        raise InputError("partner.unknown")
    if len(found) > 1:
        raise InputError("partner.ambiguous", partners=" ".join(found))
    return ServiceId(found[0])


def view(row: Partner | partners.PartnerRow) -> PartnerView:
    """Return the view of a row."""
    return PartnerView(
        service=ServiceId(row.service),
        state=PartnerState(row.state),
        card=stored_card(bytes(row.card)),
        added_at=row.added_at,
        confirmed_at=row.confirmed_at,
        offered=None if row.offered is None else stored_card(bytes(row.offered)),
    )


@lru_cache(maxsize=512)
def stored_card(octets: bytes) -> Card:
    """Return a card from our own database, whose signatures were verified before it was stored.

    Raises:
        NodeError: ``partner.damaged``.
    """
    try:
        return Card.model_validate(canonical.decode(octets)["card"])
    except (PeerError, ValueError, KeyError, TypeError):
        raise NodeError("partner.damaged") from None
