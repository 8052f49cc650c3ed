"""Bodies of requests, replies and refusals.

Implements docs/protocol/cases.md §2, §3, §15 and §16. Source: Directive (EU) 2023/977 Art. 4 (request), 5 (urgency), 6
(refusal); Regulation (EU) 2024/982 Art. 33(2) (justification); Regulation (EU) 2016/794 Art. 29 (evaluation);
Directive (EU) 2016/680 Art. 7(1) (facts and assessments), 7(2) (as of when, how complete).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from comity.core.codes.assertions import ASSERTIONS, is_document_told_apart, is_told_apart
from comity.core.codes.dated import AS_OF, COMPLETENESS, is_dated, read_as_of
from comity.core.codes.handling import HANDLING_FAULT, Handling, read_handling
from comity.core.codes.languages import UNKNOWN, LanguageTag
from comity.core.codes.marks import Assertion, DataCategory, RefusalGround, SubjectCategory, Urgency
from comity.core.faults import opened
from comity.core.texts import PlainLine, PlainText
from comity.errors import InputError, PeerError

REQUEST = "request"
REPLY = "reply"
REFUSAL = "refusal"
RECALL = "recall"
ERASE = "erase"

MAX_LINE = 200
MAX_TEXT = 8_000

Line = Annotated[PlainLine, Field(min_length=1, max_length=MAX_LINE)]
Text = Annotated[PlainText, Field(min_length=1, max_length=MAX_TEXT)]


class UrgencyGround(StrEnum):
    """Objective reasons that make a request urgent (Directive (EU) 2023/977 Art. 2)."""

    THREAT = "threat-to-public-security"
    LIFE = "danger-to-life"
    LIBERTY = "deprivation-of-liberty"
    RELEVANCE = "about-to-lose-relevance"


WIRE_GROUNDS = frozenset(RefusalGround) - {RefusalGround.N1, RefusalGround.N2, RefusalGround.N3}
"""Grounds that may stand on the wire; the others would tell a protected status (architecture: true and wire ground)."""

DISGUISE = RefusalGround.A
"""Wire ground of a refusal whose true ground may not be told: not available, the commonest and the least telling."""


class Body(BaseModel):
    """What a message says: no unknown field, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def json_body(self) -> dict[str, Any]:
        """Return the JSON value of the message's body."""
        return self.model_dump(mode="json")


_UNTOLD = "assertion"
"""Type of the fault of a statement that is not told apart."""


_UNDATED = "as-of"
"""Type of the fault of what does not say as of when, or how complete, it is told."""


def _untold() -> PydanticCustomError:
    return PydanticCustomError(_UNTOLD, "each statement is a fact or an assessment")


class Worded(Body):
    """A body with words: they say in which language they are written (cases.md §19).

    Args:
        language: of all its words; ``mul`` where they are in several, ``und`` where nobody says.
    """

    language: LanguageTag = UNKNOWN


class Asserting(Worded):
    """A body with words of a person: each of them is marked as a fact or an assessment, by whoever wrote it.

    Args:
        assertions: name of each statement that is there, and of no other, to its mark; no default.
    """

    STATEMENTS: ClassVar[tuple[str, ...]] = ()
    """Members whose words state something of a person or a matter; the others are references, codes and conditions."""

    assertions: dict[str, Assertion]

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        there = [name for name in self.STATEMENTS if getattr(self, name) is not None]
        if not is_told_apart(there, self.assertions):
            raise _untold()
        return self


def require_written(handling: Handling, conditions: str | None) -> None:
    """Check, before anything is built, that conditions are written where the handling refers to them.

    Raises:
        InputError: ``case.conditions-missing``.
    """
    if handling.needs_words and not (conditions or "").strip():
        raise InputError("case.conditions-missing")


class Handled(Asserting):
    """A body that says what the recipient may do with it (cases.md §17).

    Args:
        handling: code, sub-codes and colour. conditions: on use, in words; there where a sub-code refers to them.
    """

    handling: Handling
    conditions: Text | None = None

    @model_validator(mode="after")
    def _conditions_are_there(self) -> Self:
        if self.handling.needs_words and self.conditions is None:
            raise PydanticCustomError(HANDLING_FAULT, "conditions that are not there")
        return self


