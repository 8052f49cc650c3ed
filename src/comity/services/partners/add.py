"""Adds a partner and confirms its card; nothing is accepted from it before.

Implements docs/protocol/identity.md §1.2 and §1.3. Attacks they stop: a card swapped on the way (the fingerprint is
compared over another way), a demonstration passing for a service, a partner replacing its own confirmed keys.
"""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from comity.config import Config
from comity.core.codes.exchange import ServiceId
from comity.core.evidence.event import Event, Internal
from comity.core.identity.card import Card, SignedCard, check_demo, open_signed_card
from comity.core.identity.fingerprint import same_fingerprint
from comity.core.identity.succession import Succession, succession
from comity.errors import InputError, PeerError, Refused
from comity.services.context import Actor, Node
from comity.services.custody import withdrawn
from comity.services.erasures import journal_opened
from comity.services.evidence.record import record
from comity.services.partners.directory import (
    PartnerState,
    PartnerView,
    stored_card,
    view,
)
from comity.services.people.actors import require_administrator
from comity.storage import partners
from comity.storage.models.partners import Partner
from comity.storage.transaction import atomic
from comity.transport.http import Endpoint, HttpChannels

CARD_PATH = "/c/1/card"


def fetch_card(config: Config, url: str) -> bytes:
    """Read a card from a URL; its path is `CARD_PATH` if it has none. Nobody is trusted for it.

    Raises:
        InputError: ``partner.url``.
        DeliveryError: ``delivery.*``.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or "@" in parts.netloc:
        raise InputError("partner.url")
    path = parts.path if parts.path not in ("", "/") else CARD_PATH
    ways = HttpChannels(None, config)
    try:
        endpoint = Endpoint(f"{parts.scheme}://{parts.netloc}", None)
        return ways.to(endpoint).get(urlunsplit(("", "", path, parts.query, "")))
    finally:
        ways.close()


def add_partner(node: Node, octets: bytes, actor: Actor) -> PartnerView:
    """Add a service by its card; it is pending until an administrator confirms the fingerprint.

    The card of a service that is already a partner is treated as a renewal.

    Raises:
        PeerError: ``card.*``, ``json.*``.
        InputError: ``partner.self``.
        Refused: ``actor.role``, ``partner.no-regime``.
    """
    require_administrator(actor)
    offered = open_signed_card(octets)
    check_demo(offered.card, node.config.demo)
    if offered.card.service == node.service:
        raise InputError("partner.self")
    if not common_regimes(node, offered.card):
        raise Refused("partner.no-regime", partner=offered.card.service)
    now = node.clock()
    with atomic(node.alias):
        row = partners.lock(node.alias, offered.card.service)
        if row is None:
            row = partners.add(node.alias, offered.card, octets, PartnerState.PENDING, now)
            _record(node, "partner.added", offered.card, actor)
        elif row.confirmed_at is None:
            row.card, row.sequence = octets, offered.card.sequence
            partners.save(node.alias, row, now)
            _record(node, "partner.added", offered.card, actor)
        else:
            _renew(node, row, offered, actor)
        return view(row)


def offer_card(node: Node, service: ServiceId, octets: bytes, actor: Actor) -> Succession:
    """Take a renewed card that a partner sent; must be called in a transaction.

    Raises:
        PeerError: ``card.*``, ``partner.unknown``.
    """
    offered = open_signed_card(octets)
    check_demo(offered.card, node.config.demo)
    if offered.card.service != service:
        raise PeerError("card.other-service")
    row = partners.lock(node.alias, service)
    if row is None or row.confirmed_at is None:
        raise PeerError("partner.unknown")
    return _renew(node, row, offered, actor)


def confirm_partner(node: Node, service: ServiceId, words: str, actor: Actor) -> PartnerView:
    """Confirm a card whose fingerprint a person compared with the partner over another way.

    Confirms the renewed card that waits, if there is one; else the card of a pending partner.

    Raises:
        InputError: ``partner.unknown``, ``partner.fingerprint``, ``partner.nothing-to-confirm``.
        Refused: ``actor.role``.
    """
    require_administrator(actor)
    now = node.clock()
    with atomic(node.alias):
        row = partners.lock(node.alias, service)
        if row is None:
            raise InputError("partner.unknown")
        if row.offered is None and row.confirmed_at is not None:
            raise InputError("partner.nothing-to-confirm")
        octets = bytes(row.card if row.offered is None else row.offered)
        card = stored_card(octets)
        if not same_fingerprint(card, words):
            raise InputError("partner.fingerprint")
        _put_in_force(node, row, SignedCard(card, octets))
        row.confirmed_at = now
        if row.state == PartnerState.REVOKED:
            journal_opened(node, withdrawn.CONFIRMED, service)
        if row.state in (PartnerState.PENDING, PartnerState.REVOKED):
            row.state = PartnerState.CONFIRMED
        partners.save(node.alias, row, now)
        _record(node, "partner.confirmed", card, actor)
        return view(row)


def common_regimes(node: Node, card: Card) -> list[str]:
    """Return the regimes under which both services work."""
    return sorted(set(card.regimes) & {regime.value for regime in node.config.regimes})


def _renew(node: Node, row: Partner, offered: SignedCard, actor: Actor) -> Succession:
    now = node.clock()
    decided = succession(stored_card(bytes(row.card)), offered, now)
    if decided is Succession.SAME and row.state != PartnerState.REVOKED:
        return decided
    if decided is Succession.ACCEPTED and row.state != PartnerState.REVOKED:
        _put_in_force(node, row, offered)
        partners.save(node.alias, row, now)
        _record(node, "partner.card-renewed", offered.card, actor)
        return decided
    if row.offered is not None and bytes(row.offered) == offered.octets:
        return Succession.NEEDS_CONFIRMATION
    row.offered = offered.octets
    partners.save(node.alias, row, now)
    _record(node, "partner.card-offered", offered.card, actor)
    return Succession.NEEDS_CONFIRMATION


def _put_in_force(node: Node, row: Partner, signed: SignedCard) -> None:
    withdrawn.journal_card(node, signed.card.service, signed.octets)
    row.card, row.sequence, row.offered = signed.octets, signed.card.sequence, None
    partners.remember_keys(node.alias, signed.card)
    partners.withdraw_keys(node.alias, signed.card, node.clock())


def _record(node: Node, kind: str, card: Card, actor: Actor) -> None:
    facts: dict[str, str | int] = {"partner": card.service, "card": card.sequence}
    record(node, Internal(), Event(kind, node.clock(), facts, actor.name.encode()))
