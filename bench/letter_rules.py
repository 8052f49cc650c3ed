"""What letters may sound: rules laid over the letter tables after they were fitted, each with its reason.

The fit counts what it saw. It saw few names, so that some spellings of a letter came with one vowel and never with
another (ح as ha, hou, never hi), and it saw mistakes: two names of one person that are no spellings of each other
leave chunks behind in which a consonant comes from nowhere. Three rules mend the kinds, whichever names were seen:

- a chunk of letters goes where one of its consonants has no letter of the other script to come from;
- Arabic writes no short vowels: whatever spells a consonant spells it with any short vowel after it, too;
- a letter added or dropped costs what a slip of the pen costs, not what was never seen: the tables hold names, and a
  register holds names with errors.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache

from comity.core.match.names.alphabet import END

Entry = tuple[str, str, str, float]
"""Scripts, chunk, chunk, evidence."""

SPELLED = {
    "ب": "b bb", "ت": "t tt", "ث": "th t s", "ج": "j dj g gu y zj jj", "ح": "h hh", "خ": "kh k ch h j x", "د": "d dd",
    "ذ": "dh d z", "ر": "r rr", "ز": "z zz s", "س": "s ss c z", "ش": "ch sh sj sch x tch", "ص": "s ss c",
    "ض": "d dh dd", "ط": "t tt th", "ظ": "dh d z th", "غ": "gh g rh r gu", "ف": "f ff ph", "ق": "k q g gu qu c kk gg",
    "ك": "k c q g gu ck kk qu", "ل": "l ll", "م": "m mm", "ن": "n nn", "ه": "h", "و": "w v", "ي": "y j",
}  # fmt: skip
"""How French, Dutch, Spanish, English and German writers spell a consonant."""

RARELY = {
    "ب": "p pp v", "ت": "th d dt", "ث": "tt ss", "ج": "gg ch tch z dg", "ح": "kh ch j", "خ": "kk", "د": "t dt dh",
    "ذ": "th", "ر": "rh", "ز": "ss", "س": "sc", "ش": "s j", "ص": "z", "ض": "z", "ط": "d", "ع": "h", "غ": "gg k h rr",
    "ف": "v ffe", "ق": "cc ck qq gh", "ك": "cc ch kh gg x", "ن": "m gn", "ه": "hh t", "ي": "ll", "ا": "h", "ء": "h",
    "ة": "h t",
}  # fmt: skip
"""Further spellings: of other languages' names in Arabic letters, of voiced and silent sounds, of slips."""

TOGETHER = {("كس", "x"): 3.0, ("قس", "x"): 2.0}
"""Two letters that Latin writes as one (Max, Felix, Alexis), with their evidence: a letter as rare says much."""

SOFT = frozenset("اويعهءةح")
"""Letters that many writers leave out."""

SUN_LETTERS = "تثدذرزسشصضطظن"
VOWELS = ("a", "e", "i", "o", "u", "ou", "oe")
LONGEST = 3

LEAST = -1.0
"""Evidence of a spelling from which it is taken to stand before other vowels too."""

BY_HABIT = 0.0
"""Evidence of a spelling that is known by rule and was not seen."""

OTHER_VOWEL = 1.0
"""Evidence lost where a spelling stands before a vowel with which it was not seen."""

SOFT_SLIP, SLIP = -3.5, -7.0
"""Least evidence of one letter added, dropped or exchanged: vowels and what is heard as one; consonants."""

LATIN_SOFT = frozenset("aeiouyhw")


def ruled(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries of the tables with the rules laid over them."""
    kept = {entry[:3]: entry[3] for entry in entries if not _from_nowhere(*entry[:3])}
    for chunk in _by_habit(kept):
        kept[chunk[:3]] = max(chunk[3], kept.get(chunk[:3], chunk[3]))
    return [(*key, max(figure, _least(*key))) for key, figure in kept.items()]


def may_sound(arabic: str, latin: str) -> bool:
    """Tell whether every consonant of a Latin chunk can come from a letter of the Arabic one, and every letter is heard."""
    return (
        "ال" in arabic
        or arabic == END
        or (arabic, latin) in TOGETHER
        or _sounds(arabic).fullmatch(latin) is not None
    )


def _from_nowhere(kind: str, first: str, second: str) -> bool:
    chunks = kind == "al" and first and second and max(len(first), len(second)) > 1
    return bool(chunks) and not may_sound(first, second)


@cache
def _sounds(arabic: str) -> re.Pattern[str]:
    """Return what an Arabic chunk may sound: each letter by its spellings, vowels anywhere."""
    vowels = "[aeiouyw]*"
    parts = [vowels]
    for place, letter in enumerate(arabic):
        spellings = f"{SPELLED.get(letter, '')} {RARELY.get(letter, '')}".split()
        following = arabic[place + 1 : place + 2]
        silent = (
            letter in SOFT
            or (letter == "ل" and following and following in SUN_LETTERS)
            or arabic[place:] == "تش"
        )
        spelled = re.escape(END) if letter == END else "|".join(sorted(spellings, key=len, reverse=True))
        parts.append(f"(?:{spelled}){'?' if silent else ''}{vowels}")
    return re.compile("".join(parts))


def _by_habit(entries: dict[tuple[str, str, str], float]) -> Iterable[Entry]:
    """Yield what spells a consonant, alone and before every short vowel."""
    yield from (("al", *chunks, figure) for chunks, figure in TOGETHER.items())
    seen: dict[str, dict[str, float]] = defaultdict(dict)
    for (kind, first, second), figure in entries.items():
        if kind == "al" and first in SPELLED and _consonants(second) and figure > LEAST:
            seen[first][second] = figure
    for letter, spellings in SPELLED.items():
        for spelled in {*spellings.split(), *seen[letter]}:
            figure = seen[letter].get(spelled, BY_HABIT)
            yield "al", letter, spelled, figure
            for vowel in VOWELS:
                if len(spelled + vowel) <= LONGEST and _consonants(spelled):
                    yield "al", letter, spelled + vowel, figure - OTHER_VOWEL


def _consonants(chunk: str) -> bool:
    return 0 < len(chunk) < LONGEST and END not in chunk and not any(letter in "aeiou" for letter in chunk)


def _least(kind: str, first: str, second: str) -> float:
    if max(len(first), len(second)) > 1:
        return float("-inf")
    soft = [SOFT - {"ح", "ة"} if script == "a" else LATIN_SOFT for script in kind]
    both = all(not chunk or chunk in letters for chunk, letters in zip((first, second), soft, strict=True))
    return SOFT_SLIP if both else SLIP
