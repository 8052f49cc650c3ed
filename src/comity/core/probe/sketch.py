"""Eight bytes beside the reference of a record: how much it says, how common its names are, and a few traces of the rest.

Implements docs/protocol/probe.md §6. Only who opens the record sees them. They tell whether a field that did not agree is
unknown or another one, how much it means that the names agree, and what the rules leave alike (`rules/traces.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from comity.core.probe.query import Query
from comity.core.probe.rules.traces import LETTERS, PARTS, TOWNS, Traces, traces_of

SKETCH_BYTES = 8
MOST_LEVEL = 15

_DAY, _PLACE, _PARENT = 1, 2, 4
_FILL = 2


@dataclass(frozen=True, slots=True)
class Sketch:
    """What the issuer says of a record to whoever opens it.

    Args:
        day, place, parent: whether the record knows them.
        bearers: the binary logarithm of how many records of the index bear the same two names, rounded down.
        traces: of town, day of birth and names.
    """

    day: bool
    place: bool
    parent: bool
    bearers: int
    traces: Traces

    def to_octets(self) -> bytes:
        """Return the eight bytes: flags, bearers, town, day and month, two names; the last two are zero."""
        flags = _DAY * self.day + _PLACE * self.place + _PARENT * self.parent
        own = self.traces
        born = PARTS * own.day + own.month
        return bytes(
            [flags, min(MOST_LEVEL, self.bearers), own.town, born, own.first, own.last, *bytes(_FILL)]
        )


def sketch_of(description: Query, bearers: int, reference: bytes) -> Sketch:
    """Return the sketch of a record.

    Args:
        description: as it is indexed.
        bearers: records of the index that bear the same two names, itself included.
        reference: of the record, 16 bytes, which salts its traces.
    """
    return Sketch(
        day=any(birth.day_month for birth in description.births),
        place=bool(description.places),
        parent=bool(description.parents),
        bearers=max(1, bearers).bit_length() - 1,
        traces=traces_of(description, reference),
    )


def read_sketch(octets: bytes) -> Sketch | None:
    """Return a sketch that a partner made; None for octets that are none."""
    most = (7, MOST_LEVEL, TOWNS, PARTS * PARTS - 1, (1 << LETTERS) - 1, (1 << LETTERS) - 1, 0, 0)
    if len(octets) != SKETCH_BYTES or any(one > limit for one, limit in zip(octets, most, strict=True)):
        return None
    flags, bearers, town, born, first, last = octets[:-_FILL]
    day, month = divmod(born, PARTS)
    traces = Traces(town, month, day, first, last)
    return Sketch(bool(flags & _DAY), bool(flags & _PLACE), bool(flags & _PARENT), bearers, traces)
