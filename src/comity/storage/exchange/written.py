"""Rows of messages, of the outbox and of dispatches as they are inserted: plain values in the order of their columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Self

from comity.core.envelope.header import Header
from comity.core.instant import Instant
from comity.storage.backends.rows import insert_rows
from comity.storage.models.exchange import Direction, Dispatch, ExchangedMessage, MessageState, OutboxRow


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

    @classmethod
    def of(
        cls,
        header: Header,
        partner: str,
        stored_at: Instant,
        *,
        sealed: str,
        content: str | None,
        ground: str | None,
        batch: str | None = None,
        received_at: Instant | None = None,
    ) -> Self:
        """Return the row of a message: one received and accepted when it came in a batch, otherwise one to be sent.

        Args:
            header: its header, verified or our own.
            partner: who sent it, or to whom it goes.
            stored_at: now.
            sealed: digest of its sealed part, hexadecimal.
            content: its signed content; None where it is not kept.
            ground: of the transfer.
            batch: in which it came. received_at: when that was accepted.
        """
        return cls(
            direction=(Direction.OUT if batch is None else Direction.IN).value,
            partner=partner,
            message=header.id,
            regime=header.regime.value,
            kind=header.kind,
            act=header.act.value,
            agreement=header.agreement,
            clause=header.clause,
            purpose=header.purpose,
            thread=header.thread or header.id,
            sent_at=header.sent_at,
            stored_at=stored_at,
            received_at=received_at,
            state=(MessageState.QUEUED if batch is None else MessageState.ACCEPTED).value,
            header=header.written,
            digest=header.digest,
            sealed=sealed,
            batch=batch,
            content=content,
            ground=ground,
        )


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
