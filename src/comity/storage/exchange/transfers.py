"""Queries on transfers to other States: how many rest on a ground, which were made, whose status has changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from comity.core.instant import Instant
from comity.storage.models.agreements import TransferStatus
from comity.storage.models.exchange import Direction, ExchangedMessage, MessageState

_UNMADE = (MessageState.REFUSED, MessageState.EXPIRED, MessageState.WITHDRAWN)
"""States of messages that never became a transfer."""


class TransferRow(NamedTuple):
    """A message that was, or is to be, transferred on a ground."""

    message: str
    direction: str
    partner: str
    regime: str
    kind: str
    agreement: str
    clause: str | None
    purpose: str | None
    thread: str
    sent_at: Instant
    state: str
    ground: str
    header: bytes
    digest: str


def made_on(alias: str, direction: str, partner: str, agreement: str, ground: str, *, after: Instant) -> int:
    """Return how many transfers rest on a ground of an agreement and were signed after an instant.

    Those signed later than the one that is decided count too: else whoever signs each a little earlier is never counted.
    """
    rows = ExchangedMessage.objects.using(alias).filter(
        direction=direction, partner=partner, agreement=agreement, ground=ground
    )
    return rows.filter(sent_at__gt=after).exclude(state__in=_UNMADE).count()


def made_before(
    alias: str, direction: str, partner: str, agreement: str, ground: str, *, after: Instant, before: int
) -> int:
    """Return how many transfers rest on a ground, were signed after an instant and stored before a message.

    Args:
        before: the message's place in the order in which messages were stored.
    """
    rows = ExchangedMessage.objects.using(alias).filter(
        direction=direction, partner=partner, agreement=agreement, ground=ground
    )
    return rows.filter(sent_at__gt=after, pk__lt=before).exclude(state__in=_UNMADE).count()


def transfers(
    alias: str,
    regimes: Collection[str],
    *,
    first: Instant,
    before: Instant,
    agreement: str | None = None,
    direction: str | None = None,
    limit: int,
) -> list[TransferRow]:
    """Return transfers signed in a period, oldest first; those that were never made are left out."""
    rows = ExchangedMessage.objects.using(alias).filter(
        regime__in=list(regimes), ground__isnull=False, sent_at__gte=first, sent_at__lt=before
    )
    if agreement is not None:
        rows = rows.filter(agreement=agreement)
    if direction is not None:
        rows = rows.filter(direction=direction)
    found = rows.exclude(state__in=_UNMADE).order_by("sent_at", "id")
    return [_transfer(values) for values in found.values_list(*TransferRow._fields)[:limit]]


def waiting_transfers(alias: str, agreement: str, limit: int) -> list[TransferRow]:
    """Return transfers under an agreement that have no receipt yet, oldest first."""
    rows = ExchangedMessage.objects.using(alias).filter(
        direction=Direction.OUT, state=MessageState.QUEUED, agreement=agreement, ground__isnull=False
    )
    return [_transfer(values) for values in rows.order_by("id").values_list(*TransferRow._fields)[:limit]]


def of_kind(
    alias: str, regimes: Collection[str], kinds: Sequence[str], *, first: Instant, before: Instant
) -> list[ExchangedMessage]:
    """Return messages of some kinds signed in a period, oldest first."""
    rows = (
        ExchangedMessage.objects.using(alias)
        .defer("content")
        .filter(regime__in=list(regimes), kind__in=list(kinds), sent_at__gte=first, sent_at__lt=before)
    )
    return list(rows.order_by("sent_at", "id"))


def add_status(alias: str, row: TransferStatus) -> bool:
    """Store a status change; False when the very same is there already."""
    named = {name: getattr(row, name) for name in ("agreement", "country", "kind", "name", "effect", "at")}
    _, created = TransferStatus.objects.using(alias).get_or_create(
        **named, defaults={"noted_at": row.noted_at, "reason": row.reason}
    )
    return created


def statuses(alias: str, agreement: str) -> list[TransferStatus]:
    """Return the status changes of an agreement, oldest first."""
    return list(TransferStatus.objects.using(alias).filter(agreement=agreement).order_by("at", "id"))


def _transfer(values: tuple[Any, ...]) -> TransferRow:
    row = TransferRow._make(values)
    return row._replace(header=bytes(row.header))
