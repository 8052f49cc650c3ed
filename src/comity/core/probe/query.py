"""What is known of a person, in the canonical form that is searched with and indexed by.

Implements docs/protocol/probe.md §2. The keys are those of the register's CSV columns.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from comity.core import canonical
from comity.errors import InputError

MAX_TEXT = 400
MAX_NAMES = 12
COLUMNS = (
    "given", "family", "given_ar", "family_ar", "dob", "pob", "sex", "nat", "father", "mother", "document",
)  # fmt: skip
"""What a subject may be described with, in the order of the register's columns."""

ACCEPTED = (*COLUMNS, "pob_ar", "father_ar", "mother_ar")
"""Every key that is read: the register's columns in Arabic script besides."""

_PARENTS = ("father", "mother", "father_ar", "mother_ar")

Text = Annotated[str, StringConstraints(max_length=MAX_TEXT)]
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_DATE = re.compile(r"^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$")


class WrittenName(BaseModel):
    """One name as written; `given` is empty when it is not known which part is which."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    given: Text = ""
    family: Text = ""


class PartialDate(BaseModel):
    """A birth date as far as it is known; 1 January counts as unknown when it is only a convention."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    year: Annotated[int, Field(ge=1800, le=2200)]
    month: Annotated[int, Field(ge=1, le=12)] | None = None
    day: Annotated[int, Field(ge=1, le=31)] | None = None

    @model_validator(mode="after")
    def _no_day_without_month(self) -> Self:
        if self.day is not None and self.month is None:
            raise ValueError("a day without a month")
        return self

    @property
    def day_month(self) -> tuple[int, int] | None:
        """Return (day, month), or None when not known or 1 January, which stands for unknown in civil registers."""
        if self.day is None or self.month is None or (self.day, self.month) == (1, 1):
            return None
        return (self.day, self.month)

    def text(self) -> str:
        """Return the date as far as it is known, ISO 8601."""
        parts = [f"{self.year:04d}", *(f"{part:02d}" for part in (self.month, self.day) if part is not None)]
        return "-".join(parts)


class Query(BaseModel):
    """A description of one person."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    names: Annotated[tuple[WrittenName, ...], Field(max_length=MAX_NAMES)] = ()
    births: Annotated[tuple[PartialDate, ...], Field(max_length=4)] = ()
    places: Annotated[tuple[Text, ...], Field(max_length=8)] = ()
    parents: Annotated[tuple[Text, ...], Field(max_length=8)] = ()
    documents: Annotated[tuple[Text, ...], Field(max_length=8)] = ()
    sex: Text = ""
    nationalities: Annotated[tuple[Text, ...], Field(max_length=8)] = ()

    def to_octets(self) -> bytes:
        """Return the canonical JSON that the commitment covers (RFC 8785)."""
        return canonical.encode(self.model_dump(mode="json"))


def read_query(values: Mapping[str, object]) -> Query:
    """Build a query from the register's column names.

    Args:
        values: column -> text; empty texts and missing columns are unknown.

    Raises:
        InputError: ``probe.subject-unknown-column``, ``probe.subject-date``, ``probe.subject-malformed``,
            ``probe.subject-empty``. None of them repeats what was typed.
    """
    if set(values) - set(ACCEPTED):
        raise InputError("probe.subject-unknown-column", columns=", ".join(ACCEPTED))
    texts = {
        name: value.strip() if isinstance(value, str) else value for name, value in values.items() if value
    }
    if any(not isinstance(value, str) or len(value) > MAX_TEXT or halved(value) for value in texts.values()):
        raise InputError("probe.subject-malformed")
    known = {name: str(value) for name, value in texts.items() if value}
    names = [
        WrittenName(given=known.get(given, ""), family=known.get(family, ""))
        for given, family in (("given", "family"), ("given_ar", "family_ar"))
        if given in known or family in known
    ]
    if not names and "document" not in known:
        raise InputError("probe.subject-empty")
    return Query(
        names=tuple(names),
        births=(read_date(known["dob"]),) if "dob" in known else (),
        places=_one(known, "pob") + _one(known, "pob_ar"),
        parents=tuple(known[name] for name in _PARENTS if name in known),
        documents=_one(known, "document"),
        sex=known.get("sex", ""),
        nationalities=_one(known, "nat"),
    )


def read_date(text: str) -> PartialDate:
    """Parse ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``.

    A day that the calendar does not have is a slip of the pen: searched for, it would be answered with a miss.

    Raises:
        InputError: ``probe.subject-date``.
    """
    found = _DATE.fullmatch(text)
    if found is None:
        raise InputError("probe.subject-date")
    year, month, day = (int(part) if part and part != "00" else None for part in found.groups())
    try:
        made = PartialDate.model_validate({"year": year, "month": month, "day": day})
        date(made.year, made.month or 1, made.day or 1)
        return made
    except ValueError:
        raise InputError("probe.subject-date") from None


def halved(text: str) -> bool:
    """Tell whether a text holds half a character (a surrogate alone), which no UTF-8 can carry."""
    return _SURROGATE.search(text) is not None


def _one(known: Mapping[str, str], column: str) -> tuple[str, ...]:
    return (known[column],) if column in known else ()
