"""The Merkle tree: roots and proofs from a reader of complete-subtree hashes.

Implements docs/protocol/evidence.md §3 (RFC 9162 §2.1: SHA-256, leaf prefix 0x00, node prefix 0x01). A reader returns
the hash of the complete subtree over leaves ``[index << level, (index + 1) << level)``; a proof over a log of n entries
asks it for O(log n) hashes. The verifiers stand apart in `proofs.py` and share none of this code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
"""Root of the tree without entries (RFC 9162 §2.1.1)."""

Reader = Callable[[int, int], bytes]
"""(level, index) to the 32-byte hash of that complete subtree."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry: SHA-256(0x00 | entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: SHA-256(0x01 | left | right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(size: int, reader: Reader) -> bytes:
    """Return the root of the first `size` entries.

    Raises:
        ValueError: the size is negative.
    """
    if size < 0:
        raise ValueError("a size is not negative")
    return _range(0, size, reader) if size else EMPTY_ROOT


def inclusion_proof(number: int, size: int, reader: Reader) -> list[bytes]:
    """Return the proof that entry `number` (from 0) stands in the first `size` entries (RFC 9162 §2.1.3.1).

    Raises:
        ValueError: the entry is not among them.
    """
    if not 0 <= number < size:
        raise ValueError("the entry is not in the tree")
    return _path(number, 0, size, reader)


def consistency_proof(old: int, size: int, reader: Reader) -> list[bytes]:
    """Return the proof that the first `old` entries begin the first `size` entries (RFC 9162 §2.1.4.1).

    Raises:
        ValueError: not 0 <= old <= size.
    """
    if not 0 <= old <= size:
        raise ValueError("the old size is outside the tree")
    if old in (0, size):
        return []
    return _subproof(old, 0, size, True, reader)


def _split(width: int) -> int:
    """Return the greatest power of two below `width` (RFC 9162 §2.1.1)."""
    return 1 << ((width - 1).bit_length() - 1)


def _range(low: int, high: int, reader: Reader) -> bytes:
    width = high - low
    level = width.bit_length() - 1
    if width == 1 << level:
        return reader(level, low >> level)
    middle = low + _split(width)
    return node_hash(_range(low, middle, reader), _range(middle, high, reader))


def _path(number: int, low: int, high: int, reader: Reader) -> list[bytes]:
    if high - low == 1:
        return []
    middle = low + _split(high - low)
    if number < middle:
        return [*_path(number, low, middle, reader), _range(middle, high, reader)]
    return [*_path(number, middle, high, reader), _range(low, middle, reader)]


def _subproof(old: int, low: int, high: int, whole: bool, reader: Reader) -> list[bytes]:
    if old == high:
        return [] if whole else [_range(low, high, reader)]
    middle = low + _split(high - low)
    if old <= middle:
        return [*_subproof(old, low, middle, whole, reader), _range(middle, high, reader)]
    return [*_subproof(old, middle, high, False, reader), _range(low, middle, reader)]
