"""Name pairs to judge by, none of which the measured parameters were fitted on: true ones and hard false ones.

Each set is a list of rows (name, name, label). Where we make the false pairs, there are for each true one: another person
of the same family name, one of the same given name, and the one of nearest spelling, as far as there are such.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from defusedxml import ElementTree

from bench.people.persons import Person, persons
from bench.people.pivot import HABITS

Pair = tuple[str, str, int]
ARABIC = re.compile("[\u0600-\u06ff]")
SEED = 2026
ALIKE = 0.35
"""Pairs of letters in common (Dice) from which an alias counts as a spelling of the name."""

LEAST_PAIRS = 30
"""True pairs below which a set says nothing."""


@dataclass(frozen=True, slots=True)
class Known:
    """One person of a list: the name that pairs are made with, and its other spellings."""

    name: str
    others: tuple[str, ...]


def united_nations(path: Path) -> dict[str, list[Pair]]:
    """Return the pairs of the United Nations' list: Latin names with good aliases that may be
    spellings of them, Arabic names with Latin ones."""
    latin, arabic = [], []
    for entry in ElementTree.parse(path).getroot().iter("INDIVIDUAL"):
        parts = (entry.findtext(f"{place}_NAME") or "" for place in ("FIRST", "SECOND", "THIRD", "FOURTH"))
        name = " ".join(" ".join(parts).split())
        aliases = [
            " ".join((alias.findtext("ALIAS_NAME") or "").split())
            for alias in entry.findall("INDIVIDUAL_ALIAS")
            if alias.findtext("QUALITY") == "Good"
        ]
        good = tuple(dict.fromkeys(one for one in aliases if not ARABIC.search(one) and _spelling(name, one)))
        latin.append(Known(name, good))
        original = " ".join((entry.findtext("NAME_ORIGINAL_SCRIPT") or "").split())
        if ARABIC.search(original):
            arabic.append(Known(original, (name, *good)))
    found = {"un_lat_lat": _paired(latin), "un_ar_lat": _paired(arabic)}
    return {name: pairs for name, pairs in found.items() if sum(pair[2] for pair in pairs) >= LEAST_PAIRS}


def name_bench(folder: Path) -> list[Pair]:
    """Return the cases about persons of nomenklatura's `contrib/name_bench`, in any script."""
    with (folder / "cases.csv").open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["schema"] == "Person"]
    return [(row["name1"], row["name2"], int(row["is_match"] == "true")) for row in rows]


def fictitious(number: int) -> dict[str, list[Pair]]:
    """Return pairs of fictitious Maghrebi names: Arabic with Latin, and Latin by two habits of spelling."""
    luck = Random(SEED)
    people = [one for one in persons(SEED, 3 * number) if one.origin == "maghreb"][:number]
    return {
        "fictitious_ar_lat": _written(people, luck, arabic=True),
        "fictitious_lat_lat": _written(people, luck, arabic=False),
    }


def _written(people: Sequence[Person], luck: Random, *, arabic: bool) -> list[Pair]:
    families, givens = defaultdict(list), defaultdict(list)
    for place, person in enumerate(people):
        families[id(person.family)].append(place)
        givens[id(person.given[0])].append(place)
    firsts = [_arabic(person, luck) if arabic else _latin(person, "fr", luck) for person in people]
    seconds = [_latin(person, luck.choice(HABITS if arabic else HABITS[1:]), luck) for person in people]
    grams = [_grams(name) for name in seconds]
    found: list[Pair] = []
    for place, person in enumerate(people):
        found.append((firsts[place], seconds[place], 1))
        sample = luck.sample(range(len(people)), 200)
        near = _nearest(grams[place], sample, grams)
        for choice in (families[id(person.family)], givens[id(person.given[0])], near[:3]):
            others = [one for one in choice if not _namesakes(person, people[one])]
            if others:
                other = luck.choice(others) if choice is not near else others[0]
                found.append((firsts[place], seconds[other], 0))
    return found


def _nearest(own: frozenset[str], among: Sequence[int], grams: Sequence[frozenset[str]]) -> list[int]:
    """Return the numbers of names, the nearest in spelling first."""
    return sorted(among, key=lambda number: -_dice(own, grams[number]))


def _namesakes(one: Person, other: Person) -> bool:
    return one.family is other.family and one.given[0] is other.given[0]


def _arabic(person: Person, luck: Random) -> str:
    return " ".join(luck.choice(name.arabic) for name in (*person.given, person.family))


def _latin(person: Person, habit: str, luck: Random) -> str:
    return " ".join(luck.choice(name.latin[habit]) for name in (*person.given, person.family))


def _paired(known: Sequence[Known]) -> list[Pair]:
    """Return the true pairs of a list and, for each, up to three false ones with the second name of another person."""
    names = [(place, other) for place, one in enumerate(known) for other in one.others]
    grams = [_grams(name) for _, name in names]
    first, last = defaultdict(list), defaultdict(list)
    for number, (_, name) in enumerate(names):
        words = _plain(name).split()
        first[words[0]].append(number)
        last[words[-1]].append(number)
    luck = Random(SEED)
    found: list[Pair] = []
    for place, true in names:
        found.append((known[place].name, true, 1))
        like = true if ARABIC.search(known[place].name) else known[place].name
        words = _plain(like).split()
        others = [number for number, (owner, _) in enumerate(names) if owner != place]
        near = _nearest(_grams(like), others, grams)
        chosen = {luck.choice(near[:3])}
        for alike in (first[words[0]], last[words[-1]]):
            strangers = [number for number in alike if names[number][0] != place]
            chosen |= {luck.choice(strangers)} if strangers else set()
        found += [(known[place].name, names[number][1], 0) for number in sorted(chosen)]
    return found


def _spelling(name: str, alias: str) -> bool:
    """Tell whether an alias can be a spelling of the name: two words or more, a part of the letters in common.

    The rest are other names, which no comparison of names can find.
    """
    return alias != name and " " in alias and _dice(_grams(name), _grams(alias)) >= ALIKE


def _plain(name: str) -> str:
    bare = unicodedata.normalize("NFD", name.casefold())
    return "".join(sign if sign.isalpha() else " " for sign in bare if not unicodedata.combining(sign)) or "-"


def _grams(name: str) -> frozenset[str]:
    plain = f" {_plain(name)} "
    return frozenset(plain[place : place + 2] for place in range(len(plain) - 1))


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / max(1, len(one) + len(other))
