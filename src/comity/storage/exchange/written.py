"""Rows of messages, of the outbox and of dispatches as they are inserted: plain values in the order of their columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from comity.core.instant import Instant
from comity.storage.backends.rows import insert_rows
from comity.storage.models.exchange import Dispatch, ExchangedMessage, OutboxRow


class MessageRow(NamedTuple):
    """A row of `ExchangedMessage`; choices by their value."""

    direction: str
    partner: str
    message: str
    regime: str
    kind: str
    act: str
    agreement: str | None
    clause: str | None
    purpose: str | None
    thread: str
    sent_at: Instant
    stored_at: Instant
    received_at: Instant | None
    state: str
    header: bytes
    digest: str
    sealed: str
    batch: str | None
    content: str | None
    disputed: bool = False
    ground: str | None = None


class OutboxEntry(NamedTuple):
    """A row of `OutboxRow`, in no dispatch yet."""

    message: str
    partner: str
    regime: str
    act: str
    header: bytes
    sealed: bytes
    sealed_digest: str
    size: int
    expires_at: Instant


class DispatchRow(NamedTuple):
    """A row of `Dispatch`, without a receipt yet."""

    batch: str
    partner: str
    regime: str
    manifest: bytes
    digest: str
    state: str
    created_at: Instant


def insert_messages(alias: str, rows: Iterable[MessageRow]) -> None:
    """Insert messages."""
    insert_rows(alias, ExchangedMessage, MessageRow._fields, rows)


def insert_outbox(alias: str, rows: Iterable[OutboxEntry]) -> None:
    """Insert outbox rows."""
    insert_rows(alias, OutboxRow, OutboxEntry._fields, rows)


def insert_dispatch(alias: str, row: DispatchRow) -> None:
    """Insert a dispatch."""
    insert_rows(alias, Dispatch, DispatchRow._fields, [row])
