"""This node's own card: built from its keys, certificate and configuration, signed by all of its signing keys."""

from __future__ import annotations

from comity.core.codes.exchange import Regime
from comity.core.crypto.agent import TokenType
from comity.core.crypto.encoding import to_text
from comity.core.identity.card import SUITES, Card, PublishedKey, RegimeKeys, sign_card
from comity.core.instant import Instant, write_instant
from comity.errors import NodeError
from comity.services.context import Node
from comity.services.custody.tls import read_certificate
from comity.services.partners.directory import stored_card
from comity.storage import partners
from comity.storage.models.partners import OwnKey


def own_card(node: Node) -> Card:
    """Return this node's current card.

    Raises:
        NodeError: ``card.none``.
    """
    return stored_card(own_card_octets(node))


def own_card_octets(node: Node) -> bytes:
    """Return the signed bytes of this node's current card, as partners read them.

    Raises:
        NodeError: ``card.none``.
    """
    row = partners.current_card(node.alias)
    if row is None:
        raise NodeError("card.none")
    return bytes(row.octets)


def issue_card(node: Node, now: Instant) -> Card:
    """Issue the next card from the keys that are held now; must be called in a transaction.

    Raises:
        NodeError: ``keys.none``, ``tls.missing``.
    """
    last = partners.current_card(node.alias)
    card = Card(
        service=node.service,
        name=node.config.name,
        country=node.config.country,
        sequence=1 if last is None else last.sequence + 1,
        issued_at=write_instant(now),
        demo=node.config.demo,
        endpoint=node.config.partner_url,
        tls=read_certificate(node.config),
        suites=SUITES,
        regimes={regime.value: _published(node, regime, now) for regime in node.config.regimes},
    )

    def sign(regime: Regime, kid: str, payload: bytes) -> str:
        return node.keys.sign_as(regime, kid, TokenType.CARD, payload)

    partners.add_own_card(node.alias, card.sequence, sign_card(card, sign), now)
    return card


def _published(node: Node, regime: Regime, now: Instant) -> RegimeKeys:
    rows = [row for row in partners.own_keys(node.alias, regime) if row.not_after > now]
    held = {keys.sign_kid for keys in node.keys.held_keys(regime)}
    rows = [row for row in rows if row.sign_kid in held]
    if not rows:
        raise NodeError("keys.none", regime=regime.value)
    return RegimeKeys(
        sign=tuple(_key(row.sign_kid, bytes(row.sign_public), row) for row in rows),
        seal=tuple(_key(row.seal_kid, bytes(row.seal_public), row) for row in rows),
    )


def _key(kid: str, public: bytes, row: OwnKey) -> PublishedKey:
    return PublishedKey(
        kid=kid,
        public=to_text(public),
        not_before=write_instant(row.not_before),
        not_after=write_instant(row.not_after),
    )
