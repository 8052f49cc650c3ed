"""The keys and cards under which checkpoints and countersignatures were made: ours and the partners'."""

from __future__ import annotations

from comity.core import canonical
from comity.core.codes.exchange import Regime, ServiceId
from comity.services.context import Node
from comity.services.partners.directory import all_partners, remembered_keys, signing_keys
from comity.storage import partners
from comity.storage.evidence import checkpoints


def own_keys(node: Node, regime: Regime) -> dict[str, bytes]:
    """Return every signing key that we ever held in a regime, by key identifier."""
    held = {one.sign_kid: one.sign_public for one in node.keys.held_keys(regime)}
    return {**remembered_keys(node, node.service, regime), **held}


def partner_keys_now(node: Node, partner: ServiceId, regime: Regime) -> dict[str, bytes]:
    """Return the partner's signing keys that hold now.

    Evidence protects both sides, so that a suspended partner still countersigns.

    Raises:
        PeerError: ``partner.unknown``.
        Refused: ``partner.unconfirmed``.
    """
    return dict(signing_keys(node, partner, regime, node.clock(), protective=True))


def keep_partner_card(node: Node, partner: ServiceId) -> None:
    """Keep the card under whose keys a partner countersigns; inside the transaction of the countersignature."""
    row = partners.find(node.alias, partner)
    if row is not None:
        octets = bytes(row.card)
        checkpoints.keep_card(node.alias, partner, canonical.digest(octets), octets)


def all_cards(node: Node) -> list[bytes]:
    """Return our own cards, the partners' kept cards and their present ones, each once."""
    present = [bytes(row.card) for row in partners.all_rows(node.alias) if row.confirmed_at is not None]
    found = [*checkpoints.own_cards(node.alias), *checkpoints.kept_cards(node.alias), *present]
    return list(dict.fromkeys(found))


def trusted_cards(node: Node) -> list[bytes]:
    """Return our present card and those of the partners an administrator confirmed: the anchors of this node."""
    ours = checkpoints.own_cards(node.alias)[-1:]
    confirmed = {one.service for one in all_partners(node) if one.confirmed_at is not None}
    return [*ours, *(bytes(row.card) for row in partners.all_rows(node.alias) if row.service in confirmed)]
