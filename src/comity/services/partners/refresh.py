"""Reads the card of a confirmed partner again: by the worker every half minute, by an administrator at any time.

Implements docs/protocol/identity.md §5.3. A partner that was out of reach while the other rotated its keys knows none of
the keys that now sign, not even those under the card that is sent to it; so it reads the card itself. It is read over the
pinned way. Where another certificate stands there, anybody may have answered: the card then counts only if the newest
key of the confirmed one vouches for it, and leaves no trace otherwise.
"""

from __future__ import annotations

from comity.core.codes.exchange import ServiceId
from comity.core.identity.card import open_signed_card
from comity.core.identity.succession import Succession, succession
from comity.errors import DeliveryError, PeerError, Refused
from comity.services.context import SYSTEM, Actor, Node
from comity.services.partners.add import CARD_PATH, fetch_card, offer_card
from comity.services.partners.directory import PartnerState, PartnerView, partner
from comity.storage import partners
from comity.storage.transaction import atomic
from comity.transport.channel import Channels

OTHER_CERTIFICATE = "delivery.pin"


def refresh_card(node: Node, channels: Channels, service: ServiceId, actor: Actor) -> Succession:
    """Read a confirmed partner's card again.

    Raises:
        DeliveryError: ``delivery.*``.
        PeerError: ``card.*``.
        Refused: ``partner.*``.
    """
    octets = _read(node, channels, partner(node, service))
    with atomic(node.alias):
        return offer_card(node, service, octets, actor)


def refresh_confirmed(node: Node, channels: Channels, service: ServiceId) -> int:
    """Read the card of a partner again if it is confirmed; for the worker. Return whether it was renewed or now waits.

    A partner that cannot be reached, or whose card does not follow the one that is held, is asked at the next round.
    """
    before = partner(node, service)
    if before.state is not PartnerState.CONFIRMED:
        return 0
    try:
        octets = _read(node, channels, before)
        held = partners.read(node.alias, service)
        if held is not None and held.card == octets:
            return 0
        with atomic(node.alias):
            offer_card(node, service, octets, SYSTEM)
    except (DeliveryError, PeerError, Refused):
        return 0
    now = partner(node, service)
    return int((now.card, now.offered) != (before.card, before.offered))


def _read(node: Node, channels: Channels, held: PartnerView) -> bytes:
    try:
        return channels(held.service).get(CARD_PATH)
    except DeliveryError as error:
        if error.code != OTHER_CERTIFICATE:
            raise
    octets = fetch_card(node.config, held.endpoint)
    offered = open_signed_card(octets)
    if succession(held.card, offered, node.clock()) is not Succession.ACCEPTED:
        raise DeliveryError(OTHER_CERTIFICATE, retryable=True)
    return octets
