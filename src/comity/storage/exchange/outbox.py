"""Queries on the way out: messages written, lanes, outbox, dispatches."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from comity.core.instant import Instant
from comity.storage.exchange.written import MessageRow, OutboxEntry, insert_messages, insert_outbox
from comity.storage.models.exchange import (
    Direction,
    Dispatch,
    DispatchState,
    ExchangedMessage,
    Lane,
    MessageState,
    OutboxRow,
)


@dataclass(frozen=True, slots=True)
class LaneView:
    """One queue: to whom, under which regime, how often it failed in a row."""

    partner: str
    regime: str
    failures: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message in the outbox; the sealed bytes are read only when it is sent."""

    id: int
    message: str
    act: str
    header: bytes
    sealed_digest: str
    size: int
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class OpenDispatch:
    """A batch under way."""

    batch: str
    manifest: bytes
    digest: str


def store_written(
    alias: str, messages: Sequence[MessageRow], rows: Sequence[OutboxEntry], now: Instant
) -> None:
    """Insert messages and their outbox rows, and the lanes they wait in."""
    insert_messages(alias, messages)
    insert_outbox(alias, rows)
    wanted = {(row.partner, row.regime) for row in rows}
    lanes = [Lane(partner=partner, regime=regime, next_attempt=now) for partner, regime in sorted(wanted)]
    Lane.objects.using(alias).bulk_create(lanes, ignore_conflicts=True)


def due_lanes(alias: str, now: Instant) -> list[LaneView]:
    """Return the lanes that have something to send, may try now and are not being worked on."""
    rows = OutboxRow.objects.using(alias).filter(partner=OuterRef("partner"), regime=OuterRef("regime"))
    lanes = Lane.objects.using(alias).filter(_free(now), Exists(rows), next_attempt__lte=now).order_by("id")
    return [LaneView(*values) for values in lanes.values_list("partner", "regime", "failures")]


def has_waiting(alias: str, lane: LaneView) -> bool:
    """Tell whether a lane has anything without a receipt."""
    return OutboxRow.objects.using(alias).filter(partner=lane.partner, regime=lane.regime).exists()


def claim_lane(alias: str, lane: LaneView, claim: str, now: Instant, until: Instant) -> bool:
    """Claim a lane; False when somebody else was quicker."""
    rows = Lane.objects.using(alias).filter(_free(now), partner=lane.partner, regime=lane.regime)
    return rows.filter(next_attempt__lte=now).update(claim=claim, locked_until=until) == 1


def renew_lane(alias: str, lane: LaneView, claim: str, until: Instant) -> bool:
    """Hold a claimed lane longer; False when the claim no longer stands. Nobody can take it until the commit."""
    rows = Lane.objects.using(alias).filter(partner=lane.partner, regime=lane.regime, claim=claim)
    return rows.update(locked_until=until) == 1


def release_lane(
    alias: str, lane: LaneView, claim: str, *, next_attempt: Instant, failures: int, code: str | None
) -> None:
    """Give a lane back, if the claim still stands."""
    rows = Lane.objects.using(alias).filter(partner=lane.partner, regime=lane.regime, claim=claim)
    rows.update(claim=None, locked_until=None, next_attempt=next_attempt, failures=failures, last_code=code)


def free_lanes(alias: str) -> int:
    """End every claim; whoever still held one finds out before it fixes or sends anything new."""
    return Lane.objects.using(alias).filter(claim__isnull=False).update(claim=None, locked_until=None)


def hurry_lanes(alias: str, partner: str, now: Instant) -> int:
    """Let the lanes to a partner try at once: it has shown that it is back."""
    rows = Lane.objects.using(alias).filter(partner=partner, failures__gt=0, next_attempt__gt=now)
    return rows.update(next_attempt=now, failures=0)


def waiting(alias: str, lane: LaneView, limit: int, acts: Collection[str] | None = None) -> list[Waiting]:
    """Return the oldest messages of a lane that are in no dispatch.

    Args:
        alias: database.
        lane: of the messages.
        limit: greatest number.
        acts: only these, when given.
    """
    rows = OutboxRow.objects.using(alias).filter(
        partner=lane.partner, regime=lane.regime, dispatch__isnull=True
    )
    if acts is not None:
        rows = rows.filter(act__in=list(acts))
    fields = rows.order_by("id").values_list(
        "id", "message", "act", "header", "sealed_digest", "size", "expires_at"
    )
    return [Waiting(row[0], row[1], row[2], bytes(row[3]), row[4], row[5], row[6]) for row in fields[:limit]]


