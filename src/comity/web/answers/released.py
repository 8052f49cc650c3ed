"""The fields of a released document as an officer reads them; the same for what would leave and for what came.

What came was written by the partner: any JSON is shown as text, nothing of it is trusted to have a form.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from comity.core.codes.assertions import ASSERTIONS
from comity.core.codes.marks import SILENT_ASSERTION, Assertion, DataCategory
from comity.core.register.release import MAIN, in_order
from comity.web import labels

SILENT = frozenset({"script"})
"""Members that repeat what can be seen."""
MAX_VALUES = 200

WORDS: dict[str, Promise] = {
    "given": _("given name"),
    "family": _("family name"),
    "full": _("full name"),
    "alias": _("alias"),
    "father": _("father"),
    "mother": _("mother"),
    "birth": _("place of birth"),
    "address": _("address"),
    "flag": _("flag"),
    "day": _("exact to the day"),
    "month": _("exact to the month"),
    "year": _("exact to the year"),
    "estimated": _("estimated"),
    "range": _("range of years"),
    "F": _("female"),
    "M": _("male"),
    "X": _("other"),
    "document": _("document"),
    "passport": _("passport"),
    "identity-card": _("identity card"),
}


@dataclass(frozen=True, slots=True)
class Value:
    """One value with what explains it."""

    text: str
    details: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One category of data with its values, and whether they are facts or an assessment."""

    category: str
    words: str
    values: tuple[Value, ...]
    assertion: Assertion


def fields(document: Mapping[str, Any], chosen: Iterable[DataCategory] | None = None) -> list[Field]:
    """Return the fields of a document, in the order of the categories.

    Args:
        document: ``{"fields": {category: [value, ...]}, "assertions": {category: mark}, ...}``.
        chosen: only these categories; None: all that are there.
    """
    held = document.get("fields")
    if not isinstance(held, dict):
        return []
    wanted = None if chosen is None else {category.value for category in chosen}
    return [
        Field(name, _category(name), tuple(_value(one) for one in _listed(values)), _mark(document, name))
        for name, values in sorted(held.items())
        if wanted is None or name in wanted
    ]


def _mark(document: Mapping[str, Any], name: str) -> Assertion:
    """Return the mark of a field; one that says nothing is an assessment."""
    marks = document.get(ASSERTIONS)
    fact = isinstance(marks, Mapping) and marks.get(name) == Assertion.FACT
    return Assertion.FACT if fact else SILENT_ASSERTION


def _category(name: str) -> str:
    try:
        return labels.label(DataCategory(name))
    except ValueError:
        return labels.label(name)


def _listed(values: Any) -> list[Any]:
    return values[:MAX_VALUES] if isinstance(values, list) else [values]


def _value(value: Any) -> Value:
    if not isinstance(value, dict):
        return Value(_words(value), ())
    main = next((name for name in MAIN if name in value), None)
    details = tuple(
        _words(each)
        for name, each in in_order(value)
        if name != main and name not in SILENT and each not in (None, "")
    )
    return Value("" if main is None else str(value[main]), details)


def _words(value: Any) -> str:
    known = WORDS.get(value) if isinstance(value, str) else None
    return str(known) if known else str(value)
