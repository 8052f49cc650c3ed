"""Bodies of the two notices about time: an extension, and why an answer is late.

Implements docs/protocol/cases.md §4. Source: Directive (EU) 2023/977 Art. 5(2): the requesting service is told at once
how long and why. The reasons say what stands in the way, never anything about the person concerned.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from comity.core.agreement.written import Frozen, Span
from comity.core.codes.languages import UNKNOWN, LanguageTag
from comity.core.codes.marks import DelayGround
from comity.core.texts import PlainText

EXTENSION = "extension"
LATENESS = "lateness"
MAX_REASON = 2_000

Reason = Annotated[PlainText, Field(min_length=1, max_length=MAX_REASON)]


class ExtensionBody(Frozen):
    """More time for one request.

    Args:
        ground: from the closed list, one that the clause allows.
        span: how much more, counted as the deadline itself is.
    """

    ground: DelayGround
    span: Span
    reason: Reason
    language: LanguageTag = UNKNOWN


class LatenessBody(Frozen):
    """Why a deadline was missed; it moves no clock."""

    ground: DelayGround
    reason: Reason
    language: LanguageTag = UNKNOWN
