"""What is compared of a person, whether it stands in a register, in a row of a file or in a question."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from comity.core.codes.sex import Sex
from comity.core.match.records.dates import Date
from comity.core.names.sexes import sex_of_given


@dataclass(frozen=True, slots=True)
class Description:
    """One person as described; every field may be empty.

    Attributes:
        names: full names, each in one writing; given and family name in any order.
        births: dates of birth, each as far as it is known.
        places: places of birth as written.
        sex: as registered.
        named: the sex that the given names tell, for what it is worth (`comity.core.names.sexes`).
        nationalities: codes or words, compared as they stand without case.
        parents: full names of father and mother.
        numbers: numbers of documents, phones and the like, each with its kind, compared without spaces and signs.
        damaged: those of the numbers whose check digits are wrong: one more or one less of them says little.
        further: columns of a file compared as they stand; the same column at the same place in all records.
    """

    names: tuple[str, ...] = ()
    births: tuple[Date, ...] = ()
    places: tuple[str, ...] = ()
    sex: Sex | None = None
    named: Sex | None = None
    nationalities: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    damaged: frozenset[str] = frozenset()
    further: tuple[str, ...] = ()


def sex_of_names(given: Iterable[str]) -> Sex | None:
    """Return the sex that the given names of one person surely tell; None when none does, or two contradict."""
    told = {found.sex for name in given if (found := sex_of_given(name)) and found.sure}
    return told.pop() if len(told) == 1 else None


def plain(text: str) -> str:
    """Return a text without case, spaces and signs."""
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def leading(text: str) -> str:
    """Return the first word of a text, plain: the area of a post code, the trade of a profession, the name of a street."""
    return next(filter(None, map(plain, text.split())), "")
