"""From a description to tokens: the same function for a record and for a query, so that both agree.

Implements docs/protocol/probe.md §3. A token is BLAKE2b-256, personalised ``CP1-token``, of profile | rule | value;
the value joins the canonical forms of the rule's fields. Variants that a damaged date or an ambiguous letter calls for
are added in the order of their cost until the limit is reached.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product

from comity.core.names.letters import fold
from comity.core.names.places import place_key
from comity.core.names.units import Unit, units
from comity.core.probe.profile import (
    NAME_DATE,
    NAMES_DAY,
    NAMES_PARENT,
    NAMES_PLACE,
    NAMES_YEAR,
    NUMBER_NAME,
    NUMBER_YEAR,
    Profile,
    Rule,
)
from comity.core.probe.query import PartialDate, Query, WrittenName

TOKEN_BYTES = 32
MIN_SINGLE = 2
"""Codes shorter than this never stand alone beside a date: too many people share them."""

MIN_NUMBER = 4
"""Letters and digits that a document number has at least."""

_SWAPPED, _NEIGHBOUR, _DECADE, _UNCERTAIN = 0.9, 1.4, 2.4, 1.0


@dataclass(frozen=True, slots=True)
class Token:
    """One token: the rule that made it, and its 32 bytes."""

    rule: str
    octets: bytes


@dataclass(frozen=True, slots=True)
class _Choice:
    cost: float
    value: str


def index_tokens(profile: Profile, record: Query) -> tuple[Token, ...]:
    """Return the tokens under which a record is found, the most useful first, at most `profile.index_tokens`."""
    return _take(profile, record, profile.index_tokens, variants=False)


def query_tokens(profile: Profile, query: Query) -> tuple[Token, ...]:
    """Return the tokens to ask for, variants included, at most `profile.query_slots`; none when too little is known."""
    return _take(profile, query, profile.query_slots, variants=True)


def token_of(profile: Profile, rule: Rule, value: str) -> Token:
    """Return the token of one value of a rule."""
    text = f"{profile.id}|{rule.id}|{value}"
    octets = hashlib.blake2b(text.encode(), digest_size=TOKEN_BYTES, person=b"CP1-token").digest()
    return Token(rule.id, octets)


def _take(profile: Profile, described: Query, limit: int, *, variants: bool) -> tuple[Token, ...]:
    best: dict[tuple[str, str], float] = {}
    for rule, choice in _candidates(described, variants):
        if rule in profile.rules:
            key, cost = (rule.id, choice.value), choice.cost + rule.cost
            best[key] = min(best.get(key, cost), cost)
    ordered = sorted(best, key=lambda key: (best[key], key))[:limit]
    return tuple(token_of(profile, profile.rule(rule), value) for rule, value in ordered)


def _candidates(described: Query, variants: bool) -> Iterator[tuple[Rule, _Choice]]:
    pairs, singles = _pairs(described), _singles(described)
    years = _least([_years(date, variants) for date in described.births])
    days = _least([_days(date, variants) for date in described.births])
    dates = _least([_dates(date, variants) for date in described.births])
    places = [_Choice(0.2 * rank, key) for rank, key in enumerate(_place_keys(described))]
    parents = [_Choice(0.2 * rank, code) for rank, code in enumerate(_parent_codes(described))]
    numbers = [_Choice(0, number) for number in _numbers(described)]
    yield from _conjoin(NUMBER_YEAR, numbers, years)
    yield from _conjoin(NUMBER_NAME, numbers, singles)
    yield from _conjoin(NAMES_YEAR, pairs, years)
    yield from _conjoin(NAMES_DAY, pairs, days)
    yield from _conjoin(NAME_DATE, [one for one in singles if len(one.value) >= MIN_SINGLE], dates)
    yield from _conjoin(NAMES_PLACE, pairs, places)
    yield from _conjoin(NAMES_PARENT, pairs, parents)


def _conjoin(rule: Rule, left: list[_Choice], right: list[_Choice]) -> Iterator[tuple[Rule, _Choice]]:
    for one, other in product(left, right):
        yield rule, _Choice(one.cost + other.cost, f"{one.value}|{other.value}")


def _singles(described: Query) -> list[_Choice]:
    found = []
    for name in described.names:
        for unit in (*units(name.given), *units(name.family)):
            found.append(_coded(unit))
    return _least(found)


def _pairs(described: Query) -> list[_Choice]:
    return _least([_pairs_of(name) for name in described.names])


def _pairs_of(name: WrittenName) -> list[_Choice]:
    """Return unordered pairs of codes: given with family name, or any two parts when the roles are unknown.

    Two neighbours written as one (Fatima Zohra, Fatimazahra) are tried too, at a cost.
    """
    given, family = units(name.given), units(name.family)
    if given and family:
        couples = [(one, other, 0.0) for one in given for other in family]
        couples += [(_joint(given), other, _UNCERTAIN) for other in family if len(given) > 1]
        couples += [(one, _joint(family), _UNCERTAIN) for one in given if len(family) > 1]
    else:
        parts = given or family
        couples = [(one, other, 0.0) for one, other in combinations(parts, 2)]
        if len(parts) > 2:
            couples += [
                (parts[0], _joint(parts[1:]), _UNCERTAIN),
                (_joint(parts[:-1]), parts[-1], _UNCERTAIN),
            ]
    return [
        _Choice(cost + one.cost + other.cost, "+".join(sorted((one.value, other.value))))
        for left, right, cost in couples
        for one, other in product(_coded(left), _coded(right))
    ]


def _joint(parts: tuple[Unit, ...]) -> Unit:
    return Unit(("".join(part.code for part in parts[:2]),))


def _coded(unit: Unit) -> list[_Choice]:
    return [_Choice(float(rank), code) for rank, code in enumerate(unit.codes)]


def _years(date: PartialDate, variants: bool) -> list[_Choice]:
    found = [_Choice(0, str(date.year))]
    if variants:
        found += [_Choice(_NEIGHBOUR, str(date.year + step)) for step in (-1, 1)]
        found += [_Choice(_DECADE, str(date.year + step)) for step in (-10, 10)]
    return found


def _days(date: PartialDate, variants: bool) -> list[_Choice]:
    if date.day_month is None:
        return []
    day, month = date.day_month
    found = [_Choice(0, f"{month:02d}-{day:02d}")]
    if variants and day <= 12 and day != month:
        found.append(_Choice(_SWAPPED, f"{day:02d}-{month:02d}"))
    return found


def _dates(date: PartialDate, variants: bool) -> list[_Choice]:
    return [_Choice(one.cost, f"{date.year}-{one.value}") for one in _days(date, variants)]


def _place_keys(described: Query) -> list[str]:
    return list(dict.fromkeys(key for key in map(place_key, described.places) if key))


def _parent_codes(described: Query) -> list[str]:
    first = (units(parent)[:1] for parent in described.parents)
    return list(dict.fromkeys(unit.code for found in first for unit in found))


def _numbers(described: Query) -> list[str]:
    plain = ("".join(filter(str.isalnum, fold(number))) for number in described.documents)
    return list(dict.fromkeys(number for number in plain if len(number) >= MIN_NUMBER))


def _least(groups: list[list[_Choice]]) -> list[_Choice]:
    """Return each value once, with its least cost, the cheapest first."""
    best: dict[str, float] = {}
    for choice in (choice for group in groups for choice in group):
        best[choice.value] = min(best.get(choice.value, choice.cost), choice.cost)
    return sorted(
        (_Choice(cost, value) for value, cost in best.items()), key=lambda one: (one.cost, one.value)
    )
