"""Two files of person records linked, or one file with itself: it is searched for every row of the other.

The weights and the probability are those of a search in a register (`comity.core.match.register`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from comity.core.codes.sex import read_sex
from comity.core.match.records.dates import read_date
from comity.core.match.register.described import Description, sex_of_names
from comity.core.match.register.further import learned
from comity.core.match.register.index import RegisterIndex

SURE: Final = 3.0
"""Evidence, without the further columns, from which a pair teaches what these are worth: one in twenty may be wrong at even odds."""

DOUBLE: Final = 0.9
"""Probability from which two records of one register are taken to be one person."""

DOUBLED: Final = 0.2
"""Share of records with a double from which a register is full of them."""

MOST_LOOKED_AT: Final = 500
"""Records that are searched for in their own register to see whether it is."""

MOST_LEARNED: Final = 2_000
"""Records that are searched for to learn it."""

MOST_LINKS: Final = 1_000
"""Links of one query that are written at most."""


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """One row: what is compared of a person. Fields may be empty; `further` are columns compared as they stand."""

    id: str
    given: str = ""
    family: str = ""
    dob: str = ""
    pob: str = ""
    sex: str = ""
    nat: str = ""
    further: tuple[str, ...] = ()

    def described(self) -> Description:
        """Return what is compared of the row."""
        name = f"{self.given} {self.family}".strip()
        date = read_date(self.dob)
        return Description(
            names=(name,) if name else (),
            births=(date,) if date[0] else (),
            places=(self.pob,) if self.pob.strip() else (),
            sex=read_sex(self.sex),
            named=sex_of_names([self.given]),
            nationalities=(self.nat,) if self.nat.strip() else (),
            further=self.further,
        )


@dataclass(frozen=True, slots=True)
class Link:
    """A pair of records and the probability that they are one person."""

    id_a: str
    id_b: str
    probability: float


def link(
    register: Sequence[PersonRecord], queries: Iterable[PersonRecord], *, prior: float
) -> Iterator[Link]:
    """Return the links above the least probability of a hit, query by query, the likeliest first.

    Args:
        register: the records that are searched.
        queries: the records that are searched for; at most one counterpart of each is true, unless the register itself is
            full of doubles.
        prior: share of queries that have a counterpart, between 0 and 1, both excluded.
    """
    index, asked = _indexed(register), list(queries)
    _learn(index, register, [(query, None) for query in asked], prior)
    several = _is_doubled(index, register)
    for query in asked:
        for hit in index.search(query.described(), prior=prior, most=MOST_LINKS, several=several).hits:
            yield Link(register[hit.identity].id, query.id, hit.probability)


def link_within(register: Sequence[PersonRecord], *, prior: float) -> Iterator[Link]:
    """Return the links between records of one file, each pair once; any number of records may be one person.

    Args:
        register: the records; of a pair the earlier one stands first.
        prior: share of records that have another of the same person, between 0 and 1, both excluded.
    """
    index = _indexed(register)
    _learn(index, register, [(one, place) for place, one in enumerate(register)], prior)
    for place, one in enumerate(register):
        found = index.search(one.described(), prior=prior, most=MOST_LINKS, but=place, several=True)
        for hit in found.hits:
            if hit.identity < place:
                yield Link(register[hit.identity].id, one.id, hit.probability)


def _learn(
    index: RegisterIndex,
    register: Sequence[PersonRecord],
    asked: Sequence[tuple[PersonRecord, int | None]],
    prior: float,
) -> None:
    """Let an index learn what further columns weigh, from pairs that are one person by all else.

    Args:
        index: of the register.
        register: the records that are searched.
        asked: the records that are searched for, each with its place where it stands in the register itself.
        prior: as for `link`.
    """
    columns = max((len(one.further) for one in register), default=0)
    if not columns:
        return
    pairs: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    for query, place in asked[:: max(1, len(asked) // MOST_LEARNED)]:
        several = place is not None
        for hit in index.search(
            query.described(), prior=prior, most=MOST_LINKS, but=place, several=several
        ).hits:
            besides = hit.evidence - next(one.weight for one in hit.reasons if one.feature == "further")
            if besides > SURE:
                pairs.append((query.further, register[hit.identity].further))
    index.persons.columns_weigh = learned(pairs, columns)


def _is_doubled(index: RegisterIndex, register: Sequence[PersonRecord]) -> bool:
    """Tell whether many records of a register have another of the same person in it."""
    chosen = range(0, len(register), max(1, len(register) // MOST_LOOKED_AT))
    doubles = 0
    for place in chosen:
        found = index.search(register[place].described(), prior=0.5, most=1, but=place, several=True)
        doubles += any(hit.probability > DOUBLE for hit in found.hits)
    return doubles > DOUBLED * len(chosen)


def _indexed(register: Sequence[PersonRecord]) -> RegisterIndex:
    index = RegisterIndex()
    for place, one in enumerate(register):
        index.add(place, one.described())
    return index
