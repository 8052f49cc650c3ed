"""The rules of matching, as a table: which fields one token conjoins, and how many tokens and slots there are.

Implements docs/protocol/probe.md §3, profile ``cp0``. Every token conjoins at least three of {name, other name, birth
year, day and month, place, parent}, or a document number and one other field: a token of fewer fields could be
guessed through within the quota. A published profile is frozen; a better one is added beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Field(StrEnum):
    """What a rule can conjoin."""

    NAME = "name"
    OTHER_NAME = "other-name"
    YEAR = "year"
    DAY_MONTH = "day-month"
    PLACE = "place"
    PARENT = "parent"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of token.

    Args:
        id: name in tokens, manifests and results.
        fields: what it conjoins.
        slots: records that may share one token in the index; more are dropped and counted as overflow.
        cost: order in which tokens are taken when there are more than fit; 0 first.
    """

    id: str
    fields: frozenset[Field]
    slots: int
    cost: float


_BOTH = frozenset({Field.NAME, Field.OTHER_NAME})

NUMBER_YEAR = Rule("number-year", frozenset({Field.NUMBER, Field.YEAR}), 2, 0)
NUMBER_NAME = Rule("number-name", frozenset({Field.NUMBER, Field.NAME}), 2, 0)
NAMES_YEAR = Rule("names-year", _BOTH | {Field.YEAR}, 4, 0)
NAMES_DAY = Rule("names-day", _BOTH | {Field.DAY_MONTH}, 4, 0)
NAME_DATE = Rule("name-date", frozenset({Field.NAME, Field.YEAR, Field.DAY_MONTH}), 4, 0.5)
NAMES_PLACE = Rule("names-place", _BOTH | {Field.PLACE}, 4, 0.6)
NAMES_PARENT = Rule("names-parent", _BOTH | {Field.PARENT}, 4, 0.7)


@dataclass(frozen=True, slots=True)
class Profile:
    """A frozen set of rules."""

    id: str
    rules: tuple[Rule, ...]
    index_tokens: int
    query_slots: int

    def rule(self, rule_id: str) -> Rule:
        """Return a rule by its name.

        Raises:
            KeyError: no such rule.
        """
        return {rule.id: rule for rule in self.rules}[rule_id]

    @property
    def slots(self) -> dict[str, int]:
        """Return the slots of each rule, as the manifest states them."""
        return {rule.id: rule.slots for rule in self.rules}


CP0 = Profile(
    id="cp0",
    rules=(NUMBER_YEAR, NUMBER_NAME, NAMES_YEAR, NAMES_DAY, NAME_DATE, NAMES_PLACE, NAMES_PARENT),
    index_tokens=24,
    query_slots=32,
)
"""First profile: at most 24 tokens a record, 32 slots (2 x 16) a query whatever is asked."""

PROFILES = {CP0.id: CP0}
"""Profiles that this version understands."""
