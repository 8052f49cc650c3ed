"""Queries that show where messages stand. They read; nothing here changes a row."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db.models import Count, Min

from comity.core.instant import Instant
from comity.storage.models.exchange import (
    NEVER,
    AcceptedBatch,
    Direction,
    Dispatch,
    ExchangedMessage,
    Lane,
    MessageState,
    OutboxRow,
)


@dataclass(frozen=True, slots=True)
class LaneStatus:
    """One queue as an operator sees it."""

    partner: str
    regime: str
    waiting: int
    oldest_at: Instant | None
    failures: int
    last_code: str | None
    next_attempt: Instant


@dataclass(frozen=True, slots=True)
class BatchReceipt:
    """The receipt of a batch: of one sent, the partner's token and our manifest; of one received, our own payload."""

    batch: str
    sent: bool
    manifest: bytes | None
    receipt: bytes


def lanes(alias: str) -> list[LaneStatus]:
    """Return every lane with what waits in it."""
    rows = OutboxRow.objects.using(alias).order_by().values("partner", "regime").annotate(n=Count("id"))
    counts = {(row["partner"], row["regime"]): int(row["n"]) for row in rows}
    queued = ExchangedMessage.objects.using(alias).filter(state=MessageState.QUEUED)
    oldest = {
        (row["partner"], row["regime"]): row["first"]
        for row in queued.order_by().values("partner", "regime").annotate(first=Min("stored_at"))
    }
    return [
        LaneStatus(
            lane.partner,
            lane.regime,
            counts.get((lane.partner, lane.regime), 0),
            oldest.get((lane.partner, lane.regime)),
            lane.failures,
            lane.last_code,
            lane.next_attempt,
        )
        for lane in Lane.objects.using(alias).order_by("partner", "regime")
    ]


def counts(alias: str) -> dict[str, int]:
    """Return how many messages stand in each state, as ``out.delivered`` or ``in.accepted``."""
    rows = (
        ExchangedMessage.objects.using(alias).order_by().values("direction", "state").annotate(n=Count("id"))
    )
    return {f"{row['direction']}.{row['state']}": int(row["n"]) for row in rows}


def message(alias: str, direction: str, message_id: str) -> ExchangedMessage | None:
    """Return one message of ours, or the first accepted one with that identifier."""
    rows = ExchangedMessage.objects.using(alias).filter(direction=direction, message=message_id)
    return rows.order_by("id").first()


def thread(alias: str, thread_id: str, regimes: Collection[str] | None = None) -> list[ExchangedMessage]:
    """Return the messages of a thread, in the order in which they were stored here.

    Args:
        regimes: of which they are; None for all.
    """
    rows = ExchangedMessage.objects.using(alias).filter(thread=thread_id)
    if regimes is not None:
        rows = rows.filter(regime__in=regimes)
    return list(rows.order_by("id"))


def unacknowledged(alias: str, before: Instant) -> list[ExchangedMessage]:
    """Return messages that were stored before an instant and have no receipt."""
    rows = ExchangedMessage.objects.using(alias).filter(state=MessageState.QUEUED, stored_at__lt=before)
    return list(rows.defer("content", "header").order_by("id"))


def disputed(alias: str, since: Instant | None = None) -> list[ExchangedMessage]:
    """Return messages whose receipt bears an impossible time.

    Args:
        alias: of the database.
        since: only those whose receipt came to us at this instant or later, by our own clock.
    """
    rows = ExchangedMessage.objects.using(alias).filter(direction=Direction.OUT, disputed=True)
    if since is not None:
        rows = rows.filter(
            batch__in=Dispatch.objects.using(alias).filter(closed_at__gte=since).values("batch")
        )
    return list(rows.defer("content", "header").order_by("id"))


def accepted_ids(alias: str, partner: str) -> Iterator[str]:
    """Yield the identifiers of all messages accepted from a partner, in order."""
    rows = ExchangedMessage.objects.using(alias).filter(direction=Direction.IN, partner=partner)
    yield from rows.order_by("id").values_list("message", flat=True).iterator(1000)


def delivered_ids(alias: str, partner: str) -> Iterator[str]:
    """Yield the identifiers of all messages that a partner has acknowledged, in order."""
    rows = ExchangedMessage.objects.using(alias).filter(
        direction=Direction.OUT, partner=partner, state=MessageState.DELIVERED
    )
    yield from rows.order_by("id").values_list("message", flat=True).iterator(1000)


def receipts(alias: str, partner: str, batches: Collection[str]) -> list[BatchReceipt]:
    """Return the receipts of batches exchanged with a partner, sent and received."""
    wanted = list(batches)
    sent = Dispatch.objects.using(alias).filter(partner=partner, batch__in=wanted, receipt__isnull=False)
    given = AcceptedBatch.objects.using(alias).filter(partner=partner, batch__in=wanted)
    given = given.exclude(digest=NEVER)
    out = [
        BatchReceipt(row.batch, True, bytes(row.manifest), str(row.receipt).encode())
        for row in sent.order_by("id")
    ]
    into = [BatchReceipt(row.batch, False, None, bytes(row.receipt)) for row in given.order_by("id")]
    return [*out, *into]
