"""Two names compared: the probability that they are one name of one person, and what speaks for and against it.

The probability is calibrated for a pile in which one pair in four is true and the others were chosen to look alike
(`PRIOR`); it says nothing about how often a search finds anybody at all. It never exceeds `CEILING`, because fathers
and sons, brothers, and strangers share names: identity needs a date, a place or a number besides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from comity.core.match.names.interning import Interned
from comity.core.match.names.trees import Trees, arranged, forest

VERSION: Final = "matcher_v1"
"""Name of the frozen parameters: `letters_v1.tsv` and `names_v1.tsv`."""

CEILING: Final = 0.98
"""Largest probability that names alone can give."""

PRIOR: Final = 0.25
"""Share of true pairs for which the probability is calibrated."""

FIGURE_NAMES: Final = (
    "evidence", "weakest_part", "shortfall", "largest_shortfall", "left_on_shorter", "left_on_longer",
    "nearest_left", "parts_matched", "parts_of_shorter", "parts_of_longer", "parts_left", "parts_out_of_order",
    "least_ratio", "coverage", "parts_joined", "worst_step", "steps_lost", "rarest_part", "commonest_part", "initials",
    "children_of_others", "other_script", "ends_left", "given_left", "family_left", "given_shared", "family_shared",
)  # fmt: skip
"""What the kernel measures of a pair, in its order."""


@dataclass(frozen=True, slots=True)
class NameComparison:
    """A compared pair: `probability` is None when one of the names holds no letter (insufficient data)."""

    probability: float | None
    figures: dict[str, float]


def compare_names(first: str, second: str) -> NameComparison:
    """Return how far two names are one name, with the figures behind it."""
    interned = Interned()
    figures = interned.figures([interned.number(first)], [interned.number(second)])
    if _unreadable(figures)[0]:
        return NameComparison(None, {})
    rounded = {name: round(float(figure), 2) for name, figure in zip(FIGURE_NAMES, figures[0], strict=True)}
    return NameComparison(float(_probabilities(figures)[0]), rounded)


def score_pairs(pairs: Sequence[tuple[str, str]], interned: Interned | None = None) -> NDArray[np.float64]:
    """Return the probability of each pair of names, in [0, `CEILING`]; 0 where one holds no letter. Shape (pairs,).

    Args:
        pairs: names.
        interned: where the names that were read are kept, for those who score one batch after the other.
    """
    if not pairs:
        return np.zeros(0)
    known = interned or Interned()
    left = [known.number(first) for first, _ in pairs]
    right = [known.number(second) for _, second in pairs]
    figures = known.figures(left, right)
    return np.where(_unreadable(figures), 0.0, _probabilities(figures))


def _unreadable(figures: NDArray[np.float32]) -> NDArray[np.bool_]:
    return np.asarray(figures[:, FIGURE_NAMES.index("parts_of_shorter")] == 0)


def log_odds(figures: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the log-odds of compared pairs, without the ceiling, for what adds further evidence. Shape (pairs,)."""
    return forest(figures, _trees())


def _probabilities(figures: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(CEILING / (1.0 + np.exp(-log_odds(figures))))


@cache
def _trees() -> Trees:
    text = files("comity.core.match.names").joinpath("names_v1.tsv").read_text(encoding="utf-8")
    lines = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    roots = [place for place, line in enumerate(lines) if line[1] == "0"]
    nodes = np.array([[float(cell) for cell in line[2:]] for line in lines])
    return arranged(np.array(roots), nodes)
