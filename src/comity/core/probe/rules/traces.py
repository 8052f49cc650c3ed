"""Traces of a record: a few bits of its town, its day of birth and the letters of its names, which only agree or differ.

Implements docs/protocol/probe.md §6. They stand in the sketch of a record, seen by whoever opens it, and tell apart what the
rules leave alike: a misspelled name from another one, a wrong digit of a date from another date, a town from its province.
Each is a hash over the reference of the record, so that equal traces of two records say nothing; it is not secret from
whoever opens the record, who can try values. How much that tells is stated in §10.2 and ADR 48.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from comity.core.names.units import Unit, units
from comity.core.probe.query import PartialDate, Query
from comity.core.probe.rules.placing import town_codes

TOWNS = 63
"""Values of the trace of a town, beside 0 for none."""

PARTS = 8
"""Values of the trace of a month, and of that of the last digit of a day."""

LETTERS = 8
"""Bits of the trace of a name."""

Names = Sequence[tuple[Unit, ...]]


@dataclass(frozen=True, slots=True)
class Traces:
    """What a sketch holds of a record.

    Args:
        town: 1 to `TOWNS`; 0 when it is not known.
        month, day: below `PARTS`; they mean something only where the record knows a day.
        first, last: of the first part and of the last part of its name, a bit for each pair of neighbouring letters.
    """

    town: int = 0
    month: int = 0
    day: int = 0
    first: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class Traced:
    """How the traces of a record agree with what is asked.

    Args:
        town, month, day: whether they agree; None where one side does not know.
        worse, better: how alike the letters of the less and of the more alike of its two names are, 0 to 1.
    """

    town: bool | None = None
    month: bool | None = None
    day: bool | None = None
    worse: float = 0.0
    better: float = 0.0


def traces_of(described: Query, salt: bytes) -> Traces:
    """Return the traces of a record.

    Args:
        described: as it is indexed.
        salt: its reference.
    """
    town = next(iter(_towns(described, salt)), 0)
    first, last = _ends(described)
    day = next(iter(_days(described)), None)
    return Traces(
        town=town,
        month=_part(salt, "month", day[1]) if day else 0,
        day=_part(salt, "day", day[0] % 10) if day else 0,
        first=_letters(salt, "first", first),
        last=_letters(salt, "last", last),
    )


def compare(asked: Query, held: Traces, day: bool, salt: bytes) -> Traced:
    """Return how the traces of a record agree with a description.

    Args:
        asked: the description.
        held: of the record.
        day: whether the record knows its day of birth.
        salt: its reference.
    """
    towns, days = set(_towns(asked, salt)), _days(asked) if day else []
    codes = {code for name in asked.names for unit in _parts(name.given, name.family) for code in unit.fine}
    alike = sorted(
        max((_alike(own, _letters(salt, which, code)) for code in codes), default=0.0)
        for which, own in (("first", held.first), ("last", held.last))
    )
    return Traced(
        town=held.town in towns if held.town and towns else None,
        month=any(_part(salt, "month", month) == held.month for _, month in days) if days else None,
        day=any(_part(salt, "day", number % 10) == held.day for number, _ in days) if days else None,
        worse=alike[0],
        better=alike[1],
    )


def _parts(given: str, family: str) -> tuple[Unit, ...]:
    return (*units(given), *units(family))


def _ends(described: Query) -> tuple[str, str]:
    """Return the likeliest fine codes of the first and the last part of the first name that has any."""
    for name in described.names:
        found = _parts(name.given, name.family)
        if found:
            return found[0].fine[0], found[-1].fine[0]
    return "", ""


def _days(described: Query) -> list[tuple[int, int]]:
    return _known(birth for birth in described.births)


def _known(births: Iterable[PartialDate]) -> list[tuple[int, int]]:
    return [birth.day_month for birth in births if birth.day_month is not None]


def _towns(described: Query, salt: bytes) -> list[int]:
    return [1 + _hash(salt, "town", code) % TOWNS for code in town_codes(described.places)]


def _part(salt: bytes, what: str, number: int) -> int:
    return _hash(salt, what, str(number)) % PARTS


def _letters(salt: bytes, what: str, code: str) -> int:
    """Return a bit for each pair of neighbours of a fine code, its beginning and its end among them; 0 for no code."""
    ended = f"^{code}$" if code else ""
    bits = {_hash(salt, what, ended[at : at + 2]) % LETTERS for at in range(len(ended) - 1)}
    return sum(1 << bit for bit in bits)


def _alike(one: int, other: int) -> float:
    """Return twice what two sets of bits share, over what they hold together."""
    held = one.bit_count() + other.bit_count()
    return 2 * (one & other).bit_count() / held if held else 0.0


def _hash(salt: bytes, what: str, text: str) -> int:
    found = blake2b(f"{what}|{text}".encode(), digest_size=8, person=b"CP1-trace", salt=salt[:16])
    return int.from_bytes(found.digest(), "little")
