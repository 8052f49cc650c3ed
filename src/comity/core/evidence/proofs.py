"""Verification of Merkle proofs, independent of the code that makes them.

Implements docs/protocol/evidence.md §3 by the iterative algorithms of RFC 9162 §2.1.3.2 and §2.1.4.2. Sizes are
trusted only if a signed checkpoint names them: whoever calls has verified that checkpoint first.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from comity.errors import PeerError

MAX_PROOF = 2 * 64
"""No proof over fewer than 2**63 entries is longer."""


def _inner(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _check(proof: Sequence[bytes]) -> None:
    if len(proof) > MAX_PROOF or any(len(step) != 32 for step in proof):
        raise PeerError("evidence.proof")


def verify_inclusion(leaf: bytes, number: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Verify that the leaf hash is entry `number` (from 0) of the tree of this size and root.

    Raises:
        PeerError: ``evidence.proof``.
    """
    _check(proof)
    # 1. The entry must be inside the tree.
    if not 0 <= number < size:
        raise PeerError("evidence.proof")
    # 2. fn is the entry, sn the last entry.
    first, last, found = number, size - 1, leaf
    # 4. Climb one level for each hash of the proof.
    for step in proof:
        if last == 0:
            raise PeerError("evidence.proof")
        if first & 1 or first == last:
            found = _inner(step, found)
            while not first & 1 and first:
                first >>= 1
                last >>= 1
        else:
            found = _inner(found, step)
        first >>= 1
        last >>= 1
    # 5. The proof ends exactly at the root.
    if last != 0 or not hmac.compare_digest(found, root):
        raise PeerError("evidence.proof")


def verify_consistency(old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    """Verify that the tree (size, root) begins with the tree (old, old_root).

    An empty old tree is the beginning of every tree and needs an empty proof.

    Raises:
        PeerError: ``evidence.proof``.
    """
    _check(proof)
    if not 0 <= old <= size:
        raise PeerError("evidence.proof")
    if old in (0, size):
        start = hashlib.sha256(b"").digest() if old == 0 else root
        if proof or not hmac.compare_digest(start, old_root):
            raise PeerError("evidence.proof")
        return
    _climb_both(old, old_root, size, root, proof)


def _climb_both(old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    # 1. An empty proof cannot show growth.
    if not proof:
        raise PeerError("evidence.proof")
    # 2. If the old size is a power of two, its root is the first hash.
    steps = list(proof) if old & (old - 1) else [old_root, *proof]
    # 3. Start at the last entry of each tree.
    first, last = old - 1, size - 1
    # 4. Leave the common complete subtrees.
    while first & 1:
        first >>= 1
        last >>= 1
    # 5. and 6. Climb both trees at once.
    found_old = found = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise PeerError("evidence.proof")
        if first & 1 or first == last:
            found_old, found = _inner(step, found_old), _inner(step, found)
            while not first & 1 and first:
                first >>= 1
                last >>= 1
        else:
            found = _inner(found, step)
        first >>= 1
        last >>= 1
    # 7. Both roots are met exactly.
    if last != 0 or not hmac.compare_digest(found_old, old_root) or not hmac.compare_digest(found, root):
        raise PeerError("evidence.proof")
