"""A fictitious population: a Belgian and a Moroccan register, with persons who stand in both.

Everything follows from the seed. Persons in both registers are written there in different scripts and spellings and
with the damage that registers have (a year only, day and month swapped, one digit wrong). Some records are marked as
witness, asylum seeker or minor: nobody at the partner may find them.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from random import Random

from comity.demo.name_tables import (
    BELGIAN_FAMILIES,
    BELGIAN_MEN,
    BELGIAN_PLACES,
    BELGIAN_WOMEN,
    FAMILIES,
    MEN,
    MOROCCAN_PLACES,
    WOMEN,
    Spelled,
)

COUNTRIES = ("BE", "MA")
SHARED = 50
"""One person in so many stands in both registers; at least `LEAST_SHARED` do."""

LEAST_SHARED = 12
COLUMNS = (
    "id",
    "given",
    "family",
    "given_ar",
    "family_ar",
    "dob",
    "pob",
    "pob_ar",
    "sex",
    "nat",
    "father",
    "mother",
    "father_ar",
    "mother_ar",
    "document",
    "category",
    "purpose",
    "taints",
)
_PURPOSES = ("terrorism", "organised-crime", "drugs", "trafficking-in-human-beings", "money-laundering")
_OTHER_PURPOSES = (*_PURPOSES, "wanted-persons", "border-post-data")


class Damage(StrEnum):
    """What the Moroccan register has wrong in a date of birth that the Belgian one has right."""

    NONE = "none"
    YEAR_ONLY = "year-only"
    SWAPPED = "swapped"
    ONE_DIGIT = "one-digit"


class Protection(StrEnum):
    """Why a record may not be found, if it may not."""

    NONE = "none"
    WITNESS = "witness"
    ASYLUM = "asylum"
    MINOR = "minor"


@dataclass(frozen=True, slots=True)
class Person:
    """A fictitious person, before any register writes it down. A Belgian name has no Arabic form."""

    given: Spelled
    family: Spelled
    father: Spelled
    mother: Spelled
    sex: str
    born: tuple[int, int, int]
    place: Spelled
    nationality: str


@dataclass(frozen=True, slots=True)
class Shared:
    """One person as each register has it; `protected` concerns the Moroccan record."""

    be: dict[str, str]
    ma: dict[str, str]
    damage: Damage
    protected: Protection


@dataclass(frozen=True, slots=True)
class Registers:
    """Files of the two registers and of the persons who stand in both."""

    be: Path
    ma: Path
    truth: Path


def population(seed: int, persons: int, country: str) -> Iterator[dict[str, str]]:
    """Yield the rows of one register, in an order of its own.

    Args:
        seed: the same seed gives the same rows, and the same shared persons in both registers.
        persons: number of rows.
        country: ``BE`` or ``MA``.
    """
    if country not in COUNTRIES:
        raise ValueError("the demonstration has a Belgian and a Moroccan register")
    for position in _order(seed, persons, country):
        yield _row(seed, persons, country, position)


def shared_persons(seed: int, persons: int) -> Iterator[Shared]:
    """Yield the persons who stand in both registers."""
    for index in range(_shared(persons)):
        be, ma = (_row(seed, persons, country, index) for country in COUNTRIES)
        yield Shared(be, ma, _damage(seed, index), _protection(seed, persons, "MA", index))


def write_registers(folder: Path, persons: int, seed: int) -> Registers:
    """Write both registers and the list of shared persons, readable by their owner only."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    files = Registers(folder / "register-be.csv", folder / "register-ma.csv", folder / "shared.csv")
    for country, path in zip(COUNTRIES, (files.be, files.ma), strict=True):
        _write(path, COLUMNS, population(seed, persons, country))
    truth = (
        {"id_be": each.be["id"], "id_ma": each.ma["id"], "damage": each.damage, "protected": each.protected}
        for each in shared_persons(seed, persons)
    )
    _write(files.truth, ("id_be", "id_ma", "damage", "protected"), truth)
    return files


