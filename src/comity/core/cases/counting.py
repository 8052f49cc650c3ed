"""When a time to answer ends: elapsed time, or the working days of both parties' calendars. Pure and total.

Implements docs/protocol/cases.md §4. Source: Directive (EU) 2023/977 Art. 5(1) (hours and calendar days, from receipt);
Regulation (EEC, Euratom) No 1182/71 Art. 3 for working days: the day of the receipt does not count, and the last day
counts to its end.

Properties tested: a further holiday, a further calendar or a longer span never ends the time earlier.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from comity.core.agreement.calendar import DAY, Calendar, common_week
from comity.core.agreement.model import Agreement, Clause
from comity.core.agreement.timing import STATUTORY, ExtensionRule, Timing
from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Urgency
from comity.core.instant import Instant


@dataclass(frozen=True, slots=True)
class Counting:
    """By which calendars days count; none: every day, in elapsed time.

    Raises:
        ValueError: the calendars leave no working day.
    """

    calendars: tuple[Calendar, ...] = ()

    def __post_init__(self) -> None:
        if not common_week(self.calendars):
            raise ValueError("the calendars leave no working day")

    def end(self, start: Instant, span: timedelta, stood_still: timedelta = timedelta(0)) -> Instant:
        """Return when a span that began at an instant ends.

        Args:
            span: not negative; where working days count, whole days.
            stood_still: how long the clock did not run in between; where working days count, the rest of the day on
                which it would then end is given too.
        """
        if not self.calendars:
            return start + span + stood_still
        day = max(calendar.day_of(start) for calendar in self.calendars)
        left = -(-span // DAY)
        while left > 0:
            day += DAY
            left -= self._works(day)
        ended = self._end_of(day)
        return ended if not stood_still else self._completed(ended + stood_still)

    def whole(self, span: timedelta) -> bool:
        """Whether a span can be counted: where working days count, it is in whole days."""
        return not self.calendars or not span % DAY

    def beyond(self, moment: Instant | None) -> bool:
        """Whether an instant lies after the last year for which a calendar lists holidays and offsets."""
        if moment is None:
            return False
        return any(calendar.day_of(moment).year > calendar.last_year for calendar in self.calendars)

    def _works(self, day: date) -> bool:
        return all(calendar.works(day) for calendar in self.calendars)

    def _end_of(self, day: date) -> Instant:
        return max(calendar.end_of(day) for calendar in self.calendars)

    def _completed(self, moment: Instant) -> Instant:
        """Return the end of the first working day that has not ended before an instant."""
        day = min(calendar.day_of(moment) for calendar in self.calendars) - DAY
        while not self._works(day) or self._end_of(day) < moment:
            day += DAY
        return self._end_of(day)


ELAPSED = Counting()


@dataclass(frozen=True, slots=True)
class ClockRules:
    """How the clock of a request is read.

    Args:
        extension: when it may be extended; None: never.
        stands_still: whether time does not count while a clarification is awaited.
    """

    counting: Counting = ELAPSED
    extension: ExtensionRule | None = STATUTORY
    stands_still: bool = False


def clock_rules(agreement: Agreement, clause: Clause, urgency: Urgency) -> ClockRules:
    """Return the rules by which both parties' nodes read the clock of a request.

    The statutory extension is of the directive on police information: a clause of another regime has those that it
    names.
    """
    timing = clause.timing or Timing()
    statutory = STATUTORY if agreement.regime is Regime.POLICE else None
    named = tuple((agreement.calendars or {})[name] for name in timing.calendars)
    return ClockRules(
        counting=Counting(named if urgency in timing.working else ()),
        extension=timing.extension or statutory,
        stands_still=bool(timing.suspended_by),
    )
