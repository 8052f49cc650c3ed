from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core.instant import floor_ms, read_duration, read_instant, write_duration, write_instant
from comity.errors import PeerError

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30), timezones=ZONES)
HOURS = st.integers(1, 99_999 * 24).map(lambda hours: timedelta(hours=hours))


@given(MOMENTS)
def test_instant_round_trip(moment: datetime) -> None:
    text = write_instant(moment)
    again = read_instant(text)
    assert again == floor_ms(moment)
    assert again.tzinfo is UTC
    assert write_instant(again) == text
    assert timedelta(0) <= moment - again < timedelta(milliseconds=1)


@given(MOMENTS, MOMENTS)
def test_text_sorts_as_time(first: datetime, second: datetime) -> None:
    assert (write_instant(first) < write_instant(second)) == (floor_ms(first) < floor_ms(second))


@given(MOMENTS, st.data())
def test_altered_instant_never_reads_as_the_same(moment: datetime, draw: st.DataObject) -> None:
    text = write_instant(moment)
    at = draw.draw(st.integers(0, len(text) - 1))
    changed = text[:at] + draw.draw(st.characters().filter(lambda one: one != text[at])) + text[at + 1 :]
    try:
        again = read_instant(changed)
    except PeerError as error:
        assert error.code == "instant.malformed"
    else:
        assert write_instant(again) == changed


@given(HOURS)
def test_duration_round_trip(span: timedelta) -> None:
    assert read_duration(write_duration(span)) == span


@given(st.text("PTDH0123456789-+.", max_size=10))
def test_duration_is_read_or_refused(text: str) -> None:
    try:
        span = read_duration(text)
    except PeerError as error:
        assert error.code == "duration.malformed"
    else:
        assert span > timedelta(0)


@given(
    st.timedeltas(timedelta(days=-9), timedelta(days=9)).filter(
        lambda span: span <= timedelta(0) or span % timedelta(hours=1)
    )
)
def test_only_whole_positive_hours_are_written(span: timedelta) -> None:
    with pytest.raises(ValueError, match="whole hours"):
        write_duration(span)
