"""The evidence that candidates are the person of a question, and the probability that follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from comity.core.match.growing import Rows
from comity.core.match.names.compare import FIGURE_NAMES, log_odds
from comity.core.match.names.interning import Interned
from comity.core.match.register.comparing import (
    BIRTH,
    FURTHER_DIFFERENT,
    FURTHER_SAME,
    GIVEN,
    NATIONALITY,
    NUMBER,
    SEX,
)
from comity.core.match.register.weights import Weights

Figures = NDArray[np.float64]

EVIDENCE: Final = FIGURE_NAMES.index("evidence")

UNNAMED: Final = np.nan
"""Log-odds of names where one side has none."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What each candidate weighs, feature by feature; arrays of shape (candidates,).

    Attributes:
        levels: see `comparing`.
        place: numbers of the agreement of places.
        names, parents: log-odds of the nearest names; `UNNAMED` where one side has none.
        shared: evidence of the parts of names that agree.
        alike: how many records of the register have a name at least as near; where no name is compared but a number
            is the same, how many have that number.
    """

    levels: NDArray[np.int16]
    place: NDArray[np.int8]
    names: Figures
    shared: Figures
    parents: Figures
    alike: Figures


def nearest(
    interned: Interned, asked: tuple[str, ...], rows: Rows, chosen: NDArray[np.int32]
) -> tuple[Figures, Figures]:
    """Return what the nearest of the names asked and those of each chosen record give.

    Returns:
        their log-odds, and the evidence of the parts that agree; `UNNAMED` where one side has no name.
    """
    bounds, values = rows.bounds.filled, rows.values.filled
    odds, shared = np.full(len(chosen), UNNAMED), np.full(len(chosen), UNNAMED)
    if not asked or not len(chosen):
        return odds, shared
    lengths = bounds[chosen + 1] - bounds[chosen]
    owners = np.repeat(np.arange(len(chosen)), lengths)
    first = np.repeat(bounds[chosen] - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
    held = values[first + np.arange(len(owners))]
    distinct, back = np.unique(held, return_inverse=True)
    for name in asked:
        figures = interned.figures_of(name, distinct)
        np.fmax.at(odds, owners, log_odds(figures)[back])
        np.fmax.at(shared, owners, figures[back, EVIDENCE].astype(np.float64))
    return odds, shared


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


def strangeness(names: Figures, shared: Figures, weight: Weights) -> Figures:
    """Return how much commoner such names are among strangers than near ones, in natural logarithms; 0 for near ones.

    Args:
        names: log-odds of the names.
        shared: evidence of the parts that agree; one rare part in common is little among strangers.
        weight: the frozen weights.
    """
    found = np.maximum(np.interp(np.nan_to_num(shared), *weight.tail) - weight.near_share, 0.0)
    return np.asarray(np.where(np.isnan(names) | (names >= 0), 0.0, found))


def parts(one: Weighed, weight: Weights) -> dict[str, Figures]:
    """Return the evidence of every feature."""
    names = np.nan_to_num(one.names, nan=0.0, neginf=-10.0)
    odds, least, most = weight.parents
    count = one.levels.astype(np.float64)
    return {
        "name": weight.name * np.clip(names, 0.0, weight.name_most)
        - weight.name_against * strangeness(one.names, one.shared, weight),
        "rarity": -weight.rarity * np.log(one.alike),
        "birth": weight.birth[one.levels[:, BIRTH]],
        "place": weight.place[one.place],
        "sex": weight.sex[one.levels[:, SEX]],
        "given": weight.given[one.levels[:, GIVEN]],
        "nationality": weight.nationality[one.levels[:, NATIONALITY]],
        "parents": np.clip(odds * np.nan_to_num(one.parents, nan=0.0), least, most),
        "number": weight.number[one.levels[:, NUMBER]],
        "further": (count[:, FURTHER_SAME] - count[:, FURTHER_DIFFERENT]) / 10,
    }


def probabilities(evidence: Figures, prior: float, *, several: bool = False) -> Figures:
    """Return the probability of each candidate, shape (candidates,).

    Args:
        evidence: of each candidate.
        prior: share of questions whose person is in the register.
        several: any number of records may be the person, as among duplicates; otherwise at most one is.
    """
    shift = np.log(prior / (1 - prior))
    odds = np.exp(np.clip(evidence + shift, -60, 60))
    return np.asarray(odds / (1 + (odds if several else odds.sum())))


def probabilities_alone(evidence: Figures, prior: float) -> Figures:
    """Return the probability of each candidate without regard to the others; shape (candidates,)."""
    shift = np.log(prior / (1 - prior))
    return np.asarray(1 / (1 + np.exp(-np.clip(evidence + shift, -60, 60))))
