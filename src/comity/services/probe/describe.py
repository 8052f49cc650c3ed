"""From a subject of the register to the description that it is indexed under, cut down to what may be used.

Implements docs/protocol/probe.md §2: only the data categories that the clause permits contribute to tokens.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import ValidationError

from comity.core.codes.marks import DataCategory
from comity.core.probe.query import MAX_NAMES, PartialDate, Query, WrittenName
from comity.core.register.birth import BirthDate, BirthPrecision
from comity.core.register.subject import NameRole, PlaceRole, Subject, SubjectKind

USED = (DataCategory.NAMES, DataCategory.BIRTH, DataCategory.PARENTS, DataCategory.DOCUMENTS)
"""Data categories that tokens are made from, the indispensable first."""


def categories_of(subject: Subject) -> frozenset[DataCategory]:
    """Return the data categories that the tokens of a subject would use."""
    held = {
        DataCategory.NAMES: bool(subject.own_names),
        DataCategory.BIRTH: bool(subject.births),
        DataCategory.PARENTS: bool(subject.parents),
        DataCategory.DOCUMENTS: bool(subject.documents),
    }
    return frozenset(category for category in USED if held[category])


def describe(subject: Subject, permitted: frozenset[DataCategory]) -> Query | None:
    """Return the description of a person, or None for anything else that the register holds.

    Args:
        subject: as the register holds it.
        permitted: data categories that may be used.
    """
    if subject.kind is not SubjectKind.PERSON or DataCategory.NAMES not in permitted:
        return None
    birth = DataCategory.BIRTH in permitted
    places = [place.text for place in subject.places if place.role is PlaceRole.BIRTH]
    parents = [name.text for name in subject.parents] if DataCategory.PARENTS in permitted else []
    papers = [paper.number for paper in subject.documents] if DataCategory.DOCUMENTS in permitted else []
    return Query(
        names=tuple(_names(subject))[:MAX_NAMES],
        births=tuple(_dates(subject.births))[:4] if birth else (),
        places=tuple(places[:8]) if birth else (),
        parents=tuple(parents[:8]),
        documents=tuple(papers[:8]),
        sex=subject.sex.value if subject.sex else "",
        nationalities=tuple(subject.nationalities[:8]),
    )


def _names(subject: Subject) -> list[WrittenName]:
    """Return given and family name of each script together, then names whose parts are not told apart."""
    found: list[WrittenName] = []
    own = subject.own_names
    for script in dict.fromkeys(name.script for name in own):
        given, family = (
            " ".join(name.text for name in own if name.role is role and name.script is script)
            for role in (NameRole.GIVEN, NameRole.FAMILY)
        )
        if given or family:
            found.append(WrittenName(given=given[:400], family=family[:400]))
    whole = (name.text for name in own if name.role in (NameRole.FULL, NameRole.ALIAS))
    return [*found, *(WrittenName(family=text) for text in whole)]


def _dates(births: Iterable[BirthDate]) -> list[PartialDate]:
    found = []
    for birth in births:
        if birth.precision is BirthPrecision.RANGE:
            continue
        try:
            found.append(PartialDate(year=birth.year, month=birth.month, day=birth.day))
        except ValidationError:
            continue
    return found
