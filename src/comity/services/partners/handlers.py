"""What partners send about their cards, and their receipts for ours."""

from __future__ import annotations

from comity.core.codes.exchange import Act
from comity.core.crypto.encoding import from_text
from comity.core.instant import Instant
from comity.errors import PeerError
from comity.services.context import SYSTEM, Node
from comity.services.exchange.handlers import Message, handler
from comity.services.exchange.receipts import on_receipt
from comity.services.partners.add import offer_card
from comity.services.partners.rotate import CARD_KIND
from comity.storage import partners


@handler(CARD_KIND, {Act.RENEW_CARD})
def receive_card(node: Node, message: Message) -> None:
    """Take a partner's renewed card: never as an act that only protects, so never from a suspended partner.

    Raises:
        PeerError: ``card.*``, ``message.malformed``.
    """
    text = message.body.get("card")
    if not isinstance(text, str) or set(message.body) != {"card"}:
        raise PeerError("card.malformed")
    offer_card(node, message.partner, from_text(text), SYSTEM)


@on_receipt(CARD_KIND)
def card_acknowledged(node: Node, message_id: str, received_at: Instant | None, code: str | None) -> None:
    """Remember whether the partner took our card."""
    partners.settle_delivery(node.alias, message_id, None if code else received_at)
