"""The units of a name: what counts as one part of it, whoever wrote it and however it was spaced.

- An article (al, el, l', ال) is not part of the unit.
- Abd with its divine name is one unit and reads like the bare name (Abdelkader, عبد القادر, Kader).
- Ben, Bel, Bou, Abou, Ait, Ould with what follows is one unit, which also reads without the particle.
- A name in -allah is one unit with what precedes it (Daif Allah, Daifallah, ضيف الله).
- A name in -eddine is one unit with what precedes it (Nour Eddine, Noureddine, نور الدين).
- Titles (Hadj, Sidi, Moulay, Cheikh) are left out when anything else remains.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from comity.core.names.equivalents import EQUIVALENTS, GROUPS
from comity.core.names.letters import fold, is_arabic
from comity.core.names.particles import Kind, frozen
from comity.core.names.skeleton import EMPTY, MAX_CODES, MAX_READINGS, bare, coarse, fine_skeletons

MAX_UNITS = 6
"""Units of one name that are read."""

_ARTICLES = frozen(Kind.ARTICLE)
_SMALL = frozen(Kind.ARTICLE, Kind.EUROPEAN)
_SERVANT = frozen(Kind.SERVANT)
_FILIAL = frozen(Kind.FILIAL)
_FATHER = frozen(Kind.FATHER)
_BEL = frozen(Kind.BEL)
_TRIBAL = frozen(Kind.SON, Kind.TRIBE)
_FAITH = frozen(Kind.FAITH)
_DIVINE = frozen(Kind.GOD)
_TITLES = frozen(Kind.TITLE)

_GLUED_SERVANT_LATIN = re.compile(r"^abd(?:[aeiou]|ou)?l{0,2}-?(?=[a-z]{3})(.+)$")
_GLUED_SERVANT_ARABIC = re.compile(r"^عبدال(.{2,})$")
_GLUED_FAITH_LATIN = re.compile(r"^(.{2,}?)(?:[aeou]l|[aeou]|ou)d+(?:i|ee)ne?$")
_GLUED_FAITH_ARABIC = re.compile(r"^(.{2,})الدين$")
_GLUED_BOU_ARABIC = re.compile(r"^بوال(.{3,})$")
_GLUED_FILIAL_LATIN = re.compile(r"^(ben|bin)(.{3,})$")
_GLUED_ARTICLE_LATIN = re.compile(r"^(?:[ae]l|l)([a-z].*)$")
_GLUED_EUROPEAN = re.compile(r"^(?:vanden|vander|vande|van|de)(.{4,})$")
_GLUED_FILIAL_ARABIC = re.compile(r"^(بن)(.{3,})$")


_ABDALLAH = "vBDLa"
"""Fine code of Abdallah, whose second part alone would be next to nothing."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One part of a name and its codes, the likeliest first: coarse ones, which find, and fine ones, which tell apart."""

    codes: tuple[str, ...]
    fine: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """Return the likeliest code."""
        return self.codes[0]


def units(name: str) -> tuple[Unit, ...]:
    """Return the units of a name in the order written, at most `MAX_UNITS`; none for an empty name."""
    tokens = [token for part in fold(name).replace("-", " ").split() for token in _split(part)]
    kept = [
        token
        for place, token in enumerate(tokens)
        if token not in _TITLES or (place and _particle(tokens[place - 1]))
    ]
    found = _joined(kept)
    if len(found) < 2 and len(kept) < len(tokens):
        found = _joined(tokens)
    return tuple(Unit(coarse(codes), codes[:MAX_CODES]) for codes in found)[:MAX_UNITS]


def _split(part: str) -> list[str]:
    """Split at an apostrophe that follows an article; any other apostrophe is a silent letter."""
    head, mark, rest = part.partition("'")
    if mark and head in _ARTICLES and rest:
        return [head, *_split(rest)]
    return [part.replace("'", "")] if part.replace("'", "") else []


