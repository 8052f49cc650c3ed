"""A growing tree of which only the right edge is kept: the verifier's own way to a root.

Implements docs/protocol/evidence.md §3. Independent of tiles and readers; needs O(log n) memory for n entries.
"""

from __future__ import annotations

import hashlib


class Frontier:
    """The roots of the complete subtrees that a tree's entries fill so far, largest first."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def append(self, entry: bytes) -> None:
        """Append the bytes of an entry."""
        found = hashlib.sha256(b"\x00" + entry).digest()
        full = self.size
        while full & 1:
            found = hashlib.sha256(b"\x01" + self._peaks.pop() + found).digest()
            full >>= 1
        self._peaks.append(found)
        self.size += 1

    def root(self) -> bytes:
        """Return the root over all entries so far."""
        if not self._peaks:
            return hashlib.sha256(b"").digest()
        found = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            found = hashlib.sha256(b"\x01" + peak + found).digest()
        return found
