"""The clock of a case, from the receipts kept here. Implements docs/protocol/cases.md §4."""

from __future__ import annotations

from datetime import timedelta

from comity.core.cases.clock import Clock, Course, read_clock
from comity.core.instant import Instant
from comity.errors import InputError, NodeError
from comity.services.context import Node
from comity.storage import cases as rows
from comity.storage.exchange import status
from comity.storage.models.cases import Case
from comity.storage.models.exchange import Direction


def clock(node: Node, thread: str) -> Clock:
    """Return the clock of a thread now.

    Raises:
        InputError: ``case.unknown``.
    """
    row = rows.find_case(node.alias, thread)
    if row is None:
        raise InputError("case.unknown")
    return clock_of(node, row)


def clock_of(node: Node, row: Case) -> Clock:
    """Return the clock of a stored case now."""
    return read_clock(course_of(row), node.clock())


def course_of(row: Case) -> Course:
    """Return what has happened to a case, as both nodes know it once the receipts are there."""
    return Course(
        deadline=timedelta(hours=row.deadline_hours),
        received_at=row.received_at,
        rejected=row.rejected is not None,
        closing_sent_at=row.closing_sent_at,
        closing_received_at=row.closing_received_at,
        refused=row.ground is not None,
    )


def signed_at(node: Node, message: str) -> Instant:
    """Return the signed time of a message of ours: the partner counts by it, so we do.

    Raises:
        NodeError: ``case.message-missing`` (a damaged database).
    """
    row = status.message(node.alias, Direction.OUT, message)
    if row is None:
        raise NodeError("case.message-missing")
    return row.sent_at
