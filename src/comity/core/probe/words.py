"""What an officer wrote of a person in one line, read as far as it says itself what it is.

Dates and numbers are known by their digits; words before the first comma are the name; a later part that the
gazetteer knows is the place of birth. Words such as *born*, *né*, *geboren*, *مزداد* are passed over.
"""

from __future__ import annotations

import re
from typing import Final

from comity.core.match.records.dates import read_date
from comity.core.places.reading import resolve
from comity.core.probe.query import MAX_TEXT, Query, read_query

MOST_PARTS: Final = 12

_PARTS: Final = re.compile(
    r"[,;\n،؛]|(?:^|\s)(?:born|née?|nee|geboren|nacid[oa]|مزدادة?|ولدت?|المزداد|المولود)(?=\s|$)"
)
_PASSED: Final = frozenset(
    [
        "on",
        "in",
        "at",
        "op",
        "te",
        "le",
        "les",
        "à",
        "a",
        "au",
        "en",
        "في",
        "ب",
        "من",
        "بتاريخ",
        "date",
        "of",
        "birth",
        "dob",
    ]
)
_DATE: Final = re.compile(r"\d{4}(?:[-/.]\d{1,2}(?:[-/.]\d{1,2})?)?|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{8}")
_DIGITS: Final = 4
"""Digits from which a word that is no date is a number of a document."""

_FIRST_YEAR, _LAST_YEAR = 1800, 2200


def read_words(text: str) -> Query:
    """Return what a line says of a person.

    Raises:
        InputError: ``probe.subject-empty`` when it names nobody and holds no number.
    """
    found: dict[str, object] = {}
    for part in _PARTS.split(text[: 10 * MAX_TEXT])[:MOST_PARTS]:
        words: list[str] = []
        for word in part.split():
            plain = word.strip('().:[]«»"“”')
            if _numbered(plain, found) or (not words and "family" in found and plain.casefold() in _PASSED):
                continue
            words.append(plain)
        rest = " ".join(words)[:MAX_TEXT]
        if not rest:
            continue
        if "family" not in found:
            found["family"] = rest
        elif "pob" not in found and resolve(rest) is not None:
            found["pob"] = rest
    return read_query(found)


def _numbered(word: str, found: dict[str, object]) -> bool:
    """Take a date or a number of a document; False when the word is neither."""
    if not any(sign.isdecimal() for sign in word):
        return False
    plain = "".join(str(int(sign)) if sign.isdecimal() else sign for sign in word)
    year, month, day = read_date(plain) if _DATE.fullmatch(plain) else (0, 0, 0)
    if _FIRST_YEAR <= year <= _LAST_YEAR and month <= 12:
        dated = "-".join([f"{year:04d}", *(f"{one:02d}" for one in (month, day) if one)])
        found.setdefault("dob", dated)
        return True
    if sum(sign.isdecimal() for sign in plain) >= _DIGITS:
        found.setdefault("document", word[:MAX_TEXT])
    return True
