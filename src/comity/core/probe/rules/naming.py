"""The names of a description as the rules of the private search read them: pairs of codes, single codes, near ones.

Implements docs/protocol/probe.md §3. Codes are those of `comity.core.names.units`, coarse or fine. Each value comes once,
with its least cost, the cheapest first.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import combinations, product
from typing import NamedTuple

from comity.core.names.units import units

_UNCERTAIN = 1.0
"""Cost of two neighbours read as one (Fatima Zohra, Fatimazahra)."""

_KEPT = 65_536


class Choice(NamedTuple):
    """One value that a field may have, and how unlikely a reading it is; 0 for the likeliest."""

    cost: float
    value: tuple[str, ...]


Codes = tuple[tuple[str, ...], ...]


@lru_cache(_KEPT)
def pairs(given: str, family: str, *, fine: bool = False) -> tuple[Choice, ...]:
    """Return unordered pairs of codes: given with family name, or any two parts when the roles are unknown."""
    couples = _couples(_codes(given, fine), _codes(family, fine))
    found = (
        Choice(cost + first + second, (min(one, other), max(one, other)))
        for left, right, cost in couples
        for (first, one), (second, other) in product(enumerate(left), enumerate(right))
    )
    return least(found)


@lru_cache(_KEPT)
def singles(given: str, family: str, *, fine: bool = False) -> tuple[Choice, ...]:
    """Return the codes of every part."""
    parts = (*_codes(given, fine), *_codes(family, fine))
    return least(Choice(rank, (code,)) for part in parts for rank, code in enumerate(part))


@lru_cache(_KEPT)
def nears(given: str, family: str) -> tuple[Choice, ...]:
    """Return each code of a part with two consonants of another part: what a misspelled name leaves of itself."""
    one, other = _codes(given, False), _codes(family, False)
    couples = list(product(one, other)) if one and other else list(combinations(one or other, 2))
    couples += [(right, left) for left, right in couples]
    return least(
        Choice(rank, (code, letters))
        for left, right in couples
        for rank, code in enumerate(left[:2])
        for letters in _left_over(right[0])
    )


def least(choices: Iterable[Choice]) -> tuple[Choice, ...]:
    """Return each value once, with its least cost, the cheapest first."""
    best: dict[tuple[str, ...], float] = {}
    for cost, value in choices:
        best[value] = min(best.get(value, cost), cost)
    return tuple(sorted(Choice(cost, value) for value, cost in best.items()))


@lru_cache(_KEPT)
def _codes(name: str, fine: bool) -> Codes:
    return tuple(unit.fine if fine else unit.codes for unit in units(name))


def _couples(given: Codes, family: Codes) -> list[tuple[tuple[str, ...], tuple[str, ...], float]]:
    if given and family:
        couples = [(one, other, 0.0) for one, other in product(given, family)]
        if len(given) > 1:
            couples += [(_joint(given), other, _UNCERTAIN) for other in family]
        if len(family) > 1:
            couples += [(one, _joint(family), _UNCERTAIN) for one in given]
        return couples
    parts = given or family
    couples = [(one, other, 0.0) for one, other in combinations(parts, 2)]
    if len(parts) > 2:
        couples += [(parts[0], _joint(parts[1:]), _UNCERTAIN), (_joint(parts[:-1]), parts[-1], _UNCERTAIN)]
    return couples


def _left_over(code: str) -> set[str]:
    """Return two consonants of a code that one more, one less or one other consonant mostly leaves together.

    Of three, each two; of more, the first and the last two; one or two stay as they are.
    """
    if len(code) < 3:
        return {code}
    ends = {code[:2], code[-2:]}
    return ends | {code[0] + code[-1]} if len(code) == 3 else ends


def _joint(parts: Codes) -> tuple[str, ...]:
    return ("".join(part[0] for part in parts[:2]),)
