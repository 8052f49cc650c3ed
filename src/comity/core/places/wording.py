"""How a place is written: the parts of a text, and the bare letters that its spellings share.

A text such as ``Bruxelles (Molenbeek)``, ``Casablanca, Maroc`` or ``إقليم الناظور`` is cut into parts; of each part
the words that only say what kind of place follows are taken off, as are articles and links between words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from comity.core.names.letters import fold, is_arabic

MAX_PARTS = 6
"""Parts of one text that are read."""

_CUT = re.compile(r"[,;:()\[\]/|+\n\r\t،؛]| - | – | — ")
_WORDS = re.compile(r"[\s'\-]+")

_PROVINCE_WORDS = frozenset(
    [
        "province",
        "provincie",
        "provincia",
        "provinz",
        "prefecture",
        "prefectuur",
        "prefectura",
        "wilaya",
        "wilayat",
        "governorate",
        "gouvernorat",
        "departement",
        "department",
        "region",
        "regio",
        "arrondissement",
        "gewest",
        "اقليم",
        "عماله",
        "ولايه",
        "محافظه",
        "جهه",
        "منطقه",
    ]
)
_KIND_WORDS = _PROVINCE_WORDS | frozenset(
    [
        "commune",
        "gemeente",
        "municipality",
        "municipalite",
        "municipio",
        "municipal",
        "rural",
        "rurale",
        "urbaine",
        "ville",
        "stad",
        "city",
        "town",
        "ciudad",
        "village",
        "dorp",
        "douar",
        "duar",
        "caidat",
        "cercle",
        "pachalik",
        "kreis",
        "stadt",
        "district",
        "quartier",
        "wijk",
        "centre",
        "region",
        "ne",
        "nee",
        "ned",
        "geboren",
        "born",
        "in",
        "te",
        "at",
        "dans",
        "جماعه",
        "الجماعه",
        "مدينه",
        "بلديه",
        "قريه",
        "دوار",
        "قياده",
        "دايره",
        "باشويه",
        "حي",
        "القرويه",
        "الحضريه",
        "مزداد",
        "المزداد",
        "ولد",
        "بمدينه",
    ]
)
_LINKS = frozenset(
    [
        "al",
        "el",
        "il",
        "l",
        "le",
        "la",
        "les",
        "los",
        "las",
        "lo",
        "li",
        "de",
        "den",
        "der",
        "des",
        "du",
        "d",
        "do",
        "da",
        "del",
        "della",
        "di",
        "der",
        "het",
        "s",
        "t",
        "a",
        "the",
        "of",
        "van",
        "von",
        "ten",
        "ter",
        "en",
        "et",
        "er",
        "es",
        "ed",
        "ez",
        "ech",
        "ach",
        "ash",
        "as",
        "ar",
        "at",
        "ath",
        "an",
        "ad",
        "az",
        "on",
        "und",
        "and",
        "y",
        "i",
        "ou",
        "aan",
        "op",
        "lez",
        "les",
        "sur",
        "sous",
        "pres",
        "bij",
    ]
)
_SAINTS = dict.fromkeys(
    ["saint", "sainte", "sint", "st", "ste", "sankt", "santa", "santo", "san", "sao", "سان", "سنت", "سينت"],
    "st",
)
_UNKNOWN = frozenset(
    [
        "inconnu",
        "inconnue",
        "unknown",
        "onbekend",
        "desconocido",
        "unbekannt",
        "sconosciuto",
        "nc",
        "na",
        "n",
        "neant",
        "nihil",
        "null",
        "none",
        "xx",
        "xxx",
        "x",
        "ras",
        "مجهول",
        "غيرمعروف",
        "معروف",
        "غير",
        "لاشيء",
    ]
)
_GLUED_ARABIC = re.compile(r"^ال(?=.{2,})")
_GLUED_LATIN = re.compile(
    r"^(?:[ae]l-?(?=[b-df-hj-km-np-tv-xz].{3})|[ae](?=([rsnzdt])\1.{3})|[ae](?=chch|shsh))"
)
_LOOSE = (
    (re.compile(r"tch|sch|sh|sj|tsj"), "ch"),
    (re.compile(r"dj"), "j"),
    (re.compile(r"oe|oo|w|u"), "ou"),
    (re.compile(r"ou(?:ou)+|oou"), "ou"),
    (re.compile(r"y|ee|ie|ij"), "i"),
    (re.compile(r"q|ck|c(?![heiy])"), "k"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"(.)\1+"), r"\1"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a text.

    Args:
        letters: folded words without articles and kind words, joined; never empty.
        province: the text says that it is a province, prefecture, region, wilaya and so on.
        written: the part as written, for tables with spellings of their own.
    """

    letters: str
    province: bool
    written: str


def parts(text: str) -> tuple[Part, ...]:
    """Return the readable parts of a text in the order written, at most `MAX_PARTS`; none when it says nothing."""
    found = (_part(piece) for piece in _CUT.split(text[:256]))
    return tuple(part for part in found if part is not None)[:MAX_PARTS]


@lru_cache(maxsize=16384)
def bare(name: str) -> str:
    """Return the letters of a name without articles, links and kind words; empty when there are none."""
    part = _part(name)
    return part.letters if part else ""


def loosened(letters: str) -> str:
    """Return bare letters without a glued article and without the habits of one spelling (sj, sh, w, oe, y, q)."""
    if is_arabic(letters):
        return letters.replace("ي", "").replace("و", "").replace("ا", "") or letters
    found = _GLUED_LATIN.sub("", letters)
    for rule, plain in _LOOSE:
        found = rule.sub(plain, found)
    return found


def _part(piece: str) -> Part | None:
    words = [word for word in _WORDS.split(fold(piece)) if word and not word.isdigit()]
    words = [word[:-1] + "ه" if word.endswith("ة") else word for word in words]
    kept = [_SAINTS.get(word, word) for word in words if word not in _KIND_WORDS]
    kept = [word for word in kept if word not in _LINKS] or kept or words
    letters = "".join(_GLUED_ARABIC.sub("", word) for word in kept)
    if letters in _UNKNOWN or not any(letter.isalpha() for letter in letters):
        return None
    return Part(letters, any(word in _PROVINCE_WORDS for word in words), piece.strip())