def fix_dispatch(
    alias: str, lane: LaneView, dispatch: OpenDispatch, rows: Sequence[Waiting], now: Instant
) -> None:
    """Insert a dispatch and put the rows in it.

    Raises:
        RuntimeError: a row was in another dispatch already; the transaction must be rolled back.
    """
    Dispatch(
        batch=dispatch.batch,
        partner=lane.partner,
        regime=lane.regime,
        manifest=dispatch.manifest,
        digest=dispatch.digest,
        created_at=now,
    ).save(using=alias, force_insert=True)
    found = OutboxRow.objects.using(alias).filter(id__in=[row.id for row in rows], dispatch__isnull=True)
    if found.update(dispatch=dispatch.batch) != len(rows):
        raise RuntimeError("a message stood in two dispatches")


def open_dispatch(alias: str, lane: LaneView) -> OpenDispatch | None:
    """Return the dispatch of a lane that waits for its receipt."""
    rows = Dispatch.objects.using(alias).filter(
        partner=lane.partner, regime=lane.regime, state=DispatchState.OPEN
    )
    found = rows.values_list("batch", "manifest", "digest").first()
    return None if found is None else OpenDispatch(found[0], bytes(found[1]), found[2])


def dispatch_acts(alias: str, batch: str) -> set[str]:
    """Return the acts of the messages in a dispatch."""
    return set(OutboxRow.objects.using(alias).filter(dispatch=batch).values_list("act", flat=True))


def dispatch_parts(alias: str, batch: str) -> list[bytes]:
    """Return the sealed bytes of a dispatch, in the order of its manifest."""
    rows = OutboxRow.objects.using(alias).filter(dispatch=batch).order_by("id")
    return [bytes(sealed) for sealed in rows.values_list("sealed", flat=True)]


def dissolve_dispatch(alias: str, batch: str, now: Instant) -> None:
    """Take a dispatch apart; its messages wait again. Safe after sending: the partner knows each message."""
    rows = Dispatch.objects.using(alias).filter(batch=batch, state=DispatchState.OPEN)
    if rows.update(state=DispatchState.DISSOLVED, closed_at=now) == 1:
        OutboxRow.objects.using(alias).filter(dispatch=batch).update(dispatch=None)


def close_dispatch(alias: str, batch: str, receipt: str, now: Instant) -> bool:
    """Keep the receipt of a dispatch and empty its outbox rows; False when that was done already."""
    rows = Dispatch.objects.using(alias).filter(batch=batch, state=DispatchState.OPEN)
    if rows.update(state=DispatchState.CLOSED, closed_at=now, receipt=receipt) != 1:
        return False
    OutboxRow.objects.using(alias).filter(dispatch=batch).delete()
    return True


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
    queued = ExchangedMessage.objects.using(alias).filter(direction=Direction.OUT, partner=partner)
    if delivered:
        queued.filter(message__in=delivered).update(
            state=MessageState.DELIVERED, received_at=received_at, batch=batch
        )
    by_code: dict[str, list[str]] = {}
    for message, code in refused.items():
        by_code.setdefault(code, []).append(message)
    for code, messages in by_code.items():
        queued.filter(message__in=messages).update(
            state=refused_state, code=code, received_at=received_at, batch=batch
        )


def mark_disputed(alias: str, partner: str, messages: Collection[str]) -> None:
    """Mark messages whose receipt bears an impossible time."""
    rows = ExchangedMessage.objects.using(alias).filter(direction=Direction.OUT, partner=partner)
    rows.filter(message__in=list(messages)).update(disputed=True)


def drop_waiting(alias: str, rows: Iterable[Waiting]) -> int:
    """Delete outbox rows that are in no dispatch; return how many there were."""
    found = OutboxRow.objects.using(alias).filter(id__in=[row.id for row in rows], dispatch__isnull=True)
    return found.delete()[0]


def kinds_of(alias: str, partner: str, messages: Collection[str]) -> dict[str, tuple[str, Instant]]:
    """Return kind and signed time of messages sent to a partner."""
    rows = ExchangedMessage.objects.using(alias).filter(direction=Direction.OUT, partner=partner)
    found = rows.filter(message__in=list(messages)).values_list("message", "kind", "sent_at")
    return {message: (kind, sent_at) for message, kind, sent_at in found}


def _free(now: Instant) -> Q:
    return Q(locked_until__isnull=True) | Q(locked_until__lte=now)
