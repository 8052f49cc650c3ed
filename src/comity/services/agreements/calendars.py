"""Draft a calendar for the source of an agreement: offsets of a time zone, weekend, civil public holidays.

Implements docs/protocol/agreement.md §11. What this proposes binds nobody: lawyers correct the list, both parties sign
it, and the signed list rules. Holidays come from the library `holidays`, offsets from the IANA tables of this machine.

Feasts that follow the moon are left out, for they are proclaimed by sighting: the library could only estimate them. What
is proclaimed later enters by a successor that both sign.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from dateutil.easter import easter

from comity.core.agreement.calendar import WEEK, Calendar, Offset, Weekday
from comity.core.instant import write_instant
from comity.errors import InputError

LONGEST = 20
"""Greatest number of years in one draft: what lies further ahead will not be as it is listed."""

_MINUTE = timedelta(minutes=1)
_STEP = timedelta(days=7)


def draft_calendar(country: str, zone: str, first_year: int, last_year: int) -> Calendar:
    """Return the calendar of a country, without feasts that follow the moon.

    Args:
        country: ISO 3166 code of two letters. zone: IANA name.
        first_year, last_year: at most twenty years.

    Raises:
        InputError: ``agreement.calendar`` naming what is wrong.
    """
    if not 2000 <= first_year <= last_year <= 2200 or last_year - first_year >= LONGEST:
        raise InputError("agreement.calendar", field="years", limit=LONGEST)
    if country.upper() not in holidays.list_supported_countries():
        raise InputError("agreement.calendar", field="country")
    try:
        rules = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError("agreement.calendar", field="zone") from None
    found = holidays.country_holidays(country.upper(), years=range(first_year - 1, last_year + 2))
    weekend = {WEEK[number] for number in found.weekend}
    return Calendar(
        zone=zone,
        offsets=_offsets(rules, first_year, last_year),
        weekend=tuple(sorted(weekend)),
        first_year=first_year,
        last_year=last_year,
        holidays=tuple(
            day
            for day in _civil(dict(found))
            if first_year <= day.year <= last_year and _on_a_workday(day, weekend)
        ),
    )


def source_lines(name: str, calendar: Calendar) -> list[str]:
    """Return the calendar as it is written in the source of an agreement (TOML)."""
    weekend = ", ".join(f'"{day}"' for day in calendar.weekend)
    lines = [
        f"[calendars.{name}]",
        f'zone = "{calendar.zone}"',
        f"first_year = {calendar.first_year}",
        f"last_year = {calendar.last_year}",
        f"weekend = [{weekend}]",
        "offsets = [",
        *(f"    {{ at = {write_instant(each.at)}, minutes = {each.minutes} }}," for each in calendar.offsets),
        "]",
        "holidays = [",
    ]
    for year in range(calendar.first_year, calendar.last_year + 1):
        days = [day.isoformat() for day in calendar.holidays if day.year == year]
        lines += [f"    {', '.join(days[at : at + 8])}," for at in range(0, len(days), 8)]
    return [*lines, "]"]


def _civil(known: Mapping[date, str]) -> list[date]:
    """Return the days that no moon moves.

    One of their names falls, the year before or after, on the same day of the civil year, or as far from Easter.
    """
    at = {(day.year, name, place) for day in known for name in _names(known, day) for place in _places(day)}
    return sorted(
        day
        for day in known
        if any(
            (year, name, place) in at
            for year in (day.year - 1, day.year + 1)
            for name in _names(known, day)
            for place in _places(day)
        )
    )


def _names(known: Mapping[date, str], day: date) -> list[str]:
    return known[day].split("; ")


def _places(day: date) -> tuple[tuple[int, int], int]:
    """Return where a day stands in its year: month and day; days after Easter."""
    return (day.month, day.day), (day - easter(day.year)).days


def _on_a_workday(day: date, weekend: set[Weekday]) -> bool:
    return WEEK[day.weekday()] not in weekend


def _offsets(rules: ZoneInfo, first_year: int, last_year: int) -> tuple[Offset, ...]:
    """Return the offset at the beginning and every change until the end, to the minute."""
    at, end = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year + 1, 1, 1, tzinfo=UTC)
    found = [Offset(at=at, minutes=_minutes(rules, at))]
    while at < end:
        then = min(at + _STEP, end)
        if _minutes(rules, then) != found[-1].minutes:
            moment = _change(rules, at, then)
            found.append(Offset(at=moment, minutes=_minutes(rules, moment)))
            then = moment
        at = then
    return tuple(each for each in found if each.at < end)


def _change(rules: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Return the minute at which the offset changes between two instants."""
    old = _minutes(rules, before)
    while after - before > _MINUTE:
        middle = before + (after - before) // 2
        middle = middle.replace(second=0, microsecond=0)
        if _minutes(rules, middle) == old:
            before = middle
        else:
            after = middle
    return after


def _minutes(rules: ZoneInfo, moment: datetime) -> int:
    offset = moment.astimezone(rules).utcoffset()
    return 0 if offset is None else int(offset / _MINUTE)
