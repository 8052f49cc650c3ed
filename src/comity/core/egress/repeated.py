"""Whether one text was made from another: by what it repeats of it.

Implements docs/protocol/egress.md §4. What was recalled reaches the notes that were made from it (rule L7, L25).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from comity.core.egress.finding import Texts
from comity.core.egress.names import NameForm, name_form
from comity.core.egress.reading import read, texts_in
from comity.core.egress.values import phrases_of

LEAST_DIGITS = 7
"""Digits of a number that is taken to be repeated and not met by chance."""


def repeats(later: Mapping[str, Any], earlier: Mapping[str, Any]) -> bool:
    """Whether a text repeats a passage, a number, a date of birth or a full name of an earlier one.

    Args:
        later, earlier: JSON bodies; names and dates are taken from the fields that the earlier one gives of a person.
    """
    mine, theirs = read(texts_in(later)), read(texts_in(earlier))
    if phrases_of(mine) & phrases_of(theirs):
        return True
    numbers = {one for one in mine.numbers & theirs.numbers if sum(map(str.isdigit, one)) >= LEAST_DIGITS}
    if numbers:
        return True
    fields = (earlier.get("subject") or {}).get("fields") or {}
    if read(texts_in({"birth": fields.get("birth")})).dates & mine.dates:
        return True
    return bool(Texts(mine).names(_names(fields), beside_birth=False))


def _names(fields: Mapping[str, Any]) -> Iterator[NameForm]:
    """Yield the full names that a release gives: given and family name of one script joined, and whole names."""
    by_script: dict[str, list[str]] = {}
    for name in fields.get("names") or ():
        text, role = str(name.get("text", "")), name.get("role")
        if role in ("given", "family"):
            by_script.setdefault(str(name.get("script")), []).append(text)
        elif (form := name_form(text)) is not None:
            yield form
    for parts in by_script.values():
        if (form := name_form(" ".join(parts))) is not None:
            yield form
