"""In which script a text is written.

Source: Unicode Character Database names (UAX #44), ISO 15924 codes.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from enum import StrEnum


class Script(StrEnum):
    """Scripts by their ISO 15924 code; `OTHER` stands for every further one, `NONE` for no letter at all."""

    LATIN = "Latn"
    ARABIC = "Arab"
    TIFINAGH = "Tfng"
    CYRILLIC = "Cyrl"
    GREEK = "Grek"
    HEBREW = "Hebr"
    HAN = "Hani"
    OTHER = "Zyyy"
    NONE = "Zxxx"


_BY_WORD = {
    "LATIN": Script.LATIN,
    "ARABIC": Script.ARABIC,
    "TIFINAGH": Script.TIFINAGH,
    "CYRILLIC": Script.CYRILLIC,
    "GREEK": Script.GREEK,
    "HEBREW": Script.HEBREW,
    "CJK": Script.HAN,
}


def script_of(text: str) -> Script:
    """Return the script of most letters of the text; the first one met wins a tie."""
    if text.isascii():
        return Script.LATIN if any(letter.isalpha() for letter in text) else Script.NONE
    counts = Counter(_letter(letter) for letter in text if letter.isalpha())
    return counts.most_common(1)[0][0] if counts else Script.NONE


def _letter(letter: str) -> Script:
    word = unicodedata.name(letter, "").partition(" ")[0]
    return _BY_WORD.get(word, Script.OTHER)
