"""The clock: same inputs, same state; time only ever makes it worse."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from comity.core.cases.clock import ClockState, Course, read_clock

moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))
deadlines = st.sampled_from([timedelta(hours=8), timedelta(days=3), timedelta(days=7), timedelta(days=45)])
courses = st.builds(
    Course,
    deadline=deadlines,
    received_at=st.none() | moments,
    rejected=st.booleans(),
    closing_sent_at=st.none() | moments,
    closing_received_at=st.none() | moments,
    refused=st.booleans(),
)
STOPPED = {ClockState.ANSWERED_IN_TIME, ClockState.ANSWERED_LATE, ClockState.REFUSED, ClockState.REJECTED}


@given(courses, moments)
def test_same_receipts_same_clock(course: Course, now: datetime) -> None:
    """Two nodes that hold equal receipts, each with its own objects, find the same."""
    assert read_clock(course, now) == read_clock(replace(course), now)


@given(courses, moments, st.timedeltas(timedelta(0), timedelta(days=60)))
def test_it_never_gets_better_by_waiting(course: Course, now: datetime, later: timedelta) -> None:
    order = [ClockState.OPEN, ClockState.DUE_SOON, ClockState.OVERDUE]
    first, then = read_clock(course, now), read_clock(course, now + later)
    if first.state in STOPPED:
        assert then.state is first.state
    if first.state in order and then.state in order:
        assert order.index(then.state) >= order.index(first.state)
    if first.late:
        assert then.late or then.state not in order


@given(courses, moments)
def test_the_deadline_is_receipt_plus_clause(course: Course, now: datetime) -> None:
    found = read_clock(course, now)
    if found.state in {ClockState.WAITING, ClockState.REJECTED}:
        assert found.deadline is None
        return
    assert course.received_at is not None
    assert found.deadline == course.received_at + course.deadline


@given(deadlines, moments, st.integers(-60_000, 60_000))
def test_the_line_is_sharp(deadline: timedelta, received: datetime, off: int) -> None:
    stopped = received + deadline + timedelta(milliseconds=off)
    found = read_clock(
        Course(deadline, received, closing_sent_at=stopped, closing_received_at=stopped), stopped
    )
    assert found.state is (ClockState.ANSWERED_LATE if off > 0 else ClockState.ANSWERED_IN_TIME)
    assert found.late == (off > 0)
