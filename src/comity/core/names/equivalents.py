"""Which name forms are one name, and which look alike and are not.

The table `equivalents.toml` beside this module holds what no rule of sounds derives. Forms are single words as
`letters.fold` leaves them. Two forms are related only by a group that holds both: the relation does not chain, so
that Jacob may be James and Jacob may be Yacoub without James becoming Yacoub. Source: common knowledge of names.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

from comity.core.names.letters import fold

Strength = Literal["same", "nickname"]
"""`same`: one name written otherwise. `nickname`: some bearers use the one for the other."""

Relation = Literal["same", "nickname", "different"]

_GROUP_KEYS = {"forms", "why"}
_APART_KEYS = {"names", "why"}


@dataclass(frozen=True, slots=True)
class Group:
    """Forms of which any may stand for any other.

    Attributes:
        id: section and key of the table, such as `same.ismail`.
        strength: how sure the equivalence is.
        forms: two or more folded words, the usual one first.
        why: the reason, one line of English.
    """

    id: str
    strength: Strength
    forms: tuple[str, ...]
    why: str

    def __post_init__(self) -> None:
        """Refuse a group that says nothing or says it twice."""
        _verify_forms(self.id, self.forms)
        _verify_reason(self.id, self.why)


@dataclass(frozen=True, slots=True)
class Apart:
    """Names that look alike and belong to different people.

    Attributes:
        id: section and key of the table, such as `confusable.aziz`.
        names: two or more names, each a row of its folded forms; forms of one row are one name. A form that writes
            two of the names (عمري is Amri and Omari) stands in both rows and is held apart from neither.
        why: the reason, one line of English.
    """

    id: str
    names: tuple[tuple[str, ...], ...]
    why: str

    def __post_init__(self) -> None:
        """Refuse a group that says nothing or says it twice."""
        if len(self.names) < 2 or not all(self.names):
            raise ValueError(f"{self.id}: fewer than two names")
        if any(len(set(name)) < len(name) for name in self.names) or len(set(self.names)) < len(self.names):
            raise ValueError(f"{self.id}: one form twice")
        _verify_folded(self.id, tuple(form for name in self.names for form in name))
        _verify_reason(self.id, self.why)

    def holds_apart(self, first: str, second: str) -> bool:
        """Tell whether two folded words are two different names of this group."""
        places = [
            {place for place, name in enumerate(self.names) if form in name} for form in (first, second)
        ]
        return bool(places[0] and places[1]) and not places[0] & places[1]


def relation(first: str, second: str) -> Relation | None:
    """Return what the table says of two folded words, None when it says nothing.

    `same` is said before `nickname`. One and the same word is not asked of the table.
    """
    shared = set(EQUIVALENTS.get(first, ())) & set(EQUIVALENTS.get(second, ()))
    if shared:
        return "same" if any(GROUPS[one].strength == "same" for one in shared) else "nickname"
    held = set(CONFUSABLES.get(first, ())) & set(CONFUSABLES.get(second, ()))
    return "different" if any(APART[one].holds_apart(first, second) for one in held) else None


def read(text: str) -> tuple[dict[str, Group], dict[str, Apart]]:
    """Return the groups of a table by their ids.

    Raises:
        ValueError: the table is not TOML, or a section, a key or a form is not what it should be.
    """
    table = tomllib.loads(text)
    if set(table) != {"same", "nickname", "confusable"}:
        raise ValueError("the sections are same, nickname and confusable")
    groups: dict[str, Group] = {}
    strengths: tuple[Strength, ...] = ("same", "nickname")
    for strength in strengths:
        for key, entry in table[strength].items():
            _verify_keys(f"{strength}.{key}", entry, _GROUP_KEYS)
            made = Group(f"{strength}.{key}", strength, tuple(entry["forms"]), entry["why"])
            groups[made.id] = made
    apart: dict[str, Apart] = {}
    for key, entry in table["confusable"].items():
        _verify_keys(f"confusable.{key}", entry, _APART_KEYS)
        held = Apart(f"confusable.{key}", tuple(tuple(name) for name in entry["names"]), entry["why"])
        apart[held.id] = held
    return groups, apart


def _verify_keys(key: str, entry: object, wanted: set[str]) -> None:
    if not isinstance(entry, dict) or set(entry) != wanted:
        raise ValueError(f"{key}: the keys are {sorted(wanted)}")


def _verify_forms(key: str, forms: tuple[str, ...]) -> None:
    if len(forms) < 2 or len(set(forms)) != len(forms):
        raise ValueError(f"{key}: fewer than two forms, or one twice")
    _verify_folded(key, forms)


def _verify_folded(key: str, forms: tuple[str, ...]) -> None:
    wrong = [form for form in forms if not form or " " in form or fold(form) != form]
    if wrong:
        raise ValueError(f"{key}: not folded words: {wrong}")


def _verify_reason(key: str, why: str) -> None:
    if not why.strip() or "\n" in why:
        raise ValueError(f"{key}: the reason is one line")


def _by_form(rows: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for key, forms in rows.items():
        for form in forms:
            found[form] = (*found.get(form, ()), key)
    return MappingProxyType(found)


_GROUPS, _APART = read(files("comity.core.names").joinpath("equivalents.toml").read_text(encoding="utf-8"))

GROUPS: Mapping[str, Group] = MappingProxyType(_GROUPS)
"""Every group of equivalent forms, by its id."""

APART: Mapping[str, Apart] = MappingProxyType(_APART)
"""Every group of names to hold apart, by its id."""

EQUIVALENTS: Mapping[str, tuple[str, ...]] = _by_form({key: one.forms for key, one in GROUPS.items()})
"""Ids of the groups of equivalent forms that hold a folded word."""

CONFUSABLES: Mapping[str, tuple[str, ...]] = _by_form(
    {key: tuple(form for name in one.names for form in name) for key, one in APART.items()}
)
"""Ids of the groups of names to hold apart that hold a folded word."""
