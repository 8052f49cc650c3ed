"""How the values of an agreement are written: instants, durations, days, sorted sets. One form for each value."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic import PlainSerializer as Written

from comity.core.instant import Instant, read_duration, read_instant, write_duration, write_instant
from comity.errors import PeerError


def _instant(value: Any) -> Any:
    return read_instant_or_fail(value) if isinstance(value, str) else value


def _duration(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return read_duration(value)
    except PeerError:
        raise ValueError("not a duration in days and hours") from None


def _day(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        found = date.fromisoformat(value)
    except ValueError:
        raise ValueError("not a day") from None
    if found.isoformat() != value:
        raise ValueError("not a day")
    return found


def read_instant_or_fail(text: str) -> Instant:
    """Return the instant, or raise ValueError so that a model reports the field."""
    try:
        return read_instant(text)
    except PeerError:
        raise ValueError("not an instant") from None


def ordered(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the values of a set.

    Raises:
        ValueError: they are not sorted, or one stands twice.
    """
    if list(values) != sorted(set(values)):
        raise ValueError("a set is written sorted and without repetition")
    return values


Moment = Annotated[Instant, BeforeValidator(_instant), Written(write_instant)]
Span = Annotated[timedelta, BeforeValidator(_duration), Written(write_duration)]
Day = Annotated[date, BeforeValidator(_day), Written(date.isoformat)]


class Frozen(BaseModel):
    """A part of the document: immutable, and without members that are not known."""

    model_config = ConfigDict(extra="forbid", frozen=True)
