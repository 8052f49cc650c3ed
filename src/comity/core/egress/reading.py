"""Texts that are about to leave, read once: words, numbers, dates; whatever script, spacing or invisible sign.

Implements docs/protocol/egress.md §2. Everything is folded as names are (`comity.core.names.letters.fold`): case,
accents, vowel signs, marks of direction, invisible characters and the digits of every script make no difference.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import Any, Final

from comity.core.egress.dates import Day, dates_in
from comity.core.names.letters import MAX_LENGTH, fold

MAX_CHARACTERS: Final = 100_000
"""Characters of one message that are read; a message with more free text does not leave."""

OPAQUE_FROM: Final = 8_001
"""Characters from which a value in the letters of base64 alone is an encoded file: longer than any text a person writes."""

LEAST_NUMBER, MOST_NUMBER = 6, 40
"""Signs of a number, separators not counted."""

_LEAST_DIGITS: Final = 4
_WINDOW: Final = 7
_EMAIL: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_PIECE: Final = 120
_HOLLOW: Final = dict.fromkeys((0x115F, 0x1160, 0x3164, 0xFFA0))
"""Letters that show nothing (fillers of Hangul): they divide a number for a program and for nobody who reads."""

_BLANKS: Final = re.compile(r"\s*([@.])\s*")
_ENCODED: Final = re.compile(r"[A-Za-z0-9+/_-]+=*")
_TRUNK: Final = ("32", "212", "33", "31", "34", "39", "49", "44", "213", "216", "222", "352")
"""Calling codes that are tried where a number begins with a single zero."""


@dataclass(frozen=True)
class Reading:
    """Texts as they are compared.

    Attributes:
        words: folded words of all texts, in order; an empty one stands between two texts.
        emails: e-mail addresses, letters and digits only.
    """

    words: tuple[str, ...] = ()
    emails: frozenset[str] = frozenset()
    length: int = field(default=0, compare=False)

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Every run of words that can be a number: joined, in any grouping; phones also in their full form."""
        return frozenset(_numbers(self.words)) | self.emails

    @cached_property
    def dates(self) -> frozenset[Day]:
        """Every day that is written out, in any usual spelling."""
        return dates_in(self.words)

    @cached_property
    def shown(self) -> frozenset[str]:
        """Every word once."""
        return frozenset(self.words) - {""}


def read(texts: Iterable[str]) -> Reading:
    """Return texts as they are compared; the caller has bounded them (`texts_in`)."""
    words: list[str] = []
    emails: set[str] = set()
    length = 0
    for text in texts:
        length += len(text)
        shown = text.translate(_HOLLOW)
        words.extend(_words(shown))
        words.append("")
        emails.update(joined for one in _emails(shown) if (joined := joined_signs(one)))
    return Reading(tuple(words), frozenset(emails), length)


def texts_in(body: Mapping[str, Any]) -> list[str]:
    """Return every text of a message's body, however deep; what is encoded bytes is left out."""
    found: list[str] = []
    waiting: list[Any] = [body]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            waiting.extend(value[name] for name in sorted(value, reverse=True))
        elif isinstance(value, list | tuple):
            waiting.extend(reversed(value))
        elif isinstance(value, str) and not _opaque(value):
            found.append(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            found.append(str(value))
    return found


def joined_signs(text: str) -> str:
    """Return letters and digits of a number, folded, nothing between them."""
    return "".join(sign for sign in fold(text[:MAX_LENGTH]) if sign.isalnum())


def _emails(text: str) -> list[str]:
    """Return what may be e-mail addresses: whatever form their signs have, with blanks around them or without."""
    plain = unicodedata.normalize("NFKC", text)
    if "@" not in plain:
        return []
    plain = "".join(sign for sign in plain if unicodedata.category(sign) != "Cf")
    return [*_EMAIL.findall(plain), *_EMAIL.findall(_BLANKS.sub(r"\1", plain))]


def _opaque(value: str) -> bool:
    return len(value) >= OPAQUE_FROM and _ENCODED.fullmatch(value) is not None


def _words(text: str) -> Iterator[str]:
    """Yield folded words; the text is folded in pieces that end between words where it can be."""
    at = 0
    while at < len(text):
        end = min(at + _PIECE, len(text))
        if end < len(text):
            end = next((place for place in range(end, at, -1) if _divides(text[place - 1])), end)
        yield from fold(text[at:end]).replace("-", " ").replace("'", " ").split()
        at = end


def _divides(sign: str) -> bool:
    """Whether a sign stands between words: neither a letter or digit, nor a mark of one, nor invisible."""
    return not sign.isalnum() and unicodedata.category(sign)[0] != "M" and unicodedata.category(sign) != "Cf"


def _numbers(words: tuple[str, ...]) -> Iterator[str]:
    for stands, run in groupby(words, key=_may_stand_in_number):
        if stands:
            together = tuple(run)
            if sum(map(str.isdigit, "".join(together))) >= _LEAST_DIGITS:
                yield from _numbers_in(together)


def _numbers_in(run: tuple[str, ...]) -> Iterator[str]:
    """Yield every number in a run of words that may all stand in one."""
    for start in range(len(run)):
        joined = ""
        for place, word in enumerate(run[start : start + MOST_NUMBER]):
            # Many words make one number only where its signs are written apart.
            if len(joined) + len(word) > MOST_NUMBER or (place >= _WINDOW and len(joined) > 2 * place):
                break
            joined += word
            if len(joined) < LEAST_NUMBER or sum(map(str.isdigit, joined)) < _LEAST_DIGITS:
                continue
            yield joined
            yield from _international(joined)


def _may_stand_in_number(word: str) -> bool:
    """Whether a word holds a digit, or is as short as the letters of a plate."""
    return bool(word) and (len(word) <= 3 or any(map(str.isdigit, word)))


def _international(number: str) -> Iterator[str]:
    if not number.isdigit() or not 8 <= len(number) <= 17:
        return
    if number.startswith("00"):
        yield number[2:]
    elif number.startswith("0"):
        yield from (code + number[1:] for code in _TRUNK)
    else:
        for code in _TRUNK:
            if number.startswith(code + "0"):
                yield code + number[len(code) + 1 :]
