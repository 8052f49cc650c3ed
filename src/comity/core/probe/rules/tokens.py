"""From a description to tokens: the same function for a record and for a query, so that both agree.

Implements docs/protocol/probe.md §3. A token is BLAKE2b-256, personalised ``CP1-token``, of profile | rule | value;
the value joins the canonical forms of the rule's fields. What is ambiguous makes several tokens, taken in the order of
their cost until the limit is reached.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from comity.core.crypto.voprf.layout import KeyClass
from comity.core.names.letters import fold
from comity.core.probe.query import PartialDate, Query
from comity.core.probe.rules import profile as rules
from comity.core.probe.rules.commonness import Commonness
from comity.core.probe.rules.naming import Choice, least, nears, pairs, singles
from comity.core.probe.rules.placing import place_codes
from comity.core.probe.rules.profile import Profile, Rule

TOKEN_BYTES = 32

MIN_NUMBER = 4
"""Letters and digits that a document number has at least."""

_READINGS = 4
"""Readings of names that one rule takes, at most."""

_NEARS = 6
"""Near readings: three of either name."""

_NEW_YEAR = "new-year"
"""Month of a birth on 1 January, which stands for an unknown day in civil registers."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token: the rule that made it, and its 32 bytes."""

    rule: str
    octets: bytes


def index_tokens(profile: Profile, known: Commonness, record: Query) -> tuple[Token, ...]:
    """Return the tokens under which a record is found, the most useful first, at most `profile.index_tokens`."""
    return tuple(_made(profile, known, record))[: profile.index_tokens]


def query_tokens(profile: Profile, known: Commonness, query: Query) -> dict[KeyClass, tuple[Token, ...]]:
    """Return the tokens to ask for, at most as many of each class as it has slots; none when too little is known."""
    made = tuple(_made(profile, known, query))
    return {
        key_class: tuple(one for one in made if profile.rule(one.rule).key_class is key_class)[:count]
        for key_class, count in profile.layout.slots
    }


def token_of(profile: Profile, rule: Rule, value: Sequence[str]) -> Token:
    """Return the token of one value of a rule."""
    text = "|".join((profile.id, rule.id, *value))
    octets = hashlib.blake2b(text.encode(), digest_size=TOKEN_BYTES, person=b"CP1-token").digest()
    return Token(rule.id, octets)


def names_of(record: Query) -> set[str]:
    """Return the coarse codes of all names of a description, for `commonness.count`."""
    return {one.value[0] for name in record.names for one in singles(name.given, name.family)}


def bearers(names: Iterator[set[str]]) -> Counter[str]:
    """Count who bears which name."""
    return Counter(code for codes in names for code in codes)


def _made(profile: Profile, known: Commonness, described: Query) -> Iterator[Token]:
    best: dict[tuple[str, tuple[str, ...]], float] = {}
    for rule, cost, value in _candidates(profile, known, described):
        key = (rule.id, value)
        best[key] = min(best.get(key, cost + rule.cost), cost + rule.cost)
    for rule_id, value in sorted(best, key=lambda key: (best[key], key)):
        yield token_of(profile, profile.rule(rule_id), value)


Candidate = tuple[Rule, float, tuple[str, ...]]


def _candidates(profile: Profile, known: Commonness, described: Query) -> Iterator[Candidate]:
    fields = _Fields(described)
    yield from _numbered(fields)
    yield from _named(profile, known, fields)
    yield from _dated(profile, known, fields)
    yield from _spelled(fields)


