"""From a subject of the register, or from what was typed, to what the matcher compares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress

from comity.core.codes.sex import read_sex
from comity.core.match.records.dates import Date
from comity.core.match.register.described import Description, sex_of_names
from comity.core.probe.query import PartialDate, Query
from comity.core.register.birth import BirthDate, BirthPrecision
from comity.core.register.phone import e164
from comity.core.register.subject import NameRole, PlaceRole, Subject

MOST_NAMES = 60
"""Names of one subject that are compared; public lists give at most about 50."""

MOST_YEARS = 5
"""Years of a range within which a birth lies that are compared, each for itself."""


def of_subject(subject: Subject) -> Description:
    """Return what is compared of a person of the register."""
    numbers = [
        *(paper.number for paper in subject.documents),
        *subject.phones,
        *subject.emails,
        *(account.number for account in subject.accounts),
    ]
    return Description(
        names=tuple(dict.fromkeys(subject.full_names()))[:MOST_NAMES],
        births=tuple(dict.fromkeys(_dates(subject.births))),
        places=tuple(place.text for place in subject.places if place.role is PlaceRole.BIRTH),
        sex=subject.sex,
        named=sex_of_names(name.text for name in subject.names if name.role is NameRole.GIVEN),
        nationalities=subject.nationalities,
        parents=tuple(name.text for name in subject.parents),
        numbers=tuple(dict.fromkeys(numbers)),
    )


def of_query(query: Query, country: str | None = None) -> Description:
    """Return what is compared of a person as an officer described them.

    Args:
        query: as described.
        country: ISO 3166 alpha-2 in which a national telephone number is read.
    """
    written = (f"{name.given} {name.family}".strip() for name in query.names)
    return Description(
        names=tuple(name for name in written if name),
        births=tuple(_date(birth) for birth in query.births),
        places=query.places,
        sex=read_sex(query.sex),
        named=sex_of_names(name.given for name in query.names),
        nationalities=query.nationalities,
        parents=query.parents,
        numbers=tuple(
            dict.fromkeys(written for number in query.documents for written in _written(number, country))
        ),
    )


def _written(number: str, country: str | None) -> Iterator[str]:
    """Yield a number as it stands, and as the register writes it if it can be a telephone."""
    yield number
    with suppress(ValueError):
        yield e164(number, country)


def _date(birth: PartialDate) -> Date:
    return (birth.year, birth.month or 0, birth.day or 0)


def _dates(births: Iterable[BirthDate]) -> Iterator[Date]:
    """Yield each date; of a range or an estimate, the years that it may mean."""
    for birth in births:
        if birth.until is not None:
            years = range(birth.year, min(birth.until, birth.year + MOST_YEARS - 1) + 1)
            yield from ((year, 0, 0) for year in years)
        elif birth.precision is BirthPrecision.ESTIMATED:
            yield from ((year, 0, 0) for year in (birth.year, birth.year - 1, birth.year + 1))
        else:
            yield (birth.year, birth.month or 0, birth.day or 0)
