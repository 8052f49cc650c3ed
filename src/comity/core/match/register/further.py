"""What columns of a file say that no table of ours knows: post codes, trades, streets.

At first every column weighs as the frozen weights say. Where a file holds enough pairs that are one person by all else, how
often a column agrees among them tells what it is worth there (the agreement of a column among true pairs, m, of Fellegi and
Sunter 1969; among others it agrees as often as the value is common).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from comity.core.match.register.described import leading, plain
from comity.core.match.register.weights import DIFFERENT, SAME, weights

WHOLE, FIRST_WORD, DIFFERS = range(3)
"""How two values of a column agree."""

LEAST_PAIRS: Final = 50
"""Pairs of one person, with the column filled on both sides, from which its worth is read."""

SUPPOSED: Final = (16.0, 2.0, 2.0)
"""Pairs that are added to those counted, by their agreement: none is ever thought impossible."""


@dataclass(frozen=True, slots=True)
class ColumnEvidence:
    """What one column weighs, in natural logarithms of odds.

    Args:
        constant: of a value shared, of a first word shared, of values that differ.
        surprise: times how rare what is shared is, of a value and of a first word.
    """

    constant: tuple[float, float, float]
    surprise: tuple[float, float]

    def of(self, agreement: int, surprise: float) -> float:
        """Return the evidence of an agreement; what is shared never speaks against.

        Args:
            agreement: one of the three.
            surprise: natural logarithm of one over the share of records with the value, or with the first word.
        """
        if agreement == DIFFERS:
            return self.constant[DIFFERS]
        return max(0.0, self.constant[agreement] + self.surprise[agreement] * surprise)


def unlearned() -> ColumnEvidence:
    """Return what a column weighs as long as nothing is known of it."""
    weight = weights().further
    whole = float(weight[SAME])
    return ColumnEvidence((0.0, 0.0, float(weight[DIFFERENT])), (whole, whole / 2))


def agreement(one: str, other: str) -> int | None:
    """Return how two values agree; None where one is empty."""
    first, second = plain(one), plain(other)
    if not first or not second:
        return None
    if first == second:
        return WHOLE
    return FIRST_WORD if leading(one) == leading(other) else DIFFERS


def learned(pairs: Iterable[tuple[tuple[str, ...], tuple[str, ...]]], columns: int) -> list[ColumnEvidence]:
    """Return what each column weighs in a file.

    Args:
        pairs: the columns of pairs of records that are one person by all else.
        columns: how many there are.
    """
    counts: list[Counter[int]] = [Counter() for _ in range(columns)]
    for one, other in pairs:
        for column, count in enumerate(counts):
            found = agreement(one[column], other[column])
            if found is not None:
                count[found] += 1
    return [_evidence(count) for count in counts]


def _evidence(count: Counter[int]) -> ColumnEvidence:
    if count.total() < LEAST_PAIRS:
        return unlearned()
    supposed = [count[agreement] + more for agreement, more in enumerate(SUPPOSED)]
    whole, first_word, differs = (math.log(one / sum(supposed)) for one in supposed)
    return ColumnEvidence((whole, first_word, differs), (1.0, 1.0))
