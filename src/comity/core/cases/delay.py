"""Bodies of the two notices about time: an extension, and why an answer is late.

Implements docs/protocol/cases.md §4. Source: Directive (EU) 2023/977 Art. 5(2): the requesting service is told at once
how long and why. The reasons say what stands in the way, never anything about the person concerned.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import Field, ValidationError

from comity.core.agreement.written import Frozen, Span
from comity.core.codes.marks import DelayGround
from comity.errors import PeerError

EXTENSION = "extension"
LATENESS = "lateness"
MAX_REASON = 2_000

Reason = Annotated[str, Field(min_length=1, max_length=MAX_REASON)]


class ExtensionBody(Frozen):
    """More time for one request.

    Args:
        ground: from the closed list, one that the clause allows.
        span: how much more, counted as the deadline itself is.
    """

    ground: DelayGround
    span: Span
    reason: Reason


class LatenessBody(Frozen):
    """Why a deadline was missed; it moves no clock."""

    ground: DelayGround
    reason: Reason


B = TypeVar("B", ExtensionBody, LatenessBody)


def open_notice(model: type[B], body: Mapping[str, Any]) -> B:
    """Return the typed body of a verified notice.

    Raises:
        PeerError: ``case.message-malformed``, naming the field.
    """
    try:
        return model.model_validate(dict(body))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = "body" if first["type"] == "extra_forbidden" else ".".join(map(str, first["loc"]))[:64]
        raise PeerError("case.message-malformed", field=field or "body") from None
