"""Of two names together how many bear them, counted for a base and its deltas: what the sketch of a record says.

Implements docs/protocol/probe.md §6, §7.5. Hashes of names, no name.
"""

from __future__ import annotations

import hashlib
from array import array

import numpy as np
from numpy.typing import NDArray

from comity.core.probe.query import Query
from comity.core.probe.rules.naming import pairs


class Bearers:
    """Of two names together how many bear them, in eight bytes a person.

    Args:
        octets: from `to_octets`; nobody is counted without.

    Raises:
        ValueError: no whole number of persons.
    """

    def __init__(self, octets: bytes = b"") -> None:
        self._hashes = array("Q")
        self._hashes.frombytes(octets)
        self._sorted: NDArray[np.uint64] | None = None

    def to_octets(self) -> bytes:
        """Return what was counted, in no order that tells anything."""
        return self._ordered().tobytes()

    def add(self, description: Query) -> None:
        """Count a person."""
        self._hashes.append(both_of(description))
        self._sorted = None

    def of(self, description: Query) -> int:
        """Return how many bear the same two names."""
        wanted = np.uint64(both_of(description))
        low, high = (int(np.searchsorted(self._ordered(), wanted, side)) for side in ("left", "right"))
        return high - low

    def _ordered(self) -> NDArray[np.uint64]:
        if self._sorted is None:
            self._sorted = np.sort(np.frombuffer(self._hashes.tobytes(), np.uint64))
        return self._sorted


def both_of(description: Query) -> int:
    """Return a number of eight bytes for the likeliest reading of the two names of a person, the same for equal names."""
    found = [pairs(one.given, one.family)[:1] for one in description.names]
    named = next((one[0].value for one in found if one), ())
    return int.from_bytes(hashlib.blake2b("|".join(named).encode(), digest_size=8).digest(), "little")
