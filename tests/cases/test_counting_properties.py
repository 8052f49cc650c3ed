"""Counted time: total, the same for both, never shorter for more holidays, more calendars or a longer span."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.cases.calendars import calendars, days, moments, pairs, spans

from comity.core.agreement.calendar import Calendar, common_week
from comity.core.cases.counting import Counting

still = st.timedeltas(timedelta(0), timedelta(days=20))


def with_holidays(calendar: Calendar, more: frozenset[date]) -> Calendar:
    return calendar.model_copy(update={"holidays": tuple(sorted(frozenset(calendar.holidays) | more))})


@given(pairs, moments, spans, still)
def test_whoever_counts_finds_the_same(
    both: tuple[Calendar, Calendar], start: datetime, span: timedelta, stood: timedelta
) -> None:
    """In either order, and with calendars that were written and read again."""
    here = Counting(both)
    there = Counting(tuple(Calendar.model_validate(each.model_dump(mode="json")) for each in reversed(both)))
    assert here.end(start, span, stood) == there.end(start, span, stood)


@given(pairs, st.frozensets(days, max_size=20), moments, spans, still)
def test_more_holidays_never_shorten(
    both: tuple[Calendar, Calendar],
    more: frozenset[date],
    start: datetime,
    span: timedelta,
    stood: timedelta,
) -> None:
    fewer, further = Counting(both), Counting((with_holidays(both[0], more), both[1]))
    assert further.end(start, span, stood) >= fewer.end(start, span, stood)


@given(pairs, moments, spans, still)
def test_another_calendar_never_shortens(
    both: tuple[Calendar, Calendar], start: datetime, span: timedelta, stood: timedelta
) -> None:
    assert Counting(both).end(start, span, stood) >= Counting(both[:1]).end(start, span, stood)


@given(pairs, moments, spans, spans, still, still)
def test_more_time_never_shortens(
    both: tuple[Calendar, Calendar],
    start: datetime,
    span: timedelta,
    more: timedelta,
    stood: timedelta,
    longer: timedelta,
) -> None:
    counting = Counting(both)
    assert counting.end(start, span + more, stood + longer) >= counting.end(start, span, stood)


@given(pairs, moments, st.integers(1, 60))
def test_it_ends_with_a_day_on_which_all_work(
    both: tuple[Calendar, Calendar], start: datetime, count: int
) -> None:
    end = Counting(both).end(start, timedelta(days=count))
    assert end > start
    last = min(each.day_of(end - timedelta(milliseconds=1)) for each in both)
    assert all(each.works(last) for each in both)
    assert end - start >= timedelta(days=count)


@given(calendars(), st.dates(date(2025, 12, 25), date(2027, 1, 10)), moments)
def test_a_day_ends_once_and_after_the_day_before(calendar: Calendar, day: date, moment: datetime) -> None:
    end = calendar.end_of(day)
    assert calendar.end_of(day - timedelta(days=1)) < end
    assert calendar.end_of(calendar.day_of(moment)) > moment or calendar.day_of(moment) < day
    assert common_week((calendar,))
