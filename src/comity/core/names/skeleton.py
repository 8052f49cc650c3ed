"""The consonant skeleton: one alphabet of thirteen codes for names in Arabic and in Latin letters.

The same Moroccan, Algerian or Tunisian name is written in Latin letters after French, Dutch, Spanish or English
habits, so vowels, doubled letters and the pairs s/z, t/d, b/p, f/v carry no identity; they merge. What stays
ambiguous (ghayn as gh or r, jim as j or g, tha as t or s, a glued article) branches: a unit has up to `MAX_CODES`
codes, the likeliest first, and two units agree when they share one. Source: measured on Wikidata labels, see
`docs/protocol/probe.md` section 3.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from comity.core.names.letters import is_arabic

MAX_CODES = 4
"""Most codes of one unit."""

EMPTY = "0"
"""Code of a name that has no consonant, such as Aya."""

Choice = tuple[str, ...]
"""The codes one letter may stand for, the likeliest first; the empty string when it may be silent."""

_ARABIC: dict[str, Choice] = {
    "ب": ("B",), "ت": ("T",), "ث": ("T", "S"), "ج": ("J", "K"), "ح": ("H",), "خ": ("X", "H", "K"), "د": ("T",),
    "ذ": ("T", "S"), "ر": ("R",), "ز": ("S",), "س": ("S",), "ش": ("C",), "ص": ("S",), "ض": ("T",),
    "ط": ("T",), "ظ": ("T", "S"), "غ": ("G", "R"), "ف": ("F",), "ق": ("K", "G"), "ك": ("K",), "ل": ("L",),
    "م": ("M",), "ن": ("N",), "ه": ("H",),
}  # fmt: skip

_LATIN_RULES: tuple[tuple[str, Choice], ...] = (
    (r"tsch|tch|sch|ch|sj|tj", ("C",)),
    (r"sh", ("C", "SH")),
    (r"kh", ("X", "H", "K")),
    (r"^rh", ("G", "R", "RH")),
    (r"gh", ("G", "R")),
    (r"ij", ("J", "")),
    (r"lj", ("LJ", "L")),
    (r"dj|j", ("J",)),
    (r"gu(?=[eiy])", ("K", "G")),
    (r"g(?=[eiy])", ("J", "K", "G")),
    (r"g", ("K", "G")),
    (r"th", ("T", "TH", "S")),
    (r"dh", ("T", "S")),
    (r"ph|v|f", ("F",)),
    (r"qu(?=[eiy])|ck|q|k", ("K",)),
    (r"c(?=[eiy])", ("S",)),
    (r"c", ("K",)),
    (r"x", ("KS",)),
    (r"b|p", ("B",)),
    (r"t|d", ("T",)),
    (r"s|z", ("S",)),
    (r"h$", ("",)),
    (r"h", ("H",)),
    (r"l", ("L",)),
    (r"m", ("M",)),
    (r"n", ("N",)),
    (r"r", ("R",)),
)
_LATIN = re.compile("|".join(f"(?P<r{number}>{rule})" for number, (rule, _) in enumerate(_LATIN_RULES)))
_LATIN_CHOICE = {f"r{number}": choice for number, (_, choice) in enumerate(_LATIN_RULES)}
_DOUBLED = re.compile(r"(tch|sch|sh|ch|kh|gh|dh|th|dj|[b-df-hj-np-tv-z])\1+")


def skeletons(token: str) -> tuple[str, ...]:
    """Return the codes of one folded token, the likeliest first, at most `MAX_CODES`."""
    return expand(_arabic(token) if is_arabic(token) else _latin(token))


def expand(choices: Sequence[Choice]) -> tuple[str, ...]:
    """Return the readings of a row of choices, those with the fewest unlikely letters first."""
    readings = [(0, "")]
    for choice in choices:
        readings = [
            (cost + rank, code + letter) for cost, code in readings for rank, letter in enumerate(choice)
        ]
        readings.sort(key=lambda reading: reading[0])
        del readings[MAX_CODES * 2 :]
    found = dict.fromkeys(code or EMPTY for _, code in readings)
    return tuple(found)[:MAX_CODES]


def _arabic(token: str) -> list[Choice]:
    last = len(token) - 1
    choices: list[Choice] = []
    for place, letter in enumerate(token):
        if letter in "هة" and place == last:
            if letter == "ة" or token[place - 1 : place] == "ا":
                choices.append(("", "T"))
            continue
        if letter == "ح" and place == last:
            choices.append(("", "H"))
        elif letter in "تد" and token[place + 1 : place + 2] in ("ش", "ج"):
            choices.append(("", "T"))  # one sound, tch or dj, written with two letters
        elif letter in _ARABIC:
            choices.append(_ARABIC[letter])
    return choices


def _latin(token: str) -> list[Choice]:
    single = _DOUBLED.sub(r"\1", token)
    return [_LATIN_CHOICE[found.lastgroup] for found in _LATIN.finditer(single) if found.lastgroup]
