"""The consonant skeleton: one alphabet for names in Arabic and in Latin letters, fine and coarse.

The same Moroccan, Algerian or Tunisian name is written in Latin letters after French, Dutch, Spanish or English
habits, so inner vowels, doubled letters and the pairs b/p, f/v carry no identity; they merge. What stays ambiguous
(ghayn as gh or r, jim as j or g, tha as t or s) branches: a token has several readings, the likeliest first, and two
tokens agree when they share one.

The fine skeleton keeps what both scripts usually write: t from d, s from z, how the name begins (a small letter v, y
or w before it) and with which vowel it ends (a, i or u after it). The coarse one leaves that out: it finds, the fine
one tells apart. Source: measured on Wikidata labels, see `docs/protocol/probe.md` section 3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from comity.core.names.letters import is_arabic

MAX_CODES = 4
"""Most codes of one unit, coarse or fine."""

MAX_READINGS = 12
"""Most fine readings of one token."""

EMPTY = "0"
"""Code of a name that has no consonant, such as Aya."""

Choice = tuple[str, ...]
"""The codes one letter may stand for, the likeliest first; the empty string when it may be silent."""

_COARSE = str.maketrans({"D": "T", "Z": "S", "v": "", "y": "", "w": "", "a": "", "i": "", "u": ""})

_ARABIC: dict[str, Choice] = {
    "ب": ("B",), "ت": ("T",), "ث": ("T", "S"), "ج": ("J", "K"), "ح": ("H",), "خ": ("X", "H", "K"), "د": ("D",),
    "ذ": ("D", "Z"), "ر": ("R",), "ز": ("Z",), "س": ("S",), "ش": ("C",), "ص": ("S",), "ض": ("D",),
    "ط": ("T",), "ظ": ("D", "Z", "T"), "غ": ("G", "R"), "ف": ("F",), "ق": ("K", "G"), "ك": ("K",), "ل": ("L",),
    "م": ("M",), "ن": ("N",), "ه": ("H",),
}  # fmt: skip
_ARABIC_BEGINS: dict[str, Choice] = {"ا": ("v", ""), "ع": ("v",), "ي": ("y", "v"), "و": ("w",)}
_ARABIC_ENDS: dict[str, Choice] = {"ا": ("a",), "ي": ("i", "a"), "و": ("u",), "ع": ("", "a")}

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
    (r"dh", ("D", "Z")),
    (r"ph|v|f", ("F",)),
    (r"qu(?=[eiy])|ck|q|k", ("K",)),
    (r"c(?=[eiy])", ("S",)),
    (r"c", ("K",)),
    (r"x", ("KS",)),
    (r"b|p", ("B",)),
    (r"t", ("T",)),
    (r"d", ("D",)),
    (r"ss", ("S",)),
    (r"(?<=[aeiouy])s(?=[aeiouy])", ("S", "Z")),
    (r"s", ("S",)),
    (r"z", ("Z",)),
    (r"h$", ("",)),
    (r"h", ("H",)),
    (r"l", ("L",)),
    (r"m", ("M",)),
    (r"n", ("N",)),
    (r"r", ("R",)),
)
_LATIN = re.compile("|".join(f"(?P<r{number}>{rule})" for number, (rule, _) in enumerate(_LATIN_RULES)))
_LATIN_CHOICE = {f"r{number}": choice for number, (_, choice) in enumerate(_LATIN_RULES)}
_DOUBLED = re.compile(r"(tch|sch|sh|ch|kh|gh|dh|th|dj|[b-df-hj-np-rt-vx-z])\1+")

_LATIN_BEGINS: tuple[tuple[str, Choice], ...] = (
    (r"[ae](?:n{2}|r{2}|s{2}|z{2}|t{2}|d{2}|ch|sh)", ("", "v")),
    (r"(?:ou|oe|u)[aeiy]", ("w", "v")),
    (r"w", ("w",)),
    (r"ou|oe|u", ("v", "w")),
    (r"y", ("y", "v")),
    (r"i", ("v", "y")),
    (r"[aeo]", ("v",)),
)
_LATIN_ENDS: tuple[tuple[str, Choice], ...] = (
    (r"(?:i|y|ie|ey|ee)$", ("i",)),
    (r"(?:ou|oe|oo|u|o|w)$", ("u",)),
    (r"(?:a|ae)h?$", ("a",)),
    (r"eh?$", ("", "a")),
)


def skeletons(token: str) -> tuple[str, ...]:
    """Return the coarse codes of one folded token, the likeliest first, at most `MAX_CODES`."""
    return coarse(fine_skeletons(token))


def fine_skeletons(token: str) -> tuple[str, ...]:
    """Return the fine readings of one folded token, the likeliest first, at most `MAX_READINGS`."""
    return expand(_arabic(token) if is_arabic(token) else _latin(token))


def coarse(fine: Iterable[str]) -> tuple[str, ...]:
    """Return the coarse codes of fine readings, each once, at most `MAX_CODES`."""
    return tuple(dict.fromkeys(code.translate(_COARSE) or EMPTY for code in fine))[:MAX_CODES]


def bare(code: str) -> str:
    """Return a fine code without what it begins with, as it stands behind a particle."""
    return code[1:] if code[:1] in ("v", "y", "w") else code


def expand(choices: Sequence[Choice]) -> tuple[str, ...]:
    """Return the readings of a row of choices, those with the fewest unlikely letters first."""
    readings = [(0, "")]
    for choice in choices:
        readings = [
            (cost + rank, code + letter) for cost, code in readings for rank, letter in enumerate(choice)
        ]
        readings.sort(key=lambda reading: reading[0])
        del readings[MAX_READINGS * 2 :]
    found = dict.fromkeys(code or EMPTY for _, code in readings)
    return tuple(found)[:MAX_READINGS]


def _arabic(token: str) -> list[Choice]:
    token = token.rstrip("ء") or token
    last = len(token) - 1
    choices: list[Choice] = [_ARABIC_BEGINS[token[0]]] if token[0] in _ARABIC_BEGINS and last else []
    for place, letter in enumerate(token):
        if letter in "هة" and place == last:
            if letter == "ة" or token[place - 1 : place] == "ا":
                choices.append(("a", "T"))
            else:
                choices.append(("a", ""))
        elif letter == "ح" and place == last:
            choices.append(("a", "H", ""))
        elif letter in "تد" and token[place + 1 : place + 2] in ("ش", "ج"):
            choices.append(("", _ARABIC[letter][0]))  # one sound, tch or dj, written with two letters
        elif letter in _ARABIC:
            choices.append(_ARABIC[letter])
    if last and token[last] in _ARABIC_ENDS:
        choices.append(_ARABIC_ENDS[token[last]])
    return choices


def _latin(token: str) -> list[Choice]:
    single = _DOUBLED.sub(r"\1", token)
    begins = next((choice for rule, choice in _LATIN_BEGINS if re.match(rule, token)), ())
    ends = next((choice for rule, choice in _LATIN_ENDS if re.search(rule, single[1:])), ())
    inner = [_LATIN_CHOICE[found.lastgroup] for found in _LATIN.finditer(single) if found.lastgroup]
    return [choice for choice in (begins, *inner, ends) if choice]
