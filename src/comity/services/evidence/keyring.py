"""The keys under which checkpoints and countersignatures were made: ours and the partners', of all their cards."""

from __future__ import annotations

from comity.core.codes.exchange import Regime, ServiceId
from comity.services.context import Node


def own_keys(node: Node, regime: Regime) -> dict[str, bytes]:
    """Return our own signing keys of a regime, by key identifier: those held."""
    return {held.sign_kid: held.sign_public for held in node.keys.held_keys(regime)}


def partner_keys_now(node: Node, partner: ServiceId, regime: Regime) -> dict[str, bytes]:
    """Return the partner's signing keys that hold now.

    Evidence protects both sides, so that a suspended partner still countersigns.

    Raises:
        PeerError: ``partner.unknown``.
        Refused: ``partner.unconfirmed``, ``partner.revoked``.
    """
    from comity.services.partners.directory import signing_keys

    return dict(signing_keys(node, partner, regime, node.clock(), protective=True))