def _released(document: dict[str, Any]) -> dict[str, Any]:
    if not is_document_told_apart(document):
        raise _untold()
    if not is_dated(document):
        raise PydanticCustomError(_UNDATED, "as of when, and how complete, is said")
    if "handling" in document and read_handling(document["handling"]) is None:
        raise PydanticCustomError(HANDLING_FAULT, "no handling")
    return document


Released = Annotated[dict[str, Any], AfterValidator(_released)]
"""A subject as a register released it: ``{"fields": {category: [...]}, "assertions": {category: mark}, "as_of": day, ...}``."""


def is_absent(value: object) -> bool:
    """Whether a member is left out of the body: whoever does not know it reads what does not use it."""
    return value is None


Cited = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
"""A thread of the same two services that a message which opens another one continues (cases.md §21)."""


def _day(value: str) -> str:
    read_as_of(value)
    return value


AsOf = Annotated[str, AfterValidator(_day)]
"""A day as ``YYYY-MM-DD``."""


class RequestBody(Asserting):
    """A request for information (Directive (EU) 2023/977 Art. 4(5)).

    Args:
        reference: opaque reference that a probe found at the partner's; None when the person is described.
        about: who or what it concerns, in words; needed without a reference.
        case: the requester's own case reference.
        facts: what happened. offence: under which offence.
        reasons: objective reasons to believe that the partner holds it.
        link: what the person has to do with the purpose.
        urgency_ground, urgency_reason: both, when it is urgent; neither otherwise.
        categories: data categories asked for, sorted. subject_category: role of the person.
        restrictions: conditions on the use of what the request itself tells.
        cites: thread that it follows from, such as the partner's information; left out where there is none.
    """

    STATEMENTS = ("about", "facts", "reasons", "link")

    reference: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    about: Text | None = None
    case: Line
    facts: Text
    offence: Line
    reasons: Text
    link: Text
    urgency: Urgency
    urgency_ground: UrgencyGround | None = None
    urgency_reason: Text | None = None
    categories: Annotated[tuple[DataCategory, ...], Field(min_length=1)]
    subject_category: SubjectCategory
    restrictions: Text | None = None
    cites: Cited | None = Field(default=None, exclude_if=is_absent)

    @model_validator(mode="after")
    def _check(self) -> RequestBody:
        if self.reference is None and self.about is None:
            raise ValueError("neither a reference nor a description")
        urgent = self.urgency is not Urgency.ORDINARY
        if urgent != (self.urgency_ground is not None) or urgent != (self.urgency_reason is not None):
            raise ValueError("an urgent request, and only that, says why")
        if list(self.categories) != sorted(set(self.categories)):
            raise ValueError("categories are sorted and unique")
        return self


class ReplyBody(Handled):
    """What is released.

    Args:
        subject: the permitted fields, as the register released them. note: the officer's words.
    """

    STATEMENTS = ("note",)

    subject: Released
    evaluation: Annotated[str, Field(pattern=r"^[ABCX][1-4]$")]
    subject_category: SubjectCategory
    note: Text | None = None


class RefusalBody(Body):
    """The wire ground, and nothing that tells more."""

    ground: RefusalGround

    @model_validator(mode="after")
    def _check(self) -> RefusalBody:
        if self.ground not in WIRE_GROUNDS:
            raise ValueError("a ground that may not stand on the wire")
        return self


def _unsaid(fault: Mapping[str, Any]) -> str | None:
    """Return the code of a fault that is a mark left out or invented; None for any other."""
    if fault["type"] == _UNTOLD or ASSERTIONS in fault["loc"]:
        return "case.assertion"
    if fault["type"] == _UNDATED or {AS_OF, COMPLETENESS} & set(fault["loc"]):
        return "case.as-of"
    if fault["type"] == HANDLING_FAULT:
        return "case.handling"
    return None


B = TypeVar("B", bound=BaseModel)


def open_body(model: type[B], body: Mapping[str, Any]) -> B:
    """Return the typed body of a verified message.

    Raises:
        PeerError: ``case.message-malformed``, naming the field; ``case.assertion``: a statement is not told apart;
            ``case.as-of``: as of when, or how complete, is not said; ``case.handling``: no handling, H3 without a sub-code,
            one with another code, or one that refers to conditions that are not there.
    """
    try:
        return model.model_validate(dict(body))
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        codes = [_unsaid(each) for each in found]
        if all(codes):
            raise PeerError(codes[0] or "case.assertion") from None
    return opened(model, body, "case.message-malformed")
