"""Whether a protected person's name stands in a text, in either script and any usual spelling.

Implements docs/protocol/egress.md §3. Rules:
    - never one word alone: a given name that thousands bear blocks nothing;
    - first and last part of the name stand near each other, in any order, and half of the parts between with them;
    - a part stands there when the text has the same letters, or a word that shares a fine consonant code
      (`comity.core.names.units`), which bridges Arabic and Latin letters and the spellings of each;
    - codes are believed only where they are long enough that ordinary words do not share them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from comity.core.names.letters import fold, is_arabic
from comity.core.names.particles import TABLE, Kind, every
from comity.core.names.units import units

NEAR: Final = 2
"""Words that may stand between the parts of a name beside the name's own."""

BELIEVED: Final = 4
"""Consonants that first and last part must share where neither is written with the same letters."""

BELIEVED_BESIDE: Final = 2
"""Consonants that one must share where the other is written with the same letters."""

MOST_PARTS: Final = 12

_VOWELS: Final = frozenset("vywaiu0")
_BEFORE: Final = frozenset(word for words in TABLE.values() for word in words.every)
_BEHIND: Final = every(Kind.FAITH, Kind.GOD, Kind.ARTICLE)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a name at its place: words `start` to `end`, its letters and its fine codes."""

    start: int
    end: int
    letters: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NameForm:
    """A name as it is looked for: for each of its parts the ways to write it, and the codes."""

    letters: tuple[frozenset[str], ...]
    codes: tuple[frozenset[str], ...]


class NamedWords:
    """The words of a text by what part of a name they can be; made once for all names that are looked for."""

    def __init__(self, words: Sequence[str]) -> None:
        self._letters: dict[str, list[Part]] = {}
        self._codes: dict[str, list[Part]] = {}
        for part in parts_of(words):
            self._letters.setdefault(part.letters, []).append(part)
            for code in part.codes:
                self._codes.setdefault(code, []).append(part)

    def places(self, letters: frozenset[str], codes: frozenset[str]) -> Mapping[Part, int]:
        """Return where a part stands, with the consonants shared by code; 0 where the letters are the same."""
        found: dict[Part, int] = {}
        for code in sorted(codes):
            weight = sum(sign not in _VOWELS for sign in code)
            for part in self._codes.get(code, ()):
                found[part] = max(found.get(part, 1), weight, 1)
        for word in sorted(letters):
            found.update(dict.fromkeys(self._letters.get(word, ()), 0))
        return found


@lru_cache(maxsize=20_000)
def name_form(text: str) -> NameForm | None:
    """Return a name as it is looked for; None when it has fewer than two parts."""
    words = fold(text).replace("-", " ").replace("'", " ").split()
    written = list(parts_of(words))
    found = [frozenset(unit.fine) for unit in units(" ".join(words))][:MOST_PARTS]
    if len(found) < 2:
        return None
    letters = tuple(frozenset(part.letters for part in written if codes & set(part.codes)) for codes in found)
    return NameForm(letters, tuple(found))


def stands_in(form: NameForm, text: NamedWords, *, beside_birth: bool = False) -> bool:
    """Whether a name stands in a text.

    Args:
        beside_birth: the person's date of birth stands there too, so that short codes are believed.
    """
    firsts = text.places(form.letters[0], form.codes[0])
    lasts = text.places(form.letters[-1], form.codes[-1]) if firsts else {}
    span = len(form.letters) + NEAR
    return any(
        _near(first, last, span)
        and (beside_birth or _believed(by_first, by_last, first, last))
        and _between(form, text, first, last, span)
        for first, by_first in firsts.items()
        for last, by_last in lasts.items()
    )


def parts_of(words: Sequence[str]) -> Iterator[Part]:
    """Yield every word, and every group of up to four words with small ones among them, that is one part of a name."""
    for start, word in enumerate(words):
        if not word:
            continue
        for length in range(1, 5):
            group = words[start : start + length]
            if len(group) < length or "" in group:
                break
            if length > 1 and not (set(group[:-1]) & _BEFORE or set(group[1:]) & _BEHIND):
                continue
            codes = _codes(" ".join(group))
            if codes:
                letters = "".join(group)
                yield Part(start, start + length, letters, codes)
                if is_arabic(letters) and letters.startswith("ال") and len(letters) > 4:
                    yield Part(start, start + length, letters[2:], codes)


@lru_cache(maxsize=100_000)
def _codes(text: str) -> tuple[str, ...]:
    """Return the fine codes of a text that is one part of a name, none when it is not."""
    found = units(text)
    return found[0].fine if len(found) == 1 and not text.isdigit() else ()


def _near(one: Part, other: Part, span: int) -> bool:
    apart = other.start >= one.end or one.start >= other.end
    return apart and max(one.end, other.end) - min(one.start, other.start) <= 2 * span


def _believed(by_first: int, by_last: int, first: Part, last: Part) -> bool:
    """Whether two parts are that name and no ordinary words: what rests on short codes stands side by side."""
    if not by_first and not by_last:
        return True
    shared = by_first + by_last
    least = BELIEVED if by_first and by_last else BELIEVED_BESIDE
    beside = first.end == last.start or last.end == first.start
    return shared >= (least if beside else least + 2)


def _between(form: NameForm, text: NamedWords, first: Part, last: Part, span: int) -> bool:
    """Whether half of the parts between first and last stand near them."""
    middle = list(zip(form.letters[1:-1], form.codes[1:-1], strict=True))
    met = sum(
        any(_near(part, first, span) for part in text.places(letters, codes)) for letters, codes in middle
    )
    return met * 2 >= len(middle) - 1
