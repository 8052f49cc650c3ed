"""A written name cut into pieces: a word with the particles before it, and what the small words say of it.

Pieces keep their place in the text, so that nothing of it is lost, and know nothing of one another: what they mean
beside each other is decided by `comity.core.names.parts`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from comity.core.names.letters import MAX_LENGTH
from comity.core.names.particles import TABLE, Kind, every
from comity.core.names.sexes import by_form, is_given, key

MOST_PIECES: Final = 16
"""Pieces of one name that are read; what follows them stands in the last."""


class Look(StrEnum):
    """What a piece looks like on its own."""

    TITLE = "title"
    GIVEN = "given"
    KUNYA = "kunya"
    FILIAL = "filial"
    PARTICLE = "particle"
    NISBA = "nisba"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a name.

    Attributes:
        start, end: its place in the text.
        look: what it looks like on its own.
        particles: the folded small words before the core, and the kinds of them.
        core: the folded word behind them; several words when they are written with a hyphen.
        after_comma: a comma stands before it.
    """

    start: int
    end: int
    look: Look
    particles: tuple[str, ...]
    kinds: frozenset[Kind]
    core: tuple[str, ...]
    after_comma: bool


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    key: str
    after_comma: bool
    hyphen: bool


_WORD: Final = re.compile(r"[^\s,،;/\-‐‑–—]+")
_HEADS: Final = frozenset(["d", "l", "al", "el"])
_APOSTROPHE: Final = re.compile("['’‘`´ʼʻ]")
_GLUED: Final = re.compile(r"(?:ben|bel|bou|ait|ould|oulad|ouled|بن|بل|بو|ايت|ولد)(?=.{3})")
_NISBA: Final = re.compile(
    r"(?:(?:ال).{2,}ي|.{3,}(?:aoui|awi|oui|ani|ini|ouni|iri|ari|ati|ili|ali|adi|idi|assi|issi|assi|chi|ki|mi|bi))$"
)
_ASSIMILATED: Final = re.compile(r"[aeu](ch|sh|dh|th|[bdlnrstz])")
_PLAIN_ARTICLE: Final = every(Kind.ARTICLE)
_KINDS: Final = {word: kind for kind, words in TABLE.items() for word in sorted(words.every)}
_BEFORE: Final = frozenset(
    [
        Kind.ARTICLE,
        Kind.SERVANT,
        Kind.FILIAL,
        Kind.BEL,
        Kind.FATHER,
        Kind.MOTHER,
        Kind.SON,
        Kind.TRIBE,
        Kind.EUROPEAN,
    ]
)
_SONS: Final = frozenset([Kind.FILIAL, Kind.BEL, Kind.SON])
_KUNYA_WORDS: Final = frozenset(["abou", "abu", "abo", "ابو", "ابي"])


def pieces(text: str) -> tuple[Piece, ...]:
    """Return the pieces of a name in the order written; none when it holds no letter."""
    return tuple(_cut(tuple(_words(text[:MAX_LENGTH]))))[:MOST_PIECES]


def _words(text: str) -> Iterator[_Word]:
    """Yield the words with their places; an article or d' before an apostrophe is a word of its own."""
    last = 0
    for found in _WORD.finditer(text):
        between = text[last : found.start()]
        comma = any(sign in ",،;" for sign in between)
        hyphen = bool(between.strip()) and not comma and "/" not in between and last > 0
        last = found.end()
        mark = _APOSTROPHE.search(found[0])
        if mark and key(found[0][: mark.start()]) in _HEADS and key(found[0][mark.end() :]):
            middle = found.start() + mark.end()
            yield _Word(found.start(), middle, key(found[0][: mark.start()]), comma, hyphen)
            yield _Word(middle, found.end(), key(found[0][mark.end() :]), False, False)
        elif any(unicodedata.category(sign).startswith("L") for sign in found[0]) and key(found[0]):
            yield _Word(found.start(), found.end(), key(found[0]), comma, hyphen)


def _cut(words: Sequence[_Word]) -> Iterator[Piece]:
    place = 0
    while place < len(words):
        begin = place
        if _is_title(words, place):
            yield Piece(
                words[place].start,
                words[place].end,
                Look.TITLE,
                (),
                frozenset(),
                (words[place].key,),
                words[place].after_comma,
            )
            place += 1
            continue
        kinds: list[Kind] = []
        while place + 1 < len(words) and (kind := _particle(words[place], words[place + 1])):
            kinds.append(kind)
            place += 1
        core, place = _core(words, place)
        particles = tuple(word.key for word in words[begin : begin + len(kinds)])
        look = _look(particles, kinds, core)
        yield Piece(
            words[begin].start,
            words[place - 1].end,
            look,
            particles,
            frozenset(kinds),
            core,
            words[begin].after_comma,
        )


def _is_title(words: Sequence[_Word], place: int) -> bool:
    """Tell whether a word is a title: something of the name follows it, and no hyphen joins it to that."""
    if words[place].key not in every(Kind.TITLE) or place + 1 >= len(words):
        return False
    return not words[place + 1].hyphen and not words[place + 1].after_comma


def _particle(word: _Word, following: _Word) -> Kind | None:
    """Return the kind of particle that a word is before another, None when it is none."""
    kind = _KINDS.get(word.key)
    if kind in _BEFORE and not following.after_comma:
        return kind
    found = _ASSIMILATED.fullmatch(word.key)
    return Kind.ARTICLE if found and following.key.startswith(found[1]) else None


def _core(words: Sequence[_Word], place: int) -> tuple[tuple[str, ...], int]:
    """Return the word or hyphened words at a place, with a suffix such as Eddine, and the place behind them."""
    core, place = [words[place].key], place + 1
    while place < len(words) and not words[place].after_comma:
        word = words[place].key
        following = words[place + 1].key if place + 1 < len(words) else ""
        if word in every(Kind.FAITH, Kind.GOD):
            core[-1] += word
            place += 1
        elif word in _PLAIN_ARTICLE and following in every(Kind.FAITH):
            core[-1] += word + following
            place += 2
        elif words[place].hyphen and not (following and _particle(words[place], words[place + 1])):
            core.append(word)
            place += 1
        else:
            break
    return tuple(core), place


def _look(particles: tuple[str, ...], kinds: Sequence[Kind], core: tuple[str, ...]) -> Look:
    if _SONS & set(kinds):
        return Look.FILIAL
    whole = "".join((*particles, *core))
    articles = all(kind in (Kind.ARTICLE, Kind.SERVANT, Kind.FATHER, Kind.MOTHER) for kind in kinds)
    bare = (
        kinds
        and Kind.ARTICLE in kinds
        and set(kinds) == {Kind.ARTICLE}
        and len(core) == 1
        and is_given(core[0])
    )
    if Kind.SERVANT in kinds and not {Kind.TRIBE, Kind.EUROPEAN} & set(kinds):
        return Look.GIVEN
    if articles and (is_given(whole) or (not kinds and _all_given(core))):
        return Look.GIVEN
    if bare:
        return Look.PLAIN
    if Kind.MOTHER in kinds or (Kind.FATHER in kinds and particles[0] in _KUNYA_WORDS):
        return Look.KUNYA
    if kinds or _GLUED.match(core[0]):
        return Look.PARTICLE
    return Look.NISBA if _NISBA.search(core[-1]) else Look.PLAIN


def _all_given(core: tuple[str, ...]) -> bool:
    return all(is_given(word) or by_form(word) is not None for word in core)
