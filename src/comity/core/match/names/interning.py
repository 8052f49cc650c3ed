"""Names as numbers: each distinct name and unit is read once, and its letters stand in flat arrays for the kernel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from comity.core.match.names.alphabet import ARABIC, END
from comity.core.match.names.kernel import FIGURES, compare_all, reaches
from comity.core.match.names.known import known
from comity.core.match.names.letters import SIGNS, letter_tables
from comity.core.match.names.reading import Unit, joined, units

PRICES: Final = np.array([0.0, 0.3, 2.0, 2.5, 2.5, 2.0, 0.5], dtype=np.float32)
"""Evidence lost when one side alone has a particle, by its kind (`comity.core.match.names.reading`)."""


@dataclass
class Interned:
    """Names read once, by number."""

    numbers: dict[str, int] = field(default_factory=dict)
    _units: dict[Unit, int] = field(default_factory=dict)
    _pieces: list[list[int]] = field(default_factory=list)
    _singles: list[int] = field(default_factory=list)

    def number(self, name: str) -> int:
        """Return the number of a name, which is read when it is new."""
        known = self.numbers.get(name)
        if known is not None:
            return known
        singles = units(name)
        neighbours = [joined(singles[i], singles[i + 1]) for i in range(len(singles) - 1)]
        self._pieces.append([self._unit(unit) for unit in (*singles, *neighbours)])
        self._singles.append(len(singles))
        self.numbers[name] = len(self._singles) - 1
        return self.numbers[name]

    def figures(self, left: Iterable[int], right: Iterable[int]) -> NDArray[np.float32]:
        """Return the figures of the pairs (left, right) of names by number, shape (pairs, FIGURES)."""
        first, second = np.fromiter(left, np.int32), np.fromiter(right, np.int32)
        out = np.zeros((len(first), FIGURES), dtype=np.float32)
        tables = letter_tables()
        evidence = (tables["ll"].evidence, tables["al"].evidence, tables["aa"].evidence)
        if getattr(self, "_for", None) != len(self._singles):
            name_bounds = np.zeros(len(self._pieces) + 1, dtype=np.int32)
            np.cumsum([len(pieces) for pieces in self._pieces], out=name_bounds[1:])
            flat = np.array([unit for pieces in self._pieces for unit in pieces], dtype=np.int32)
            singles = np.array(self._singles, dtype=np.int32)
            self._for = len(self._singles)
            self._arrays = (name_bounds, flat, singles, *self._letters())
        compare_all(first, second, *self._arrays, evidence, PRICES, out)
        return out

    def figures_of(self, name: str, others: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the figures of a name with others by number, shape (others, FIGURES)."""
        return self.figures(np.full(len(others), self.number(name)), others)

    def _unit(self, unit: Unit) -> int:
        return self._units.setdefault(unit, len(self._units))

    def _letters(
        self,
    ) -> tuple[
        NDArray[np.int32],
        NDArray[np.int32],
        NDArray[np.int32],
        NDArray[np.int32],
        NDArray[np.int32],
        NDArray[np.int32],
        NDArray[np.int32],
        NDArray[np.float32],
    ]:
        tables = letter_tables()
        read = list(self._units)
        scripts = np.array([unit.script for unit in read], dtype=np.int32)
        bounds = np.zeros(len(read) + 1, dtype=np.int32)
        np.cumsum([len(unit.letters) + 1 for unit in read], out=bounds[1:])
        text = END.join([unit.letters for unit in read]) + END
        signs = _NUMBERS[np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)]
        arabic = np.repeat(scripts == ARABIC, np.diff(bounds))[:, None]
        own = np.where(arabic, tables["aa"].rows(signs, side=0), tables["ll"].rows(signs, side=0))
        cross = np.where(arabic, tables["al"].rows(signs, side=0), tables["al"].rows(signs, side=1))
        starts = [start for unit in read for start in unit.starts]
        start_bounds = np.zeros(len(read) + 1, dtype=np.int32)
        np.cumsum([len(unit.starts) for unit in read], out=start_bounds[1:])
        evidence = tables["al"].evidence
        most = (evidence.max(axis=0), evidence.max(axis=1))
        reached = reaches(bounds, own, cross, scripts, (tables["ll"].evidence, tables["aa"].evidence), most)
        groups = known(self._units)
        flat = np.array(starts, dtype=np.int32).reshape(-1, 2)
        return bounds, own, cross, flat, start_bounds, scripts, groups, reached


_NUMBERS: Final = np.zeros(0x700, dtype=np.int64)
for _number, _sign in enumerate(SIGNS):
    _NUMBERS[ord(_sign)] = _number
