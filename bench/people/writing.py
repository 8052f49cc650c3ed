"""How a clerk writes a person down: script, habit of spelling, and what goes wrong on the way."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from bench.people.persons import Person
from bench.people.pivot import HABITS

COLUMNS = ("id", "given", "family", "dob", "pob", "sex", "nat")

ARABIC_AT_HOME = 0.6
"""Share of the Moroccan side's registrations that are in Arabic letters."""

OTHER_SCRIPT = 0.65
"""Share of the queries that come in the other script than the register's, where the names are Maghrebi."""

ABROAD_IN_ARABIC = 0.15
"""The same for names of other origins: a Moroccan office that asks about a European."""

SHARES = {
    "typo": 0.05, "name swapped": 0.04, "particle": 0.05, "second name dropped": 0.5,
    "date missing": 0.06, "year only": 0.08, "first january": 0.05, "day and month swapped": 0.1,
    "decade wrong": 0.02, "digit wrong": 0.02, "place missing": 0.25, "sex missing": 0.03, "nationality missing": 0.1,
}  # fmt: skip
"""Share of the queries with each kind of damage; kinds of dates exclude each other, and day and month
are swapped only where both can be a month."""

_DATES = (
    "date missing",
    "year only",
    "first january",
    "day and month swapped",
    "decade wrong",
    "digit wrong",
)


@dataclass(frozen=True, slots=True)
class Written:
    """A row in the order of `COLUMNS`, the script it is in (`arabic` or `latin`), and its damage."""

    row: tuple[str, ...]
    script: str
    damage: tuple[str, ...] = ()


def registered(number: int, person: Person, luck: Random) -> Written:
    """Write the row of a register: complete, by the habit of the office."""
    if person.side == "MA" and luck.random() < ARABIC_AT_HOME:
        given, family, place = _arabic(person, luck)
        script = "arabic"
    else:
        habit = _habit(person, luck)
        given, family = _latin(person, habit, luck)
        place, script = person.place.latin[habit][0], "latin"
    row = (f"a{number}", given, family, _dated(person.born), place, person.sex, person.nat)
    return Written(row, script)


def asked(number: int, person: Person, script: str, luck: Random) -> Written:
    """Write a query about a person whom a register has in the given script."""
    share = OTHER_SCRIPT if person.origin == "maghreb" else ABROAD_IN_ARABIC
    other = luck.random() < share if script == "latin" else luck.random() < OTHER_SCRIPT
    arabic = other if script == "latin" else not other
    damage: list[str] = []
    if arabic:
        given, family, place = _arabic(person, luck)
    else:
        habit = luck.choice(HABITS)
        given, family = _latin(person, habit, luck)
        place = luck.choice(person.place.latin[habit])
    given, family = _names_damaged(given, family, person, luck, damage)
    date = _date_damaged(person.born, luck, damage)
    place = "" if _happens("place missing", luck, damage) else place
    sex = "" if _happens("sex missing", luck, damage) else person.sex
    nat = "" if _happens("nationality missing", luck, damage) else person.nat
    row = (f"b{number}", given, family, date, place, sex, nat)
    return Written(row, "arabic" if arabic else "latin", tuple(damage))


def _happens(kind: str, luck: Random, damage: list[str]) -> bool:
    happened = luck.random() < SHARES[kind]
    if happened:
        damage.append(kind)
    return happened


def _habit(person: Person, luck: Random) -> str:
    """Return whose spelling the register follows: French in Morocco, French or Dutch in Belgium, rarely another."""
    if luck.random() < 0.08:
        return luck.choice(HABITS)
    return "fr" if person.side == "MA" or luck.random() < 0.55 else "nl"


def _arabic(person: Person, luck: Random) -> tuple[str, str, str]:
    given = " ".join(_mostly_first(name.arabic, luck) for name in person.given)
    return given, _mostly_first(person.family.arabic, luck), person.place.arabic[0]


def _latin(person: Person, habit: str, luck: Random) -> tuple[str, str]:
    given = " ".join(luck.choice(name.latin[habit]) for name in person.given)
    return given, luck.choice(person.family.latin[habit])


def _mostly_first(spellings: tuple[str, ...], luck: Random) -> str:
    return spellings[0] if len(spellings) == 1 or luck.random() < 0.7 else luck.choice(spellings)


def _dated(born: tuple[int, int, int]) -> str:
    year, month, day = born
    return f"{year}-{month:02d}-{day:02d}"


def _names_damaged(
    given: str, family: str, person: Person, luck: Random, damage: list[str]
) -> tuple[str, str]:
    if (
        " " in given
        and not given.startswith(("Abd ", "عبد "))
        and _happens("second name dropped", luck, damage)
    ):
        given = given.split(" ")[0]
    if _happens("typo", luck, damage):
        if luck.random() < 0.4:
            given = _typo(given, luck)
        else:
            family = _typo(family, luck)
    if _happens("particle", luck, damage):
        family = _particle(family, person.origin)
    if _happens("name swapped", luck, damage):
        given, family = family, given
    return given, family


_PARTICLES = ("El ", "Al ", "Ben ", "Van den ", "Van de ", "Van der ", "Van ", "De ", "ال", "بن ")


def _particle(family: str, origin: str) -> str:
    """Drop the particle of a family name, or add one to a Maghrebi name."""
    for one in _PARTICLES:
        if family.startswith(one) and len(family) > len(one) + 2:
            rest = family[len(one) :]
            return rest[:1].upper() + rest[1:]
    if origin != "maghreb":
        return family
    return "ال" + family if family[0] > "\u0600" else f"El {family}"


def _typo(word: str, luck: Random) -> str:
    """Leave a letter out, write one twice, exchange two, or take a neighbour of the alphabet."""
    if len(word) < 4:
        return word
    place = luck.randrange(1, len(word) - 1)
    kind = luck.randrange(4)
    if kind == 0:
        return word[:place] + word[place + 1 :]
    if kind == 1:
        return word[:place] + word[place] + word[place:]
    if kind == 2:
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return word[:place] + luck.choice("aeionrst" if word[0] < "\u0600" else "ابترسنلم") + word[place + 1 :]


def _date_damaged(born: tuple[int, int, int], luck: Random, damage: list[str]) -> str:
    chance = luck.random()
    for kind in _DATES:
        chance -= SHARES[kind]
        if chance < 0:
            if kind == "day and month swapped" and not born[1] != born[2] <= 12:
                break
            damage.append(kind)
            return _damaged(born, kind, luck)
    return _dated(born)


def _damaged(born: tuple[int, int, int], kind: str, luck: Random) -> str:
    year, month, day = born
    if kind == "date missing":
        return ""
    if kind == "year only":
        return str(year)
    if kind == "first january":
        return f"{year}-01-01"
    if kind == "day and month swapped":
        return _dated((year, day, month))
    if kind == "decade wrong":
        return _dated((year + luck.choice((-10, 10)), month, day))
    return _dated((year, month, day + 10 if day <= 18 else day - 10))