class _Fields:
    """What the rules conjoin, read once."""

    def __init__(self, described: Query) -> None:
        names = described.names
        self.pairs = _best(pairs(one.given, one.family) for one in names)
        self.singles = _best(singles(one.given, one.family) for one in names)
        self.nears = _best((nears(one.given, one.family) for one in names), _NEARS)
        self.fine = _best(pairs(one.given, one.family, fine=True) for one in names)
        self.fine_singles = _best(singles(one.given, one.family, fine=True) for one in names)
        births = described.births
        self.years = _each(str(date.year) for date in births)
        whole = [(date.year, _day(date)) for date in births if date.year and _day(date)]
        self.decades = _each(f"{year // 10}-{day}" for year, day in whole)
        self.digits = _each(f"{year % 10}-{day}" for year, day in whole)
        self.dates = _each(f"{year}-{day}" for year, day in whole)
        self.months = _each(f"{date.year}-{_month(date)}" for date in births if date.month)
        self.places = place_codes(described.places)
        self.parents = tuple(
            Choice(0, value.value)
            for parent in described.parents
            for value in singles(parent, "", fine=True)[:1]
        )
        self.numbers = _each(
            number for number in map(_plain, described.documents) if len(number) >= MIN_NUMBER
        )


def _numbered(fields: _Fields) -> Iterator[Candidate]:
    yield from _conjoined(rules.NUMBER_YEAR, fields.numbers, fields.years)
    yield from _conjoined(rules.NUMBER_NAME, fields.numbers, fields.singles)


def _named(profile: Profile, known: Commonness, fields: _Fields) -> Iterator[Candidate]:
    """Yield what two names and a part of the date make; with one more field where such names are common."""
    for pair in fields.pairs:
        expected = known.of_both(pair.value[0], pair.value[1])
        if expected <= rules.NAMES_YEAR.most:
            yield from _conjoined(rules.NAMES_YEAR, (pair,), fields.years)
        else:
            yield from _conjoined(rules.NAMES_YEAR_PLACE, (pair,), fields.years, fields.places)
        if expected <= rules.NAMES_DECADE.most:
            yield from _conjoined(rules.NAMES_DECADE, (pair,), fields.decades)
            yield from _conjoined(rules.NAMES_DIGIT, (pair,), fields.digits)
        else:
            yield from _conjoined(rules.NAMES_DATE, (pair,), fields.dates)


def _dated(profile: Profile, known: Commonness, fields: _Fields) -> Iterator[Candidate]:
    """Yield what one name and the whole date make."""
    for single in fields.singles:
        if known.of(single.value[0]) <= rules.NAME_DATE.most:
            yield from _conjoined(rules.NAME_DATE, (single,), fields.dates)
        else:
            yield from _conjoined(rules.NAME_DATE_PLACE, (single,), fields.dates, fields.places)
    yield from _conjoined(rules.NEAR_DATE, fields.nears, fields.dates)
    yield from _conjoined(rules.NEAR_YEAR_PLACE, fields.nears, fields.years, fields.places[:1])
    yield from _conjoined(rules.SPELLED_DATE_PLACE, fields.fine_singles, fields.dates, fields.places)


def _spelled(fields: _Fields) -> Iterator[Candidate]:
    """Yield what two names of equal spelling and one more field make."""
    yield from _conjoined(rules.SPELLED_YEAR, fields.fine, fields.years)
    yield from _conjoined(rules.SPELLED_MONTH, fields.fine, fields.months)
    yield from _conjoined(rules.SPELLED_PLACE, fields.fine, fields.places)
    yield from _conjoined(rules.SPELLED_PARENT, fields.fine, fields.parents)


def _conjoined(rule: Rule, *fields: Sequence[Choice]) -> Iterator[Candidate]:
    for chosen in product(*fields):
        yield rule, sum(one.cost for one in chosen), tuple(text for one in chosen for text in one.value)


def _best(groups: Iterator[tuple[Choice, ...]], most: int = _READINGS) -> tuple[Choice, ...]:
    return least(choice for group in groups for choice in group)[:most]


def _each(texts: Iterator[str]) -> tuple[Choice, ...]:
    return tuple(Choice(0, (text,)) for text in dict.fromkeys(texts) if text)


def _day(date: PartialDate) -> str:
    """Return day and month in either order, as they are swapped so often; empty when they are not known."""
    known = date.day_month
    return "" if known is None else f"{min(known):02d}-{max(known):02d}"


def _month(date: PartialDate) -> str:
    return _NEW_YEAR if (date.day, date.month) == (1, 1) else f"{date.month:02d}"


def _plain(number: str) -> str:
    return "".join(filter(str.isalnum, fold(number)))
