"""Whether words that a node holds mention a person: every word of one of the names, or one of the numbers.

Free texts and bodies of messages hold no typed field on which a matcher could stand. A text counts as mentioning a person
when all words of one spelling of the name occur in it, folded, in any order, or a number of a paper or a telephone does.
It finds too much rather than too little: a person decides what of it concerns the one who asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from comity.core.probe.query import Query
from comity.core.register.subject import Subject
from comity.core.register.words import fold, query_words

LEAST_NUMBER = 5
"""A shorter number is looked for as a word of its own only."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Spellings of the names, each as folded words, and folded numbers."""

    names: frozenset[frozenset[str]]
    numbers: frozenset[str]

    def joined(self, other: Wanted) -> Wanted:
        """Return what either of the two looks for."""
        return Wanted(self.names | other.names, self.numbers | other.numbers)


def wanted(query: Query) -> Wanted:
    """Return what to look for of a person as described."""
    names = (query_words(f"{name.given} {name.family}") for name in query.names)
    return Wanted(_names(names), frozenset(filter(None, map(fold, query.documents))))


def wanted_of(subject: Subject) -> Wanted:
    """Return what to look for of a person of the register."""
    numbers = [*(paper.number for paper in subject.documents), *subject.phones, *subject.emails]
    names = (query_words(name) for name in subject.full_names())
    return Wanted(_names(names), frozenset(filter(None, map(fold, numbers))))


def mentions(sought: Wanted, value: Any) -> bool:
    """Tell whether a JSON value, with all its texts together, mentions a person."""
    words: set[str] = set()
    run = ""
    for text in _texts(value):
        words.update(query_words(text))
        run += f" {fold(text)}"
    if any(name <= words for name in sought.names):
        return True
    return any(
        number in words or (len(number) >= LEAST_NUMBER and number in run) for number in sought.numbers
    )


def _names(spellings: Iterable[tuple[str, ...]]) -> frozenset[frozenset[str]]:
    return frozenset(frozenset(words) for words in spellings if words)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