def _joined(tokens: list[str]) -> list[tuple[str, ...]]:
    """Return the fine codes of each unit."""
    found: list[tuple[str, ...]] = []
    place = 0
    while place < len(tokens):
        token, place = tokens[place], place + 1
        if token in _SMALL and place < len(tokens):
            if tokens[place] in _FAITH and found:
                found[-1] = _behind(found[-1], "DN")
                place += 1
            continue
        if token in _FAITH and found:
            found[-1] = _behind(found[-1], "DN")
            continue
        if token in _DIVINE and found:
            found[-1] = _behind(found[-1], "La")
            continue
        prefix = ""
        while (mark := _particle(token)) is not None and place < len(tokens):
            prefix += mark
            token, place = tokens[place], place + 1
            if token in _SMALL and place < len(tokens):
                token, place = tokens[place], place + 1
        codes = _codes(token)
        if "*" in prefix and (token in _DIVINE or _is_god(codes)):
            codes = (_ABDALLAH,)
        particles = prefix.replace("*", "")
        if particles:
            codes = _merge(_before(particles, codes), codes)
        found.append(codes)
    return found


def _particle(token: str) -> str | None:
    if token in _SERVANT:
        return "*"
    if token in _FILIAL:
        return "BN"
    if token in _FATHER:
        return "B"
    if token in _BEL:
        return "BL"
    return "T" if token in _TRIBAL else None


def _codes(token: str) -> tuple[str, ...]:
    """Return the fine codes of one token: glued articles and particles taken into account, and its usual form."""
    found = _arabic_codes(token) if is_arabic(token) else _latin_codes(token)
    usual = [GROUPS[one].forms[0] for one in EQUIVALENTS.get(token, ()) if GROUPS[one].strength == "same"]
    own = tuple(fine_skeletons(form)[0] for form in usual if form != token)
    return _merge(_merge(found[:1], own), found) if own else found


def _arabic_codes(token: str) -> tuple[str, ...]:
    servant = _GLUED_SERVANT_ARABIC.match(token)
    if servant:
        return _served(servant[1])
    faith = _GLUED_FAITH_ARABIC.match(token)
    if faith:
        return _behind(fine_skeletons(faith[1]), "DN")
    glued = token.startswith("ال") and len(token) > 3
    whole = fine_skeletons(token)[:1] if glued and len(token) < 6 else ()
    token = token[2:] if glued else token
    found = fine_skeletons(token)
    found = _merge(_merge(found[:2], whole), found)
    if (bou := _GLUED_BOU_ARABIC.match(token)) is not None:
        found = _merge(_before("B", fine_skeletons(bou[1]))[:2], found)
    filial = _GLUED_FILIAL_ARABIC.match(token)
    if filial:
        found = _filial(found, _arabic_codes(filial[2]))
    if token.startswith("ل"):
        found = _merge(found[:2], fine_skeletons(token[1:]) if len(token) > 1 else ())
    return found


def _latin_codes(token: str) -> tuple[str, ...]:
    servant = _GLUED_SERVANT_LATIN.match(token)
    if servant:
        return _served(servant[1])
    faith = _GLUED_FAITH_LATIN.match(token)
    if faith:
        return _behind(fine_skeletons(faith[1]), "DN")
    found = fine_skeletons(token)
    filial = _GLUED_FILIAL_LATIN.match(token)
    if filial:
        found = _filial(found, _latin_codes(filial[2]))
    elif (european := _GLUED_EUROPEAN.match(token)) is not None:
        found = _merge(found[:2], fine_skeletons(european[1]))
    if (article := _GLUED_ARTICLE_LATIN.match(token)) is not None and len(token) > 4:
        rest = fine_skeletons(article[1])
        found = _merge((found[0], rest[0], bare(rest[0])), (*found, *rest))
    return found


def _served(divine: str) -> tuple[str, ...]:
    """Return the codes of a name in Abd-: those of the divine name, except for Abdallah."""
    codes = fine_skeletons(divine)
    return (_ABDALLAH,) if divine in _DIVINE or _is_god(codes) else _merge((codes[0], bare(codes[0])), codes)


def _is_god(codes: tuple[str, ...]) -> bool:
    return set(coarse(codes)) <= {"L", "LL", "LT", EMPTY}


def _filial(whole: tuple[str, ...], rest: tuple[str, ...]) -> tuple[str, ...]:
    """Return the codes of a glued Ben-: as written, Ben with what follows it as a name, and that name alone."""
    return _merge((whole[0], *_before("BN", rest)[:1]), (*rest[:1], *whole[1:], *rest[1:]))


def _before(particle: str, codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(particle + ("" if code == EMPTY else bare(code)) for code in codes)


def _behind(codes: tuple[str, ...], suffix: str) -> tuple[str, ...]:
    found = ("" if code == EMPTY else code.rstrip("aiu") for code in codes)
    return tuple(dict.fromkeys(code + suffix for code in found))


def _merge(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))[:MAX_READINGS]
