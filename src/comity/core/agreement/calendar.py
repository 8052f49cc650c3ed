"""The calendars that an agreement carries: which days count, and when a day ends, for both nodes alike.

Implements docs/protocol/agreement.md §11. Rules:
    - what counts is what both have signed: the listed holidays and the listed offsets from UTC. A node looks up neither
      a table of time zones nor a list of holidays when it counts, for two machines may hold two editions of either;
    - a day counts when it is a working day in every calendar that the clause names;
    - it has ended when it has ended in each of them;
    - after its last year a calendar holds its weekends and its last offset only.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from comity.core.agreement.written import Day, Frozen, Moment, ordered
from comity.core.instant import Instant

MAX_HOLIDAYS = 1_000
MAX_OFFSETS = 200
DAY = timedelta(days=1)
WIDEST = 180
"""Greatest difference, in minutes, between the offsets of one calendar: no zone of today moves by more."""


class Weekday(StrEnum):
    """Days of the week, Monday first."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


WEEK = tuple(Weekday)


class Offset(Frozen):
    """From an instant on, local time is so many minutes ahead of UTC."""

    at: Moment
    minutes: Annotated[int, Field(ge=-14 * 60, le=14 * 60)]


class Calendar(Frozen):
    """Weekend, holidays and local time of one party.

    Args:
        zone: name of the time zone (IANA) from which the offsets were taken; for people, nothing is looked up by it.
        offsets: in order; the first also holds for all time before it.
        weekend: days of the week on which nobody works, at most six.
        first_year, last_year: years for which holidays and offsets were listed.
        holidays: further days on which nobody works, in order.
    """

    zone: Annotated[str, Field(pattern=r"^[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+){0,2}$", max_length=64)]
    offsets: Annotated[tuple[Offset, ...], Field(min_length=1, max_length=MAX_OFFSETS)]
    weekend: Annotated[tuple[Weekday, ...], Field(max_length=6), AfterValidator(ordered)]
    first_year: Annotated[int, Field(ge=2000, le=2200)]
    last_year: Annotated[int, Field(ge=2000, le=2200)]
    holidays: Annotated[tuple[Day, ...], Field(max_length=MAX_HOLIDAYS), AfterValidator(ordered)]

    @model_validator(mode="after")
    def _check(self) -> Calendar:
        if self.last_year < self.first_year:
            raise ValueError("a calendar ends before it begins")
        moments = [offset.at for offset in self.offsets]
        if moments != sorted(set(moments)):
            raise ValueError("offsets are sorted and at different instants")
        minutes = [offset.minutes for offset in self.offsets]
        if max(minutes) - min(minutes) > WIDEST:
            raise ValueError("offsets lie too far apart")
        if any(not self.first_year <= day.year <= self.last_year for day in self.holidays):
            raise ValueError("a holiday outside the years of its calendar")
        return self

    def works(self, day: date) -> bool:
        """Whether a day is a working day."""
        return WEEK[day.weekday()] not in self.weekend and day not in self.holidays

    def day_of(self, moment: Instant) -> date:
        """Return the local day on which an instant falls."""
        return (moment + self._offset(moment)).astimezone(UTC).date()

    def end_of(self, day: date) -> Instant:
        """Return the first instant after a local day.

        Where local midnight comes twice, the later one; where clocks leap over it, the later reading.
        """
        midnight = datetime.combine(day + DAY, time(0), UTC)
        found = {midnight - timedelta(minutes=offset.minutes) for offset in self.offsets}
        exact = [moment for moment in found if moment + self._offset(moment) == midnight]
        return max(exact or found)

    def _offset(self, moment: Instant) -> timedelta:
        minutes = self.offsets[0].minutes
        for offset in self.offsets:
            if offset.at > moment:
                break
            minutes = offset.minutes
        return timedelta(minutes=minutes)


def common_week(calendars: tuple[Calendar, ...]) -> frozenset[Weekday]:
    """Return the days of the week on which all parties work."""
    return frozenset(day for day in WEEK if not any(day in calendar.weekend for calendar in calendars))
