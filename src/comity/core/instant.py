"""Instants and durations: UTC to the millisecond on the wire, ISO 8601 durations of the agreement.

Source: RFC 3339 (profile: always ``Z``, always three decimals); ISO 8601 durations in days and hours only.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from comity.errors import PeerError

Instant = datetime
"""An aware datetime in UTC, whole milliseconds."""

_INSTANT = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$")
_LAST_OVER = date.max - timedelta(days=1)
_DURATION = re.compile(r"^P(?:(?P<days>[1-9]\d{0,4})D)?(?:T(?P<hours>[1-9]\d{0,4})H)?$")


def floor_ms(moment: datetime) -> Instant:
    """Return the moment in UTC, cut to whole milliseconds."""
    utc = moment.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


@lru_cache(maxsize=256)
def write_instant(moment: Instant) -> str:
    """Return ``2026-11-23T20:15:00.000Z``; what is finer than a millisecond is cut off."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


@lru_cache(maxsize=256)
def read_instant(text: str) -> Instant:
    """Parse the one form that `write_instant` writes.

    Raises:
        PeerError: ``instant.malformed``.
    """
    if not _INSTANT.fullmatch(text):
        raise PeerError("instant.malformed")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise PeerError("instant.malformed") from None


def end_of(day: date) -> Instant:
    """Return the instant at which a day (UTC) is over; of the last day that can be written, that at which it begins."""
    return datetime.combine(min(day, _LAST_OVER) + timedelta(days=1), time(0), tzinfo=UTC)


def read_duration(text: str) -> timedelta:
    """Parse ``PT8H``, ``P3D``, ``P1DT12H``.

    Raises:
        PeerError: ``duration.malformed``.
    """
    found = _DURATION.fullmatch(text)
    if found is None or not (found["days"] or found["hours"]):
        raise PeerError("duration.malformed")
    return timedelta(days=int(found["days"] or 0), hours=int(found["hours"] or 0))


def write_duration(span: timedelta) -> str:
    """Return the ISO 8601 form of a span of whole hours."""
    hours = int(span.total_seconds() // 3600)
    if hours < 1 or span != timedelta(hours=hours):
        raise ValueError("a duration is a positive number of whole hours")
    days, rest = divmod(hours, 24)
    return "P" + (f"{days}D" if days else "") + (f"T{rest}H" if rest else "")
