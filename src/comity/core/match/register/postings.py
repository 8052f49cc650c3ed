"""Which records have which key: a sorted part that is searched by bisection, and a recent part kept in a dictionary."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MOST_RECENT: Final = 200_000
"""Entries of the recent part at which it is merged into the sorted one, when that is not larger still."""


class Postings:
    """Keys (whole numbers below 2^62) and the records that have them, in the order they were added."""

    def __init__(
        self,
        keys: NDArray[Any] | None = None,
        bounds: NDArray[Any] | None = None,
        records: NDArray[Any] | None = None,
    ) -> None:
        self.keys = np.zeros(0, dtype=np.int64) if keys is None else keys
        self.bounds = np.zeros(1, dtype=np.int64) if bounds is None else bounds
        self.records = np.zeros(0, dtype=np.int32) if records is None else records
        self._recent: dict[int, list[int]] = defaultdict(list)
        self._entries = 0

    def add(self, record: int, keys: Sequence[int]) -> None:
        """Enter a record under its keys."""
        for key in keys:
            self._recent[key].append(record)
        self._entries += len(keys)
        if self._entries > max(MOST_RECENT, len(self.records) // 4):
            self.merge()

    def merge(self) -> None:
        """Move the recent part into the sorted one."""
        if not self._entries:
            return
        recent = np.fromiter(self._recent, np.int64, len(self._recent))
        lengths = np.array([len(held) for held in self._recent.values()], dtype=np.int64)
        flat = np.fromiter((one for held in self._recent.values() for one in held), np.int32, self._entries)
        keys = np.concatenate([np.repeat(self.keys, np.diff(self.bounds)), np.repeat(recent, lengths)])
        records = np.concatenate([self.records, flat])
        self._sort(keys, records)
        self._recent, self._entries = defaultdict(list), 0

    def _sort(self, keys: NDArray[np.int64], records: NDArray[np.int32]) -> None:
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        fresh = np.ones(len(keys), dtype=np.bool_)
        fresh[1:] = keys[1:] != keys[:-1]
        starts = np.flatnonzero(fresh)
        self.keys = keys[starts]
        self.bounds = np.append(starts, len(keys)).astype(np.int64)
        self.records = records[order]

    def behind(
        self, keys: Sequence[int], *, sparing: tuple[range, int] = (range(0), 0)
    ) -> list[NDArray[np.int32]]:
        """Return the records behind each key, those without any left out.

        Args:
            keys: what is looked for.
            sparing: keys that are passed over where more records than so many have one.
        """
        spared, most = sparing
        wanted = np.array(keys, dtype=np.int64)
        found: list[NDArray[np.int32]] = []
        if len(self.keys):
            places = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
            for place in places[self.keys[places] == wanted]:
                held = self.records[self.bounds[place] : self.bounds[place + 1]]
                if len(held) <= most or int(self.keys[place]) not in spared:
                    found.append(held)
        for key in keys:
            recent = self._recent.get(key)
            if recent and (len(recent) <= most or key not in spared):
                found.append(np.array(recent, dtype=np.int32))
        return found

    def renumbered(self, numbers: NDArray[np.int32]) -> Postings:
        """Return new postings in which record `i` has the number `numbers[i]`; those below zero are left out."""
        self.merge()
        keys = np.repeat(self.keys, np.diff(self.bounds))
        records = numbers[self.records]
        found = Postings()
        found._sort(keys[records >= 0], records[records >= 0])
        return found
