"""The evidence that candidates are the person of a question, and the probability that follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from comity.core.match.growing import Rows
from comity.core.match.names.compare import log_odds
from comity.core.match.names.interning import Interned
from comity.core.match.register.comparing import (
    BIRTH,
    FURTHER_DIFFERENT,
    FURTHER_SAME,
    NATIONALITY,
    NUMBER,
    SEX,
)
from comity.core.match.register.weights import DIFFERENT, SAME, Weights

Figures = NDArray[np.float64]

UNNAMED: Final = np.nan
"""Log-odds of names where one side has none."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What each candidate weighs, feature by feature; arrays of shape (candidates,).

    Attributes:
        levels: see `comparing`.
        place: numbers of the agreement of places.
        names, parents: log-odds of the nearest names; `UNNAMED` where one side has none.
        alike: how many records of the register have a name at least as near; where no name is compared but a number
            is the same, how many have that number.
    """

    levels: NDArray[np.int8]
    place: NDArray[np.int8]
    names: Figures
    parents: Figures
    alike: Figures


def nearest(interned: Interned, asked: tuple[str, ...], rows: Rows, chosen: NDArray[np.int32]) -> Figures:
    """Return the log-odds of the nearest of the names asked and those of each chosen record; `UNNAMED` without."""
    bounds, values = rows.bounds.filled, rows.values.filled
    best = np.full(len(chosen), UNNAMED)
    if not asked or not len(chosen):
        return best
    lengths = bounds[chosen + 1] - bounds[chosen]
    owners = np.repeat(np.arange(len(chosen)), lengths)
    first = np.repeat(bounds[chosen] - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
    held = values[first + np.arange(len(owners))]
    distinct, back = np.unique(held, return_inverse=True)
    for name in asked:
        odds = log_odds(interned.figures_of(name, distinct))[back]
        np.fmax.at(best, owners, odds)
    return best


def alike(
    names: Figures, sampled: NDArray[np.bool_], left_out: int, register: int, weight: Weights
) -> Figures:
    """Return how many records of the register have a name at least as near as that of each candidate, and near at all.

    Args:
        names: log-odds of the candidates' names.
        sampled: the candidates that stand for all those that can be no hits.
        left_out: how many these are.
        register: records in the register.
        weight: the frozen weights.
    """
    counts = np.where(sampled, left_out / max(1, int(sampled.sum())), 1.0)
    named = ~np.isnan(names)
    order = np.argsort(-names[named], kind="stable")
    ranked, total = names[named][order], np.concatenate([[0.0], np.cumsum(counts[named][order])])
    found = total[np.searchsorted(-ranked, -np.nan_to_num(names), side="right")]
    among_strangers = max(
        total[np.searchsorted(-ranked, 0.0, side="right")], register * np.exp(weight.tail[1][-1])
    )
    found = np.where(names < 0, among_strangers, found)
    return np.asarray(np.where(named, np.maximum(found, 1.0), float(register)))


def strangeness(names: Figures, weight: Weights) -> Figures:
    """Return how much commoner names as far as these are among strangers than nearer ones, in natural logarithms."""
    return np.asarray(np.interp(np.nan_to_num(names), *weight.tail) - weight.tail[1][-1])


def parts(one: Weighed, weight: Weights) -> dict[str, Figures]:
    """Return the evidence of every feature."""
    names = np.nan_to_num(one.names, nan=0.0, neginf=-10.0)
    odds, least, most = weight.parents
    count = one.levels.astype(np.float64)
    return {
        "name": weight.name * np.clip(names, 0.0, weight.name_most)
        - weight.name_against * strangeness(names, weight),
        "rarity": -weight.rarity * np.log(one.alike),
        "birth": weight.birth[one.levels[:, BIRTH]],
        "place": weight.place[one.place],
        "sex": weight.sex[one.levels[:, SEX]],
        "nationality": weight.nationality[one.levels[:, NATIONALITY]],
        "parents": np.clip(odds * np.nan_to_num(one.parents, nan=0.0), least, most),
        "number": weight.number[one.levels[:, NUMBER]],
        "further": weight.further[SAME] * count[:, FURTHER_SAME]
        + weight.further[DIFFERENT] * count[:, FURTHER_DIFFERENT],
    }


def probabilities(evidence: Figures, prior: float) -> Figures:
    """Return the probability of each candidate, given that at most one is the person; shape (candidates,)."""
    shift = np.log(prior / (1 - prior))
    odds = np.exp(np.clip(evidence + shift, -60, 60))
    return np.asarray(odds / (1 + odds.sum()))


def probabilities_alone(evidence: Figures, prior: float) -> Figures:
    """Return the probability of each candidate without regard to the others; shape (candidates,)."""
    shift = np.log(prior / (1 - prior))
    return np.asarray(1 / (1 + np.exp(-np.clip(evidence + shift, -60, 60))))
