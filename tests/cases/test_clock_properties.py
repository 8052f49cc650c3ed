"""The clock: same inputs, same state; time only ever makes it worse."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.cases.calendars import calendars, pairs

from comity.core.agreement.timing import ExtensionRule
from comity.core.cases.clock import ClockState, Course, Turn, TurnKind, against_extension, read_clock
from comity.core.cases.counting import ClockRules, Counting
from comity.core.codes.marks import DelayGround

moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))
deadlines = st.sampled_from(
    [timedelta(hours=8), timedelta(hours=48), timedelta(days=3), timedelta(days=7), timedelta(days=45)]
)
turns = st.builds(
    Turn,
    at=moments,
    message=st.text("ab", min_size=1, max_size=3),
    kind=st.sampled_from(TurnKind),
    span=st.integers(-2, 20).map(lambda count: timedelta(days=count)),
    ground=st.sampled_from(DelayGround),
)
rules = st.builds(
    ClockRules,
    counting=st.builds(Counting, st.just(()) | pairs | calendars().map(lambda one: (one,))),
    extension=st.none()
    | st.builds(
        ExtensionRule, grounds=st.just(tuple(sorted(DelayGround))), longest=st.just(timedelta(days=30))
    ),
    stands_still=st.booleans(),
)
courses = st.builds(
    Course,
    deadline=deadlines,
    received_at=st.none() | moments,
    rejected=st.booleans(),
    recalled=st.booleans(),
    closing_sent_at=st.none() | moments,
    closing_received_at=st.none() | moments,
    refused=st.booleans(),
    rules=rules,
    turns=st.lists(turns, max_size=5, unique_by=lambda each: each.message).map(tuple),
)
NEVER = {ClockState.REJECTED, ClockState.RECALLED}
STOPPED = {ClockState.ANSWERED_IN_TIME, ClockState.ANSWERED_LATE, ClockState.REFUSED, *NEVER}


@given(courses, moments)
def test_same_receipts_same_clock(course: Course, now: datetime) -> None:
    """Two nodes that hold equal receipts, in whatever order they came, find the same."""
    assert read_clock(course, now) == read_clock(replace(course, turns=course.turns[::-1]), now)


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
    """And never less: turns only add."""
    found = read_clock(course, now)
    if found.state in {ClockState.WAITING, *NEVER}:
        assert found.deadline is None
        return
    assert course.received_at is not None
    least = course.rules.counting.end(course.received_at, course.deadline)
    assert found.deadline is not None
    assert found.deadline >= least
    if not course.turns:
        assert found.deadline == least


@given(courses, turns, moments)
def test_one_more_extension_never_shortens(course: Course, turn: Turn, now: datetime) -> None:
    last = max((each.at for each in course.turns), default=turn.at)
    more = replace(turn, kind=TurnKind.EXTENSION, at=max(last, turn.at), message="z")
    without, extended = read_clock(course, now), read_clock(replace(course, turns=(*course.turns, more)), now)
    if without.deadline is None:
        assert extended == without
        return
    assert extended.deadline is not None
    assert extended.deadline >= without.deadline
    assert without.late or not extended.late


@given(courses, turns, moments)
def test_an_extension_counts_where_nothing_stands_against_it(
    course: Course, turn: Turn, now: datetime
) -> None:
    """What the two nodes ask before they send or take a notice is what the clock then does."""
    at = max([turn.at, now, *(each.at for each in course.turns)])
    course = replace(course, closing_received_at=None)
    more = replace(turn, kind=TurnKind.EXTENSION, at=at, message="z")
    counts = against_extension(course, more.ground, more.span, at) is None
    before, after = read_clock(course, at), read_clock(replace(course, turns=(*course.turns, more)), at)
    assert after.extended - before.extended == (more.span if counts else timedelta(0))


@given(courses, moments)
def test_the_past_cannot_be_mended(course: Course, now: datetime) -> None:
    """A deadline that has passed stays passed, whatever comes later."""
    course = replace(course, closing_received_at=None)
    before = read_clock(course, now)
    if before.state is ClockState.OVERDUE:
        later = [Turn(now + timedelta(hours=1), "z", kind, timedelta(days=3)) for kind in TurnKind]
        after = read_clock(replace(course, turns=(*course.turns, *later)), now + timedelta(hours=2))
        assert after.state is ClockState.OVERDUE
        assert after.deadline == before.deadline


@given(deadlines, moments, st.integers(-60_000, 60_000))
def test_the_line_is_sharp(deadline: timedelta, received: datetime, off: int) -> None:
    stopped = received + deadline + timedelta(milliseconds=off)
    found = read_clock(
        Course(deadline, received, closing_sent_at=stopped, closing_received_at=stopped), stopped
    )
    assert found.state is (ClockState.ANSWERED_LATE if off > 0 else ClockState.ANSWERED_IN_TIME)
    assert found.late == (off > 0)
