"""How sure it is that a record that opened is the person asked for: evidence by rule, a probability, a strength.

Implements docs/protocol/probe.md §8. Which rules opened tells how names, dates and places agree; the sketch of the record tells
whether what did not agree is unknown or another one, how many records bear these names, and by a few bits whether town, parts
of the date and letters agree. The weights stand in `judging_v1.toml`, fitted by `bench/fit_probe.py`; they are natural
logarithms of odds.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from comity.core.probe.rules.profile import Field, Profile
from comity.core.probe.rules.traces import Traced
from comity.core.probe.sketch import Sketch

FITTED_AT = 1_000_000
"""Persons of the registers that the weights were fitted on."""

MOST_FOR_SIZE = 1.8
"""Evidence that a smaller register adds, at most."""


class Names(StrEnum):
    """How names agree."""

    SPELLED = "spelled"
    BOTH = "both"
    NEAR = "near"
    ONE = "one"
    NONE = "none"


class Date(StrEnum):
    """How dates of birth agree; `DAY`: day, month, and one of the last two digits of the year."""

    FULL = "full"
    MONTH = "month"
    YEAR = "year"
    DAY = "day"
    NONE = "none"


class Birth(StrEnum):
    """How much of a date of birth a query tells."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    NONE = "none"


TIERS = ("other", "half", "near", "close", "same")
"""Steps of how alike the letters of a name are, and from which likeness on."""

_LEAST = (0.5, 0.66, 0.8, 1.0)

PARTS = ("neither", "digit", "month", "both")
"""What agrees of two dates that differ: the last digit of the day, the month."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What opened says.

    Args:
        names, date: how they agree.
        place, parent, number: whether they agree.
    """

    names: Names
    date: Date
    place: bool = False
    parent: bool = False
    number: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What the query told: whether it knows a place, a parent, and how much of a date of birth (`day`, `month`, `year`)."""

    place: bool = False
    parent: bool = False
    birth: Birth = Birth.NONE

    @property
    def day(self) -> bool:
        """Tell whether the query knows a day of birth."""
        return self.birth is Birth.DAY


@dataclass(frozen=True, slots=True)
class Opened:
    """What only the record itself tells, once opened.

    Args:
        sketch: of the record.
        traced: how its traces agree with the query.
    """

    sketch: Sketch
    traced: Traced


@dataclass(frozen=True, slots=True)
class Weights:
    """See `judging_v1.toml`; `by`: weight of each figure, by its name."""

    hit: float
    possible: float
    by: Mapping[str, float]


@cache
def weights() -> Weights:
    """Return the frozen weights."""
    text = files("comity.core.probe").joinpath("judging_v1.toml").read_text(encoding="utf-8")
    return read_weights(text)


def read_weights(text: str) -> Weights:
    """Return the weights that a file holds: tables within tables, whose keys join to the name of a figure."""
    read = tomllib.loads(text)
    levels = read.pop("levels")
    return Weights(levels["hit"], levels["possible"], dict(_flat(read)))


def agreement(profile: Profile, opened: Set[str]) -> Agreement:
    """Return what the rules that opened a record say together."""
    fields = [profile.rule(rule).fields for rule in opened]
    every = frozenset[Field]().union(*fields)
    return Agreement(
        names=_names(opened, every),
        date=_date(fields, every),
        place=Field.PLACE in every,
        parent=Field.PARENT in every,
        number=Field.NUMBER in every,
    )


def figures(found: Agreement, told: Told, opened: Opened | None, candidates: int) -> dict[str, float]:
    """Return what is known of a record, each figure by the name that it has in `judging_v1.toml`.

    Args:
        found: from `agreement`.
        told: what the query knows.
        opened: None before the record is opened.
        candidates: records that some token opened, this one among them: the more there are, the more chance brings.
    """
    known = {
        f"agree.{found.names.value}.{found.date.value}": 1.0,
        f"told.{told.birth.value}": 1.0,
        "told.place": float(told.place),
        "place.agrees": float(found.place),
        "parent.agrees": float(found.parent),
        "number.agrees": float(found.number),
        "candidates": math.log2(candidates),
    }
    return known if opened is None else known | _of_opened(found, told, opened)


def evidence(
    found: Agreement,
    told: Told,
    opened: Opened | None = None,
    *,
    candidates: int,
    persons: int = FITTED_AT,
) -> float:
    """Return the evidence that the record is the person, in natural logarithms of odds.

    Args:
        found: from `agreement`.
        told: what the query knows.
        opened: what the record tells; None before it is opened.
        candidates: as in `figures`.
        persons: in the index; among fewer, chance meets fewer.
    """
    by = weights().by
    total = min(MOST_FOR_SIZE, math.log(FITTED_AT / max(1, persons))) if persons < FITTED_AT else 0.0
    known = figures(found, told, opened, candidates)
    total += sum(by.get(name, 0.0) * value for name, value in known.items())
    return total


@cache
def most(found: Agreement, told: Told) -> float:
    """Return the most that opening a record can add."""
    by = weights().by
    groups = [
        [f"letters.{_group(found.names)}.{tier}" for tier in TIERS],
        [f"better.{tier}" for tier in TIERS],
    ]
    if told.place:
        groups.append([f"town.{found.date.value}", "town.differs"])
    if told.day and found.date is not Date.FULL:
        groups.append([f"part.{part}" for part in PARTS])
    return sum(max(by.get(name, 0.0) for name in group) for group in groups)


def _of_opened(found: Agreement, told: Told, opened: Opened) -> dict[str, float]:
    sketch, traced = opened.sketch, opened.traced
    by_both = found.names in (Names.SPELLED, Names.BOTH)
    known = {
        "day.differs": float(told.day and sketch.day and found.date is not Date.FULL),
        "place.differs": float(told.place and sketch.place and not found.place),
        "parent.differs": float(told.parent and sketch.parent and not found.parent),
        "bearers.of-both" if by_both else "bearers.otherwise": float(sketch.bearers),
        f"letters.{_group(found.names)}.{tier(traced.worse)}": 1.0,
        f"better.{tier(traced.better)}": 1.0,
    }
    if traced.town is not None:
        known[f"town.{found.date.value}" if traced.town else "town.differs"] = 1.0
    if traced.month is not None and traced.day is not None and found.date is not Date.FULL:
        known[f"part.{PARTS[2 * traced.month + traced.day]}"] = 1.0
    return known


def tier(alike: float) -> str:
    """Return the step of a likeness of letters, 0 to 1."""
    return TIERS[sum(alike >= least for least in _LEAST)]


def _group(names: Names) -> str:
    return Names.ONE.value if names is Names.NONE else names.value


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, float]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield before + name, float(value)


def probability(evidence_: float) -> float:
    """Return the probability that goes with evidence, for searches of which one in ten asks for somebody registered."""
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, evidence_))))


def _names(opened: Set[str], every: Set[Field]) -> Names:
    if any(rule.startswith("spelled-") and rule != "spelled-date-place" for rule in opened):
        return Names.SPELLED
    if Field.OTHER_NAME in every:
        return Names.BOTH
    if Field.OTHER_LETTERS in every:
        return Names.NEAR
    return Names.ONE if Field.NAME in every else Names.NONE


def _date(fields: list[frozenset[Field]], every: Set[Field]) -> Date:
    if {Field.YEAR, Field.DAY_MONTH} <= every or {Field.DECADE, Field.YEAR_DIGIT} <= every:
        return Date.FULL
    if Field.MONTH in every:
        return Date.MONTH
    if Field.YEAR in every:
        return Date.YEAR
    return Date.DAY if Field.DAY_MONTH in every else Date.NONE
