"""Values of a foreign writing direction, isolated so that they neither reorder the page nor are reordered by it.

In HTML a value stands in `<bdi>`; in plain text (options, titles) between FIRST STRONG ISOLATE and POP DIRECTIONAL
ISOLATE (Unicode Standard Annex #9, §2.4). Control characters inside a value are removed: they could make one name
look like another.
"""

from __future__ import annotations

import unicodedata

from comity.core.codes.languages import Direction, direction_of

CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that change direction without being seen."""

FIRST_STRONG_ISOLATE = "\u2068"
POP_ISOLATE = "\u2069"
_STRONG = frozenset({"L", "R", "AL"})


def without_controls(text: str) -> str:
    """Return the text without characters that change direction."""
    return "".join(letter for letter in text if letter not in CONTROLS)


def direction(text: str) -> str:
    """Return ``rtl`` or ``ltr``, by the first strong letter; numbers, codes and signs alone are ``ltr``."""
    first = next((kind for letter in text if (kind := unicodedata.bidirectional(letter)) in _STRONG), "L")
    return "ltr" if first == "L" else "rtl"


def direction_in(text: str, tag: str) -> str:
    """Return the direction of a text whose language was marked; by its letters where nobody knows the language."""
    found = direction_of(tag)
    return direction(text) if found is Direction.AUTO else found.value


def isolated_text(value: object) -> str:
    """Return a value isolated for plain text."""
    return f"{FIRST_STRONG_ISOLATE}{without_controls(str(value))}{POP_ISOLATE}"
