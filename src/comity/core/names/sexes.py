"""The sex that a given name tells, by a table of our own and a few rules, with the reason.

Rules, the first that applies:
- a word that says it beside the name: Lalla and Oum X for a woman, Sidi, Moulay and Abou X for a man;
- the table `given.toml`, and what `equivalents.toml` holds to be the same name;
- a name of the servant of God (Abdelkader) and one in -eddine are men's;
- the feminine of a man's name in -a or ة (Nabil, Nabila);
- another name in -a or ة is likely a woman's; that alone is never `sure`.

Nothing is told by names given to both (Nour, Ihsane, Amal). A name is no proof of sex: it is weighed, never written
into a register. Source: common knowledge of names; see `given.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache, reduce
from importlib.resources import files
from operator import or_
from types import MappingProxyType
from typing import Final

from anyascii import anyascii

from comity.core.codes.sex import Sex
from comity.core.names.equivalents import GROUPS
from comity.core.names.letters import fold
from comity.core.names.particles import Kind, every

MOST_WORDS: Final = 6
"""Words of a given name that are looked at."""

SHORTEST: Final = 4
"""Letters from which the ending of a name says something."""


class SexReason(StrEnum):
    """What told the sex."""

    TITLE = "title"
    KUNYA = "kunya"
    TABLE = "table"
    SPELLING = "spelling"
    SERVANT = "servant"
    FAITH = "faith"
    FEMININE = "feminine"
    ENDING = "ending"


@dataclass(frozen=True, slots=True)
class SexOfName:
    """What a given name tells: the sex, by which word, why, and whether it is more than likely."""

    sex: Sex
    word: str
    because: SexReason

    @property
    def sure(self) -> bool:
        """Tell whether more than the ending speaks for it."""
        return self.because is not SexReason.ENDING


@dataclass(frozen=True, slots=True)
class Bearers:
    """Who bears a name: one sex or both, and in which traditions (sections of `given.toml`)."""

    sexes: frozenset[Sex]
    traditions: frozenset[str]

    def __or__(self, other: Bearers) -> Bearers:
        """Return who bears either of two names."""
        return Bearers(self.sexes | other.sexes, self.traditions | other.traditions)


_WOMEN_TITLES: Final = frozenset(
    [
        "lalla",
        "لاله",
        "لالا",
        "hadja",
        "hajja",
        "الحاجه",
        "sheikha",
        "mme",
        "mlle",
        "madame",
        "mevr",
        "mevrouw",
        "mrs",
        "ms",
        "sra",
    ]
)
_MEN_TITLES: Final = frozenset(
    ["sidi", "si", "moulay", "mulay", "maulay", "سيدي", "مولاي", "monsieur", "mr", "dhr", "meneer", "sr"]
)
_SERVANT: Final = re.compile(r"^(?:abd(?:[aeou]l|ou|[aeou](?P<l>[dnrstz])(?=(?P=l)))(?=.{2})|عبدال(?=..))")
_FAITH: Final = re.compile(r"^(?:.{2,}?[aeou]l?dd?i+ne?|.{2,}?edd?ine?|.{2,}الدين)$")
_FEMININE: Final = re.compile(r"(?:ah?|ه)$")
_ENDING: Final = re.compile(r"(?:[^aeiouy]ah?|iah?|ه)$")
_FAMILY_LIKE: Final = re.compile(r"^(?:ben|bin|bou|ait|ould|oulad|بن|بو)")


def sex_of_given(name: str) -> SexOfName | None:
    """Return the sex that a given name tells, or None when it tells none.

    Args:
        name: a given name of one or more words, in Latin, Arabic or Tifinagh letters; a title or Oum before it counts.
    """
    return _of_words(tuple(_words(name)))


def is_given(word: str) -> bool:
    """Tell whether a word is a given name of the table, or another spelling of one."""
    return _known(key(word)) is not None


def bearers(word: str) -> Bearers | None:
    """Return who bears a word as a given name; None when neither the table nor a rule of endings knows it."""
    return bearers_of(key(word))


def bearers_of(folded: str) -> Bearers | None:
    """Return the same of a word that is as `key` would make it."""
    return _known(folded) or _feminine(folded)


def by_form(word: str) -> SexReason | None:
    """Return what makes a folded word a man's given name by its form: the servant of God, or a name in -eddine."""
    if _SERVANT.match(word):
        return SexReason.SERVANT
    return SexReason.FAITH if _FAITH.match(word) else None


def key(word: str) -> str:
    """Return a word as the table holds it: folded, in one piece, final ة as ه, Tifinagh in Latin letters."""
    folded = "".join(sign for sign in fold(word) if sign not in "'- ")
    if any("\u2d30" <= letter <= "\u2d7f" for letter in folded):
        folded = anyascii(folded).lower()
    return folded.replace("ة", "ه")


