"""Dates of birth as the records hold them, and how far two of them agree."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

Date = tuple[int, int, int]
"""Year, month, day; 0 where it is not known."""

UNKNOWN: Final[Date] = (0, 0, 0)


class DateAgreement(StrEnum):
    """How two dates agree; the order is that of the weights in `records_v1.toml`, the strongest first."""

    EXACT = "exact"
    YEAR_ONLY = "year_only"
    FIRST_JANUARY = "first_january"
    SWAPPED = "swapped"
    ONE_PART = "one_part"
    MISSING = "missing"
    YEAR_EQUAL = "year_equal"
    DIFFERENT = "different"


_FORMS: Final = (
    re.compile(r"(?P<y>\d{4})(?:[-/.](?P<m>\d{1,2})(?:[-/.](?P<d>\d{1,2}))?)?"),
    re.compile(r"(?P<d>\d{1,2})[-/.](?P<m>\d{1,2})[-/.](?P<y>\d{4})"),
    re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})"),
)


def read_date(text: str) -> Date:
    """Return the parts of a date written year first or day first; `UNKNOWN` when it cannot be read."""
    plain = "".join(str(int(sign)) if sign.isdecimal() else sign for sign in text.strip()[:32])
    for form in _FORMS:
        found = form.fullmatch(plain)
        if found:
            year, month, day = (int(found[part] or 0) for part in "ymd")
            return (year, month, day) if year and month <= 31 and day <= 31 else UNKNOWN
    return UNKNOWN


def compare_dates(first: Date, second: Date) -> DateAgreement:
    """Return how two dates agree.

    An equal 1 January says little more than the year: it stands in papers whenever the day is not known. Against a
    real day of the same year it counts as a year alone. Day and month exchanged are one date read after two habits.
    """
    if not first[0] or not second[0]:
        return DateAgreement.MISSING
    conventional = [date[1:] in {(0, 0), (1, 1)} or not date[2] for date in (first, second)]
    if first == second:
        if first[1:] == (1, 1):
            return DateAgreement.FIRST_JANUARY
        return DateAgreement.EXACT if first[2] else DateAgreement.YEAR_ONLY
    if first[0] == second[0]:
        if first[1:] == (second[2], second[1]):
            return DateAgreement.SWAPPED
        if any(conventional):
            return DateAgreement.YEAR_ONLY
    equal = sum(x == y for x, y in zip(first, second, strict=True))
    if equal == 2 and not any(conventional):
        return DateAgreement.ONE_PART
    return DateAgreement.YEAR_EQUAL if first[0] == second[0] else DateAgreement.DIFFERENT
