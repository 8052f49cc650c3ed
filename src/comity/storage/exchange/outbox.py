"""Queries on the way out: messages written, outbox, dispatches.

Those that run for every batch are written out (`comity.storage.backends.statements`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from comity.core.instant import Instant
from comity.storage.backends.statements import change, fetch, for_update, instant, marks, moment
from comity.storage.exchange.kept import keep_parts
from comity.storage.exchange.lanes import LaneView, open_lanes
from comity.storage.exchange.written import (
    DispatchRow,
    MessageRow,
    OutboxEntry,
    insert_dispatch,
    insert_messages,
    insert_outbox,
)
from comity.storage.models.exchange import (
    Direction,
    Dispatch,
    DispatchState,
    ExchangedMessage,
    MessageState,
    OutboxRow,
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message in the outbox; the sealed bytes are read only when it is sent. One of size 0 is held back.

    `stops` tells whether this service has ever stopped an agreement or noted a change in the status of a party: where
    not, no message can be forbidden by one.
    """

    id: int
    message: str
    act: str
    header: bytes
    sealed_digest: str
    size: int
    expires_at: Instant
    stops: bool


class Whereabouts(StrEnum):
    """Where a message was when it was held back.

    ``here``: it had never left, and is deleted. ``under-way``: its batch may have left, or not; its sealed bytes are
    emptied, so that it leaves no more, and the partner is asked. ``gone``: it has left, or was given up before.
    """

    HERE = "here"
    UNDER_WAY = "under-way"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class OpenDispatch:
    """A batch under way."""

    batch: str
    manifest: bytes
    digest: str


@dataclass(frozen=True, slots=True)
class Receipted:
    """A batch whose receipt came; `place` orders them."""

    place: int
    manifest: bytes
    receipt: str


_ROWS = """
SELECT id, message, act, header, sealed_digest, size, expires_at,
    (EXISTS (SELECT 1 FROM storage_storedstop AS stop WHERE stop.by = %s)
        OR EXISTS (SELECT 1 FROM storage_transferstatus))
FROM storage_outboxrow WHERE """
_WAITING = f"{_ROWS}partner = %s AND regime = %s AND dispatch IS NULL{{}} ORDER BY id LIMIT %s"
_OF_DISPATCH = f"{_ROWS}dispatch = %s ORDER BY id"
_JOIN = (
    "UPDATE storage_outboxrow SET dispatch = %s WHERE dispatch IS NULL AND id IN ({}) RETURNING id, sealed"
)
_CLOSE = """
UPDATE storage_dispatch SET state = 'closed', closed_at = %s, receipt = %s WHERE batch = %s AND state = 'open'
"""
_EMPTY = "DELETE FROM storage_outboxrow WHERE dispatch = %s RETURNING message, size"
_SETTLE = """
UPDATE storage_exchangedmessage SET state = %s, code = %s, received_at = %s, batch = %s
WHERE direction = 'out' AND partner = %s AND message IN ({})
"""


def store_written(
    alias: str, messages: Sequence[MessageRow], rows: Sequence[OutboxEntry], now: Instant
) -> None:
    """Insert messages and their outbox rows, and the lanes they wait in."""
    insert_messages(alias, messages)
    insert_outbox(alias, rows)
    open_lanes(alias, {(row.partner, row.regime) for row in rows}, now)


def waiting(
    alias: str, lane: LaneView, own: str, limit: int, acts: Collection[str] | None = None
) -> list[Waiting]:
    """Return the oldest messages of a lane that are in no dispatch; nobody holds them back until the transaction ends.

    Args:
        alias: database.
        lane: of the messages.
        own: this service.
        limit: greatest number.
        acts: only these, when given.
    """
    chosen = sorted(acts or ())
    only = f" AND act IN ({marks(chosen)})" if acts is not None else ""
    query = _WAITING.format(only) + for_update(alias)
    return _views(fetch(alias, query, (own, lane.partner, lane.regime, *chosen, limit)))


def under_way(alias: str, batch: str, own: str) -> list[Waiting]:
    """Return the messages of a dispatch, in the order of its manifest."""
    return _views(fetch(alias, _OF_DISPATCH, (own, batch)))


def _views(rows: Iterable[Any]) -> list[Waiting]:
    return [
        Waiting(pk, message, act, bytes(header), digest, size, instant(expires_at), bool(stops))
        for pk, message, act, header, digest, size, expires_at, stops in rows
    ]


def fix_dispatch(
    alias: str, lane: LaneView, dispatch: OpenDispatch, rows: Sequence[Waiting], now: Instant
) -> list[bytes]:
    """Insert a dispatch, put the rows in it, and return their sealed bytes in the order of the rows.

    Raises:
        RuntimeError: a row was in another dispatch already; the transaction must be rolled back.
    """
    row = DispatchRow(
        dispatch.batch,
        lane.partner,
        lane.regime,
        dispatch.manifest,
        dispatch.digest,
        DispatchState.OPEN.value,
        now,
    )
    insert_dispatch(alias, row)
    wanted = [row.id for row in rows]
    found = dict(fetch(alias, _JOIN.format(marks(wanted)), (dispatch.batch, *wanted)))
    if len(found) != len(rows):
        raise RuntimeError("a message stood in two dispatches")
    return [bytes(found[pk]) for pk in wanted]


