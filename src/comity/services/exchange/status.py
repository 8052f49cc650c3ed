"""Where messages stand: queues, delivered, unacknowledged, disputed; and what a message says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from comity.core.envelope.batch import payload_of
from comity.core.envelope.limits import UNACKNOWLEDGED
from comity.core.instant import Instant
from comity.services.context import Node
from comity.storage.exchange import status as rows
from comity.storage.exchange.status import LaneStatus
from comity.storage.models.exchange import Direction, ExchangedMessage, MessageState

__all__ = [
    "LaneStatus",
    "Standing",
    "StatusView",
    "counts",
    "disputed",
    "lanes",
    "status",
    "thread",
    "unacknowledged",
]


class Standing(StrEnum):
    """How a message stands, as a person is told."""

    QUEUED = "queued"
    UNACKNOWLEDGED = "unacknowledged"
    DELIVERED = "delivered"
    DISPUTED = "disputed"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class StatusView:
    """One message and how it stands; `received_at` is the recipient's time, as its receipt says."""

    id: str
    direction: str
    partner: str
    regime: str
    kind: str
    act: str
    agreement: str | None
    clause: str | None
    purpose: str | None
    thread: str | None
    sent_at: Instant
    received_at: Instant | None
    standing: Standing
    code: str | None


def status(node: Node, message: str) -> StatusView | None:
    """Return how a message that this node sent stands, or None when there is none."""
    row = rows.message(node.alias, Direction.OUT, message)
    return None if row is None else _view(row, node.clock())


def thread(node: Node, identifier: str) -> list[StatusView]:
    """Return the messages of a thread, both ways, in the order in which they were stored here."""
    now = node.clock()
    return [_view(row, now) for row in rows.thread(node.alias, identifier)]


def body(node: Node, direction: str, message: str) -> Mapping[str, Any] | None:
    """Return what a message says, or None when it is unknown or its content was erased.

    The signature was verified before the content was stored.
    """
    row = rows.message(node.alias, direction, message)
    if row is None or row.content is None:
        return None
    found: Mapping[str, Any] = json.loads(payload_of(row.content))["body"]
    return found


def unacknowledged(node: Node) -> list[StatusView]:
    """Return messages stored more than five minutes ago for which no receipt has come."""
    now = node.clock()
    return [_view(row, now) for row in rows.unacknowledged(node.alias, now - UNACKNOWLEDGED)]


def disputed(node: Node) -> list[StatusView]:
    """Return messages whose receipt bears a time at which they cannot have been received."""
    now = node.clock()
    return [_view(row, now) for row in rows.disputed(node.alias)]


def lanes(node: Node) -> list[LaneStatus]:
    """Return every queue, how much waits in it and why."""
    return rows.lanes(node.alias)


def counts(node: Node) -> dict[str, int]:
    """Return how many messages stand in each state, as ``out.delivered`` or ``in.accepted``."""
    return rows.counts(node.alias)


def _view(row: ExchangedMessage, now: Instant) -> StatusView:
    return StatusView(
        id=row.message,
        direction=row.direction,
        partner=row.partner,
        regime=row.regime,
        kind=row.kind,
        act=row.act,
        agreement=row.agreement,
        clause=row.clause,
        purpose=row.purpose,
        thread=row.thread,
        sent_at=row.sent_at,
        received_at=row.received_at,
        standing=_standing(row, now),
        code=row.code,
    )


def _standing(row: ExchangedMessage, now: Instant) -> Standing:
    if row.state == MessageState.QUEUED and row.stored_at < now - UNACKNOWLEDGED:
        return Standing.UNACKNOWLEDGED
    if row.state == MessageState.DELIVERED and row.disputed:
        return Standing.DISPUTED
    return Standing(row.state)
