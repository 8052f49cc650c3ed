"""Who is to be reminded of a case, by how much of its time has passed. Pure.

Implements docs/protocol/clocks.md §3. The declared parts of the time are the node's own: whom it reminds is no affair of
the partner's.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from comity.core.cases.clock import Clock


class Step(StrEnum):
    """Steps of a reminder, in order."""

    OWNER = "owner"
    SUBSTITUTE = "substitute"
    HEAD = "head"
    MISSED = "missed"


def steps_reached(clock: Clock, parts: Mapping[Step, float]) -> tuple[Step, ...]:
    """Return the steps that a clock has reached.

    Args:
        parts: of each step but the last, the part of the time after which it is reached, between 0 and 1.
    """
    if clock.answer_underway or (clock.spent is None and not clock.late):
        return ()
    spent = 1.0 if clock.spent is None else clock.spent
    found = [step for step in Step if step in parts and spent >= parts[step]]
    return (*found, Step.MISSED) if clock.late else tuple(found)
