"""What the table of equivalent and confusable names says of a unit, as numbers the kernel compares."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from comity.core.match.names.alphabet import fold
from comity.core.match.names.kernel import NAMES_IN_GROUP
from comity.core.match.names.reading import ARTICLE, Unit
from comity.core.names.equivalents import APART, EQUIVALENTS, GROUPS

SLOTS: Final = 6
"""Groups of each kind that are kept for one unit."""

SAME, NICKNAME, DIFFERENT = 0, 1, 2
"""Columns of the numbers: groups of one name, groups of nicknames, groups of names to hold apart."""


def known(units: Iterable[Unit]) -> NDArray[np.int32]:
    """Return the numbers of the groups that hold each unit, shape (units, 3, SLOTS); -1 where there is none."""
    found = list(units)
    numbers = np.full((len(found), 3, SLOTS), -1, dtype=np.int32)
    table = _by_letters()
    for place, unit in enumerate(found):
        for start, kind in unit.starts:
            if kind <= ARTICLE and (groups := table.get(unit.letters[start:])):
                for column in (SAME, NICKNAME, DIFFERENT):
                    for slot, group in enumerate(groups[column][:SLOTS]):
                        numbers[place, column, slot] = group
                break
    return numbers


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
