"""What a recipient may do with what it holds: handling code, the sub-codes of H3, colour of the Traffic Light Protocol.

Implements docs/protocol/cases.md §17; rule L8. Source: Europol handling codes H0-H3 (Council manual 2018); Traffic Light
Protocol 2.0 (FIRST, 2022); Directive (EU) 2016/680 Art. 9(3). Rules:
    - the three are one value, so that no copy, correction or passing on can take a part of it and lose the rest;
    - H3 says by sub-codes from a closed list what it restricts; H0 to H2 have none;
    - code and colour are two scales and neither is read into the other: of each question the narrower answer counts;
    - two markings of one thing give the narrower of both, sub-code by sub-code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, ClassVar

from pydantic_core import PydanticCustomError, core_schema

HANDLING_FAULT = "handling"
"""Type of the fault of what is no handling."""

_FORM = re.compile(
    r"(H[0-3])(?:/([a-z]+(?:-[a-z]+)*(?:\+[a-z]+(?:-[a-z]+)*)*))?(?: TLP:([A-Z]+(?:\+STRICT)?))?"
)


class HandlingCode(StrEnum):
    """Handling codes, each narrower than the one before."""

    H0 = "H0"
    H1 = "H1"
    H2 = "H2"
    H3 = "H3"


class SubCode(StrEnum):
    """What H3 restricts; no consent lifts it, its owner gives the information anew."""

    NAMED_OFFICERS = "named-officers"
    CASE_ONLY = "case-only"
    NO_COURT = "no-court"
    NO_ONWARD = "no-onward"
    CONSULT_FIRST = "consult-first"
    AS_WRITTEN = "as-written"


class Tlp(StrEnum):
    """Colours of the Traffic Light Protocol 2.0, each narrower than the one before."""

    CLEAR = "CLEAR"
    GREEN = "GREEN"
    AMBER = "AMBER"
    AMBER_STRICT = "AMBER+STRICT"
    RED = "RED"


_CODES, _COLOURS = list(HandlingCode), list(Tlp)


_known: dict[str, Handling] = {}
"""Every handling that was met; there are fewer than 400 forms."""


class Handling(str):
    """A handling as it stands on the wire: ``H1``, ``H2 TLP:AMBER``, ``H3/case-only+no-court TLP:RED``.

    Sub-codes are sorted and each stands once, so that one meaning has one form.

    Raises:
        ValueError: another form, H3 without a sub-code, one with H0 to H2, or a code that is not on a list.
    """

    __slots__ = ()

    H0: ClassVar[Handling]
    H1: ClassVar[Handling]
    H2: ClassVar[Handling]

    def __new__(cls, text: str) -> Handling:
        """Check and return a handling; of each form there is one, as of a member of an enumeration."""
        if (known := _known.get(text)) is not None:
            return known
        found = _FORM.fullmatch(text)
        if found is None:
            raise ValueError("no handling")
        code, subs, colour = found.groups()
        named = [] if subs is None else subs.split("+")
        if not set(named) <= set(SubCode) or named != sorted(set(named)):
            raise ValueError("no sub-codes, or not sorted")
        if (code == HandlingCode.H3) != bool(named):
            raise ValueError("H3, and only that, has sub-codes")
        if colour is not None and colour not in _COLOURS:
            raise ValueError("no colour")
        made = super().__new__(cls, text)
        return _known.setdefault(made.value, made)

    @classmethod
    def of(cls, code: HandlingCode, sub_codes: Iterable[SubCode] = (), tlp: Tlp | None = None) -> Handling:
        """Return the handling of these three.

        Raises:
            ValueError: H3 without a sub-code, or one with another code.
        """
        named = "+".join(sorted(set(sub_codes)))
        return cls(code + (f"/{named}" if named else "") + (f" TLP:{tlp}" if tlp else ""))

    @property
    def value(self) -> str:
        """Return it as plain text."""
        return str(self)

    @property
    def code(self) -> HandlingCode:
        """The handling code."""
        return HandlingCode(self[:2])

    @property
    def sub_codes(self) -> frozenset[SubCode]:
        """What H3 restricts; empty for the others."""
        named = self.partition(" ")[0][3:]
        return frozenset(SubCode(each) for each in named.split("+") if each)

    @property
    def tlp(self) -> Tlp | None:
        """The colour, if there is one."""
        colour = self.partition(" TLP:")[2]
        return Tlp(colour) if colour else None

    @property
    def kept_from_courts(self) -> bool:
        """Whether a court gets it only with its owner's permission: a hearing is no closed circle.

        Only H0 without a colour, or with CLEAR, is free.
        """
        return self.code is not HandlingCode.H0 or self.tlp not in (None, Tlp.CLEAR)

    @property
    def for_named_officers(self) -> bool:
        """Whether nobody reads it but the officer who has taken the case (TLP:RED is for named persons too)."""
        return SubCode.NAMED_OFFICERS in self.sub_codes or self.tlp is Tlp.RED

    @property
    def to_acknowledge(self) -> bool:
        """Whether a person takes note of it before the words are read: the agreement tells what H0 to H2 mean, and no more."""
        return self.code is HandlingCode.H3 or self.tlp is Tlp.RED

    @property
    def needs_words(self) -> bool:
        """Whether it only holds with conditions in words beside it."""
        return SubCode.AS_WRITTEN in self.sub_codes

    def narrowed(self, other: Handling) -> Handling:
        """Return the narrower of two, code by code, with the sub-codes of both and the narrower colour."""
        colours = [each for each in (self.tlp, other.tlp) if each is not None]
        return Handling.of(
            max(self.code, other.code, key=_CODES.index),
            self.sub_codes | other.sub_codes,
            max(colours, key=_COLOURS.index, default=None),
        )

    def is_within(self, other: Handling) -> bool:
        """Tell whether it is at least as narrow as another in every respect."""
        return self.narrowed(other) == self

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> core_schema.CoreSchema:
        """Read and write it as one text."""
        return core_schema.no_info_plain_validator_function(
            _read, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        """Describe it for OpenAPI."""
        return {
            "type": "string",
            "pattern": f"^{_FORM.pattern}$",
            "examples": ["H1", "H3/no-court TLP:AMBER"],
        }


def _read(value: Any) -> Handling:
    if not isinstance(value, str):
        raise PydanticCustomError(HANDLING_FAULT, "H0 to H2, or H3 with sub-codes; then a colour")
    try:
        return Handling(value)
    except ValueError:
        words = f"H0 to H2, or H3 with sub-codes ({', '.join(SubCode)}); then a colour"
        raise PydanticCustomError(HANDLING_FAULT, "{words}", {"words": words}) from None


def read_handling(value: Any) -> Handling | None:
    """Return the handling that a body holds, hostile or our own; None where there is none, or none that is one."""
    try:
        return Handling(value) if isinstance(value, str) else None
    except ValueError:
        return None


Handling.H0, Handling.H1, Handling.H2 = Handling("H0"), Handling("H1"), Handling("H2")
