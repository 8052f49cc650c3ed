"""When a request of a person is due, when its answer leaves, when a breach must be told.

The answer leaves at a fixed time that follows from the receipt alone: neither what is held nor how long somebody thought
about it shows in the date. Source: LED Art. 12(3)-(4) (one month, as national laws count it), 30(1) (72 hours).
"""

from __future__ import annotations

import calendar
from datetime import timedelta

from comity.core.instant import Instant

RELEASE_AFTER = timedelta(days=21)
"""After the receipt, an answer that was decided by then leaves."""

LATE_SLOT = timedelta(days=7)
"""An answer that was decided after the month leaves at the next of these, counted from the due time."""

BREACH_WITHIN = timedelta(hours=72)
"""From becoming aware to the notice to the authority and to the partner's controller (LED Art. 30(1), (6))."""


def due_at(received: Instant) -> Instant:
    """Return the same time one month later; the last day of a month that has no such day."""
    year, month = received.year + received.month // 12, received.month % 12 + 1
    day = min(received.day, calendar.monthrange(year, month)[1])
    return received.replace(year=year, month=month, day=day)


def release_at(received: Instant, decided: Instant) -> Instant:
    """Return when the answer to a request leaves: 21 days after the receipt, else when it is due, else weekly after it."""
    first, due = received + RELEASE_AFTER, due_at(received)
    if decided <= first:
        return first
    if decided <= due:
        return due
    return due + LATE_SLOT * (-((due - decided) // LATE_SLOT))


def breach_due_at(aware: Instant) -> Instant:
    """Return until when a breach is told, from the moment in which the controller became aware of it."""
    return aware + BREACH_WITHIN
