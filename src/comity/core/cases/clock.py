"""The clock of a request: pure, from the receipts that both nodes hold.

Implements docs/protocol/cases.md §4. Rules:
    - it starts when the partner's node received the request, as its receipt says (Directive (EU) 2023/977 Art. 5);
    - it stops when the requester's node received the reply or the refusal, as its receipt says;
    - so both nodes, which hold both receipts, compute the same state at the same instant;
    - an answer that was sent in time and received late stays late, and shows that it was sent in time: only a receipt
      proves delivery, and only the sending is in the answerer's hands.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from comity.core.instant import Instant

SOON = 0.25
"""A clock is due soon when at most this part of its time is left."""


class ClockState(StrEnum):
    """Where a request stands in time."""

    WAITING = "waiting"
    OPEN = "open"
    DUE_SOON = "due-soon"
    OVERDUE = "overdue"
    ANSWERED_IN_TIME = "answered-in-time"
    ANSWERED_LATE = "answered-late"
    REFUSED = "refused"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Course:
    """What has happened to a request so far.

    Args:
        deadline: time to answer, by clause and urgency.
        received_at: receipt time of the request; None while no receipt has come.
        rejected: the partner's node refused the request, or it never arrived.
        closing_sent_at: signed time of the reply or refusal; None while there is none.
        closing_received_at: receipt time of the reply or refusal.
        refused: whether it is a refusal.
    """

    deadline: timedelta
    received_at: Instant | None
    rejected: bool = False
    closing_sent_at: Instant | None = None
    closing_received_at: Instant | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock as it stands at an instant.

    Args:
        deadline: instant by which the answer is due; None before the request's receipt.
        left: time left, negative when overdue; None once it has stopped or before it starts.
        late: whether the deadline was missed, also by a refusal.
        sent_in_time: whether the answer was signed before the deadline; None while there is none.
        answer_underway: an answer was sent and its receipt has not come yet.
    """

    state: ClockState
    deadline: Instant | None
    left: timedelta | None
    late: bool
    sent_in_time: bool | None
    answer_underway: bool


def read_clock(course: Course, now: Instant) -> Clock:
    """Return the clock of a request at an instant."""
    # 1. Before the receipt there is no clock.
    if course.rejected:
        return Clock(ClockState.REJECTED, None, None, False, None, False)
    if course.received_at is None:
        return Clock(ClockState.WAITING, None, None, False, None, False)
    due = course.received_at + course.deadline
    sent_in_time = None if course.closing_sent_at is None else course.closing_sent_at <= due
    # 2. The receipt of the answer stops it.
    stopped = course.closing_received_at
    if stopped is not None and stopped <= now:
        late = stopped > due
        answered = ClockState.ANSWERED_LATE if late else ClockState.ANSWERED_IN_TIME
        return Clock(ClockState.REFUSED if course.refused else answered, due, None, late, sent_in_time, False)
    # 3. It runs.
    left = due - now
    if now > due:
        state = ClockState.OVERDUE
    else:
        state = ClockState.DUE_SOON if left <= course.deadline * SOON else ClockState.OPEN
    return Clock(state, due, left, now > due, sent_in_time, course.closing_sent_at is not None)
