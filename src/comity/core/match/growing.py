"""Arrays that grow at their end, and rows of different lengths in one flat array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

_FIRST: Final = 1024


class Growing:
    """An array to which entries are added at its end; room doubles when it is used up.

    Args:
        kind: type of a number.
        filled: the first entries, shape (entries, *inner).
        inner: shape of one entry; nothing for a number.
    """

    def __init__(
        self, kind: DTypeLike, filled: NDArray[Any] | None = None, inner: tuple[int, ...] = ()
    ) -> None:
        self._held = np.array(filled, dtype=kind) if filled is not None else np.zeros((_FIRST, *inner), kind)
        self.size = len(self._held) if filled is not None else 0

    @property
    def filled(self) -> NDArray[Any]:
        """Return the entries, shape (size, *inner); a view that is good until the next entry is added."""
        return self._held[: self.size]

    def add(self, entries: Sequence[Any] | NDArray[Any]) -> None:
        """Add entries at the end."""
        end = self.size + len(entries)
        if end > len(self._held):
            room = max(end, 2 * len(self._held), _FIRST)
            wider = np.zeros((room, *self._held.shape[1:]), dtype=self._held.dtype)
            wider[: self.size] = self._held[: self.size]
            self._held = wider
        if end > self.size:
            self._held[self.size : end] = entries
        self.size = end

    def cut(self, size: int) -> None:
        """Drop the entries from a place on."""
        self.size = min(self.size, size)


class Rows:
    """Rows of different lengths: row `i` is `values[bounds[i]:bounds[i + 1]]`."""

    def __init__(
        self, kind: DTypeLike, bounds: NDArray[Any] | None = None, values: NDArray[Any] | None = None
    ) -> None:
        self.bounds = Growing(np.int64, bounds if bounds is not None else np.zeros(1, dtype=np.int64))
        self.values = Growing(kind, values)

    def add(self, row: Sequence[int]) -> None:
        """Add one row."""
        self.values.add(row)
        self.bounds.add([self.values.size])

    def row(self, place: int) -> NDArray[Any]:
        """Return one row."""
        bounds = self.bounds.filled
        return self.values.filled[bounds[place] : bounds[place + 1]]

    def chosen(self, places: NDArray[np.int64]) -> Rows:
        """Return new rows: those of the places, in their order."""
        bounds, values = self.bounds.filled, self.values.filled
        lengths = bounds[places + 1] - bounds[places]
        ends = np.zeros(len(places) + 1, dtype=np.int64)
        np.cumsum(lengths, out=ends[1:])
        spots = np.repeat(bounds[places] - ends[:-1], lengths) + np.arange(int(ends[-1]), dtype=np.int64)
        return Rows(values.dtype, ends, values[spots])
