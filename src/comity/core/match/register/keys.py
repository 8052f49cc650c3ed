"""The keys by which a person is found: whole numbers, so that millions of them stand in sorted arrays.

A record and a question meet when they share two name skeletons, or one and the day and month of birth in either
order, or the whole date of birth, or one skeleton, the year and the province of birth, or one skeleton and the year
where one of the two knows no day, or a number, or any two further columns, or one skeleton and the first word of a
further column, or are one name of one part.
Source: the key union measured in `bench/register_search.py`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

from comity.core.match.records.dates import Date
from comity.core.match.register.described import Description, leading, plain
from comity.core.names.units import units
from comity.core.places.reading import read as read_place

PAIR, DAY, DATE, NUMBER, FURTHER, SINGLE, HOME, YEAR, BARE, PLACED = range(1, 11)
"""Kinds of key, in its highest bits."""

_KIND: Final = 58
PLACED_KEYS: Final = range(PLACED << _KIND, PLACED + 1 << _KIND)
"""Keys of a part of a name and a word of a further column: where both are common, they are none."""

_DAYS: Final = 512
_CODES: Final = 1 << 28
_HOMES: Final = 1 << 30
_YEARS: Final = 1 << 12


class Keys:
    """Makes keys; each name skeleton is a number that is given out when the skeleton is first met."""

    def __init__(self, skeletons: list[str] | None = None) -> None:
        self.skeletons = skeletons or []
        """By number; empty where no record has it any more."""
        self._numbers = {skeleton: number for number, skeleton in enumerate(self.skeletons) if skeleton}
        self._read: dict[str, tuple[tuple[int, ...], ...]] = {}

    def of_record(self, one: Description) -> list[int]:
        """Return the keys of a record that enters the register, each once."""
        return sorted(set(self._keys(one, learn=True)))

    def of_question(self, one: Description) -> list[int]:
        """Return the keys of a question, each once; skeletons that no record has are passed over."""
        return sorted(set(self._keys(one, learn=False)))

    def without(self, keys: NDArray[np.int64]) -> Keys:
        """Return makers of the same keys that know no skeleton but those in `keys`, shape (keys,), each once.

        A skeleton that is left out keeps its number and loses its letters, so that no key changes its meaning.
        """
        used = np.zeros(len(self.skeletons), dtype=np.bool_)
        for kind, below in (
            (PAIR, _CODES),
            (DAY, _DAYS),
            (SINGLE, 1),
            (HOME, _HOMES),
            (YEAR, _YEARS),
            (BARE, _YEARS),
        ):
            rest = keys[keys >> _KIND == kind] & (1 << _KIND) - 1
            used[rest // below] = True
            if kind == PAIR:
                used[rest % below] = True
        return Keys([text if used[number] else "" for number, text in enumerate(self.skeletons)])

    def _keys(self, one: Description, *, learn: bool) -> Iterator[int]:
        days = {day for date in one.births if (day := _day(date))}
        homes = set(itertools.product({date[0] for date in one.births}, _provinces(one)))
        for name in one.names:
            parts = self._codes(name, learn=learn)
            yield from _name_keys(parts, days, homes)
            yield from _year_keys(parts, one, record=learn)
        for year, month, day in one.births:
            if month and day and (month, day) != (1, 1):
                yield DATE << _KIND | year * 10_000 + month * 100 + day
        for number in filter(None, map(plain, one.numbers)):
            yield NUMBER << _KIND | hashed(number)
        filled = [(place, plain(value)) for place, value in enumerate(one.further) if plain(value)]
        for pair in itertools.combinations(filled, 2):
            yield FURTHER << _KIND | hashed(repr(pair))
        words = [(place, leading(value)) for place, value in enumerate(one.further) if plain(value)]
        words += [(-1, leading(text)) for text in one.places if one.further and plain(text)]
        for name in one.names if words else ():
            codes = {code for part in self._codes(name, learn=learn) for code in part}
            for code, word in itertools.product(codes, words):
                yield PLACED << _KIND | hashed(repr((code, word)))

    def _codes(self, name: str, *, learn: bool) -> tuple[tuple[int, ...], ...]:
        """Return the numbers of the codes of each unit of a name."""
        if learn:
            found = self._read.get(name)
            if found is None:
                found = tuple(tuple(self._number(code) for code in unit.codes) for unit in units(name))
                if len(self._read) > 100_000:
                    self._read.clear()
                self._read[name] = found
            return found
        known = self._numbers
        parts = (tuple(known[code] for code in unit.codes if code in known) for unit in units(name))
        return tuple(parts)

    def _number(self, skeleton: str) -> int:
        found = self._numbers.get(skeleton)
        if found is None:
            found = self._numbers[skeleton] = len(self.skeletons)
            self.skeletons.append(skeleton)
        return found


def _name_keys(
    parts: tuple[tuple[int, ...], ...], days: set[int], homes: set[tuple[int, int]]
) -> Iterator[int]:
    if len(parts) == 1:
        yield from (SINGLE << _KIND | code for code in parts[0])
    for first, second in itertools.combinations(parts, 2):
        for x, y in itertools.product(first, second):
            yield PAIR << _KIND | min(x, y) * _CODES | max(x, y)
    for part, day in itertools.product(parts, days):
        yield from (DAY << _KIND | code * _DAYS | day for code in part)
    for part, (year, province) in itertools.product(parts, homes):
        home = year % _YEARS << 18 | province
        yield from (HOME << _KIND | code % _CODES * _HOMES | home for code in part)


def _year_keys(parts: tuple[tuple[int, ...], ...], one: Description, *, record: bool) -> Iterator[int]:
    """Yield skeleton and year. A record without a day meets every question; one with a day, those without.

    Hence a record is entered under YEAR, and under BARE when it knows no day; a question without a day looks under
    YEAR, another one under BARE.
    """
    for date in one.births:
        kinds = {YEAR} | ({BARE} if not _day(date) else set()) if record else {BARE if _day(date) else YEAR}
        for kind, part in itertools.product(kinds, parts):
            yield from (kind << _KIND | code * _YEARS | date[0] % _YEARS for code in part)


def _provinces(one: Description) -> set[int]:
    """Return the numbers of the provinces of birth, or of the places of which none is known."""
    read = [read_place(text) for text in one.places]
    return {(found.province or found.place) % (1 << 18) for found in read if found.place}


def hashed(text: str) -> int:
    """Return 52 bits of a digest of a text."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 12


def _day(date: Date) -> int:
    """Return day and month in either order as one number below 512, 0 where one is unknown or both are 1."""
    _, month, day = date
    if not month or not day or (month == 1 and day == 1):
        return 0
    return min(month, day) * 32 + max(month, day) if min(month, day) < 16 else 0
