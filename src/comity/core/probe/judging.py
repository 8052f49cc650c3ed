"""How sure it is that a record that opened is the person asked for: evidence by rule, a probability, a strength.

Implements docs/protocol/probe.md §8. Which rules opened tells how names, dates and places agree; the sketch of the record tells
whether what did not agree is unknown or another one, and how many records bear these names. The weights stand in
`judging_v1.toml`, fitted by `bench/fit_probe.py`; they are natural logarithms of odds.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Set
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from comity.core.probe.rules.profile import Field, Profile
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
    """What the query told: whether it knows a day of birth, a place, a parent."""

    day: bool
    place: bool
    parent: bool


@dataclass(frozen=True, slots=True)
class Weights:
    """See `judging_v1.toml`."""

    both: dict[str, dict[str, float]]
    place: float
    place_differs: float
    day_differs: float
    parent: float
    parent_differs: float
    number: float
    bearers: float
    bearers_otherwise: float
    candidates: float
    hit: float
    possible: float


@cache
def weights() -> Weights:
    """Return the frozen weights."""
    text = files("comity.core.probe").joinpath("judging_v1.toml").read_text(encoding="utf-8")
    return Weights(**tomllib.loads(text))


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


def evidence(
    found: Agreement,
    told: Told,
    sketch: Sketch | None = None,
    *,
    candidates: int,
    persons: int = FITTED_AT,
) -> float:
    """Return the evidence that the record is the person, in natural logarithms of odds.

    Args:
        found: from `agreement`.
        told: what the query knows.
        sketch: of the record; None before it is opened: then the best is assumed.
        candidates: records that some token opened, this one among them: the more there are, the more chance brings.
        persons: in the index; among fewer, chance meets fewer.
    """
    weight = weights()
    total = min(MOST_FOR_SIZE, math.log(FITTED_AT / max(1, persons))) if persons < FITTED_AT else 0.0
    total += weight.both[found.names.value][found.date.value]
    total -= weight.candidates * math.log2(candidates)
    total += weight.place * found.place + weight.parent * found.parent + weight.number * found.number
    if sketch is None:
        return total
    if told.day and sketch.day and found.date is not Date.FULL:
        total += weight.day_differs
    if told.place and sketch.place and not found.place:
        total += weight.place_differs
    if told.parent and sketch.parent and not found.parent:
        total += weight.parent_differs
    by_both = found.names in (Names.SPELLED, Names.BOTH)
    return total - (weight.bearers if by_both else weight.bearers_otherwise) * sketch.bearers


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
