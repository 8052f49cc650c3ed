"""How the matcher reads a name: units of plain letters, each with the places where its core may begin.

A unit is a word with the particles before it (El Amrani, Ben Ali, Abd el Kader, van den Broeck) or a suffix after it
(Nour Eddine), written without spaces. A particle belongs to the unit and may be passed over at a price that depends
on its kind, so that Benali, Ben Ali, بنعلي and Ali meet without any of them being rewritten. Titles (Hadj, Sidi)
are left out when anything else remains. Nothing here knows about sounds: those are in the frozen parameters.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from comity.core.match.names.alphabet import ARABIC, LATIN, fold
from comity.core.names.particles import Kind, every

MAX_UNITS: Final = 6
"""Units of one name that are read; the rest of a longer name is not looked at."""

MAX_LETTERS: Final = 30
"""Letters of one unit that are read."""

ARTICLE, SERVANT, FILIAL, FATHER, TRIBE, PARTICLE = 1, 2, 3, 4, 5, 6
"""Kinds of particle: El; Abd; Ben, Bel, Ibn, Ould; Bou, Abou; Ait, Oulad; van, de."""


class Unit(NamedTuple):
    """One unit: its letters, its script, and where its core may begin, as (letters passed over, kind)."""

    letters: str
    script: int
    starts: tuple[tuple[int, int], ...]


_PARTICLES: Final[dict[str, int]] = {
    **dict.fromkeys(every(Kind.EUROPEAN), PARTICLE),
    **dict.fromkeys(every(Kind.ARTICLE), ARTICLE),
    **dict.fromkeys(every(Kind.SERVANT), SERVANT),
    **dict.fromkeys(every(Kind.FILIAL, Kind.BEL, Kind.SON), FILIAL),
    **dict.fromkeys(every(Kind.FATHER), FATHER),
    **dict.fromkeys(every(Kind.TRIBE), TRIBE),
}
_ASSIMILATED: Final = frozenset(
    [
        "en",
        "es",
        "ech",
        "er",
        "ed",
        "et",
        "ez",
        "an",
        "as",
        "ash",
        "ach",
        "ar",
        "ad",
        "at",
        "az",
        "edh",
        "eth",
        "adh",
        "ath",
        "us",
        "ur",
        "un",
        "ush",
        "esh",
    ]
)
_SUFFIXES: Final = every(Kind.FAITH, Kind.GOD)
_TITLES: Final = every(Kind.TITLE)
_GLUED: Final = (
    (re.compile(r"(?:ال|al|el)(?=.{3})"), ARTICLE),
    (re.compile(r"(?:ل|l)(?=[^aeiouyل].{2}|[aeiou].{3})"), ARTICLE),
    (re.compile(r"[aeou]([bcdfghjkmnqrstvwxz])(?=\1.{2})"), ARTICLE),
    (re.compile(r"[aeou](?=chch|shsh|sjsj|dhdh|thth)"), ARTICLE),
    (re.compile(r"(?:sidi?|moulay|lalla|سيدي?|مولاي|لاله)(?=.{3})"), PARTICLE),
    (re.compile(r"abd(?:[aeiou]l{1,2}|ou|[aeou]([bcdfghjkmnqrstvwxz])(?=\1)|e|a|u)?(?=.{3})"), SERVANT),
    (re.compile(r"عبدال(?=.{2})|عبد(?=.{3})"), SERVANT),
    (re.compile(r"(?:ben|bin|bel|ibn|ould|بن|بل|ولد)(?=.{3})"), FILIAL),
    (re.compile(r"(?:abou|abu|bou|bu|ابو|بو)(?=.{3})"), FATHER),
    (re.compile(r"(?:ait|oulad|ouled|oul(?!d)|ou(?!ld)|ايت|اولاد|او)(?=.{3})"), TRIBE),
)


_SPECIAL: Final = frozenset(_PARTICLES) | _ASSIMILATED | _SUFFIXES | _TITLES
"""Words that may be more, or less, than a unit by themselves."""

_FROM_THE_BEGINNING: Final = ((0, 0),)


_SCRIPT_CHANGES: Final = re.compile(r"(?<=[a-z])(?=[\u0600-\u06ff])|(?<=[\u0600-\u06ff])(?=[a-z])")
"""Where a word goes on in another script: no table holds both, so that it is read as two words."""


@lru_cache(maxsize=1 << 17)
def units(name: str) -> tuple[Unit, ...]:
    """Return the units of a name in the order written, at most `MAX_UNITS`; none when it holds no letter."""
    text = fold(name)
    tokens = (text if text.isascii() else _SCRIPT_CHANGES.sub(" ", text)).split()
    # Most names have no particle: their words are their units.
    if _SPECIAL.isdisjoint(tokens):
        return tuple(_unit(token, _FROM_THE_BEGINNING) for token in tokens[:MAX_UNITS])
    return tuple(_gathered(_untitled(tokens))[:MAX_UNITS])


def _untitled(tokens: list[str]) -> list[str]:
    """Leave out titles; a title that ends the name or follows a particle is a family name (Bel Hadj)."""
    last = len(tokens) - 1
    return [
        token
        for place, token in enumerate(tokens)
        if token not in _TITLES or place == last or (place and tokens[place - 1] in _PARTICLES)
    ]


@lru_cache(maxsize=1 << 16)
def joined(first: Unit, second: Unit) -> Unit:
    """Return two neighbouring units written as one."""
    return Unit((first.letters + second.letters)[:MAX_LETTERS], first.script, first.starts)


def unit_of(letters: str, starts: tuple[tuple[int, int], ...]) -> Unit:
    """Return a unit that was read before."""
    return Unit(letters, ARABIC if any(letter > "\u0600" for letter in letters) else LATIN, starts)


def _gathered(tokens: list[str]) -> list[Unit]:
    found: list[Unit] = []
    place = 0
    while place < len(tokens):
        prefix, starts = "", [(0, 0)]
        while place + 1 < len(tokens) and (kind := _kind(tokens[place], tokens[place + 1])):
            prefix += tokens[place]
            starts.append((len(prefix), max(kind, starts[-1][1])))
            place += 1
        token, place = tokens[place], place + 1
        if found and not prefix and token in _SUFFIXES and _one_script(found[-1].letters, token):
            found[-1] = _unit(found[-1].letters + token, found[-1].starts)
            continue
        article = prefix and starts[-1][1] == ARTICLE
        if found and article and token in _SUFFIXES and _one_script(found[-1].letters, token):
            found[-1] = _unit(found[-1].letters + prefix + token, found[-1].starts)
            continue
        found.append(_unit(prefix + token, tuple(starts)))
    return found


@lru_cache(maxsize=1 << 16)
def _unit(letters: str, starts: tuple[tuple[int, int], ...]) -> Unit:
    letters = letters[:MAX_LETTERS]
    places = dict(start for start in starts if start[0] < len(letters))
    offset, kind = max(places.items())
    for _ in range(2):
        for pattern, glued in _GLUED:
            found = pattern.match(letters, offset)
            if found and found.end() > offset and found.end() not in places:
                places[found.end()] = max(glued, kind)
        more, more_kind = max(places.items())
        if more == offset or more_kind == ARTICLE:
            break
        offset, kind = more, more_kind
    return unit_of(letters, tuple(sorted(places.items()))[:4])


def _one_script(first: str, second: str) -> bool:
    return (first[-1] > "\u0600") == (second[0] > "\u0600")


def _kind(token: str, following: str) -> int:
    """Return the kind of particle a word is before another; 0 for none, as when the other is of another script."""
    if token not in _SPECIAL or not _one_script(token, following):
        return 0
    if token in _ASSIMILATED and following[:1] == token[1:2]:
        return ARTICLE
    return _PARTICLES.get(token, 0)
