"""What was said in a thread, message by message: kept with its marks, read only while it may be used.

Implements docs/protocol/protection.md §1. Rules:
    - a restricted passage is kept and not used: not shown, not answered, not passed on (LED Art. 16(3));
    - a passage with conditions stays sealed until a person has acknowledged them (LED Art. 9(3));
    - a passage that was recalled or erased is a tombstone without words.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from comity.core.cases.messages import REPLY, REQUEST
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.codes.handling import read_handling
from comity.core.codes.marks import DataCategory
from comity.core.egress.inherit import Inheritance
from comity.core.identification.messages import IDENTIFICATION_REQUEST
from comity.core.instant import Instant
from comity.errors import InputError, Refused
from comity.services.context import Node
from comity.services.exchange.handlers import Message
from comity.storage import cases
from comity.storage.models.cases import Case
from comity.storage.models.exchange import Direction
from comity.storage.models.protection import Passage, PassageState
from comity.storage.protection import passages as rows

_COLUMNS = {REQUEST: "request", REPLY: "reply", IDENTIFICATION_REQUEST: "request"}
"""Kinds whose words stand in the case itself."""


def keep_received(
    node: Node, message: Message, body: Mapping[str, Any] | None = None, *, conditions_open: bool = False
) -> None:
    """Keep a passage of an accepted message, in the accepting transaction.

    Args:
        body: its words; None for a request or a final reply, which stand in the case.
        conditions_open: it stays sealed until its conditions are acknowledged.
    """
    row = Passage(
        partner=message.partner,
        thread=message.thread,
        message=message.id,
        direction=Direction.IN.value,
        kind=message.kind,
        regime=message.regime.value,
        sent_at=message.sent_at,
        categories=sorted(message.data),
        conditions_open=conditions_open,
        body=None if body is None else dict(body),
    )
    rows.add_passage(node.alias, row)


def keep_sent(
    node: Node,
    partner: ServiceId,
    regime: Regime,
    kind: str,
    message: str,
    *,
    thread: str | None = None,
    body: Mapping[str, Any] | None = None,
    subject: str = "",
    version: int = 0,
    categories: Collection[DataCategory] = (),
    origin: Passage | None = None,
    conditions_open: bool = False,
    inheritance: Inheritance | None = None,
) -> None:
    """Keep a passage of a message that is being submitted, in the submitting transaction.

    Args:
        thread: None when the message opens it. subject, version: the entry of our register that is told.
        origin: the passage of another partner that is passed on.
        inheritance: marks of what is told; kept for whatever is made from these words.
    """
    row = Passage(
        partner=partner,
        thread=thread or message,
        message=message,
        direction=Direction.OUT.value,
        kind=kind,
        regime=regime.value,
        sent_at=node.clock(),
        subject=subject,
        version=version,
        categories=sorted(categories),
        origin=origin,
        conditions_open=conditions_open,
        body=None if body is None else dict(body),
        inheritance=None if inheritance is None else inheritance.document(),
    )
    rows.add_passage(node.alias, row)


def not_taken(node: Node, partner: str, message: str) -> None:
    """Leave a tombstone of a passage that the partner's node never took: nobody holds it, nobody need be told."""
    row = rows.passage(node.alias, partner, message)
    if row is not None:
        rows.empty_passages(node.alias, [row], node.clock(), "not-taken")


def words(node: Node, row: Passage) -> dict[str, Any] | None:
    """Return what a passage says, for a service that has checked that it may be used; None when it is gone."""
    needed = row.state != PassageState.GONE and row.kind in _COLUMNS
    return words_in(cases.find_case(node.alias, row.thread, row.partner) if needed else None, row)


def words_in(case: Case | None, row: Passage) -> dict[str, Any] | None:
    """Return what a passage of a case says, likewise, for who has read the case."""
    if row.state == PassageState.GONE:
        return None
    column = _COLUMNS.get(row.kind)
    holder, name = (row, "body") if column is None else (case, column)
    found: dict[str, Any] | None = None if holder is None else getattr(holder, name)
    return found


def put_words(node: Node, row: Passage, body: Mapping[str, Any], at: Instant) -> None:
    """Replace what a passage says, in the running transaction; the case shows as changed."""
    case = cases.find_case(node.alias, row.thread, row.partner)
    column = _COLUMNS.get(row.kind)
    if column is None:
        rows.change_passage(node.alias, row, body=dict(body))
    if case is not None:
        cases.update_case(node.alias, case, at, **({} if column is None else {column: dict(body)}))


def known_passage(node: Node, row: Case, message: str) -> Passage:
    """Return a passage of a case.

    Raises:
        InputError: ``case.message-unknown``.
    """
    found = rows.passage(node.alias, row.partner, message)
    if found is None or found.thread != row.thread:
        raise InputError("case.message-unknown")
    return found


def require_usable(row: Passage | None) -> None:
    """Refuse to use what is restricted, gone, or sealed until its conditions are acknowledged.

    Raises:
        Refused: ``case.restricted``, ``case.recalled``, ``case.conditions-open``.
    """
    if row is None:
        return
    if row.state == PassageState.RESTRICTED:
        raise Refused("case.restricted", ground=str(row.ground))
    if row.state == PassageState.GONE:
        raise Refused("case.recalled")
    if row.conditions_open and row.direction == Direction.IN:
        raise Refused("case.conditions-open")


def readable(row: Passage | None) -> bool:
    """Whether the words of a passage may be shown."""
    if row is None:
        return True
    sealed = row.conditions_open and row.direction == Direction.IN
    return row.state == PassageState.HELD and not sealed


def is_for_named(words: Mapping[str, Any] | None) -> bool:
    """Whether words, of ours or another's, are for named officers only (cases.md §17)."""
    handling = read_handling((words or {}).get("handling"))
    return handling is not None and handling.for_named_officers


def request_passage(node: Node, row: Case) -> Passage | None:
    """Return the passage of a case's request."""
    return rows.passage(node.alias, row.partner, row.thread)


def reply_passage(node: Node, row: Case) -> Passage | None:
    """Return the passage of a case's final reply."""
    return None if row.closing is None else rows.passage(node.alias, row.partner, row.closing)
