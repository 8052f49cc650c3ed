"""Queries on the way in: accepted batches, accepted messages, threads, answered calls.

Those that run for every batch are written out (`comity.storage.backends.statements`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from django.db import DataError, IntegrityError

from comity.core.envelope.fetched import Gone
from comity.core.instant import Instant
from comity.errors import NodeError
from comity.storage.backends.rows import insert_rows
from comity.storage.backends.statements import fetch, instant, marks, moment
from comity.storage.exchange.kept import drop_thread
from comity.storage.models.exchange import AcceptedBatch, AnsweredCall, Direction, ExchangedMessage
from comity.storage.protection.quotes import forget as forget_quotes
from comity.storage.transaction import alone, atomic


@dataclass(frozen=True, slots=True)
class KnownBatch:
    """A batch accepted before: the digest of its manifest and the payload of its receipt."""

    digest: str
    receipt: bytes


@dataclass(frozen=True, slots=True)
class KnownCall:
    """A call answered before: its digest, and the frame returned if it is still kept."""

    digest: str
    answer: bytes | None


@dataclass(frozen=True, slots=True)
class WayIn:
    """What a node knows as a batch comes in: the same batch, and whether a lane to its sender was put off."""

    batch: KnownBatch | None
    put_off: bool


class BatchRow(NamedTuple):
    """A row of `AcceptedBatch`."""

    partner: str
    batch: str
    regime: str
    digest: str
    received_at: Instant
    receipt: bytes


_WAY_IN = """
SELECT known.digest, known.receipt,
    (SELECT count(*) FROM storage_lane WHERE partner = %s AND failures > 0 AND next_attempt > %s)
FROM (SELECT 1 AS one) AS always
LEFT JOIN storage_acceptedbatch AS known ON known.partner = %s AND known.batch = %s
"""
_KNOWN = """
SELECT message, digest, sealed FROM storage_exchangedmessage
WHERE direction = %s AND partner = %s AND message IN ({})
"""
_OPENED = """
SELECT thread, min(sent_at) FROM storage_exchangedmessage
WHERE partner = %s AND regime = %s AND thread IN ({}) GROUP BY thread
"""


@contextmanager
def isolated(alias: str) -> Iterator[None]:
    """Run the block in a transaction, or in a savepoint of the one that is open, and roll it back if it fails.

    Raises:
        NodeError: ``message.unprocessable``: the block broke a constraint of the database.
    """
    try:
        with atomic(alias):
            yield
    except (IntegrityError, DataError):
        raise NodeError("message.unprocessable") from None


def lock_way_in(alias: str, partner: str, regime: str) -> None:
    """Let one batch of a partner and regime be accepted at a time, until the transaction ends."""
    alone(alias, f"way-in/{partner}/{regime}")


def way_in(alias: str, partner: str, batch: str, now: Instant) -> WayIn:
    """Return what was answered for a batch, if it is known, and whether anything to its sender waits longer."""
    rows = fetch(alias, _WAY_IN, (partner, moment(alias, now), partner, batch))
    digest, receipt, held = rows[0]
    return WayIn(None if digest is None else KnownBatch(digest, bytes(receipt)), held > 0)


def add_batch(alias: str, row: BatchRow) -> None:
    """Insert an accepted batch."""
    insert_rows(alias, AcceptedBatch, BatchRow._fields, [row])


def known_messages(alias: str, partner: str, messages: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return header digest and sealed digest of those messages that were accepted before."""
    if not messages:
        return {}
    rows = fetch(alias, _KNOWN.format(marks(messages)), (Direction.IN.value, partner, *messages))
    return {message: (digest, sealed) for message, digest, sealed in rows}


def threads_opened(alias: str, partner: str, regime: str, threads: Collection[str]) -> dict[str, Instant]:
    """Return the signed time of the first message of each thread with a partner."""
    if not threads:
        return {}
    wanted = list(threads)
    rows = fetch(alias, _OPENED.format(marks(wanted)), (partner, regime, *wanted))
    return {thread: instant(first) for thread, first in rows}


def known_call(alias: str, partner: str, call: str) -> KnownCall | None:
    """Return what was answered for a call, or None."""
    row = AnsweredCall.objects.using(alias).filter(partner=partner, call=call).first()
    return None if row is None else KnownCall(row.digest, row.answer)


def reserve_call(alias: str, partner: str, call: str, digest: str, at: Instant) -> None:
    """Insert a call that is about to be answered; changes nothing if it stands there already."""
    row = AnsweredCall(partner=partner, call=call, digest=digest, at=at)
    AnsweredCall.objects.using(alias).bulk_create([row], ignore_conflicts=True)


def keep_answer(alias: str, partner: str, call: str, answer: bytes) -> None:
    """Keep what was returned for a call."""
    AnsweredCall.objects.using(alias).filter(partner=partner, call=call).update(answer=answer)


def forget_calls(alias: str, before: Instant) -> int:
    """Delete calls that are too old to be accepted again; return how many."""
    return AnsweredCall.objects.using(alias).filter(at__lt=before).delete()[0]


def withdrawn(alias: str, partner: str, thread: str, acts: Collection[str]) -> bool:
    """Tell whether a partner has sent one of these acts in a thread."""
    rows = ExchangedMessage.objects.using(alias).filter(direction=Direction.IN, partner=partner)
    return rows.filter(thread=thread, act__in=list(acts)).exists()


def forget_contents(alias: str, partner: str, thread: str, direction: str | None = None) -> list[str]:
    """Empty the contents of a thread's messages, of both directions or one; return their identifiers."""
    rows = ExchangedMessage.objects.using(alias).filter(partner=partner, thread=thread)
    if direction is not None:
        rows = rows.filter(direction=direction)
    found = list(rows.values_list("message", flat=True))
    rows.update(content=None)
    if direction != Direction.IN:
        forget_quotes(alias, {partner}, found)
        drop_thread(alias, partner, thread, Gone.ERASED)
    return found
