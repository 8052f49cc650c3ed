"""The fixed shape of a search: how many slots each class of keys has, whatever is asked.

Implements docs/protocol/probe.md §4.1. Each class has a key of its own, so that what is easier to guess is metered apart:
a token can only be evaluated in the slots of its class.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class KeyClass(StrEnum):
    """What a key evaluates."""

    NUMBER = "id"
    """Tokens of a document number and one more field."""

    CONJUNCTION = "o"
    """Tokens of at least three fields."""

    PAIR = "t"
    """Tokens of two fields, of which several must open together; optional."""

    OPENING = "open"
    """Record keys: the second half of the key of a blob."""


@dataclass(frozen=True, slots=True)
class SlotLayout:
    """Slots in the order in which their points travel.

    Args:
        slots: each class with its number of slots.

    Raises:
        ValueError: a class twice, or one without slots.
    """

    slots: tuple[tuple[KeyClass, int], ...]

    def __post_init__(self) -> None:
        classes = [key_class for key_class, _ in self.slots]
        if not classes or len(set(classes)) != len(classes) or any(count < 1 for _, count in self.slots):
            raise ValueError("each class once, with at least one slot")

    @property
    def total(self) -> int:
        """Points in a request."""
        return sum(count for _, count in self.slots)

    def ranges(self) -> Iterator[tuple[KeyClass, range]]:
        """Yield each class with the places of its points."""
        start = 0
        for key_class, count in self.slots:
            yield key_class, range(start, start + count)
            start += count

    def place(self, at: int) -> tuple[KeyClass, int]:
        """Return the class and the slot within it of a place.

        Raises:
            IndexError: no such place.
        """
        for key_class, places in self.ranges():
            if at in places:
                return key_class, at - places.start
        raise IndexError(at)


SEARCH: Final = SlotLayout(((KeyClass.NUMBER, 2), (KeyClass.CONJUNCTION, 10), (KeyClass.PAIR, 4)))
"""The 16 points of a query."""

OPENINGS: Final = SlotLayout(((KeyClass.OPENING, 2),))
"""The two points that follow it, whatever was found."""