def _words(name: str) -> Iterator[str]:
    for word in fold(name).replace("-", " ").split()[:MOST_WORDS]:
        if found := key(word):
            yield found


@lru_cache(maxsize=1 << 14)
def _of_words(words: tuple[str, ...]) -> SexOfName | None:
    joined = tuple(_joined(words))
    for place, word in enumerate(joined):
        following = joined[place + 1] if place + 1 < len(joined) else ""
        found = _beside(word, following) or _of_word(word)
        if found is not None:
            return found
        if _known(word) is None and word not in _PASSED_OVER:
            return _by_ending(word)
    return None


def _joined(words: tuple[str, ...]) -> Iterator[str]:
    """Yield the words with Abd and what follows in one, and what precedes -eddine with it."""
    place = 0
    while place < len(words):
        word, place = words[place], place + 1
        if word in every(Kind.SERVANT):
            while place < len(words) and words[place] in every(Kind.ARTICLE):
                word, place = word + words[place], place + 1
            if place < len(words):
                word, place = word + words[place], place + 1
        after = words[place : place + 2]
        if after[:1] and after[0] in every(Kind.FAITH):
            word, place = word + after[0], place + 1
        elif len(after) == 2 and after[0] in every(Kind.ARTICLE) and after[1] in every(Kind.FAITH):
            word, place = word + "el" + after[1], place + 2
        yield word


def _beside(word: str, following: str) -> SexOfName | None:
    """Return what a title or the beginning of a kunya tells of the name that follows it."""
    if not following:
        return None
    if word in _WOMEN_TITLES or word in _MEN_TITLES:
        return SexOfName(Sex.FEMALE if word in _WOMEN_TITLES else Sex.MALE, word, SexReason.TITLE)
    if word in every(Kind.MOTHER):
        return SexOfName(Sex.FEMALE, word, SexReason.KUNYA)
    if word in ("abou", "abu", "abo", "ابو", "ابي"):
        return SexOfName(Sex.MALE, word, SexReason.KUNYA)
    return None


def _of_word(word: str) -> SexOfName | None:
    known = _known(word)
    if known is not None:
        if len(known.sexes) > 1:
            return None
        return SexOfName(min(known.sexes), word, SexReason.TABLE if word in _OWN else SexReason.SPELLING)
    form = by_form(word)
    if form is not None:
        return SexOfName(Sex.MALE, word, form)
    return SexOfName(Sex.FEMALE, word, SexReason.FEMININE) if _feminine(word) else None


def _feminine(word: str) -> Bearers | None:
    """Return who bears the feminine of a man's name: women, where men bear the other."""
    stem = _FEMININE.sub("", word)
    borne = _known(stem) if stem != word else None
    if borne is None or borne.sexes != frozenset({Sex.MALE}):
        return None
    return Bearers(frozenset({Sex.FEMALE}), borne.traditions)


def _by_ending(word: str) -> SexOfName | None:
    if len(word) >= SHORTEST and _ENDING.search(word) and not _FAMILY_LIKE.match(word):
        return SexOfName(Sex.FEMALE, word, SexReason.ENDING)
    return None


def _known(word: str) -> Bearers | None:
    return _OWN.get(word) or _SPELLED.get(word)


def read_given(text: str) -> dict[str, Bearers]:
    """Return the names of a table such as `given.toml`, by their keys.

    Raises:
        ValueError: a list of another name, or a form that is not folded.
    """
    sexes = {"male": {Sex.MALE}, "female": {Sex.FEMALE}, "both": {Sex.MALE, Sex.FEMALE}}
    found: dict[str, Bearers] = {}
    for tradition, lists in tomllib.loads(text).items():
        for name, forms in lists.items():
            if name not in sexes or any(fold(form) != form or " " in form for form in forms):
                raise ValueError(f"{tradition}.{name}: not a list of folded words")
            one = Bearers(frozenset(sexes[name]), frozenset({tradition}))
            for form in forms:
                found[key(form)] = found.get(key(form), one) | one
    return found


def _spelled(own: Mapping[str, Bearers]) -> dict[str, Bearers]:
    """Return who bears forms that are the same name as one of the table."""
    found: dict[str, Bearers] = {}
    for group in GROUPS.values():
        told = [own[key(form)] for form in group.forms if key(form) in own]
        if group.strength == "same" and told:
            one = reduce(or_, told)
            for form in group.forms:
                found[key(form)] = found.get(key(form), one) | one
    return found


_OWN: Final = MappingProxyType(
    read_given(files("comity.core.names").joinpath("given.toml").read_text(encoding="utf-8"))
)
_SPELLED: Final = MappingProxyType(_spelled(_OWN))
_PASSED_OVER: Final = every(*Kind) - every(Kind.SERVANT)
