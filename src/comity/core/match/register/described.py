"""What is compared of a person, whether it stands in a register, in a row of a file or in a question."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from comity.core.match.records.dates import Date


class Sex(StrEnum):
    """Sex as registered, or not known."""

    UNKNOWN = ""
    FEMALE = "F"
    MALE = "M"
    OTHER = "X"


@dataclass(frozen=True, slots=True)
class Description:
    """One person as described; every field may be empty.

    Attributes:
        names: full names, each in one writing; given and family name in any order.
        births: dates of birth, each as far as it is known.
        places: places of birth as written.
        sex: as registered.
        nationalities: codes or words, compared as they stand without case.
        parents: full names of father and mother.
        numbers: numbers of documents, phones and the like, each with its kind, compared without spaces and signs.
        further: columns of a file compared as they stand; the same column at the same place in all records.
    """

    names: tuple[str, ...] = ()
    births: tuple[Date, ...] = ()
    places: tuple[str, ...] = ()
    sex: Sex = Sex.UNKNOWN
    nationalities: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    further: tuple[str, ...] = ()


def plain(text: str) -> str:
    """Return a text without case, spaces and signs."""
    return "".join(sign for sign in text.casefold() if sign.isalnum())
