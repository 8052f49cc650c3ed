"""Birth dates with the precision that the source really has.

A year alone is not the first of January: the precision stays with the date, so that no comparison invents a day.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

FIRST_YEAR = 1800
LAST_YEAR = 2200
ADULT = 18
"""Years; Directive 2016/680 and the Convention on the Rights of the Child Art. 1."""

ESTIMATE = 2
"""Years by which an estimated year may be wrong, for the protection of minors."""

_ISO = re.compile(r"^(?P<circa>~)?(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?$")
_BASIC = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_RANGE = re.compile(r"^(?P<year>\d{4})/(?P<until>\d{4})$")


class BirthPrecision(StrEnum):
    """How exactly the date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    ESTIMATED = "estimated"
    RANGE = "range"


class BirthDate(BaseModel):
    """A birth date: year, and month and day where they are known; `until` is the last year of a range."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    year: Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)]
    month: Annotated[int, Field(ge=1, le=12)] | None = None
    day: Annotated[int, Field(ge=1, le=31)] | None = None
    precision: BirthPrecision
    until: Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.day is not None:
            if self.month is None:
                raise ValueError("a day without a month")
            date(self.year, self.month, self.day)
        if (self.until is None) == (self.precision is BirthPrecision.RANGE):
            raise ValueError("only a range has an end, and it must have one")
        if self.until is not None and self.until < self.year:
            raise ValueError("a range runs forwards")
        if self.precision is BirthPrecision.DAY and self.day is None:
            raise ValueError("a precise date has a day")
        if self.precision is BirthPrecision.MONTH and (self.month is None or self.day is not None):
            raise ValueError("a date to the month has a month and no day")
        return self

    def text(self) -> str:
        """Return ``1982-12-28``, ``1982-12``, ``1982``, ``~1982`` or ``1982/1985``."""
        if self.until is not None:
            return f"{self.year:04d}/{self.until:04d}"
        shown = f"{self.year:04d}"
        if self.month is not None:
            shown += f"-{self.month:02d}"
        if self.day is not None:
            shown += f"-{self.day:02d}"
        return f"~{shown}" if self.precision is BirthPrecision.ESTIMATED else shown

    def may_be_minor(self, today: date) -> bool:
        """Tell whether a person with this birth date may be under 18 on the day; doubt counts as yes."""
        year = self.until or self.year
        if self.precision is BirthPrecision.ESTIMATED:
            return today.year - (year + ESTIMATE) <= ADULT
        month = self.month or 12
        day = self.day or 31
        return (today.year - year, today.month, today.day) < (ADULT, month, day)

    def adult_from(self) -> date:
        """Return the first day on which a person with this birth date is no minor, doubt counted as it must be."""
        year = self.until or self.year
        if self.precision is BirthPrecision.ESTIMATED:
            return date(year + ESTIMATE + ADULT + 1, 1, 1)
        month, day = self.month or 12, self.day or 31
        # Who was born on a day that the year has not (29 February, 31 April) comes of age on the next one.
        if day > monthrange(year + ADULT, month)[1]:
            month, day = month + 1, 1
        return date(year + ADULT, month, day)


def read_birth(text: str) -> BirthDate:
    """Parse ``YYYY``, ``YYYY-MM``, ``YYYY-MM-DD``, ``YYYYMMDD``, ``~YYYY`` (estimated), ``YYYY/YYYY`` (between).

    ``00`` for an unknown month or day is taken as unknown.

    Raises:
        ValueError: none of these, or no such day.
    """
    if found := _BASIC.fullmatch(text):
        text = "-".join(found.groups())
    if found := _RANGE.fullmatch(text):
        return BirthDate(year=int(found["year"]), until=int(found["until"]), precision=BirthPrecision.RANGE)
    found = _ISO.fullmatch(text)
    if found is None:
        raise ValueError("no date of birth")
    return birth_of(
        int(found["year"]), int(found["month"] or 0), int(found["day"] or 0), estimated=bool(found["circa"])
    )


def birth_of(year: int, month: int = 0, day: int = 0, *, estimated: bool = False) -> BirthDate:
    """Return a birth date from numbers, 0 for what is unknown.

    Raises:
        ValueError: no such day, or a year out of range.
    """
    if day and not month:
        raise ValueError("a day without a month")
    precision = BirthPrecision.DAY if day else BirthPrecision.MONTH if month else BirthPrecision.YEAR
    return BirthDate(
        year=year,
        month=month or None,
        day=day or None,
        precision=BirthPrecision.ESTIMATED if estimated else precision,
    )
