"""Two files of person records linked: candidates by key, weights summed, one counterpart at most for each query.

A pair is compared when the records share two name skeletons, or one and the day and month of birth in either order,
or the whole date of birth, or any two further columns. Its evidence is the sum of the weights of `records_v1.toml`. The probability of a pair
is what its evidence leaves beside that of all other candidates of the same query and of there being none.
"""

from __future__ import annotations

import itertools
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from comity.core.match.names.compare import log_odds
from comity.core.match.names.interning import Interned
from comity.core.match.records.dates import Date, compare_dates, read_date
from comity.core.names.units import units
from comity.core.places.agreement import compare as compare_places
from comity.core.places.reading import ReadPlace
from comity.core.places.reading import read as read_place

LEAST: Final = 0.01
"""Smallest probability of a pair that is worth writing."""

MOST_CANDIDATES: Final = 5_000
"""Records behind one key beyond which the key is passed over: too many, another key must find the person."""

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """One row: what is compared of a person. Fields may be empty; `further` are columns compared as they stand."""

    id: str
    given: str = ""
    family: str = ""
    dob: str = ""
    pob: str = ""
    sex: str = ""
    nat: str = ""
    further: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A pair of records and the probability that they are one person, given at most one counterpart a query."""

    id_a: str
    id_b: str
    probability: float


@dataclass(slots=True)
class _Side:
    records: Sequence[PersonRecord]
    names: list[str] = field(init=False)
    dates: list[Date] = field(init=False)
    places: list[ReadPlace] = field(init=False)

    def __post_init__(self) -> None:
        self.names = [f"{one.given} {one.family}" for one in self.records]
        self.dates = [read_date(one.dob) for one in self.records]
        known = {text: read_place(text) for text in {one.pob for one in self.records}}
        self.places = [known[one.pob] for one in self.records]


def link(
    register: Sequence[PersonRecord], queries: Sequence[PersonRecord], *, prior: float
) -> Iterator[Link]:
    """Return the links above `LEAST`, query by query, the likeliest first.

    Args:
        register: the records that are searched.
        queries: the records that are searched for.
        prior: share of queries that have a counterpart, between 0 and 1, both excluded.
    """
    a, b = _Side(register), _Side(queries)
    pairs = _candidates(a, b)
    if not len(pairs):
        return
    weights = _evidence(a, b, pairs)
    shift = np.log(prior / (1 - prior)) - np.log(
        _weights()["share_matched"] / (1 - _weights()["share_matched"])
    )
    odds = np.exp(np.clip(weights + shift, -60, 60))
    of_query = np.bincount(pairs[:, 1], weights=odds, minlength=len(queries))
    probabilities = odds / (1 + of_query[pairs[:, 1]])
    for place in np.lexsort((-probabilities, pairs[:, 1])):
        if probabilities[place] > LEAST:
            first, second = pairs[place]
            yield Link(register[first].id, queries[second].id, float(probabilities[place]))


def _keys(name: str, date: Date, codes: dict[str, list[tuple[str, ...]]]) -> set[Key]:
    if name not in codes:
        codes[name] = [unit.codes for unit in units(name)]
    found: set[Key] = set()
    for first, second in itertools.combinations(codes[name], 2):
        found.update(("pair", *sorted(two)) for two in itertools.product(first, second))
    if date[1] and date[2]:
        day = tuple(sorted(date[1:]))
        found.update(("day", code, day) for unit in codes[name] for code in unit)
        if date[1:] != (1, 1):
            found.add(("date", *date))
    return found


def _further_keys(record: PersonRecord) -> set[Key]:
    """Return a key for every two further columns that hold something."""
    filled = [(place, _plain(value)) for place, value in enumerate(record.further) if _plain(value)]
    return {("further", *two) for two in itertools.combinations(filled, 2)}


def _candidates(a: _Side, b: _Side) -> NDArray[np.int64]:
    """Return the pairs (register, query) that share a key, shape (pairs, 2)."""
    codes: dict[str, list[tuple[str, ...]]] = {}
    holders: dict[Key, list[int]] = defaultdict(list)
    for place, (name, date) in enumerate(zip(a.names, a.dates, strict=True)):
        for key in _keys(name, date, codes) | _further_keys(a.records[place]):
            holders[key].append(place)
    found: list[tuple[int, int]] = []
    for place, (name, date) in enumerate(zip(b.names, b.dates, strict=True)):
        keys = _keys(name, date, codes) | _further_keys(b.records[place])
        behind = [holders.get(key, []) for key in keys]
        met = {one for held in behind if len(held) <= MOST_CANDIDATES for one in held}
        found += [(one, place) for one in sorted(met)]
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def _evidence(a: _Side, b: _Side, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    weights = _weights()
    interned = Interned()
    left = np.array([interned.number(name) for name in a.names])[pairs[:, 0]]
    right = np.array([interned.number(name) for name in b.names])[pairs[:, 1]]
    names = log_odds(interned.figures(left, right))
    rivals = np.bincount(pairs[:, 1], weights=names > 0, minlength=len(b.records))[pairs[:, 1]]
    total = weights["constant"] + weights["name"] * names + weights["name_against"] * np.minimum(names, 0)
    total += weights["rivals"] * np.log1p(rivals)
    fields = [_other_fields(a, b, int(first), int(second), weights) for first, second in pairs]
    return np.asarray(total + np.array(fields))


def _other_fields(a: _Side, b: _Side, first: int, second: int, weights: Mapping[str, Any]) -> float:
    x, y = a.records[first], b.records[second]
    total = float(weights["birth"][compare_dates(a.dates[first], b.dates[second]).value])
    total += float(weights["place"][compare_places(a.places[first], b.places[second]).value])
    total += _equal(x.sex.strip().upper()[:1], y.sex.strip().upper()[:1], weights["sex"])
    total += _equal(x.nat.strip().upper(), y.nat.strip().upper(), weights["nat"])
    for one, other in zip(x.further, y.further, strict=True):
        total += _equal(_plain(one), _plain(other), weights["further"])
    return total


def _equal(first: str, second: str, weights: Mapping[str, float]) -> float:
    if not first or not second:
        return 0.0
    return weights["same" if first == second else "different"]


def _plain(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())


@cache
def _weights() -> Mapping[str, Any]:
    return tomllib.loads(
        files("comity.core.match.records").joinpath("records_v1.toml").read_text(encoding="utf-8")
    )
