"""Tiles: how the hashes of complete subtrees are kept so that proofs need few rows.

Implements docs/protocol/evidence.md §4 (the tile geometry of C2SP tlog-tiles). A tile of level L holds up to 256 hashes
of complete subtrees of 256**L entries; every hash between two tile levels is computed from at most 256 stored ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from comity.core.evidence.tree import HASH_BYTES, Reader, node_hash, root

HEIGHT = 8
WIDTH = 1 << HEIGHT

TileReader = Callable[[int, int], bytes]
"""(tile level, tile index) to the concatenated hashes stored there; empty if there is no such tile."""


def subtree_reader(tiles: TileReader) -> Reader:
    """Return a reader of complete-subtree hashes over stored tiles; each tile is read once."""
    kept: dict[tuple[int, int], bytes] = {}

    def read(level: int, index: int) -> bytes:
        tier, rise = divmod(level, HEIGHT)
        first = index << rise
        key = (tier, first >> HEIGHT)
        if key not in kept:
            kept[key] = tiles(*key)
        start = (first & (WIDTH - 1)) * HASH_BYTES
        found = kept[key][start : start + (HASH_BYTES << rise)]
        if len(found) != HASH_BYTES << rise:
            raise LookupError(f"tile {key} is short")
        return _fold(found)

    return read


def _fold(hashes: bytes) -> bytes:
    """Return the root over 2**n concatenated hashes."""
    row = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


def grow(size: int, leaves: Sequence[bytes], tiles: TileReader) -> tuple[dict[tuple[int, int], bytes], bytes]:
    """Append leaf hashes to a tree of `size` entries.

    Returns:
        The tiles that changed, by (level, index), and the new root.

    Raises:
        ValueError: the stored tiles do not fit the size.
    """
    changed: dict[tuple[int, int], bytes] = {}
    level, position, fresh = 0, size, list(leaves)
    while fresh:
        risen: list[bytes] = []
        start = position
        while fresh:
            index, filled = divmod(start, WIDTH)
            stored = tiles(level, index) if filled else b""
            if len(stored) != filled * HASH_BYTES:
                raise ValueError("a tile does not fit the size of the log")
            taken, fresh = fresh[: WIDTH - filled], fresh[WIDTH - filled :]
            tile = stored + b"".join(taken)
            changed[level, index] = tile
            start += len(taken)
            if len(tile) == WIDTH * HASH_BYTES:
                risen.append(_fold(tile))
        level, position, fresh = level + 1, position >> HEIGHT, risen

    def read(tier: int, index: int) -> bytes:
        found = changed.get((tier, index))
        return tiles(tier, index) if found is None else found

    return changed, root(size + len(leaves), subtree_reader(read))
