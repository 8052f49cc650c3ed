"""How a clause counts the time to answer: working days, extensions, time that does not count.

Implements docs/protocol/agreement.md §11. A clause that says nothing counts elapsed time, is extended for a judicial
authorisation only (Directive (EU) 2023/977 Art. 5(2)), and stands still for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from comity.core.agreement.calendar import Calendar, common_week
from comity.core.agreement.written import Frozen, Span, ordered
from comity.core.codes.marks import DelayGround, Urgency
from comity.core.instant import Instant

DAY = timedelta(days=1)


class SuspendedBy(StrEnum):
    """What a clock may stand still for."""

    CLARIFICATION = "clarification"


class ExtensionRule(Frozen):
    """When the answering service may take more time.

    Args:
        grounds: for which of the closed list.
        longest: all extensions of one request together; in working days where the deadline counts in those.
    """

    grounds: Annotated[tuple[DelayGround, ...], Field(min_length=1), AfterValidator(ordered)]
    longest: Span


class Timing(Frozen):
    """The clock of a clause.

    Args:
        working: urgencies whose deadline counts working days; all others count elapsed time.
        calendars: names of the agreement's calendars; a day counts when it is a working day in each of them.
        extension: None: `STATUTORY`.
        suspended_by: while what stands here is awaited, time does not count.
    """

    working: Annotated[tuple[Urgency, ...], AfterValidator(ordered)] = ()
    calendars: Annotated[tuple[str, ...], AfterValidator(ordered)] = ()
    extension: ExtensionRule | None = None
    suspended_by: Annotated[tuple[SuspendedBy, ...], AfterValidator(ordered)] = ()


STATUTORY = ExtensionRule(grounds=(DelayGround.JUDICIAL_AUTHORISATION,), longest=timedelta(days=90))
"""Directive (EU) 2023/977 Art. 5(2): as long as a judicial authorisation needs. The 90 days are ours: some end must be."""


def check_timing(
    timing: Timing | None,
    deadlines: Mapping[Urgency, timedelta],
    calendars: Mapping[str, Calendar],
    valid_before: Instant | None,
) -> None:
    """Check that a clause's timing can be counted with the agreement's calendars.

    Raises:
        ValueError: a calendar that is not there, names nothing or ends before the agreement; hours where working days
            count; no day on which all parties work.
    """
    if timing is None:
        return
    if bool(timing.working) != bool(timing.calendars):
        raise ValueError("working days need calendars, and calendars working days")
    missing = [name for name in timing.calendars if name not in calendars]
    if missing:
        raise ValueError(f"no calendar {missing[0][:40]}")
    named = tuple(calendars[name] for name in timing.calendars)
    if not common_week(named):
        raise ValueError("the calendars leave no working day")
    last = None if valid_before is None else (valid_before - timedelta(milliseconds=1)).year
    if last is not None and any(each.last_year < last for each in named):
        raise ValueError("a calendar ends before the agreement")
    for urgency in timing.working:
        if deadlines.get(urgency, DAY) % DAY:
            raise ValueError("working days are whole days")
    extension = timing.extension
    if timing.working and extension is not None and extension.longest % DAY:
        raise ValueError("working days are whole days")
