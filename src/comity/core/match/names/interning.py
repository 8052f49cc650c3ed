"""Names as numbers: each distinct name and unit is read once, and its letters stand in flat arrays for the kernel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.core.match.growing import Growing, Rows
from comity.core.match.names.alphabet import ARABIC, END
from comity.core.match.names.kernel import Table, Units, reaches
from comity.core.match.names.known import BEARER, SLOTS, known
from comity.core.match.names.letters import LONGEST, SIGNS, letter_tables
from comity.core.match.names.reading import (
    ARTICLE,
    FATHER,
    FILIAL,
    PARTICLE,
    SERVANT,
    TRIBE,
    Unit,
    joined,
    unit_of,
    units,
)
from comity.core.match.names.whole import FIGURES, SLOTS_MET, Met, Names, compare_all

PRICE: Final = {ARTICLE: 0.3, SERVANT: 2.0, FILIAL: 2.5, FATHER: 2.5, TRIBE: 2.0, PARTICLE: 0.5}
"""Evidence lost when one side alone has a particle, by its kind (`comity.core.match.names.reading`)."""

OTHER_KIN: Final = 5.0
"""What is lost besides when both say whose people they are, and say it otherwise: Ben Salek, Bou Salek, Aït Salek."""


def _prices() -> Table:
    """Return what a particle of one kind costs against one of another, shape (kinds, kinds); 0 is no particle."""
    alone = np.array([0.0, *(PRICE[kind] for kind in sorted(PRICE))], dtype=np.float32)
    found = alone[:, None] + alone[None, :]
    kin = [FILIAL, FATHER, TRIBE]
    found[np.ix_(kin, kin)] += OTHER_KIN
    np.fill_diagonal(found, 0.0)
    return found


PRICES: Final = _prices()


class _Letters:
    """The arrays of `Units`, growing."""

    def __init__(self) -> None:
        self.bounds = Growing(np.int32, np.zeros(1))
        self.own = Growing(np.int32, inner=(LONGEST + 1,))
        self.cross = Growing(np.int32, inner=(LONGEST + 1,))
        self.starts = Growing(np.int32, inner=(2,))
        self.start_bounds = Growing(np.int32, np.zeros(1))
        self.scripts = Growing(np.int32)
        self.known = Growing(np.int32, inner=(4, SLOTS))
        self.reached = Growing(np.float32, inner=(2,))
        self.filial = Growing(np.bool_)
        self.given = Growing(np.bool_)

    def taken(self) -> Units:
        """Return the arrays as they stand; good until the next unit is added."""
        return Units(*(getattr(self, name).filled for name in Units._fields))

    def add(self, read: Sequence[Unit]) -> None:
        """Add units at the end."""
        tables = letter_tables()
        scripts = np.array([unit.script for unit in read], dtype=np.int32)
        bounds = np.zeros(len(read) + 1, dtype=np.int32)
        np.cumsum([len(unit.letters) + 1 for unit in read], out=bounds[1:])
        text = END.join([unit.letters for unit in read]) + END
        signs = _NUMBERS[np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)]
        arabic = np.repeat(scripts == ARABIC, np.diff(bounds))[:, None]
        own = np.where(arabic, tables["aa"].rows(signs, side=0), tables["ll"].rows(signs, side=0))
        cross = np.where(arabic, tables["al"].rows(signs, side=0), tables["al"].rows(signs, side=1))
        evidence = tables["al"].evidence
        most = (evidence.max(axis=0), evidence.max(axis=1))
        same = (tables["ll"].evidence, tables["aa"].evidence)
        self.reached.add(reaches(bounds, own, cross, scripts, same, most))
        self.bounds.add(bounds[1:] + self.own.size)
        self.start_bounds.add(np.cumsum([len(unit.starts) for unit in read]) + self.starts.size)
        self.starts.add([start for unit in read for start in unit.starts])
        self.own.add(own)
        self.cross.add(cross)
        self.scripts.add(scripts)
        numbers = known(read)
        self.known.add(numbers)
        self.given.add(numbers[:, BEARER, 1] > 0)
        self.filial.add([any(kind == FILIAL for _, kind in unit.starts) for unit in read])

    def cut(self, count: int) -> None:
        """Drop the units from a number on."""
        self.own.cut(int(self.bounds.filled[count]))
        self.cross.cut(int(self.bounds.filled[count]))
        self.starts.cut(int(self.start_bounds.filled[count]))
        for array in (self.bounds, self.start_bounds):
            array.cut(count + 1)
        for array in (self.scripts, self.known, self.reached, self.filial, self.given):
            array.cut(count)


class Kept(NamedTuple):
    """Names and units as they can be written down: letters of units between end signs, and flat arrays."""

    letters: str
    starts: NDArray[np.int32]
    lengths: NDArray[np.int32]
    bounds: NDArray[np.int32]
    pieces: NDArray[np.int32]
    singles: NDArray[np.int32]


class Interned:
    """Names read once, by number.

    Neighbouring units are joined (Nour Eddine, Noureddine) only when a name is compared with one of another number
    of units; until then the places of the joined ones hold -1.
    """

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self._units: dict[Unit, int] = {}
        self._read: list[Unit] = []
        self._bounds = Growing(np.int32, np.zeros(1))
        self._pieces = Growing(np.int32)
        self._singles = Growing(np.int32)
        self._letters = _Letters()
        self._new: list[list[int]] = []
        self._met = Met(np.full(SLOTS_MET, -1, dtype=np.int64), np.zeros((SLOTS_MET, 3), dtype=np.float32))

    def number(self, name: str) -> int:
        """Return the number of a name, which is read when it is new."""
        known = self.numbers.get(name)
        if known is None:
            known = self.numbers[name] = self._singles.size + len(self._new)
            self._new.append([self._unit(unit) for unit in units(name)])
        return known

    def figures(self, left: Iterable[int], right: Iterable[int]) -> NDArray[np.float32]:
        """Return the figures of the pairs (left, right) of names by number, shape (pairs, FIGURES)."""
        first, second = np.fromiter(left, np.int32), np.fromiter(right, np.int32)
        self._write()
        singles = self._singles.filled
        uneven = singles[first] != singles[second]
        self._join(np.unique(np.concatenate([first[uneven], second[uneven]])))
        return self._figures(first, second)

    def figures_of(self, name: str, others: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the figures of a name with others by number, shape (others, FIGURES); the name is not kept."""
        if name in self.numbers:
            return self.figures(np.full(len(others), self.numbers[name]), others)
        self._write()
        count = len(units(name))
        self._join(np.unique(others[self._singles.filled[others] != count]))
        names, pieces, read = self._singles.size, self._pieces.size, len(self._read)
        try:
            number = self.number(name)
            self._write()
            self._join(np.array([number], dtype=np.int32))
            return self._figures(np.full(len(others), number, dtype=np.int32), others)
        finally:
            self._forget(name, names, pieces, read)

    def _figures(self, first: NDArray[np.int32], second: NDArray[np.int32]) -> NDArray[np.float32]:
        out = np.zeros((len(first), FIGURES), dtype=np.float32)
        tables = letter_tables()
        latin, across, arabic = tables["ll"], tables["al"], tables["aa"]
        evidence = (latin.evidence, across.evidence, arabic.evidence, latin.held, across.held, arabic.held)
        names = Names(self._bounds.filled, self._pieces.filled, self._singles.filled)
        compare_all(first, second, names, self._letters.taken(), evidence, PRICES, self._met, out)
        return out

    def _write(self) -> None:
        """Enter the names and units that were read into the arrays."""
        if self._new:
            counts = np.array([len(row) for row in self._new], dtype=np.int32)
            joins = np.maximum(counts - 1, 0)
            self._bounds.add(np.cumsum(counts + joins) + self._pieces.size)
            self._pieces.add([unit for row in self._new for unit in (*row, *[-1] * (len(row) - 1))])
            self._singles.add(counts)
            self._new = []
        if self._letters.scripts.size < len(self._read):
            self._letters.add(self._read[self._letters.scripts.size :])

    def _join(self, names: NDArray[np.int32]) -> None:
        """Join the neighbouring units of names where that has not been done."""
        bounds, pieces, singles = self._bounds.filled, self._pieces.filled, self._singles.filled
        several = names[singles[names] > 1]
        for name in several[pieces[bounds[several + 1] - 1] < 0]:
            begin, count = bounds[name], singles[name]
            row = [self._read[unit] for unit in pieces[begin : begin + count]]
            pieces[begin + count : bounds[name + 1]] = [
                self._unit(joined(row[place], row[place + 1])) for place in range(count - 1)
            ]
        self._write()

    def _forget(self, name: str, names: int, pieces: int, read: int) -> None:
        """Drop the last name, and the units that came with it."""
        del self.numbers[name]
        self._new = []
        self._bounds.cut(names + 1)
        self._pieces.cut(pieces)
        self._singles.cut(names)
        if len(self._read) > read:
            self._met.pairs.fill(-1)
            for unit in self._read[read:]:
                del self._units[unit]
            del self._read[read:]
            self._letters.cut(read)

    def kept(self) -> Kept:
        """Return the names and units as they can be written down."""
        self._write()
        starts = [start for unit in self._read for start in unit.starts]
        lengths = [len(unit.starts) for unit in self._read]
        return Kept(
            END.join(unit.letters for unit in self._read),
            np.array(starts, dtype=np.int32).reshape(-1, 2),
            np.array(lengths, dtype=np.int32),
            self._bounds.filled,
            self._pieces.filled,
            self._singles.filled,
        )

    @classmethod
    def restored(cls, kept: Kept) -> Interned:
        """Return what was written down; how the names were written is not known any more, only how they read."""
        found = cls()
        starts = [(int(passed), int(kind)) for passed, kind in kept.starts]
        begin = 0
        letters = kept.letters.split(END) if len(kept.lengths) else []
        for text, length in zip(letters, kept.lengths.tolist(), strict=True):
            found._unit(unit_of(text, tuple(starts[begin : begin + length])))
            begin += length
        found._bounds = Growing(np.int32, kept.bounds)
        found._pieces = Growing(np.int32, kept.pieces)
        found._singles = Growing(np.int32, kept.singles)
        found._write()
        return found

    def chosen(self, names: NDArray[np.int32]) -> Interned:
        """Return new names: those of the numbers, in their order, and no unit that none of them has."""
        self._write()
        rows = Rows(np.int32, self._bounds.filled.astype(np.int64), self._pieces.filled)
        rows = rows.chosen(names.astype(np.int64))
        pieces = rows.values.filled
        used = np.unique(pieces[pieces >= 0])
        numbers = np.full(len(self._read) + 1, -1, dtype=np.int32)
        numbers[used] = np.arange(len(used), dtype=np.int32)
        found = Interned()
        for unit in used.tolist():
            found._unit(self._read[unit])
        found._bounds = Growing(np.int32, rows.bounds.filled)
        found._pieces = Growing(np.int32, numbers[pieces])
        found._singles = Growing(np.int32, self._singles.filled[names])
        found._write()
        return found

    def _unit(self, unit: Unit) -> int:
        found = self._units.get(unit)
        if found is None:
            found = self._units[unit] = len(self._read)
            self._read.append(unit)
        return found


_NUMBERS: Final = np.zeros(0x700, dtype=np.int64)
for _number, _sign in enumerate(SIGNS):
    _NUMBERS[ord(_sign)] = _number
