"""One form for the letters of a name, whatever keyboard, font or hand wrote them.

Rules: Unicode compatibility forms are resolved; marks of direction, invisible characters, tatweel and harakat go;
hamza carriers, Persian ya and kaf and other regional letters become the plain Arabic letter; Arabic-Indic digits
become ASCII; Latin loses case and diacritics. Nothing here knows about sounds: that is `skeleton`.
"""

from __future__ import annotations

import re
import unicodedata

MAX_LENGTH = 256
"""Longest text that is read, in characters; the rest of a longer name is not looked at."""

_ARABIC_FOLD = str.maketrans(
    {
        "آ": "ا", "أ": "ا", "إ": "ا", "ٱ": "ا", "ٲ": "ا", "ٳ": "ا",
        "ؤ": "و", "ئ": "ي", "ى": "ي", "ی": "ي", "ې": "ي", "ے": "ي",
        "ک": "ك", "ڪ": "ك", "ھ": "ه", "ہ": "ه", "ە": "ه", "ۀ": "ه", "ۃ": "ة",
        "ڨ": "ق", "ݣ": "ك", "ڭ": "ك", "گ": "ك", "ڥ": "ف", "ڤ": "ف", "پ": "ب", "چ": "ش", "ژ": "ج",
        "ڢ": "ف", "ڧ": "ق",
    }
)  # fmt: skip
_LATIN_FOLD = str.maketrans(
    {
        "ı": "i", "ł": "l", "ø": "o", "ß": "ss", "œ": "oe", "æ": "ae", "đ": "d", "ð": "d", "þ": "th", "ħ": "h",
        "ŧ": "t", "ŋ": "n", "ç": "s", "ə": "e", "ɛ": "e", "ɣ": "gh", "ʿ": "'", "ʾ": "'", "ʼ": "'", "ʻ": "'", "’": "'",
        "‘": "'", "`": "'", "´": "'", "ʹ": "'", "′": "'", "ˈ": "'", "‐": "-", "‑": "-", "–": "-", "—": "-",
    }
)  # fmt: skip


class _Signs(dict[int, str]):
    """What becomes of each sign of a decomposed text; worked out when a sign is first seen, as `str.translate` asks."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        category = unicodedata.category(sign)
        if category.startswith(("M", "Cf")):
            told = ""
        elif category == "Nd":
            told = str(unicodedata.decimal(sign))
        else:
            told = " " if category.startswith(("Z", "Cc")) else sign
        # What others send decides which signs are seen: only a bounded part of them is remembered.
        if code < _REMEMBERED_BELOW:
            self[code] = told
        return told


_REMEMBERED_BELOW = 0x3000
_SIGNS = _Signs()
_NOT_NAME = re.compile(r"[^\w'\- ]|_")


def fold(text: str) -> str:
    """Return the one letter form of a name: lower case, no marks, single spaces.

    Apostrophes and hyphens stay, since they separate the parts of a name.
    """
    plain = unicodedata.normalize("NFKC", text[:MAX_LENGTH]).casefold()
    plain = plain.replace("ـ", "").translate(_LATIN_FOLD).translate(_ARABIC_FOLD)
    kept = unicodedata.normalize("NFKD", plain).translate(_SIGNS)
    return " ".join(_NOT_NAME.sub(" ", kept.translate(_LATIN_FOLD)).split())


def is_arabic(token: str) -> bool:
    """Tell whether a folded token is written in Arabic letters."""
    return any("\u0600" <= letter <= "\u06ff" for letter in token)
