"""The statistics of Directive (EU) 2023/977 Art. 18(2), from what both parties know. Pure.

Implements docs/protocol/clocks.md §4. Only times of receipts, urgencies, grounds on the wire and grounds of delays
count, so that both nodes find the same figures. A true ground never does: it is nobody's but its owner's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field

from comity.core.agreement.written import Frozen, Moment
from comity.core.cases.clock import ClockState, Course, read_clock
from comity.core.cases.delay import EXTENSION
from comity.core.codes.marks import DelayGround, RefusalGround, Urgency
from comity.core.faults import opened
from comity.core.instant import Instant
from comity.errors import InputError

STATISTICS = "statistics"
FINDING = "statistics-finding"
MOST = 1_000_000_000

Count = Annotated[int, Field(ge=0, le=MOST)]


def _counted(values: Mapping[Any, int]) -> Mapping[Any, int]:
    if not all(values.values()):
        raise ValueError("what did not happen is left out")
    return values


ByRefusal = Annotated[dict[RefusalGround, Count], AfterValidator(_counted)]
ByDelay = Annotated[dict[DelayGround, Count], AfterValidator(_counted)]


class Split(Frozen):
    """A number of requests, urgent ones apart (Art. 18(2)(b))."""

    urgent: Count = 0
    ordinary: Count = 0


class Figures(Frozen):
    """What became of the requests of one service to the other in a period.

    Args:
        requests: received in the period. answered: whose answer was received in it. late: of these, after the deadline.
        refused: whose refusal was received, by the ground on the wire. refused_late: of these, after the deadline.
        extended: notices of an extension received, by ground; for a judicial authorisation: Art. 18(2)(d).
        explained: reasons of a missed deadline received, by ground.
        overdue: open at the end of the period, after the deadline.
        median_seconds: between the receipt of the request and that of the answer or refusal; None without any.
    """

    requests: Split = Split()
    answered: Split = Split()
    late: Split = Split()
    refused: ByRefusal = {}
    refused_late: Count = 0
    extended: ByDelay = {}
    explained: ByDelay = {}
    overdue: Count = 0
    median_seconds: Count | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice of delay, at its receipt."""

    kind: str
    ground: DelayGround
    at: Instant


@dataclass(frozen=True, slots=True)
class Matter:
    """One request and what both nodes know of it.

    Args:
        ground: of the refusal, as it stood on the wire; None when there is none.
    """

    course: Course
    urgency: Urgency
    ground: RefusalGround | None
    notices: tuple[Notice, ...] = ()


class Period(Frozen):
    """From the first instant to the last, exclusive."""

    first: Moment
    before: Moment

    def holds(self, moment: Instant | None) -> bool:
        """Whether an instant lies in it."""
        return moment is not None and self.first <= moment < self.before


def days(first: date | None, last: date | None, today: date) -> Period:
    """Return the period from one day to another, both counted (UTC).

    Args:
        first, last: one that is left out is the first or last of the other's calendar year; without both, it is the
            last calendar year that is over.

    Raises:
        InputError: ``statistics.period``: beyond the last day that can be written.
    """
    year = (first or last or date(today.year - 1, 1, 1)).year
    begun, ended = first or date(year, 1, 1), last or date(year, 12, 31)
    if ended == date.max:
        raise InputError("statistics.period")
    midnight = time(0, tzinfo=UTC)
    return Period(
        first=datetime.combine(begun, midnight), before=datetime.combine(ended + timedelta(days=1), midnight)
    )


DUE = (3, 1)
"""Month and day by which the figures of a year are due (Directive (EU) 2023/977 Art. 18(1))."""


def year_of(year: int) -> Period:
    """Return the period of a calendar year (UTC).

    Raises:
        InputError: ``statistics.period``: there is no such year.
    """
    if not 1 < year < date.max.year:
        raise InputError("statistics.period")
    return days(date(year, 1, 1), date(year, 12, 31), date(year, 1, 1))


