"""The matcher on names written by hand: habits of Dutch, French, Spanish and Arabic writing that no list was fitted on.

The persons are invented. A pair is true when an officer would call both the same written name; the others are
brothers, sisters, fathers and sons, and families whose names look alike. Labels were set before any was scored, and
no parameter of the matcher may be chosen on these pairs.
"""

from __future__ import annotations

import csv
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.core.match.names.compare import score_pairs

PAIRS: Final = Path(__file__).with_name("hand_written_pairs.tsv")
LEAST_RECALL: Final = 0.97
LEAST_PRECISION: Final = 0.83
LEAST_BEST_F1: Final = 0.95
"""Just below what `matcher_v1` reaches: recall .982 and precision .844 at one half, best F1 .964."""


class Pair(NamedTuple):
    """Two written names, whether they are one, the habit of writing they show, and why."""

    name_a: str
    name_b: str
    label: str
    habit: str
    why: str


def test_the_pairs_are_whole() -> None:
    pairs = hand_written()
    assert Counter(pair.label for pair in pairs) == {"1": 110, "0": 90}
    assert all(cell == cell.strip() and cell for pair in pairs for cell in pair)
    assert len({frozenset(pair[:2]) for pair in pairs}) == len(pairs)
    assert all(pair.name_a != pair.name_b for pair in pairs)


def test_recall_at_one_half() -> None:
    found, labels = scores(), truth()
    recall = (found[labels] >= 0.5).mean()
    assert recall >= LEAST_RECALL, f"recall {recall:.3f}\n{misses()}"


def test_precision_at_one_half() -> None:
    found, labels = scores(), truth()
    precision = labels[found >= 0.5].mean()
    assert precision >= LEAST_PRECISION, f"precision {precision:.3f}\n{misses()}"


def test_best_f1() -> None:
    best, limit = max((f1(limit), limit) for limit in np.unique(scores()).tolist())
    assert best >= LEAST_BEST_F1, f"best F1 {best:.3f} at {limit:.3f}\n{misses(limit)}"


@cache
def hand_written() -> list[Pair]:
    """Return the pairs in the order of the file."""
    with PAIRS.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert tuple(rows[0]) == Pair._fields
    return [Pair(*row) for row in rows[1:]]


@cache
def scores() -> NDArray[np.float64]:
    """Return the probability of each pair, shape (pairs,)."""
    return score_pairs([(pair.name_a, pair.name_b) for pair in hand_written()])


def truth() -> NDArray[np.bool_]:
    """Return which pairs are true, shape (pairs,)."""
    return np.array([pair.label == "1" for pair in hand_written()])


def f1(limit: float) -> float:
    """Return the harmonic mean of precision and recall when all pairs from a probability on are taken as true."""
    taken, labels = scores() >= limit, truth()
    return float(2 * (taken & labels).sum() / (taken.sum() + labels.sum()))


def misses(limit: float = 0.5) -> str:
    """Return the pairs on the wrong side of a probability, one a line, the farthest from its label first."""
    wrong = sorted(
        (
            (abs(found - label), found, pair)
            for found, label, pair in zip(scores(), truth(), hand_written(), strict=True)
            if (found >= limit) != label
        ),
        reverse=True,
    )
    return "\n".join(f"{found:.3f}  " + " | ".join(pair) for _, found, pair in wrong)
