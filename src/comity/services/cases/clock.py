"""The clock of a case, from the receipts kept here. Implements docs/protocol/cases.md §4."""

from __future__ import annotations

from comity.core.cases.clock import Clock, Course
from comity.core.instant import Instant
from comity.errors import InputError, NodeError
from comity.services.clocks.course import clocks_at, course
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
    return clocks_at(node, [row], node.clock())[row.thread]


def course_of(node: Node, row: Case) -> Course:
    """Return what has happened to a case, as both nodes know it once the receipts are there."""
    return course(node, row)


def signed_at(node: Node, message: str) -> Instant:
    """Return the signed time of a message of ours: the partner counts by it, so we do.

    Raises:
        NodeError: ``case.message-missing`` (a damaged database).
    """
    row = status.message(node.alias, Direction.OUT, message)
    if row is None:
        raise NodeError("case.message-missing")
    return row.sent_at
