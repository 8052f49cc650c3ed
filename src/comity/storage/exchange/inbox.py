"""Queries on the way in: accepted batches, accepted messages, threads, answered calls."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import DataError, IntegrityError
from django.db.models import Min

from comity.core.instant import Instant
from comity.errors import NodeError
from comity.storage.models.exchange import AcceptedBatch, AnsweredCall, Direction, ExchangedMessage, Lane
from comity.storage.transaction import atomic


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


def lock_way_in(alias: str, partner: str, regime: str, now: Instant) -> None:
    """Let one batch of a partner and regime be accepted at a time, until the transaction ends.

    SQLite's transactions are IMMEDIATE: whoever is inside one is the only writer already.
    """
    lane = Lane(partner=partner, regime=regime, next_attempt=now)
    Lane.objects.using(alias).bulk_create([lane], ignore_conflicts=True)
    Lane.objects.using(alias).select_for_update().filter(partner=partner, regime=regime).first()


def known_batch(alias: str, partner: str, batch: str) -> KnownBatch | None:
    """Return what was answered for a batch, or None."""
    rows = AcceptedBatch.objects.using(alias).filter(partner=partner, batch=batch)
    found = rows.values_list("digest", "receipt").first()
    return None if found is None else KnownBatch(found[0], bytes(found[1]))


def add_batch(alias: str, row: AcceptedBatch) -> None:
    """Insert an accepted batch."""
    row.save(using=alias, force_insert=True)


def known_messages(alias: str, partner: str, messages: Collection[str]) -> dict[str, tuple[str, str]]:
    """Return header digest and sealed digest of those messages that were accepted before."""
    rows = ExchangedMessage.objects.using(alias).filter(
        direction=Direction.IN, partner=partner, message__in=list(messages)
    )
    return {
        message: (digest, sealed)
        for message, digest, sealed in rows.values_list("message", "digest", "sealed")
    }


def threads_opened(alias: str, partner: str, regime: str, threads: Collection[str]) -> dict[str, Instant]:
    """Return the signed time of the first message of each thread with a partner."""
    if not threads:
        return {}
    rows = ExchangedMessage.objects.using(alias).filter(
        partner=partner, regime=regime, thread__in=list(threads)
    )
    found = rows.order_by().values("thread").annotate(first=Min("sent_at"))
    return {str(row["thread"]): row["first"] for row in found}


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
    return found
