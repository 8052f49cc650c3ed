"""What the table of equivalent and confusable names says of a unit, as numbers the kernel compares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from comity.core.codes.sex import Sex
from comity.core.match.names.alphabet import fold
from comity.core.match.names.kernel import NAMES_IN_GROUP
from comity.core.match.names.reading import ARTICLE, Unit
from comity.core.names.equivalents import APART, EQUIVALENTS, GROUPS
from comity.core.names.particles import Kind, every
from comity.core.names.sexes import bearers_of

SLOTS: Final = 6
"""Groups of each kind that are kept for one unit."""

SAME, NICKNAME, DIFFERENT, BEARER = 0, 1, 2, 3
"""Columns of the numbers: groups of one name, groups of nicknames, groups of names to hold apart, whose name it is."""

SEXES: Final = {frozenset({Sex.MALE}): 0, frozenset({Sex.FEMALE}): 1}
"""Numbers of a man's and of a woman's name; other names have none."""

NAMES_OF_FAITH: Final = 100_000
"""Added to the number of a group: what its names become in -eddine (Djamel, Djamel Eddine)."""

_Groups = tuple[list[int], list[int], list[int]]
"""Groups of one name, of nicknames, of names to hold apart."""

_FAITHS: Final = tuple(sorted(every(Kind.FAITH), key=len, reverse=True))
_MAGHREB: Final = frozenset({"arabic", "amazigh"})


def known(units: Iterable[Unit]) -> NDArray[np.int32]:
    """Return the numbers of the groups that hold each unit, shape (units, 4, SLOTS); -1 where there is none."""
    found = list(units)
    numbers = np.full((len(found), 4, SLOTS), -1, dtype=np.int32)
    for place, unit in enumerate(found):
        numbers[place, BEARER, :2] = _bearer(unit)
        for column, groups in zip((SAME, NICKNAME, DIFFERENT), _groups(unit), strict=True):
            numbers[place, column, : len(groups[:SLOTS])] = groups[:SLOTS]
    return numbers


def _groups(unit: Unit) -> _Groups:
    """Return the groups that hold a unit, after an article if need be; a name in -eddine without it is its nickname."""
    table = _by_letters()
    for start, kind in unit.starts:
        letters = unit.letters[start:]
        if kind <= ARTICLE and letters in table:
            found = table[letters]
            return found[SAME], [*_without_faith(letters), *found[NICKNAME]], found[DIFFERENT]
    return [], _without_faith(unit.letters), []


def _without_faith(letters: str) -> list[int]:
    """Return the numbers of what a name in -eddine is without that ending (Djamel Eddine, Djamel)."""
    if not letters.endswith(_FAITHS):
        return []
    bases = (letters.removesuffix(ending) for ending in _FAITHS if letters.endswith(ending))
    found = next((groups for base in bases if (groups := _by_letters().get(base))), None)
    return [NAMES_OF_FAITH + group for group in found[SAME]] if found else []


def _bearer(unit: Unit) -> tuple[int, int]:
    """Return whose name a unit is, -1 where that is not told, and where it is borne: 1 Maghreb, 2 Europe, 3 both.

    A man's name of one world may be a writing of a woman's of the other (نوال and Noël), so that only names of one
    world are held apart. Articles do not count.
    """
    for start, kind in unit.starts:
        if kind <= ARTICLE and (found := bearers_of(unit.letters[start:])):
            here, there = bool(found.traditions & _MAGHREB), bool(found.traditions - _MAGHREB)
            return SEXES.get(found.sexes, -1), here + 2 * there
    return -1, 0


@cache
def _by_letters() -> dict[str, _Groups]:
    table: dict[str, _Groups] = {}
    for number, group in enumerate(GROUPS.values()):
        for form in group.forms:
            _of(table, form)[SAME if group.strength == "same" else NICKNAME].append(number)
            if group.strength == "same":
                _of(table, form)[NICKNAME].append(NAMES_OF_FAITH + number)
    for number, apart in enumerate(APART.values()):
        borne = Counter(form for name in apart.names for form in name)
        for place, name in enumerate(apart.names):
            for form in _spellings(name, borne):
                _of(table, form)[DIFFERENT].append(number * NAMES_IN_GROUP + place)
    return table


def _spellings(name: tuple[str, ...], borne: Counter[str]) -> dict[str, None]:
    """Return the forms of a name to hold apart, and every form that is the same name as one of them.

    A form that writes several of the names (Salim: سليم and سالم) brings no others with it.

    Args:
        name: its forms.
        borne: how many of the names each form writes.
    """
    groups = [
        GROUPS[one]
        for form in name
        if borne[form] == 1
        for one in EQUIVALENTS.get(form, ())
        if GROUPS[one].strength == "same"
    ]
    return dict.fromkeys((*name, *(form for group in groups for form in group.forms)))


def _of(table: dict[str, _Groups], form: str) -> _Groups:
    return table.setdefault(fold(form).replace(" ", ""), ([], [], []))