def due_of(year: int) -> date:
    """Return the last day on which the figures of a year are in time."""
    return date(year + 1, *DUE)


def added(figures: Iterable[Figures]) -> Figures:
    """Return the sum of figures of several agreements; a median of medians says nothing, so there is none."""
    every = tuple(figures)
    return Figures(
        requests=_joined([each.requests for each in every]),
        answered=_joined([each.answered for each in every]),
        late=_joined([each.late for each in every]),
        refused=_summed([each.refused for each in every]),
        refused_late=sum(each.refused_late for each in every),
        extended=_summed([each.extended for each in every]),
        explained=_summed([each.explained for each in every]),
        overdue=sum(each.overdue for each in every),
    )


def _joined(splits: list[Split]) -> Split:
    return Split(urgent=sum(each.urgent for each in splits), ordinary=sum(each.ordinary for each in splits))


def count(matters: Iterable[Matter], period: Period) -> Figures:
    """Return the figures of a period; the order of the matters is indifferent."""
    every = tuple(matters)
    closed = [each for each in every if period.holds(each.course.closing_received_at)]
    answered = [each for each in closed if each.ground is None]
    refused = [each for each in closed if each.ground is not None]
    notices = [notice for each in every for notice in each.notices if period.holds(notice.at)]
    extensions = [each.ground for each in notices if each.kind == EXTENSION]
    others = [each.ground for each in notices if each.kind != EXTENSION]
    return Figures(
        requests=_split([each for each in every if period.holds(each.course.received_at)]),
        answered=_split(answered),
        late=_split([each for each in answered if _late(each)]),
        refused=_tally([each.ground for each in refused if each.ground is not None]),
        refused_late=sum(map(_late, refused)),
        extended=_tally(extensions),
        explained=_tally(others),
        overdue=sum(read_clock(each.course, period.before).state is ClockState.OVERDUE for each in every),
        median_seconds=_median([_took(each) for each in closed]),
    )


def _late(matter: Matter) -> bool:
    stopped = matter.course.closing_received_at
    return stopped is not None and read_clock(matter.course, stopped).late


def _took(matter: Matter) -> int:
    start, stop = matter.course.received_at, matter.course.closing_received_at
    if start is None or stop is None:
        return 0
    return max(0, (stop - start) // timedelta(seconds=1))


def _split(matters: list[Matter]) -> Split:
    ordinary = sum(each.urgency is Urgency.ORDINARY for each in matters)
    return Split(urgent=len(matters) - ordinary, ordinary=ordinary)


G = TypeVar("G", RefusalGround, DelayGround)


def _tally(grounds: list[G]) -> dict[G, int]:
    return {ground: grounds.count(ground) for ground in sorted(set(grounds))}


def _summed(tallies: list[dict[G, int]]) -> dict[G, int]:
    found: dict[G, int] = {}
    for each in tallies:
        for ground, number in each.items():
            found[ground] = found.get(ground, 0) + number
    return dict(sorted(found.items()))


def _median(seconds: list[int]) -> int | None:
    """Return the median; of an even number of values, the lower of the two in the middle."""
    return sorted(seconds)[(len(seconds) - 1) // 2] if seconds else None


class StatementBody(Frozen):
    """Figures of an agreement and a period, by the service that asked."""

    agreement: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    period: Period
    figures: Annotated[dict[str, Figures], Field(min_length=2, max_length=2)]


class FindingBody(Frozen):
    """The other party's own figures on a statement: alike, it confirms it; otherwise it disputes it."""

    statement: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    figures: Annotated[dict[str, Figures], Field(min_length=2, max_length=2)]


B = TypeVar("B", StatementBody, FindingBody)


def open_statistics(model: type[B], body: Mapping[str, Any]) -> B:
    """Return the typed body of a verified message.

    Raises:
        PeerError: ``statistics.malformed``, naming the field.
    """
    return opened(model, body, "statistics.malformed")
