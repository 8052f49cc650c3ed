"""The compiled comparison of a question with its candidates: births, sex, nationality, numbers, further columns."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.core.match.names.kernel import compiled
from comity.core.match.records.dates import MISSING, agreement
from comity.core.match.register.weights import DAMAGED, DIFFERENT, SAME, SILENT

Numbers = NDArray[np.int64]

BIRTH, SEX, NATIONALITY, NUMBER, FURTHER_SAME, FURTHER_DIFFERENT, GIVEN = range(7)
"""Columns of the levels: numbers of agreements; of further columns, what those that agree weigh, and what those that differ
weigh against, in tenths of a natural logarithm; whether the sex that given names tell fits."""

LEVELS: Final = 7


DAMAGE: Final = np.int64(1 << 60)
"""Bit of a number whose check digits are wrong, above those of its digest."""


class Columns(NamedTuple):
    """What is compared of every record; each pair is bounds and values of rows, `sexes` and `named` are one entry a record."""

    birth_bounds: Numbers
    births: NDArray[np.int32]
    sexes: NDArray[np.int8]
    named: NDArray[np.int8]
    nationality_bounds: Numbers
    nationalities: NDArray[np.int32]
    number_bounds: Numbers
    numbers: Numbers
    further_bounds: Numbers
    further: Numbers


class Asked(NamedTuple):
    """The same of the question; of each further column, then of their first words, what it weighs that they are shared, and
    what it weighs that values differ, as in the levels."""

    births: NDArray[np.int32]
    sex: int
    named: int
    nationalities: NDArray[np.int32]
    numbers: Numbers
    further: Numbers
    evidence: NDArray[np.int16]
    against: NDArray[np.int16]


@compiled
def compare(
    candidates: NDArray[np.int32], held: Columns, asked: Asked, birth_weights: NDArray[np.float64]
) -> NDArray[np.int16]:
    """Return the levels of each candidate, shape (candidates, LEVELS).

    Of several dates of birth the two that weigh most are taken; of several nationalities one shared is enough.
    """
    found = np.zeros((candidates.shape[0], LEVELS), dtype=np.int16)
    for place in range(candidates.shape[0]):
        one = candidates[place]
        births = held.births[held.birth_bounds[one] : held.birth_bounds[one + 1]]
        found[place, BIRTH] = _births(births, asked.births, birth_weights)
        sex = held.sexes[one]
        silent = sex == 0 or asked.sex == 0
        found[place, SEX] = SILENT if silent else (SAME if sex == asked.sex else DIFFERENT)
        found[place, GIVEN] = _given(sex, held.named[one], asked.sex, asked.named)
        nationalities = held.nationalities[held.nationality_bounds[one] : held.nationality_bounds[one + 1]]
        found[place, NATIONALITY] = _shared(nationalities, asked.nationalities)
        numbers = held.numbers[held.number_bounds[one] : held.number_bounds[one + 1]]
        found[place, NUMBER] = _numbers(numbers, asked.numbers)
        further = held.further[held.further_bounds[one] : held.further_bounds[one + 1]]
        columns = min(further.shape[0], asked.further.shape[0]) // 2
        for column in range(columns):
            if further[column] and asked.further[column]:
                if further[column] == asked.further[column]:
                    found[place, FURTHER_SAME] += asked.evidence[column]
                elif further[columns + column] == asked.further[columns + column]:
                    found[place, FURTHER_SAME] += asked.evidence[columns + column]
                else:
                    found[place, FURTHER_DIFFERENT] += asked.against[column]
    return found


@compiled
def _births(first: NDArray[np.int32], second: NDArray[np.int32], weights: NDArray[np.float64]) -> int:
    best = -1
    for x in first:
        for y in second:
            level = agreement(x, y)
            if level != MISSING and (best < 0 or weights[level] > weights[best]):
                best = level
    return MISSING if best < 0 else best


@compiled
def _numbers(first: Numbers, second: Numbers) -> int:
    """Compare numbers; where one of differing numbers is damaged, that they differ says nothing."""
    found, damaged = SILENT, False
    for x in first:
        for y in second:
            marked = (x | y) & DAMAGE != 0
            damaged = damaged or marked
            if x & ~DAMAGE == y & ~DAMAGE:
                if not marked:
                    return SAME
                found = DAMAGED
    if found == DAMAGED or damaged or first.shape[0] == 0 or second.shape[0] == 0:
        return found
    return DIFFERENT


@compiled
def _given(sex: int, named: int, asked_sex: int, asked_named: int) -> int:
    """Compare what given names tell with each other, and with the sex stated on the other side where one is silent.

    Names that tell the same sex say nothing more than the names themselves.
    """
    if named and asked_named and named != asked_named:
        return DIFFERENT
    if named and asked_sex and not sex:
        return SAME if named == asked_sex else DIFFERENT
    if asked_named and sex and not asked_sex:
        return SAME if asked_named == sex else DIFFERENT
    return SILENT


@compiled
def _shared(first: NDArray[Any], second: NDArray[Any]) -> int:
    if first.shape[0] == 0 or second.shape[0] == 0:
        return SILENT
    for x in first:
        for y in second:
            if x == y:
                return SAME
    return DIFFERENT
