"""Who is to be reminded of a case, by how much of its time has passed. Pure.

Implements docs/protocol/clocks.md §3. The declared parts of the time are the node's own: whom it reminds is no affair of
the partner's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from comity.core.cases.clock import Clock
from comity.core.instant import Instant


class Step(StrEnum):
    """Steps of a reminder, in order."""

    OWNER = "owner"
    SUBSTITUTE = "substitute"
    HEAD = "head"
    MISSED = "missed"
    AGAIN = "again"
    CORE_OWNER = "core-owner"
    CORE_SUBSTITUTE = "core-substitute"
    CORE_HEAD = "core-head"
    CORE_MISSED = "core-missed"


CORE_STEPS = {
    Step.OWNER: Step.CORE_OWNER,
    Step.SUBSTITUTE: Step.CORE_SUBSTITUTE,
    Step.HEAD: Step.CORE_HEAD,
    Step.MISSED: Step.CORE_MISSED,
}
"""The step of the clock of core data (cases.md §4) that answers to one of the request's own clock."""

PLAIN = {core: step for step, core in CORE_STEPS.items()}
"""Of a step of the core data, whom it reaches: as this one of the request's own clock."""


def steps_reached(clock: Clock, parts: Mapping[Step, float]) -> tuple[Step, ...]:
    """Return the steps that a clock has reached.

    Args:
        parts: of each step but `MISSED`, the part of the time after which it is reached; above 1 it lies after the
            deadline. A step that is not named is not reached.
    """
    if clock.answer_underway or (clock.spent is None and not clock.late):
        return ()
    spent = 1.0 if clock.spent is None else clock.spent
    return tuple(step for step in Step if (clock.late if step is Step.MISSED else _spent(step, parts, spent)))


def core_steps_reached(clock: Clock, parts: Mapping[Step, float]) -> tuple[Step, ...]:
    """Return the steps that the clock of core data has reached, by the same parts of its time."""
    return tuple(CORE_STEPS[step] for step in steps_reached(clock, parts) if step in CORE_STEPS)


def days_over(deadline: Instant | None, now: Instant) -> int:
    """Return the whole days since a deadline, 0 before it; lists and reminders count alike."""
    return 0 if deadline is None or now <= deadline else (now - deadline) // timedelta(days=1)


def _spent(step: Step, parts: Mapping[Step, float], spent: float) -> bool:
    return step in parts and spent >= parts[step]
