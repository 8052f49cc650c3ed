"""In which script a text is written.

Source: Unicode Character Database names (UAX #44), ISO 15924 codes.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from functools import lru_cache


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
    counts: dict[Script, int] = {}
    for letter in text:
        if letter.isalpha():
            found = _letter(letter)
            counts[found] = counts.get(found, 0) + 1
    return max(counts, key=counts.__getitem__) if counts else Script.NONE


@lru_cache(maxsize=8192)
def _letter(letter: str) -> Script:
    word = unicodedata.name(letter, "").partition(" ")[0]
    return _BY_WORD.get(word, Script.OTHER)
