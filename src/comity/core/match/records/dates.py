"""Dates of birth as the records hold them, and how far two of them agree.

A year between 1300 and 1500 is read as one of the Hijri calendar and converted (Umm al-Qura, library `hijridate`).
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from hijridate import Hijri

from comity.core.match.names.kernel import compiled

Date = tuple[int, int, int]
"""Year, month, day; 0 where it is not known."""

UNKNOWN: Final[Date] = (0, 0, 0)

_HIJRI: Final = range(1343, 1501)
"""Hijri years that the library converts: 1924 to 2077."""


class DateAgreement(StrEnum):
    """How two dates agree; the order is that of the numbers `agreement` returns and of `records_v1.toml`."""

    EXACT = "exact"
    YEAR_ONLY = "year_only"
    FIRST_JANUARY = "first_january"
    SWAPPED = "swapped"
    ONE_DIGIT = "one_digit"
    ONE_PART = "one_part"
    MISSING = "missing"
    YEAR_EQUAL = "year_equal"
    YEAR_NEAR = "year_near"
    DIFFERENT = "different"


AGREEMENTS: Final = tuple(DateAgreement)
"""Agreements by their numbers."""

(_EXACT, _YEAR_ONLY, _FIRST_JANUARY, _SWAPPED, _ONE_DIGIT, _ONE_PART, MISSING, _YEAR_EQUAL, _YEAR_NEAR,
 _DIFFERENT) = range(len(AGREEMENTS))  # fmt: skip

_FORMS: Final = (
    re.compile(r"(?P<y>\d{4})(?:[-/.](?P<m>\d{1,2})(?:[-/.](?P<d>\d{1,2}))?)?"),
    re.compile(r"(?P<d>\d{1,2})[-/.](?P<m>\d{1,2})[-/.](?P<y>\d{4})"),
    re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})"),
)


def read_date(text: str) -> Date:
    """Return the parts of a date written year first or day first; `UNKNOWN` when it cannot be read.

    Of a Hijri year or month alone the Gregorian year in which it begins is returned.
    """
    plain = "".join(str(int(sign)) if sign.isdecimal() else sign for sign in text.strip()[:32])
    for form in _FORMS:
        found = form.fullmatch(plain)
        if found:
            year, month, day = (int(found[part] or 0) for part in "ymd")
            if year in _HIJRI:
                return _gregorian(year, month, day)
            return (year, month, day) if year and month <= 31 and day <= 31 else UNKNOWN
    return UNKNOWN


def _gregorian(year: int, month: int, day: int) -> Date:
    try:
        found = Hijri(year, month or 1, day or 1).to_gregorian()
    except (ValueError, OverflowError):
        return UNKNOWN
    return (found.year, found.month, found.day) if day else (found.year, 0, 0)


def packed(date: Date) -> int:
    """Return a date as one number: 19820405; 0 when nothing is known."""
    return date[0] * 10_000 + date[1] * 100 + date[2]


def compare_dates(first: Date, second: Date) -> DateAgreement:
    """Return how two dates agree; see `agreement`."""
    return AGREEMENTS[agreement(packed(first), packed(second))]


@compiled
def agreement(first: int, second: int) -> int:
    """Return the number of the agreement of two packed dates; symmetric.

    An equal 1 January says little more than the year: it stands in papers whenever the day is not known. Against a
    real day of the same year it counts as a year alone. Day and month exchanged are one date read after two habits.
    """
    if first == 0 or second == 0:
        return MISSING
    year_a, year_b, rest_a, rest_b = first // 10_000, second // 10_000, first % 10_000, second % 10_000
    plain_a, plain_b = rest_a % 100 == 0 or rest_a == 101, rest_b % 100 == 0 or rest_b == 101
    if first == second:
        if rest_a == 101:
            return _FIRST_JANUARY
        return _YEAR_ONLY if plain_a else _EXACT
    if plain_a or plain_b:
        if year_a == year_b:
            return _YEAR_ONLY
        return _YEAR_NEAR if abs(year_a - year_b) == 1 else _DIFFERENT
    if year_a == year_b and rest_a // 100 == rest_b % 100 and rest_a % 100 == rest_b // 100:
        return _SWAPPED
    if _slip(first, second):
        return _ONE_DIGIT
    equal = int(year_a == year_b) + int(rest_a // 100 == rest_b // 100) + int(rest_a % 100 == rest_b % 100)
    if equal == 2:
        return _ONE_PART
    return _YEAR_EQUAL if year_a == year_b else _DIFFERENT


@compiled
def _slip(first: int, second: int) -> bool:
    """Tell whether one digit differs, or two neighbouring digits are exchanged."""
    differing, last, before_a, before_b, exchanged = 0, -2, 0, 0, False
    for place in range(8):
        a, b = first % 10, second % 10
        if a != b:
            exchanged = differing == 1 and last == place - 1 and a == before_b and b == before_a
            differing += 1
            last, before_a, before_b = place, a, b
        first, second = first // 10, second // 10
    return differing == 1 or (differing == 2 and exchanged)
