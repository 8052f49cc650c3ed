"""Eight bytes beside the reference of a record: how much it says, and how common its names are; nothing of the person.

Implements docs/protocol/probe.md §6. Only who opens the record sees them. They tell whether a field that did not agree is
unknown or another one, and how much it means that the names agree.
"""

from __future__ import annotations

from dataclasses import dataclass

from comity.core.probe.query import Query
from comity.errors import PeerError

SKETCH_BYTES = 8
MOST_LEVEL = 15

_DAY, _PLACE, _PARENT = 1, 2, 4


@dataclass(frozen=True, slots=True)
class Sketch:
    """What the issuer says of the quality of a record.

    Args:
        day, place, parent: whether the record knows them.
        bearers: the binary logarithm of how many records of the index bear the same two names, rounded down.
    """

    day: bool
    place: bool
    parent: bool
    bearers: int

    def to_octets(self) -> bytes:
        """Return the eight bytes, the last six of them zero."""
        flags = _DAY * self.day + _PLACE * self.place + _PARENT * self.parent
        return bytes([flags, min(MOST_LEVEL, self.bearers)]) + bytes(SKETCH_BYTES - 2)


def sketch_of(description: Query, bearers: int) -> Sketch:
    """Return the sketch of a record.

    Args:
        description: as it is indexed.
        bearers: records of the index that bear the same two names, itself included.
    """
    return Sketch(
        day=any(birth.day_month for birth in description.births),
        place=bool(description.places),
        parent=bool(description.parents),
        bearers=max(1, bearers).bit_length() - 1,
    )


def read_sketch(octets: bytes) -> Sketch:
    """Return a sketch that a partner made.

    Raises:
        PeerError: ``probe.sketch``.
    """
    if len(octets) != SKETCH_BYTES or octets[0] > 7 or octets[1] > MOST_LEVEL or any(octets[2:]):
        raise PeerError("probe.sketch")
    flags = octets[0]
    return Sketch(bool(flags & _DAY), bool(flags & _PLACE), bool(flags & _PARENT), octets[1])
