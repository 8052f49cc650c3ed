"""The short form of a case's identifier: how officers of both services write it and read it out.

Identifiers begin with their time (RFC 9562 §5.7), so that cases of one morning begin alike, and end in random bits. The
short form is the end: eight hexadecimal digits in two groups, ``3f9a-07c2``. Both nodes know a case by one identifier,
so both services read out the same. Of 20,000 cases two end alike with a chance of 5 %: then a search by the short form
is refused, and says so, and more digits are asked for.
"""

from __future__ import annotations

DIGITS = 8
LEAST = 4
"""Digits of the short form; fewest by which a case is looked for."""


def case_number(identifier: str) -> str:
    """Return the short form of the identifier of a case or message."""
    end = identifier[-DIGITS:]
    return f"{end[: DIGITS // 2]}-{end[DIGITS // 2 :]}"


def written_number(text: str) -> str:
    """Return what somebody has typed as digits alone: without hyphens and blanks, in lower case."""
    return "".join(text.replace("-", " ").split()).lower()
