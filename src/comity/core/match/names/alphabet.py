"""The letters the matcher aligns: 26 Latin and 30 Arabic, whatever keyboard, font, script or hand wrote them.

`fold` works letter by letter through a table that fills itself, which is what makes it fast; the rules are those of
`comity.core.names.letters`. Tifinagh, Cyrillic, Greek, Hebrew and every other script are read in Latin letters by
the library `anyascii` (ISC), one letter at a time.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from anyascii import anyascii

from comity.core.names.letters import MAX_LENGTH
from comity.core.names.letters import fold as fold_letters

LATIN, ARABIC = 0, 1
"""Scripts of a unit."""

LATIN_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
ARABIC_LETTERS: Final = "ابتثجحخدذرزسشصضطظعغفقكلمنهويءة"
END: Final = "$"
"""The sign after the last letter of a unit, which the alignment reads like a letter."""

MAX_WRITTEN: Final = 16 * MAX_LENGTH
"""Signs of a text that are looked at, most of which may be invisible."""

_SEPARATING_HEADS: Final = frozenset(["l", "d", "t", "al", "el", "o", "dell"])
_KNOWN: Final = frozenset(LATIN_LETTERS + ARABIC_LETTERS)


class _Folding(dict[int, str]):
    """Code point to folded letters, computed when first met."""

    def __missing__(self, point: int) -> str:
        found = _folded(chr(point))
        if len(self) < 200_000:
            self[point] = found
        return found


def fold(text: str) -> str:
    """Return a name as words of plain letters separated by single spaces."""
    plain = text[:MAX_WRITTEN].translate(_TABLE)[:MAX_LENGTH]
    if "'" in plain:
        plain = " ".join(_split(word) for word in plain.split())
    return plain


def _split(word: str) -> str:
    head, mark, rest = word.partition("'")
    if mark and head in _SEPARATING_HEADS and rest:
        return f"{head} {_split(rest)}"
    return word.replace("'", "")


def _folded(sign: str) -> str:
    if sign in "'’‘`´ʼʻʹ′ʿʾ":
        return "'"
    category = unicodedata.category(sign)
    if category.startswith(("M", "C", "Sk")) or sign == "ـ":
        return "" if category != "Cc" else " "
    if category.startswith(("P", "Z", "S", "N")):
        return " "
    folded = fold_letters(sign).replace("ة", "ه").replace("-", " ")
    letters = "".join(letter for letter in folded if letter in _KNOWN)
    if letters:
        return letters
    spelled = anyascii(sign).lower()
    return "".join(letter for letter in spelled if letter in LATIN_LETTERS) or (
        "'" if spelled in "'`" else ""
    )


_TABLE: Final = _Folding()
