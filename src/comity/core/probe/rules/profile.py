"""The rules of matching, as a table: which fields one token conjoins, and how many tokens and slots there are.

Implements docs/protocol/probe.md §3, profile ``cp1``. Every token conjoins at least three of {name, other name, birth
year, day and month, place, parent}, whole or in part, or a document number and one other field: a token of fewer fields
could be guessed through within the quota. Where a name is so common that too many records would share a token, another field
is added (`Profile.most`). Rules over coarse skeletons find; those over fine ones tell how sure the find is. A published
profile is frozen; a better one is added beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from comity.core.crypto.voprf.layout import KeyClass, SlotLayout


class Field(StrEnum):
    """What a rule can conjoin."""

    NAME = "name"
    OTHER_NAME = "other-name"
    OTHER_LETTERS = "other-letters"
    YEAR = "year"
    MONTH = "month"
    DAY_MONTH = "day-month"
    YEAR_DIGIT = "year-digit"
    DECADE = "decade"
    PLACE = "place"
    PARENT = "parent"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of token.

    Args:
        id: name in tokens, manifests and results.
        key_class: the key that evaluates it.
        fields: what it conjoins.
        slots: records that may share one token in the index; more are dropped and counted as overflow.
        cost: order in which tokens are taken when there are more than fit; 0 first.
        most: persons of such a name, as many as chance lets be expected, beyond which the rule is not used; 0 for no limit.
        beyond: the rule, with one more field, that stands in for it beyond that; empty for none.
    """

    id: str
    key_class: KeyClass
    fields: frozenset[Field]
    slots: int
    cost: float
    most: int = 0
    beyond: str = ""


_BOTH = frozenset({Field.NAME, Field.OTHER_NAME})
_DATE = frozenset({Field.YEAR, Field.DAY_MONTH})
_DECADE = frozenset({Field.DECADE, Field.DAY_MONTH})
_DIGIT = frozenset({Field.YEAR_DIGIT, Field.DAY_MONTH})
_ONE, _O, _ID = frozenset({Field.NAME}), KeyClass.CONJUNCTION, KeyClass.NUMBER

NUMBER_YEAR = Rule("number-year", _ID, frozenset({Field.NUMBER, Field.YEAR}), 2, 0)
NUMBER_NAME = Rule("number-name", _ID, frozenset({Field.NUMBER, Field.NAME}), 2, 0.1)
NAMES_YEAR = Rule("names-year", _O, _BOTH | {Field.YEAR}, 8, 0, most=100, beyond="names-year-place")
NAMES_YEAR_PLACE = Rule("names-year-place", _O, _BOTH | {Field.YEAR, Field.PLACE}, 8, 0.1)
NAMES_DECADE = Rule("names-decade", _O, _BOTH | _DECADE, 8, 0, most=6_000, beyond="names-date")
NAMES_DIGIT = Rule("names-digit", _O, _BOTH | _DIGIT, 8, 0.1, most=6_000, beyond="names-date")
NAMES_DATE = Rule("names-date", _O, _BOTH | _DATE, 8, 0)
NAME_DATE = Rule("name-date", _O, _ONE | _DATE, 8, 0.3, most=20_000, beyond="name-date-place")
NAME_DATE_PLACE = Rule("name-date-place", _O, _ONE | _DATE | {Field.PLACE}, 8, 0.6)
SPELLED_YEAR = Rule("spelled-year", _O, _BOTH | {Field.YEAR}, 8, 0.4)
SPELLED_MONTH = Rule("spelled-month", _O, _BOTH | {Field.YEAR, Field.MONTH}, 8, 0.7)
SPELLED_PLACE = Rule("spelled-place", _O, _BOTH | {Field.PLACE}, 8, 0.6)
SPELLED_DATE_PLACE = Rule("spelled-date-place", _O, _ONE | _DATE | {Field.PLACE}, 8, 0.8)
NEAR_DATE = Rule("near-date", _O, _ONE | {Field.OTHER_LETTERS} | _DATE, 8, 1.2)
NEAR_YEAR_PLACE = Rule("near-year-place", _O, _ONE | {Field.OTHER_LETTERS, Field.YEAR, Field.PLACE}, 8, 1.3)
SPELLED_PARENT = Rule("spelled-parent", _O, _BOTH | {Field.PARENT}, 8, 0.9)


@dataclass(frozen=True)
class Profile:
    """A frozen set of rules."""

    id: str
    rules: tuple[Rule, ...]
    index_tokens: int
    layout: SlotLayout

    def rule(self, rule_id: str) -> Rule:
        """Return a rule by its name.

        Raises:
            KeyError: no such rule.
        """
        return self._by_id[rule_id]

    @cached_property
    def _by_id(self) -> dict[str, Rule]:
        return {rule.id: rule for rule in self.rules}

    @property
    def most_slots(self) -> int:
        """Return the largest number of records that one token may have."""
        return max(rule.slots for rule in self.rules)


CP1 = Profile(
    id="cp1",
    rules=(
        NUMBER_YEAR,
        NUMBER_NAME,
        NAMES_YEAR,
        NAMES_YEAR_PLACE,
        NAMES_DECADE,
        NAMES_DIGIT,
        NAMES_DATE,
        NAME_DATE,
        NAME_DATE_PLACE,
        SPELLED_YEAR,
        SPELLED_MONTH,
        SPELLED_PLACE,
        SPELLED_DATE_PLACE,
        NEAR_DATE,
        SPELLED_PARENT,
        NEAR_YEAR_PLACE,
    ),
    index_tokens=24,
    layout=SlotLayout(((KeyClass.NUMBER, 2), (KeyClass.CONJUNCTION, 22))),
)
"""At most 24 tokens a record, 24 slots a query, 2 of them for numbers, whatever is asked."""

PROFILES = {CP1.id: CP1}
"""Profiles that this version understands."""
