"""A sample that nobody could choose: drawn by a seed, so that whoever knows the seed draws the same.

Implements docs/protocol/oversight.md §6.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection

SEED_BYTES = 32


def drawn(seed: bytes, names: Collection[str], count: int) -> tuple[str, ...]:
    """Return `count` of the names, or all when there are fewer, in the order of SHA-256(seed | name).

    Raises:
        ValueError: the seed has another length, the count is negative (a bug of the caller).
    """
    if len(seed) != SEED_BYTES or count < 0:
        raise ValueError("a sample has a seed of 32 bytes and a count")
    ordered = sorted(set(names), key=lambda name: (hashlib.sha256(seed + name.encode()).digest(), name))
    return tuple(ordered[:count])
