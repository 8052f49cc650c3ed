"""How many persons a partner can test a day by guessing, within its quota: computed from the profile.

The guesser knows the names of the person and tries the rest. For number rules it knows nobody and tries numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from comity.core.crypto.voprf.layout import KeyClass
from comity.core.probe.rules.profile import CP1, Field, Profile, Rule

PER_DAY, PER_CASE = 1000, 20
"""Searches that the reference plan permits: a day for an agreement, and in a case."""

CHOICES = {
    Field.YEAR: 5,
    Field.DECADE: 2,
    Field.YEAR_DIGIT: 5,
    Field.MONTH: 12,
    Field.DAY_MONTH: 365,
    Field.PLACE: 300,
    Field.PARENT: 200,
}
"""What has to be guessed of somebody whose names are known: age to two years, any day, a municipality, a first name."""

NUMBERS = 100
"""Numbers to be tried for each that was issued: ten millions of a thousand millions."""

STRANGERS = {Field.YEAR: 60, Field.NAME: 1000}
"""Beside a number, of nobody in particular: any year of a life, one of a thousand name skeletons."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one rule lets be enumerated.

    Args:
        rule: of the profile.
        guesses: values to be tried for one person.
        a_day: persons that can be tested through in a day.
        a_case: persons within one case.
    """

    rule: str
    guesses: int
    a_day: float
    a_case: float


def guesses(rule: Rule) -> int:
    """Return the values that must be tried for one person."""
    if Field.NUMBER in rule.fields:
        return NUMBERS * prod(STRANGERS[field] for field in rule.fields if field in STRANGERS)
    return prod(CHOICES[field] for field in rule.fields if field in CHOICES)


def rows(profile: Profile = CP1) -> list[Row]:
    """Return the table, rule by rule."""
    slots = dict(profile.layout.slots)
    found = []
    for rule in profile.rules:
        per = guesses(rule)
        found.append(
            Row(rule.id, per, slots[rule.key_class] * PER_DAY / per, slots[rule.key_class] * PER_CASE / per)
        )
    return found


def written(number: float) -> str:
    """Return a number as the page shows it: three significant digits, no exponent."""
    return f"{number:,.0f}" if number >= 100 else f"{float(f'{number:.3g}'):.10f}".rstrip("0").rstrip(".")


def lines(profile: Profile = CP1) -> list[str]:
    """Return the rows of the table in docs/protocol/probe-attacks.md."""
    return [
        f"| `{row.rule}` | {row.guesses:,} | {written(row.a_day)} | {written(row.a_case)} |"
        for row in rows(profile)
    ]


def conjunctions(profile: Profile = CP1) -> int:
    """Return the slots of conjunctions in a search."""
    return dict(profile.layout.slots)[KeyClass.CONJUNCTION]


if __name__ == "__main__":
    print("\n".join(lines()))
