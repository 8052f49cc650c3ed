"""Multiplies points by the blinds of a search, natively where possible; by libsodium otherwise.

Implements docs/protocol/probe.md §4.2 and §4.6. A blind is used for one search and known to nobody else; the points are
those of tokens, or those that the proof of an answer covers, so that a partner chooses none of them. One product of each
batch, each time the next, is compared with libsodium's; where it differs, libsodium makes the whole batch, and all
that this process makes from then on.
"""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import CDLL, byref, create_string_buffer, memmove
from itertools import count

from comity.core.crypto.native.library import library
from comity.core.crypto.voprf import sodium
from comity.core.crypto.voprf.sodium import IDENTITY, POINT_BYTES, SCALAR_BYTES, Secret

LEAST = 8
"""Points below which libsodium is as quick."""

_given_up: list[CDLL] = []
_turns = count()


def multiples(scalars: Sequence[Secret], points: Sequence[bytes]) -> list[bytes | None]:
    """Return the multiple of each point by its scalar; None where it is the identity.

    Args:
        scalars: reduced, as many as there are points.
        points: encodings that `sodium.is_element` took, or that `sodium.from_uniform` made.

    Raises:
        ValueError: lengths differ (a bug of the caller).
    """
    if len(scalars) != len(points) or any(len(point) != POINT_BYTES for point in points):
        raise ValueError("as many scalars as points")
    native = library()
    if native is not None and native not in _given_up and len(points) >= LEAST:
        found = natively(native, scalars, points)
        tried = next(_turns) % len(points)
        if found is not None and found[tried] == sodium.multiply(scalars[tried], points[tried]):
            return found
        _given_up.append(native)
    return [sodium.multiply(scalar, point) for scalar, point in zip(scalars, points, strict=True)]


def natively(native: CDLL, scalars: Sequence[Secret], points: Sequence[bytes]) -> list[bytes | None] | None:
    """Return what `multiples` does, by the compiled library alone; None where it fails."""
    together = create_string_buffer(SCALAR_BYTES * len(scalars))
    made = create_string_buffer(POINT_BYTES * len(points))
    try:
        for place, scalar in enumerate(scalars):
            memmove(byref(together, SCALAR_BYTES * place), scalar.buffer, SCALAR_BYTES)
        if native.comity_times(together, b"".join(points), len(points), made) != 0:
            return None
    finally:
        sodium.wipe(together)
    octets = bytes(made)
    parts = [octets[at : at + POINT_BYTES] for at in range(0, len(octets), POINT_BYTES)]
    return [None if part == IDENTITY else part for part in parts]
