"""What a partner had sent and this node accepted, and what this node had sent, written down again after a restore."""

from __future__ import annotations

from typing import NamedTuple

from comity.core.instant import Instant
from comity.storage.models.exchange import AcceptedBatch, Direction, ExchangedMessage, MessageState


class Accepted(NamedTuple):
    """An accepted message: its place, batch, header, and content unless it is gone."""

    place: int
    batch: str
    header: bytes
    content: str | None


def accepted_since(
    alias: str, partner: str, regime: str, *, since: Instant, after: int, limit: int
) -> list[Accepted]:
    """Return messages that were accepted of a partner since an instant, from behind a place, in order."""
    rows = ExchangedMessage.objects.using(alias).filter(
        direction=Direction.IN,
        partner=partner,
        regime=regime,
        state=MessageState.ACCEPTED,
        received_at__gte=since,
        id__gt=after,
    )
    found = rows.exclude(batch=None).order_by("id")[:limit]
    return [Accepted(row.pk, str(row.batch), bytes(row.header), row.content) for row in found]


def receipt_of(alias: str, partner: str, batch: str) -> bytes | None:
    """Return the payload of the receipt that was given for a batch."""
    row = AcceptedBatch.objects.using(alias).filter(partner=partner, batch=batch).first()
    return None if row is None else bytes(row.receipt)


def sent_already(alias: str, message: str) -> bool:
    """Tell whether a message of ours is known here, whatever became of it."""
    return ExchangedMessage.objects.using(alias).filter(direction=Direction.OUT, message=message).exists()
