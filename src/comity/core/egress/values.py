"""What of a subject is looked for in texts that leave, and the marks that such a text inherits from it.

Implements docs/protocol/egress.md §2. The subject never leaves this comparison: what comes out are kinds of values.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

from comity.core.codes.marks import Taint
from comity.core.egress.dates import Day
from comity.core.egress.names import NameForm, name_form
from comity.core.egress.reading import LEAST_NUMBER, Reading, joined_signs, read
from comity.core.register.birth import BirthPrecision
from comity.core.register.subject import PlaceRole, Subject, SubjectState

PHRASE: Final = 6
"""Words in a row that make a passage of a tainted text."""

PHRASE_SIGNS: Final = 24
"""Letters that such a passage has at least."""


class Value(StrEnum):
    """Kinds of values that can be recognised in a text."""

    NUMBER = "number"
    NAME = "name"
    BIRTH = "birth"
    ADDRESS = "address"
    TEXT = "text"


ITEM_TAINTS: Final = frozenset(
    {Taint.SIS, Taint.EURODAC, Taint.RETURN_ALERT, Taint.RESTRICTED, Taint.QUARANTINED}
)
"""Marks of where a value came from or how an entry stands; the others are marks of the person.

The same value in an untainted entry of our own has a source of its own: it came by another way (Reg. 2024/1358 Art. 49
Reg. 2018/1862 Art. 65 and Reg. 2018/1861 Art. 50 forbid to transfer what those systems hold, not what the service knows without them).
"""

_OF_STATE: Final = {
    SubjectState.RESTRICTED: Taint.RESTRICTED,
    SubjectState.QUARANTINED: Taint.QUARANTINED,
}


@dataclass(frozen=True)
class Known:
    """One subject as it is looked for.

    Args:
        uid: identifier in our register.
        touched: the case touches it: linked to the thread, or consulted by who writes; then each value counts by
            itself, and otherwise only a number, or a full name together with the date of birth.
        version: of the entry, as it was read.
    """

    uid: str
    subject: Subject
    touched: bool = False
    version: int = 0

    @cached_property
    def taints(self) -> frozenset[Taint]:
        """Marks of the entry, those of its state among them."""
        return taints_of(self.subject)

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Numbers without separators."""
        found = self.subject
        every = (
            *(paper.number for paper in found.documents),
            *found.phones,
            *found.emails,
            *(vehicle.number for vehicle in found.vehicles),
            *(account.number for account in found.accounts),
        )
        return frozenset(plain for one in every if len(plain := joined_signs(one)) >= LEAST_NUMBER)

    @cached_property
    def births(self) -> frozenset[Day]:
        """Dates of birth that are known to the day."""
        return frozenset(
            (birth.year, birth.month, birth.day)
            for birth in self.subject.births
            if birth.month and birth.day and birth.precision is BirthPrecision.DAY
        )

    @cached_property
    def names(self) -> tuple[NameForm, ...]:
        """Full names of the person itself; of its parents too where the case touches it."""
        texts = list(self.subject.full_names())
        if self.touched:
            texts += [name.text for name in self.subject.parents]
        return tuple(form for text in dict.fromkeys(texts) if (form := name_form(text)) is not None)

    @cached_property
    def addresses(self) -> tuple[tuple[str, ...], ...]:
        """Addresses, as words; those of at least three words."""
        places = (place.text for place in self.subject.places if place.role is PlaceRole.ADDRESS)
        return tuple(words for text in places if len(words := _words(text)) > 2)

    @cached_property
    def phrases(self) -> frozenset[tuple[str, ...]]:
        """Passages of its remarks."""
        return phrases_of(read(self.subject.remarks))


def taints_of(subject: Subject) -> frozenset[Taint]:
    """Return the marks of a subject, with the one that its state makes."""
    state = _OF_STATE.get(subject.marks.state)
    return frozenset(subject.marks.taints) | (frozenset() if state is None else {state})


def phrases_of(reading: Reading) -> frozenset[tuple[str, ...]]:
    """Return every passage of `PHRASE` words that is long enough to be recognised again."""
    words = reading.words
    runs = (words[start : start + PHRASE] for start in range(len(words) - PHRASE + 1))
    return frozenset(run for run in runs if "" not in run and sum(map(len, run)) >= PHRASE_SIGNS)


def _words(text: str) -> tuple[str, ...]:
    return read([text]).words[:-1]
