"""A list that was sent, made anew from what is kept of it: each point is padding or the number of an entry, and nothing else.

Implements docs/protocol/overlap.md §8. Rules:
    - the key, the order and the padding follow from the seed alone: a point too many, or at another place, shows;
    - a number is read from the register as it is: where the entry has changed since, that place is counted, not vouched for.
Attacks it stops: numbers of nobody in the register among the padding; a list with other numbers than those justified.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from comity.core.crypto.voprf.sodium import POINT_BYTES
from comity.core.overlap.points import filling, hidden_point, key_of, padded, places_of, public_of
from comity.errors import PeerError


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What was found of a list.

    Args:
        numbers: of the list. padding: places that hold none. recomputed: numbers whose very point was sent.
        changed: numbers whose entry is no longer as it was, so that nothing can be said of their points.
    """

    numbers: int
    padding: int
    recomputed: int
    changed: int


def recompute(seed: bytes, public: bytes, points: bytes, numbers: Sequence[str | None]) -> Recomputed:
    """Return what of a list follows from its seed and the register.

    Args:
        seed: of the list. public: its public key, as it was sent. points: as they were sent.
        numbers: in the order of the list; None where the entry has changed since.

    Raises:
        PeerError: ``overlap.audit-list``: another size, key, padding or number than those.
    """
    size, count = padded(len(numbers)), len(numbers)
    if len(points) != size * POINT_BYTES or public != public_of(seed):
        raise PeerError("overlap.audit-list")
    key, vouched = key_of(seed), 0
    try:
        for at, place in enumerate(places_of(seed, size)):
            number = numbers[place] if place < count else None
            if place < count and number is None:
                continue
            made = filling(seed, place) if number is None else hidden_point(key, number)
            if points[at * POINT_BYTES : (at + 1) * POINT_BYTES] != made:
                raise PeerError("overlap.audit-list")
            vouched += number is not None
    finally:
        key.wipe()
    return Recomputed(count, size - count, vouched, count - vouched)