def open_dispatch(alias: str, lane: LaneView) -> OpenDispatch | None:
    """Return the dispatch of a lane that waits for its receipt."""
    rows = Dispatch.objects.using(alias).filter(
        partner=lane.partner, regime=lane.regime, state=DispatchState.OPEN
    )
    found = rows.values_list("batch", "manifest", "digest").first()
    return None if found is None else OpenDispatch(found[0], bytes(found[1]), found[2])


def receipted(
    alias: str, partner: str, regime: str, *, since: Instant, after: int, limit: int
) -> list[Receipted]:
    """Return the batches whose receipt was stored since an instant, from behind a place, in order."""
    rows = Dispatch.objects.using(alias).filter(
        partner=partner, regime=regime, state=DispatchState.CLOSED, closed_at__gte=since, id__gt=after
    )
    found = rows.exclude(receipt=None).order_by("id").values_list("id", "manifest", "receipt")[:limit]
    return [Receipted(place, bytes(manifest), str(receipt)) for place, manifest, receipt in found]


def dispatch_parts(alias: str, batch: str) -> list[bytes]:
    """Return the sealed bytes of a dispatch, in the order of its manifest."""
    rows = OutboxRow.objects.using(alias).filter(dispatch=batch).order_by("id")
    return [bytes(sealed) for sealed in rows.values_list("sealed", flat=True)]


def dissolve_dispatch(alias: str, batch: str, now: Instant) -> bool:
    """Take apart a dispatch that the partner will never take; its messages wait again. False when that was done already."""
    rows = Dispatch.objects.using(alias).filter(batch=batch, state=DispatchState.OPEN)
    if rows.update(state=DispatchState.DISSOLVED, closed_at=now) != 1:
        return False
    OutboxRow.objects.using(alias).filter(dispatch=batch).update(dispatch=None)
    return True


def close_dispatch(
    alias: str, batch: str, receipt: str, now: Instant, *, kept: Collection[str] = ()
) -> list[str] | None:
    """Keep the receipt of a dispatch and empty its outbox rows; None when that was done already.

    Args:
        alias: database.
        batch: of the dispatch.
        receipt: as it came.
        now: when it came.
        kept: messages whose sealed parts stay for the partner's restore.

    Returns:
        The messages that were held back while they were under way.
    """
    if change(alias, _CLOSE, (moment(alias, now), receipt, batch)) != 1:
        return None
    keep_parts(alias, batch, kept, now)
    return [message for message, size in fetch(alias, _EMPTY, (batch,)) if size == 0]


def settle(
    alias: str,
    partner: str,
    batch: str | None,
    *,
    delivered: Sequence[str],
    refused: Mapping[str, str],
    received_at: Instant | None,
    refused_state: MessageState = MessageState.REFUSED,
) -> None:
    """Write down what became of messages.

    Args:
        alias: database.
        partner: to whom they went.
        batch: whose receipt says so.
        delivered: identifiers.
        refused: identifier to code.
        received_at: time in the receipt.
        refused_state: state of those with a code.
    """
    by_outcome: dict[tuple[str, str | None], list[str]] = {}
    if delivered:
        by_outcome[MessageState.DELIVERED.value, None] = list(delivered)
    for message, why in refused.items():
        by_outcome.setdefault((refused_state.value, why), []).append(message)
    at = None if received_at is None else moment(alias, received_at)
    for (state, code), messages in by_outcome.items():
        what = (state, code, at, batch, partner, *messages)
        change(alias, _SETTLE.format(marks(messages)), what)


def mark_disputed(alias: str, partner: str, messages: Collection[str]) -> None:
    """Mark messages whose receipt bears an impossible time."""
    rows = ExchangedMessage.objects.using(alias).filter(direction=Direction.OUT, partner=partner)
    rows.filter(message__in=list(messages)).update(disputed=True)


def drop_waiting(alias: str, rows: Iterable[Waiting]) -> int:
    """Delete outbox rows that are in no dispatch; return how many there were."""
    found = OutboxRow.objects.using(alias).filter(id__in=[row.id for row in rows], dispatch__isnull=True)
    return found.delete()[0]


def hold_back(alias: str, partner: str, message: str, code: str) -> Whereabouts:
    """Let a message leave no more, in the running transaction, and say where it was.

    Args:
        alias: database.
        partner: to whom it would go.
        message: of ours.
        code: why; kept while it is not known whether the partner has taken it. The first one stays.
    """
    rows = OutboxRow.objects.using(alias).filter(partner=partner, message=message)
    if rows.filter(dispatch__isnull=True).delete()[0]:
        return Whereabouts.HERE
    # A worker may put it into a batch, or take that apart, at the same time: whatever holds it, it is empty.
    if not rows.update(sealed=b"", size=0):
        return Whereabouts.GONE
    said = ExchangedMessage.objects.using(alias).filter(
        direction=Direction.OUT, partner=partner, message=message
    )
    said.filter(code=None).update(code=code)
    return Whereabouts.UNDER_WAY


def held_codes(alias: str, messages: Collection[str]) -> dict[str, str]:
    """Return why messages of ours were held back."""
    rows = ExchangedMessage.objects.using(alias).filter(direction=Direction.OUT, message__in=list(messages))
    named = rows.filter(code__isnull=False).values_list("message", "code")
    return {message: code for message, code in named if code is not None}


def kinds_of(alias: str, partner: str, messages: Collection[str]) -> dict[str, str]:
    """Return the kinds of messages sent to a partner."""
    rows = ExchangedMessage.objects.using(alias).filter(direction=Direction.OUT, partner=partner)
    return dict(rows.filter(message__in=list(messages)).values_list("message", "kind"))
