"""The counters of a plan: pure, from what both nodes know of each request.

Implements docs/protocol/plan.md §3. Only times of receipts, wire grounds, purposes and whether a request rests on a hit
count; a true ground never does, and the order is indifferent. Source of the 45 days: the memorandum of 2016 as
reported by the press.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from comity.core.cases.statistics import Figures, Matter, Period, Split, count
from comity.core.codes.exchange import Purpose
from comity.core.instant import Instant
from comity.core.plan.model import Binding, CounterKind

IDENTIFICATION_TIME = timedelta(days=45)
HOUR = 3_600


@dataclass(frozen=True, slots=True)
class Exchanged:
    """One request under the agreement.

    Args:
        by_hit: whether it cites what a private search found.
        recalls: when recalls of what was said in its thread were received.
    """

    matter: Matter
    asked_by: str
    purpose: Purpose
    by_hit: bool
    recalls: tuple[Instant, ...] = ()


def tally(binding: Binding, every: Iterable[Exchanged], period: Period) -> int | None:
    """Return the value of a counter in a period; None where there is nothing to take a median of."""
    found = [
        each
        for each in every
        if binding.asked_by in (None, each.asked_by) and binding.purpose in (None, each.purpose)
    ]
    figures = count([each.matter for each in found], period)
    if binding.kind is CounterKind.HITS:
        return sum(each.by_hit and period.holds(each.matter.course.received_at) for each in found)
    if binding.kind is CounterKind.RECALLED:
        return sum(period.holds(moment) for each in found for moment in each.recalls)
    if binding.kind is CounterKind.IDENTIFIED:
        return sum(_identified(each, period) for each in found)
    return _of_figures(binding, figures)


def met(binding: Binding, value: int | None) -> bool | None:
    """Whether a counter is where the parties want it; None when they aim at nothing, or there is no value."""
    if value is None or (binding.least is None and binding.most is None):
        return None
    least = 0 if binding.least is None else binding.least
    return least <= value and (binding.most is None or value <= binding.most)


def _of_figures(binding: Binding, figures: Figures) -> int | None:
    if binding.kind is CounterKind.REFUSED:
        grounds = (
            figures.refused
            if binding.ground is None
            else {binding.ground: figures.refused.get(binding.ground, 0)}
        )
        return sum(grounds.values())
    if binding.kind is CounterKind.MEDIAN_HOURS:
        # Rounded up: a counter never flatters.
        return None if figures.median_seconds is None else -(-figures.median_seconds // HOUR)
    values = {
        CounterKind.REQUESTS: _both(figures.requests),
        CounterKind.ANSWERED: _both(figures.answered),
        CounterKind.LATE: _both(figures.late) + figures.refused_late,
        CounterKind.OVERDUE: figures.overdue,
    }
    return values[binding.kind]


def _both(split: Split) -> int:
    return split.urgent + split.ordinary


def _identified(each: Exchanged, period: Period) -> bool:
    """Whether a request to identify was answered, either way, within the time of the memorandum."""
    course = each.matter.course
    start, stop = course.received_at, course.closing_received_at
    if each.purpose is not Purpose.IDENTIFICATION or each.matter.ground is not None or not period.holds(stop):
        return False
    return start is not None and stop is not None and stop - start <= IDENTIFICATION_TIME


def tallied(
    bindings: Sequence[Binding], every: Sequence[Exchanged], period: Period
) -> tuple[int | None, ...]:
    """Return the values of several counters."""
    return tuple(tally(binding, every, period) for binding in bindings)
