"""The frozen weights of `matcher_v1` for records, read from `records_v1.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from comity.core.match.records.dates import AGREEMENTS
from comity.core.places.agreement import PlaceAgreement

PLACES: Final = tuple(PlaceAgreement)
"""Agreements of places by their numbers."""

SAME, DIFFERENT, SILENT, DAMAGED = range(4)
"""Numbers of the agreement of what is equal or not; `SILENT` where one side does not say, `DAMAGED` where a number is
shared whose check digits are wrong."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Evidence in natural logarithms of odds.

    Attributes:
        constant: evidence of a pair of which nothing but the key is known.
        name: times the log-odds of the names where they are above zero, at most `name_most`.
        name_against: times what `strangeness` says of names whose log-odds are below zero.
        rarity: times the logarithm of how many records have a name at least as near, or near at all.
        tail: evidence of shared parts of names, ascending, and the natural logarithm of the share of strangers with as
            much.
        near_share: natural logarithm of the share of strangers whose names have log-odds above zero.
        birth, place: by number of the agreement.
        sex, nationality, number: same, different, silent; of a number, damaged besides.
        given: the same of the sex that given names tell, against each other or against the sex stated on one side alone.
        further: times how rare the values shared are, in natural logarithms; for each column that differs. Both for
            columns of which nothing was learned.
        parents: times the log-odds of the nearest parents' names, between the two bounds.
    """

    constant: float
    name: float
    name_most: float
    name_against: float
    rarity: float
    tail: tuple[tuple[float, ...], tuple[float, ...]]
    near_share: float
    birth: NDArray[np.float64]
    place: NDArray[np.float64]
    sex: NDArray[np.float64]
    given: NDArray[np.float64]
    nationality: NDArray[np.float64]
    further: NDArray[np.float64]
    number: NDArray[np.float64]
    parents: tuple[float, float, float]


@cache
def weights() -> Weights:
    """Return the frozen weights."""
    text = files("comity.core.match.records").joinpath("records_v1.toml").read_text(encoding="utf-8")
    return read_weights(tomllib.loads(text))


def read_weights(table: dict[str, Any]) -> Weights:
    """Return the weights of a table such as `records_v1.toml`."""
    name = table["name"]
    equal = {field: _equal(table[field]) for field in ("sex", "given", "nationality", "further", "number")}
    return Weights(
        constant=table["constant"],
        name=name["odds"],
        name_most=name["most"],
        name_against=name["against"],
        rarity=name["rarity"],
        tail=(tuple(name["tail"]["evidence"]), tuple(name["tail"]["share"])),
        near_share=name["near_share"],
        birth=np.array([table["birth"][level.value] for level in AGREEMENTS]),
        place=np.array([table["place"][level.value] for level in PLACES]),
        parents=(table["parents"]["odds"], table["parents"]["least"], table["parents"]["most"]),
        **equal,
    )


def _equal(table: dict[str, float]) -> NDArray[np.float64]:
    return np.array([table["same"], table["different"], 0.0, table.get("damaged", 0.0)])
