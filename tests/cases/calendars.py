"""Calendars for the tests: Brussels and Casablanca as the shipped plan has them, and any that Hypothesis draws."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st
from tests.agreement.samples import shipped

from comity.core.agreement.calendar import WEEK, Calendar, Offset, common_week

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
days = st.dates(FIRST, LAST)


def shipped_calendars() -> tuple[Calendar, Calendar]:
    """Return the calendars of the plan 2025-2026: Belgium, Morocco."""
    found = shipped("plan_2025").calendars
    assert found is not None
    return found["be"], found["ma"]


def make(
    weekend: frozenset[str] = frozenset({"saturday", "sunday"}),
    holidays: frozenset[date] = frozenset(),
    changes: dict[datetime, int] | None = None,
    first: int = 0,
) -> Calendar:
    """Return a calendar of 2026 in UTC, unless offsets are given."""
    moments = {datetime(2026, 1, 1, tzinfo=UTC): first, **(changes or {})}
    return Calendar(
        zone="Etc/UTC",
        offsets=tuple(Offset(at=at, minutes=minutes) for at, minutes in sorted(moments.items())),
        weekend=tuple(day for day in sorted(WEEK) if day in weekend),
        first_year=2026,
        last_year=2026,
        holidays=tuple(sorted(holidays)),
    )


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Draw a calendar: any weekend, up to forty holidays, up to four changes of the clocks."""
    moments = st.datetimes(datetime(2026, 1, 2), datetime(2026, 12, 30), timezones=st.just(UTC))
    whole = moments.map(lambda moment: moment.replace(microsecond=0))
    middle = draw(st.sampled_from([-600, 0, 60, 330, 780]))
    return make(
        draw(st.frozensets(st.sampled_from(WEEK), max_size=3)),
        draw(st.frozensets(days, max_size=40)),
        draw(st.dictionaries(whole, st.sampled_from([middle, middle + 60]), max_size=4)),
        middle,
    )


pairs = st.tuples(calendars(), calendars()).filter(lambda both: bool(common_week(both)))
moments = st.datetimes(datetime(2025, 12, 1), datetime(2027, 2, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)
spans = st.integers(0, 60).map(lambda count: timedelta(days=count))
