"""Find a name in the gazetteer: exactly, in a looser spelling, by its consonants, or with one slip of the pen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from comity.core.names.letters import is_arabic
from comity.core.names.skeleton import skeletons
from comity.core.places.tables import Place, PlaceKind, gazetteer
from comity.core.places.wording import bare, loosened

MIN_CONSONANTS = 3
"""Consonants below which a skeleton says nothing."""

MIN_SLIP = 6
"""Letters below which one slip makes another name."""

MAX_NAMED = 8
"""Places of one name that are looked at."""

_BREADTH = {
    PlaceKind.COUNTRY: 0,
    PlaceKind.COMMUNE: 1,
    PlaceKind.PROVINCE: 2,
    PlaceKind.REGION: 3,
    PlaceKind.DISTRICT: 4,
}


@dataclass(frozen=True, slots=True)
class _Written:
    """Numbers of places by strict form and loose form."""

    strict: dict[str, tuple[int, ...]]
    loose: dict[str, tuple[int, ...]]


def place(number: int) -> Place:
    """Return the place with a number, which must be one of the gazetteer."""
    return gazetteer()[number - 1]


def named(letters: str) -> tuple[int, ...]:
    """Return the places that bear a name in so many letters, the likeliest first; at most `MAX_NAMED`.

    Args:
        letters: as `wording.bare` returns them.
    """
    index = _written()
    found = index.strict.get(letters) or index.loose.get(loosened(letters))
    return found[:MAX_NAMED] if found else ()


def alike(letters: str) -> int:
    """Return the one place whose name is nearly so written, 0 when there is none or more than one."""
    return _by_consonants(letters) or _by_slip(letters)


def consonants(letters: str) -> tuple[str, ...]:
    """Return the consonant codes of bare letters, the likeliest first; none for letters without consonants."""
    return tuple(code for code in skeletons(loosened(letters)) if code != "0") if letters else ()


def within(first: str, second: str, limit: int) -> bool:
    """Tell whether at most `limit` letters are inserted, left out or replaced between two words."""
    if abs(len(first) - len(second)) > limit:
        return False
    before = list(range(len(second) + 1))
    for row, letter in enumerate(first, 1):
        line = [row]
        for column, other in enumerate(second, 1):
            line.append(min(line[-1] + 1, before[column] + 1, before[column - 1] + (letter != other)))
        if min(line) > limit:
            return False
        before = line
    return before[-1] <= limit


def _by_consonants(letters: str) -> int:
    codes = [code for code in consonants(letters) if len(code) >= MIN_CONSONANTS]
    for code in codes:
        near = {number for number in _codes().get(code, ()) if _may_read(letters, number, len(code))}
        if near:
            return _only(near)
    return 0


def _may_read(letters: str, number: int, length: int) -> bool:
    """Tell whether a name of the place in the same script is as near as its length allows."""
    arabic = is_arabic(letters)
    written = loosened(letters)
    same = [name for name in map(bare, place(number).names) if is_arabic(name) == arabic]
    if not same:
        return length > MIN_CONSONANTS
    limit = 1 if length == MIN_CONSONANTS else len(written) // 3
    return any(within(written, loosened(name), limit) for name in same)


def _by_slip(letters: str) -> int:
    written = loosened(letters)
    if len(letters) < MIN_SLIP or is_arabic(letters):
        return 0
    found: set[int] = set()
    for form in _less_one(written):
        found.update(_slips().get(form, ()))
    return _only(found)


def _less_one(form: str) -> set[str]:
    return {form} | {form[:spot] + form[spot + 1 :] for spot in range(len(form))}


def _only(numbers: set[int]) -> int:
    """Return the one town of several readings, when all the others are what it lies in; otherwise 0."""
    if not numbers:
        return 0
    smallest = max(numbers, key=lambda number: len(place(number).inside))
    return smallest if numbers - {smallest} <= set(place(smallest).inside) else 0


# Three tables, each made when it is first asked: most texts are found as they are written, which needs the first alone.


@cache
def _written() -> _Written:
    strict: dict[str, dict[int, tuple[int, int]]] = {}
    loose: dict[str, dict[int, tuple[int, int]]] = {}
    for one in gazetteer():
        for rank, name in enumerate(one.names):
            letters = bare(name)
            order = (_BREADTH[one.kind], min(rank, 1))
            for table, form in ((strict, letters), (loose, loosened(letters))):
                entry = table.setdefault(form, {})
                entry[one.number] = min(entry.get(one.number, order), order)
    return _Written(_ordered(strict), _ordered(loose))


@cache
def _codes() -> dict[str, tuple[int, ...]]:
    """Return the numbers of places by consonant code."""
    code: dict[str, set[int]] = {}
    for one in gazetteer():
        for name in one.names:
            for found in consonants(bare(name)):
                code.setdefault(found, set()).add(one.number)
    return _fixed(code)


@cache
def _slips() -> dict[str, tuple[int, ...]]:
    """Return the numbers of places by form less one letter."""
    slip: dict[str, set[int]] = {}
    for one in gazetteer():
        for letters in map(bare, one.names):
            if len(letters) >= MIN_SLIP and not is_arabic(letters):
                for form in _less_one(loosened(letters)):
                    slip.setdefault(form, set()).add(one.number)
    return _fixed(slip)


def _ordered(table: dict[str, dict[int, tuple[int, int]]]) -> dict[str, tuple[int, ...]]:
    return {
        form: tuple(sorted(entry, key=lambda number, entry=entry: (entry[number], number)))  # type: ignore[misc]  # a default binds the loop's value
        for form, entry in table.items()
    }


def _fixed(table: dict[str, set[int]]) -> dict[str, tuple[int, ...]]:
    return {form: tuple(sorted(entry)) for form, entry in table.items()}
