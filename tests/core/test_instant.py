from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from comity.core.instant import end_of, floor_ms, read_duration, read_instant, write_duration, write_instant
from comity.errors import PeerError


def test_the_one_form() -> None:
    moment = datetime(2026, 11, 23, 21, 15, 0, 7_999, tzinfo=timezone(timedelta(hours=1)))
    assert write_instant(moment) == "2026-11-23T20:15:00.007Z"
    assert floor_ms(moment) == datetime(2026, 11, 23, 20, 15, 0, 7_000, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-23",
        "2026-11-23T20:15:00Z",
        "2026-11-23T20:15:00.00Z",
        "2026-11-23T20:15:00.0000Z",
        "2026-11-23T20:15:00.000+00:00",
        "2026-11-23t20:15:00.000z",
        "2026-11-23 20:15:00.000Z",
        "2026-13-23T20:15:00.000Z",
        "2026-02-29T20:15:00.000Z",
        "2026-11-23T24:00:00.000Z",
        "2026-11-23T20:15:60.000Z",
        "2026-11-23T20:15:00.000Z\n",
        "٢٠٢٦-11-23T20:15:00.000Z",
    ],
)
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(PeerError) as caught:
        read_instant(text)
    assert caught.value.code == "instant.malformed"


@pytest.mark.parametrize(
    ("text", "hours"),
    [("PT8H", 8), ("P3D", 72), ("P7D", 168), ("P45D", 1080), ("P1DT12H", 36), ("PT36H", 36)],
)
def test_durations_of_agreements(text: str, hours: int) -> None:
    assert read_duration(text) == timedelta(hours=hours)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "P0D",
        "PT0H",
        "P1W",
        "P1M",
        "PT30M",
        "P-1D",
        "P1.5D",
        "p1d",
        "P1D ",
        "P1DT",
        "P01D",
        "P٣D",
    ],
)
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(PeerError) as caught:
        read_duration(text)
    assert caught.value.code == "duration.malformed"


def test_shortest_form_is_written() -> None:
    assert write_duration(timedelta(hours=36)) == "P1DT12H"
    assert write_duration(timedelta(days=3)) == "P3D"
    assert write_duration(timedelta(hours=8)) == "PT8H"


def test_a_day_is_over_when_the_next_begins_and_the_last_one_has_an_end_too() -> None:
    assert write_instant(end_of(date(2026, 12, 31))) == "2027-01-01T00:00:00.000Z"
    assert write_instant(end_of(date.max)) == "9999-12-31T00:00:00.000Z"
