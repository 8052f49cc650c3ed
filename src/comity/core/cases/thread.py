"""Bodies of what is said inside a thread beside request, reply and refusal.

Implements docs/protocol/cases.md §10 (clarification), §11 (negative answer) and §12 (acknowledgement of conditions).
Source: Directive (EU) 2023/977 Art. 6(2) (clarification before refusal); Directive (EU) 2016/680 Art. 9(3) (conditions
travel with the data and the recipient knows them).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from comity.core import canonical
from comity.core.cases.messages import Asserting, Body, Text, Worded
from comity.core.codes.handling import read_handling

CLARIFICATION_REQUEST = "clarification-request"
CLARIFICATION = "clarification"
PARTIAL_REPLY = "partial-reply"
NEGATIVE_REPLY = "negative-reply"
ACKNOWLEDGEMENT = "acknowledgement"

MessageId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class NegativeResult(StrEnum):
    """What a negative answer says: a search was made, and it found nothing. Nothing else is ever added to it."""

    NOT_HELD = "not-held"
    NOT_IDENTIFIED = "not-identified"


class ClarificationRequestBody(Worded):
    """What the service that was asked needs to know before it can answer."""

    question: Text


class ClarificationBody(Asserting):
    """The requester's words on a question.

    Args:
        question: message that asked. answer: words.
    """

    STATEMENTS = ("answer",)

    question: MessageId
    answer: Text


class NegativeBody(Body):
    """A negative answer: from a closed list, without any free text that could tell more than the list."""

    result: NegativeResult


class AcknowledgementBody(Body):
    """A named person of the recipient has taken note of the conditions of a reply.

    Args:
        message: the reply. conditions: `conditions_digest` of it.
    """

    message: MessageId
    conditions: Digest


def needs_acknowledgement(body: Mapping[str, Any]) -> bool:
    """Whether words stay sealed until a person has taken note of their conditions (LED Art. 9(3)).

    The codes H0 to H2 are known from the agreement that both have signed; words, H3 and TLP:RED are not.
    """
    handling = read_handling(body.get("handling"))
    return body.get("conditions") is not None or (handling is not None and handling.to_acknowledge)


def conditions_digest(body: Mapping[str, Any]) -> str:
    """Return the digest of what is acknowledged: the conditions, and the handling with sub-codes and colour."""
    told = {"conditions": body.get("conditions"), "handling": body.get("handling")}
    return canonical.digest(canonical.encode(told))
