"""The retrieval table: a 3-wise binary fuse layout of 16-byte cells that answers every key, known or not.

Implements docs/protocol/probe.md §5. The value of a known key is the XOR of its three cells; an unknown key decodes
to noise. Cells that no key needs are random, so that the table is a string of random bytes to whoever has no outputs:
it shows neither labels nor multiplicities, and its size is padded to 5 % steps. Source: Graf and Lemire, "Binary fuse
filters" (2022), sizes as in their reference code; used as a key-value store as in ChalametPIR.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Places = NDArray[np.int64]

CELL_BYTES = 16
MAX_SEEDS = 64
_STEP = 1.05
_LEAST = 64


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the cells of a key lie.

    Args:
        seed: public; changed when the keys of a shard have no solution.
        segment: cells in a segment, a power of two.
        segments: segments in which the first cell of a key may lie.
    """

    seed: int
    segment: int
    segments: int

    @property
    def cells(self) -> int:
        """Number of cells."""
        return (self.segments + 2) * self.segment


def padded(count: int) -> int:
    """Return the published size for a count: the next of steps of 5 %, at least 64."""
    size = _LEAST
    while size < count:
        size = math.ceil(size * _STEP)
    return size


def layout_for(keys: int, seed: int) -> Layout:
    """Return the layout for a padded number of keys."""
    keys = max(keys, _LEAST)
    segment = 1 << min(18, math.floor(math.log(keys) / math.log(3.33) + 2.25))
    factor = max(1.125, 0.875 + 0.25 * math.log(1_000_000) / math.log(keys))
    capacity = round(keys * factor)
    segments = max(1, -(-capacity // segment) - 2)
    return Layout(seed, segment, segments)


def build(
    keys: Words, values: Words, layout_keys: int, random: Callable[[int], bytes]
) -> tuple[Layout, bytes]:
    """Return a layout and the cells that decode each key to its value.

    Args:
        keys: distinct 64-bit keys, shape (n,).
        values: 16-byte values, shape (n, 2).
        layout_keys: padded number of keys for which there is room, at least n.
        random: source of the fill.

    Raises:
        ValueError: two equal keys, or no solution in `MAX_SEEDS` tries (probability below 2^-64).
    """
    if len(np.unique(keys)) != len(keys) or len(keys) > layout_keys:
        raise ValueError("keys must be distinct and fit the layout")
    for seed in range(MAX_SEEDS):
        layout = layout_for(layout_keys, seed)
        order = _peel(_places(keys, layout), layout.cells)
        if order is not None:
            fill = np.frombuffer(random(layout.cells * CELL_BYTES), dtype="<u8").reshape(-1, 2).copy()
            return layout, _assign(fill, _places(keys, layout), values, order).tobytes()
    raise ValueError("no solution")


def lookup(cells: Words, keys: Words, layout: Layout) -> Words:
    """Return the 16-byte value of each key, shape (n, 2); noise for a key that is not in the table.

    Args:
        cells: little-endian words, shape (layout.cells, 2); may be memory-mapped.
        keys: 64-bit keys, shape (n,).
        layout: as the manifest states it.
    """
    places = _places(keys, layout)
    found: Words = cells[places[:, 0]] ^ cells[places[:, 1]] ^ cells[places[:, 2]]
    return found


def _places(keys: Words, layout: Layout) -> Places:
    """Return the three cells of each key, shape (n, 3)."""
    mixed = _mix(keys + np.uint64((layout.seed * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF))
    span = np.uint64(layout.segments * layout.segment)
    half = np.uint64(32)
    first = ((mixed >> half) * span + (((mixed & np.uint64(0xFFFFFFFF)) * span) >> half)) >> half
    mask = np.uint64(layout.segment - 1)
    second = (first + np.uint64(layout.segment)) ^ ((mixed >> np.uint64(18)) & mask)
    third = (first + np.uint64(2 * layout.segment)) ^ (mixed & mask)
    return np.stack([first, second, third], axis=1).astype(np.int64)


def _mix(keys: Words) -> Words:
    """Spread 64-bit keys (the finaliser of MurmurHash3)."""
    mixed = keys ^ (keys >> np.uint64(33))
    mixed = mixed * np.uint64(0xFF51AFD7ED558CCD)
    mixed = mixed ^ (mixed >> np.uint64(33))
    mixed = mixed * np.uint64(0xC4CEB9FE1A85EC53)
    spread: Words = mixed ^ (mixed >> np.uint64(33))
    return spread


def _peel(places: Places, cells: int) -> list[tuple[Places, Places]] | None:
    """Return rounds of (keys, cells they own), the last to be assigned first; None when a core remains."""
    count = np.bincount(places.ravel(), minlength=cells)
    mixed = np.zeros(cells, dtype=np.int64)
    for column in range(3):
        np.bitwise_xor.at(mixed, places[:, column], np.arange(len(places), dtype=np.int64))
    rounds: list[tuple[Places, Places]] = []
    alone = np.flatnonzero(count == 1)
    left = len(places)
    while len(alone):
        keys, first = np.unique(mixed[alone], return_index=True)
        rounds.append((keys, alone[first]))
        left -= len(keys)
        touched = places[keys]
        np.subtract.at(count, touched.ravel(), 1)
        np.bitwise_xor.at(mixed, touched.ravel(), np.repeat(keys, 3))
        candidates = np.unique(touched.ravel())
        alone = candidates[count[candidates] == 1]
    return rounds if left == 0 else None


def _assign(fill: Words, places: Places, values: Words, rounds: list[tuple[Places, Places]]) -> Words:
    """Set, in the reverse order of peeling, the one cell that each key owns."""
    for keys, own in reversed(rounds):
        others = places[keys]
        fill[own] ^= fill[others[:, 0]] ^ fill[others[:, 1]] ^ fill[others[:, 2]] ^ values[keys]
    return fill
