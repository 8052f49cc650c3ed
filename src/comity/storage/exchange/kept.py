"""Queries on the sealed parts that are kept for a partner's restore (docs/protocol/envelope.md §9).

Keeping runs with every receipt, so that its statement is written out (`comity.storage.backends.statements`). A part
whose words may not come back is emptied at once; what is left of it says why.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Min, Sum

from comity.core.codes.exchange import Act
from comity.core.envelope.fetched import Gone
from comity.core.instant import Instant
from comity.storage.backends.statements import change, marks, moment
from comity.storage.models.exchange import ExchangedMessage, KeptPart

WORDLESS = (Act.RECALL.value, Act.ERASE.value, Act.RESTRICT.value)
"""Acts that carry no words and protect those of others: nothing but time drops them."""

_TAKES_BACK = (Act.RECALL.value, Act.ERASE.value)
_DROPPED_AT_ONCE = 200
_KEEP = """
INSERT INTO storage_keptpart (message, partner, regime, thread, act, batch, sealed, size, kept_at, gone)
SELECT message, partner, regime, thread, act, dispatch,
    CASE WHEN gone IS NULL THEN sealed END, CASE WHEN gone IS NULL THEN size ELSE 0 END, %s, gone
FROM (
    SELECT kept.message, kept.partner, kept.regime, said.thread, kept.act, kept.dispatch, kept.sealed, kept.size,
        CASE WHEN kept.act IN (%s, %s, %s) THEN NULL WHEN said.content IS NULL THEN 'erased' WHEN EXISTS (
            SELECT 1 FROM storage_notice AS owed WHERE owed.direction = 'out' AND owed.partner = kept.partner
            AND owed.thread = said.thread AND owed.target IS NULL AND owed.act IN (%s, %s)
            AND owed.opened_at >= said.stored_at
        ) THEN 'recalled' END AS gone
    FROM storage_outboxrow AS kept JOIN storage_exchangedmessage AS said
        ON said.direction = 'out' AND said.partner = kept.partner AND said.message = kept.message
    WHERE kept.dispatch = %s AND kept.message IN ({})
    ORDER BY kept.id
) AS leaving
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A part as it is kept: its bytes, or why they are gone; `header` is that of its message."""

    sealed: bytes | None
    gone: str | None
    header: bytes
    agreement: str | None
    act: str


@dataclass(frozen=True, slots=True)
class KeptSum:
    """How many parts are kept for one partner, how large they are together, and since when the oldest is."""

    partner: str
    parts: int
    octets: int
    oldest_at: Instant


def keep_parts(alias: str, batch: str, messages: Collection[str], now: Instant) -> None:
    """Keep the parts of a batch under way; of what was recalled or erased meanwhile only that it is gone."""
    wanted = list(messages)
    if wanted:
        what = (moment(alias, now), *WORDLESS, *_TAKES_BACK, batch, *wanted)
        change(alias, _KEEP.format(marks(wanted)), what)


def parts_of(alias: str, partner: str, regime: str, batch: str, messages: Collection[str]) -> dict[str, Kept]:
    """Return what is kept of a batch for the partner to whom it went; nobody else's is found."""
    rows = KeptPart.objects.using(alias).filter(
        partner=partner, regime=regime, batch=batch, message__in=list(messages)
    )
    said = ExchangedMessage.objects.using(alias).filter(
        direction="out", partner=partner, message__in=list(messages)
    )
    headers = {m: (bytes(h), a) for m, h, a in said.values_list("message", "header", "agreement")}
    return {
        row.message: Kept(
            None if row.sealed is None else bytes(row.sealed), row.gone, *headers[row.message], row.act
        )
        for row in rows
        if row.message in headers
    }


def drop_thread(alias: str, partner: str, thread: str, why: Gone, until: Instant | None = None) -> int:
    """Empty what is kept of a thread's words, in the transaction that takes them back.

    Args:
        alias: database.
        partner: to whom they went.
        thread: of the words.
        why: they are gone.
        until: only what was kept until then; None: all.

    Returns:
        How many parts.
    """
    rows = KeptPart.objects.using(alias).filter(partner=partner, thread=thread, gone=None)
    if until is not None:
        rows = rows.filter(kept_at__lte=until)
    return rows.exclude(act__in=WORDLESS).update(sealed=None, size=0, gone=why.value)


def drop_parts(alias: str, partner: str, messages: Collection[str], why: Gone) -> int:
    """Empty what is kept of messages, in the transaction that takes their words back; return how many parts."""
    rows = KeptPart.objects.using(alias).filter(partner=partner, message__in=list(messages), gone=None)
    return rows.exclude(act__in=WORDLESS).update(sealed=None, size=0, gone=why.value)


def drop_old(alias: str, before: Instant) -> int:
    """Delete what was kept before an instant; return how many rows."""
    return KeptPart.objects.using(alias).filter(kept_at__lt=before).delete()[0]


def drop_beyond(alias: str, octets: int) -> int:
    """Delete the oldest parts until the rest has at most so many bytes; return how many parts."""
    held = KeptPart.objects.using(alias).filter(gone=None)
    left, dropped = held.aggregate(sum=Sum("size"))["sum"] or 0, 0
    while left > octets:
        oldest = list(held.order_by("kept_at", "id").values_list("id", "size")[:_DROPPED_AT_ONCE])
        chosen: list[int] = []
        for pk, size in oldest:
            if left <= octets:
                break
            chosen.append(pk)
            left -= size
        if not chosen:
            break
        dropped += KeptPart.objects.using(alias).filter(id__in=chosen).delete()[0]
    return dropped


def sums(alias: str) -> list[KeptSum]:
    """Return what is kept for each partner."""
    rows = KeptPart.objects.using(alias).filter(gone=None).order_by().values("partner")
    found = rows.annotate(parts=Count("id"), octets=Sum("size"), oldest=Min("kept_at")).order_by("partner")
    return [KeptSum(row["partner"], row["parts"], row["octets"], row["oldest"]) for row in found]


def full(alias: str, octets: int, within: timedelta, now: Instant) -> bool:
    """Tell whether nearly all room is taken by parts that are not old enough to be dropped yet."""
    rows = KeptPart.objects.using(alias).filter(gone=None, kept_at__gte=now - within)
    return 10 * (rows.aggregate(sum=Sum("size"))["sum"] or 0) >= 9 * octets
