"""Bodies by which services serve a person together, and tell each other of a breach.

Implements docs/protocol/rights.md §3 and §6. Source: LED Art. 14-17, 30(6).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from comity.core import canonical
from comity.core.agreement.written import Moment
from comity.core.cases.messages import Body, Line, Text, Worded
from comity.core.cases.thread import MessageId
from comity.core.probe.query import Query
from comity.core.rights.codes import BreachNature, RightsKind, SearchPlace

RIGHTS_SEARCH = "rights-search"
RIGHTS_SEARCHED = "rights-searched"
BREACH_NOTICE = "breach-notice"

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Number = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]


def _described(value: Any) -> Query:
    """Return a description that came as a JSON value; its own rules are strict and know tuples only."""
    return value if isinstance(value, Query) else Query.model_validate_json(canonical.encode(value))


Described = Annotated[Query, BeforeValidator(_described)]


class RightsSearchBody(Body):
    """Please search everything that you hold on this person, who has asked for it.

    Args:
        person: as the person described itself; it has asked in writing that it be passed on (`wished`).
        kind: what it asks for. asked_at: when the first service received it.
    """

    person: Described
    kind: RightsKind
    asked_at: Moment
    wished: Literal[True]


class RightsSearchedBody(Body):
    """A full search was made; what it found is between the service and its own authority.

    Args:
        asked: message that asked for it. places: where was searched; all of them, sorted.
        record: commitment to the record of the search in the internal log of the service, for its authority.
    """

    asked: MessageId
    places: tuple[SearchPlace, ...]
    record: Digest


class BreachNoticeBody(Worded):
    """A breach concerns what you have sent us, or what we have sent you.

    Args:
        breach: number at the sender. aware_at: when it became aware; opened_at: when it wrote that down.
        cases, searches, persons: how many are concerned, approximately.
        threads: cases with the addressee that are concerned. consequences, measures: likely, taken or proposed.
        contact: where more can be had.
    """

    breach: Number
    nature: BreachNature
    aware_at: Moment
    opened_at: Moment
    cases: Count
    searches: Count
    persons: Count
    threads: Annotated[tuple[MessageId, ...], Field(max_length=500)] = ()
    consequences: Text
    measures: Text
    contact: Line
