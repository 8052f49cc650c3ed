"""How common names are in the register of the issuer, as far as both sides must know it to make the same tokens.

Implements docs/protocol/probe.md §3. A name that fewer than `LEAST` persons bear is not listed, so that the list says
nothing of anybody: it names skeletons that thousands share, with counts rounded to one of eight steps for each power of two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

LEAST = 2000
"""Persons who bear a listed name, at least."""

MAX_LISTED = 2000
"""Names that a list may hold."""

_UNLISTED = 0.35
"""Persons who bear a name that is not listed, as a part of `LEAST`: the mean over persons of the unlisted names measured."""


@dataclass(frozen=True)
class Commonness:
    """What a manifest says of names.

    Args:
        persons: in the index, rounded.
        listed: coarse skeleton -> persons who bear it, rounded.
    """

    persons: int = 0
    listed: Mapping[str, int] = field(default_factory=dict)

    def of(self, code: str) -> float:
        """Return how many persons bear a name of this skeleton; a guess below `LEAST` where it is not listed."""
        return self.listed.get(code, min(LEAST * _UNLISTED, self.persons / 2))

    def of_both(self, one: str, other: str) -> float:
        """Return how many persons bear both names, were names drawn independently."""
        return self.of(one) * self.of(other) / max(1, self.persons)


def count(persons: int, bearers: Counter[str]) -> Commonness:
    """Return what may be said of the names of a register.

    Args:
        persons: in the index.
        bearers: coarse skeleton -> persons who bear it.
    """
    common = {code: rounded(number) for code, number in bearers.most_common(MAX_LISTED) if number >= LEAST}
    return Commonness(rounded(persons), dict(sorted(common.items())))


def rounded(number: int) -> int:
    """Return a number of which only the highest four bits are left."""
    shift = max(0, number.bit_length() - 4)
    return number >> shift << shift
