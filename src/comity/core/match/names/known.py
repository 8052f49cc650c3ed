"""What the table of equivalent and confusable names says of a unit, as numbers the kernel compares."""

from __future__ import annotations

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
from comity.core.names.sexes import bearers

SLOTS: Final = 6
"""Groups of each kind that are kept for one unit."""

SAME, NICKNAME, DIFFERENT, BEARER = 0, 1, 2, 3
"""Columns of the numbers: groups of one name, groups of nicknames, groups of names to hold apart, whose name it is."""

SEXES: Final = {frozenset({Sex.MALE}): 0, frozenset({Sex.FEMALE}): 1}
"""Numbers of a man's and of a woman's name; other names have none."""

_MAGHREB: Final = frozenset({"arabic", "amazigh"})


def known(units: Iterable[Unit]) -> NDArray[np.int32]:
    """Return the numbers of the groups that hold each unit, shape (units, 4, SLOTS); -1 where there is none."""
    found = list(units)
    numbers = np.full((len(found), 4, SLOTS), -1, dtype=np.int32)
    table = _by_letters()
    for place, unit in enumerate(found):
        numbers[place, BEARER, :2] = _bearer(unit)
        for start, kind in unit.starts:
            if kind <= ARTICLE and (groups := table.get(unit.letters[start:])):
                for column in (SAME, NICKNAME, DIFFERENT):
                    for slot, group in enumerate(groups[column][:SLOTS]):
                        numbers[place, column, slot] = group
                break
    return numbers


def _bearer(unit: Unit) -> tuple[int, int]:
    """Return whose name a unit is, -1 where that is not told, and where it is borne: 1 Maghreb, 2 Europe, 3 both.

    A man's name of one world may be a writing of a woman's of the other (نوال and Noël), so that only names of one
    world are held apart. Articles do not count.
    """
    for start, kind in unit.starts:
        if kind <= ARTICLE and (found := bearers(unit.letters[start:])):
            here, there = bool(found.traditions & _MAGHREB), bool(found.traditions - _MAGHREB)
            return SEXES.get(found.sexes, -1), here + 2 * there
    return -1, 0


@cache
def _by_letters() -> dict[str, tuple[list[int], list[int], list[int]]]:
    table: dict[str, tuple[list[int], list[int], list[int]]] = {}
    for number, group in enumerate(GROUPS.values()):
        for form in group.forms:
            _of(table, form)[SAME if group.strength == "same" else NICKNAME].append(number)
    for number, apart in enumerate(APART.values()):
        for place, name in enumerate(apart.names):
            for form in _spellings(name):
                _of(table, form)[DIFFERENT].append(number * NAMES_IN_GROUP + place)
    return table


def _spellings(name: tuple[str, ...]) -> dict[str, None]:
    """Return the forms of a name to hold apart, and every form that is the same name as one of them."""
    groups = [
        GROUPS[one] for form in name for one in EQUIVALENTS.get(form, ()) if GROUPS[one].strength == "same"
    ]
    return dict.fromkeys((*name, *(form for group in groups for form in group.forms)))


def _of(
    table: dict[str, tuple[list[int], list[int], list[int]]], form: str
) -> tuple[list[int], list[int], list[int]]:
    return table.setdefault(fold(form).replace(" ", ""), ([], [], []))
