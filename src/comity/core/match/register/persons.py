"""What the index holds of every record, as numbers in columns."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from comity.core.codes.sex import Sex
from comity.core.match.growing import Growing, Rows
from comity.core.match.names.interning import Interned
from comity.core.match.records.dates import packed
from comity.core.match.register.comparing import DAMAGE, Asked, Columns
from comity.core.match.register.described import Description, leading, plain
from comity.core.match.register.further import DIFFERS, FIRST_WORD, WHOLE, ColumnEvidence, unlearned
from comity.core.match.register.keys import hashed
from comity.core.places.reading import ReadPlace
from comity.core.places.reading import read as read_place

SEXES: Final = (None, Sex.FEMALE, Sex.MALE, Sex.OTHER)


class Distinct:
    """Texts by number, each text once."""

    def __init__(self, texts: list[str] | None = None) -> None:
        self.texts = texts or []
        self._numbers = {text: number for number, text in enumerate(self.texts)}

    def number(self, text: str) -> int:
        """Return the number of a text, a new one when it is new."""
        found = self._numbers.get(text)
        if found is None:
            found = self._numbers[text] = len(self.texts)
            self.texts.append(text)
        return found

    def known(self, text: str) -> int:
        """Return the number of a text, -1 when no record has it."""
        return self._numbers.get(text, -1)


@dataclass(slots=True)
class Persons:
    """The records, by the order in which they came; a record that is gone keeps its place until the next sweep."""

    interned: Interned = field(default_factory=Interned)
    nationality_texts: Distinct = field(default_factory=Distinct)
    place_texts: Distinct = field(default_factory=Distinct)
    ids: Growing = field(default_factory=lambda: Growing(np.int64))
    alive: Growing = field(default_factory=lambda: Growing(np.int8))
    sexes: Growing = field(default_factory=lambda: Growing(np.int8))
    named: Growing = field(default_factory=lambda: Growing(np.int8))
    names: Rows = field(default_factory=lambda: Rows(np.int32))
    parents: Rows = field(default_factory=lambda: Rows(np.int32))
    births: Rows = field(default_factory=lambda: Rows(np.int32))
    places: Rows = field(default_factory=lambda: Rows(np.int32))
    nationalities: Rows = field(default_factory=lambda: Rows(np.int32))
    numbers: Rows = field(default_factory=lambda: Rows(np.int64))
    further: Rows = field(default_factory=lambda: Rows(np.int64))
    common: Counter[int] = field(default_factory=Counter)
    columns_weigh: list[ColumnEvidence] = field(default_factory=list)

    def add(self, identity: int, one: Description) -> int:
        """Enter a record under an identity of the caller's and return its place."""
        self.ids.add([identity])
        self.alive.add([1])
        self.sexes.add([SEXES.index(one.sex)])
        self.named.add([SEXES.index(one.named)])
        self.names.add([self.interned.number(name) for name in one.names])
        self.parents.add([self.interned.number(name) for name in one.parents])
        self.births.add([packed(date) for date in one.births if date[0]])
        self.places.add([self.place_texts.number(text) for text in one.places if text.strip()])
        self.nationalities.add([self.nationality_texts.number(_code(text)) for text in one.nationalities])
        self.numbers.add(_numbers(one))
        self.further.add(_columns(one))
        self.common.update(filter(None, _columns(one)))
        return self.ids.size - 1

    def columns(self) -> Columns:
        """Return what the compiled comparison reads; good until the next record is added."""
        return Columns(
            self.births.bounds.filled,
            self.births.values.filled,
            self.sexes.filled,
            self.named.filled,
            self.nationalities.bounds.filled,
            self.nationalities.values.filled,
            self.numbers.bounds.filled,
            self.numbers.values.filled,
            self.further.bounds.filled,
            self.further.values.filled,
        )

    def asked(self, one: Description) -> Asked:
        """Return a question as numbers; a nationality that no record has differs from all."""
        return Asked(
            np.array([packed(date) for date in one.births if date[0]], dtype=np.int32),
            SEXES.index(one.sex),
            SEXES.index(one.named),
            np.array([self.nationality_texts.known(_code(text)) for text in one.nationalities], np.int32),
            np.array(_numbers(one), dtype=np.int64),
            np.array(_columns(one), dtype=np.int64),
            *self._further(one),
        )

    def _further(self, one: Description) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
        """Return what each further column and each of their first words weighs if shared, and each column if not.

        Both in tenths of a natural logarithm, shapes (2 * columns,) and (columns,).
        """
        count = len(one.further)
        weighed = self.columns_weigh or [unlearned()] * count
        surprise = [math.log((self.ids.size + 1) / (self.common[value] + 1)) for value in _columns(one)]
        shared = [
            weighed[place % count].of(WHOLE if place < count else FIRST_WORD, found)
            for place, found in enumerate(surprise)
        ]
        against = [-column.of(DIFFERS, 0.0) for column in weighed]
        return _tenths(shared), _tenths(against)

    def read_place(self, number: int) -> ReadPlace:
        """Return a place of the records, read."""
        return read_place(self.place_texts.texts[number])

    def chosen(self, places: NDArray[np.int64]) -> Persons:
        """Return new columns with the records at these places, and no name, place or nationality of others."""
        rows = {name: getattr(self, name).chosen(places) for name in ROWS}
        names = np.unique(np.concatenate([rows["names"].values.filled, rows["parents"].values.filled]))
        for name in ("names", "parents"):
            rows[name] = _renumbered(rows[name], names)
        distinct = {}
        for name, texts in (("places", self.place_texts), ("nationalities", self.nationality_texts)):
            used = np.unique(rows[name].values.filled)
            rows[name] = _renumbered(rows[name], used)
            distinct[name] = Distinct([texts.texts[number] for number in used.tolist()])
        return Persons(
            interned=self.interned.chosen(names.astype(np.int32)),
            nationality_texts=distinct["nationalities"],
            place_texts=distinct["places"],
            ids=Growing(np.int64, self.ids.filled[places]),
            alive=Growing(np.int8, self.alive.filled[places]),
            sexes=Growing(np.int8, self.sexes.filled[places]),
            named=Growing(np.int8, self.named.filled[places]),
            **rows,
        )


ROWS: Final = ("names", "parents", "births", "places", "nationalities", "numbers", "further")


def _tenths(figures: list[float]) -> NDArray[np.int16]:
    return np.array([round(10 * figure) for figure in figures], dtype=np.int16)


def _code(text: str) -> str:
    return text.strip().upper()


def _numbers(one: Description) -> list[int]:
    """Return the digest of each number, marked where its check digits are wrong."""
    damage = int(DAMAGE)
    written = [number for number in one.numbers if plain(number)]
    return [hashed(plain(number)) | (damage if number in one.damaged else 0) for number in written]


def _columns(one: Description) -> list[int]:
    """Return the digest of each further column, then those of their first words; 0 for nothing."""
    whole = [plain(value) for value in one.further]
    first = [f"{leading(value)} ..." if value.strip() else "" for value in one.further]
    return [
        hashed(f"{place} {value}") if value else 0
        for values in (whole, first)
        for place, value in enumerate(values)
    ]


def _renumbered(rows: Rows, used: NDArray[Any]) -> Rows:
    """Return the rows with each value replaced by its place among those used, which are sorted."""
    return Rows(np.int32, rows.bounds.filled, np.searchsorted(used, rows.values.filled))