def write_identification(folder: Path, persons: int, seed: int) -> dict[str, Path]:
    """Write, for each country, persons who are to be identified: other people than the registers', of another regime.

    They carry no purpose and no category of their own; the import says both.

    Args:
        folder: made if it is missing; readable by its owner only.
        persons: rows of each register.
        seed: of the registers.

    Returns:
        Country, in small letters, to file.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = {}
    for country in COUNTRIES:
        path = found[country.lower()] = folder / f"identification-{country.lower()}.csv"
        plain = {"category": "", "purpose": "", "taints": ""}
        _write(path, COLUMNS, ({**row, **plain} for row in population(seed + 1, persons, country)))
    return found


def _write(path: Path, columns: tuple[str, ...], rows: Iterator[dict[str, str]]) -> None:
    path.touch(mode=0o600)
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, columns)
        writer.writeheader()
        writer.writerows(rows)


def _shared(persons: int) -> int:
    return min(persons, max(LEAST_SHARED, persons // SHARED))


def _order(seed: int, persons: int, country: str) -> list[int]:
    order = list(range(persons))
    Random(f"{seed}/order/{country}").shuffle(order)  # noqa: S311 - fictitious persons, not keys
    return order


def _row(seed: int, persons: int, country: str, index: int) -> dict[str, str]:
    """Write down one person; those below the shared number are the same in both countries."""
    shared = index < _shared(persons)
    whose = "shared" if shared else country
    person = _person(Random(f"{seed}/{whose}/{index}"), shared or country == "MA")  # noqa: S311
    luck = Random(f"{seed}/writing/{country}/{index}")  # noqa: S311
    protection = _protection(seed, persons, country, index)
    born = (luck.randint(2010, 2018), *person.born[1:]) if protection is Protection.MINOR else person.born
    damage = _damage(seed, index) if shared and country == "MA" else Damage.NONE
    row = dict.fromkeys(COLUMNS, "")
    row |= {
        "id": f"{country}-{_number(seed, persons, country, index):06d}",
        "dob": _dates(born)[damage],
        "sex": person.sex,
        "nat": person.nationality,
        "category": "witness" if protection is Protection.WITNESS else "suspect",
        "purpose": luck.choice(_PURPOSES if shared else _OTHER_PURPOSES),
        "taints": "asylum" if protection is Protection.ASYLUM else "",
    }
    row |= _moroccan(person, luck) if country == "MA" else _belgian(person, luck)
    return row


def _number(seed: int, persons: int, country: str, index: int) -> int:
    """Return a number that says nothing about the other register: multiplication by a unit modulo 999,983."""
    factor = Random(f"{seed}/number/{country}").randrange(2, 999_983)  # noqa: S311
    return (index + 1) * factor % 999_983


def _person(luck: Random, maghrebi: bool) -> Person:
    """Make up a person; one in three of the Belgian register's own has a Maghrebi name too."""
    maghrebi = maghrebi or luck.random() < 1 / 3
    sex = luck.choice("FM")
    born = (luck.randint(1950, 2005), luck.randint(1, 12), luck.randint(1, 28))
    if maghrebi:
        given = luck.choice(MEN if sex == "M" else WOMEN)
        family, father, mother = luck.choice(FAMILIES), luck.choice(MEN), luck.choice(WOMEN)
        place = luck.choice(MOROCCAN_PLACES if luck.random() < 0.7 else BELGIAN_PLACES)
        nationality = luck.choice(("MA", "MA", "BE|MA"))
        return Person(given, family, father, mother, sex, born, place, nationality)
    names = (luck.choice(BELGIAN_MEN if sex == "M" else BELGIAN_WOMEN), luck.choice(BELGIAN_FAMILIES))
    parents = (luck.choice(BELGIAN_MEN), luck.choice(BELGIAN_WOMEN))
    spelled = [Spelled("", (name,)) for name in (*names, *parents)]
    return Person(
        spelled[0], spelled[1], spelled[2], spelled[3], sex, born, luck.choice(BELGIAN_PLACES), "BE"
    )


def _belgian(person: Person, luck: Random) -> dict[str, str]:
    """Write by French, Dutch or English habit; the habit is the clerk's, not the person's."""
    row = {"given": luck.choice(person.given.latin), "family": luck.choice(person.family.latin)}
    row["pob"] = luck.choice(person.place.latin)
    if luck.random() < 0.3:
        row |= {"father": luck.choice(person.father.latin), "mother": luck.choice(person.mother.latin)}
    if luck.random() < 0.2:
        row["document"] = f"passport:BE:ZZ{luck.randrange(10**6):06d}"
    return row


def _moroccan(person: Person, luck: Random) -> dict[str, str]:
    """Write in Arabic, and in half of the rows also by French habit."""
    row = {"given_ar": person.given.arabic, "family_ar": person.family.arabic, "pob_ar": person.place.arabic}
    if luck.random() < 0.5:
        row |= {"given": person.given.latin[0], "family": person.family.latin[0]}
    if luck.random() < 0.8:
        row |= {"father_ar": person.father.arabic, "mother_ar": person.mother.arabic}
    if luck.random() < 0.2:
        row["document"] = f"identity:MA:ZZ{luck.randrange(10**6):06d}"
    return row


def _dates(born: tuple[int, int, int]) -> dict[Damage, str]:
    year, month, day = born
    return {
        Damage.NONE: f"{year}-{month:02d}-{day:02d}",
        Damage.YEAR_ONLY: f"{year}",
        Damage.SWAPPED: f"{year}-{day:02d}-{month:02d}",
        Damage.ONE_DIGIT: f"{year}-{month:02d}-{(day + 10 if day <= 18 else day - 10):02d}",
    }


def _damage(seed: int, index: int) -> Damage:
    """Return the damage of a shared person: six in ten have none; a day beyond 12 is never taken for a month."""
    born = _person(Random(f"{seed}/shared/{index}"), maghrebi=True).born  # noqa: S311
    chance = Random(f"{seed}/damage/{index}").random()  # noqa: S311
    steps: tuple[tuple[float, Damage], ...] = (
        (0.6, Damage.NONE),
        (0.75, Damage.YEAR_ONLY),
        (0.9, Damage.SWAPPED),
    )
    found = next((damage for limit, damage in steps if chance < limit), Damage.ONE_DIGIT)
    return Damage.NONE if found is Damage.SWAPPED and (born[2] > 12 or born[1] == born[2]) else found


def _protection(seed: int, persons: int, country: str, index: int) -> Protection:
    """Protect the last three shared persons at the Moroccan side, and one in a hundred of all others."""
    shared = _shared(persons)
    if index < shared:
        protected = {
            shared - 1: Protection.WITNESS,
            shared - 2: Protection.ASYLUM,
            shared - 3: Protection.MINOR,
        }
        return protected.get(index, Protection.NONE) if country == "MA" else Protection.NONE
    luck = Random(f"{seed}/protection/{country}/{index}")  # noqa: S311
    choose: Callable[[tuple[Protection, ...]], Protection] = luck.choice
    if luck.random() < 0.01:
        return choose((Protection.WITNESS, Protection.ASYLUM, Protection.MINOR))
    return Protection.NONE
