"""The body of a hit report: who acted on what a partner gave tells it what was found and done.

Implements docs/protocol/cases.md §18. Source: Regulation (EU) 2018/1862 Art. 37(1) (what is told to the State whose alert
it is: that the person was found; place, time and reason; route and destination; companions; identity; objects; circumstances).
Directive (EU) 2016/680 Art. 7(1) (facts and assessments). Rules:
    - it names the partner's message on which one acted, or rests on the hit that the request cites;
    - it says when and where, what the result was, and which measures were taken, from closed lists;
    - where its owner asked for a check, it says which, which one was made, and whether the person learned of it;
    - it carries words only, as a clarification does: no field of a register, no category, no clause beyond the thread's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from comity.core.cases.messages import Handled, Line, Text
from comity.core.cases.thread import MessageId
from comity.core.codes.assertions import REPORTED
from comity.core.codes.checks import Check, rank
from comity.core.envelope.fields import WireInstant

HIT_REPORT = "hit-report"
SKEW = timedelta(minutes=5)
"""How far the clock of who signs may be ahead of the place where it happened."""


class Outcome(StrEnum):
    """What became of it."""

    LOCATED = "located"
    NOT_LOCATED = "not-located"
    ANOTHER = "another-person"


class Measure(StrEnum):
    """What was done; the lists of both States' law decide what may be."""

    NONE = "none"
    OBSERVED = "observed"
    IDENTITY_CHECKED = "identity-checked"
    QUESTIONED = "questioned"
    SEARCHED = "searched"
    ARRESTED = "arrested"
    ENTRY_REFUSED = "entry-refused"
    SEIZED = "seized"
    OTHER = "other"


_NEEDS = {Measure.QUESTIONED: Check.INQUIRY, Measure.SEARCHED: Check.SPECIFIC}
"""Measures that make a check one of this kind (Regulation (EU) 2018/1862 Art. 37(4)-(5))."""


class HitReportBody(Handled):
    """What was found and done.

    Args:
        message: of the partner, on which one acted; None: the hit of the search that the request cites.
        at: when it happened. place: where, one line. reason: why the person or object was checked there.
        measures: at least one, sorted; ``none`` stands alone.
        circumstances: how it went. route: where from and where to. companions: who was with the person.
        identity: which identity the person showed, and of what description. used, carried: objects.
        further: what else the partner had asked to know.
        asked: check that the message asked for; None: it asked for none. taken: the one that was made; None: none was.
        aware: whether the person learned that somebody had asked for it. deviation: why another one was made, or the person
            learned of it.
    """

    STATEMENTS = REPORTED

    message: MessageId | None
    outcome: Outcome
    at: WireInstant
    place: Line
    reason: Text
    measures: Annotated[tuple[Measure, ...], Field(min_length=1)]
    circumstances: Text
    route: Text | None = None
    companions: Text | None = None
    identity: Text | None = None
    used: Text | None = None
    carried: Text | None = None
    further: Text | None = None
    asked: Check | None = None
    taken: Check | None = None
    aware: bool | None = None
    deviation: Text | None = None

    @model_validator(mode="after")
    def _check(self) -> HitReportBody:
        if list(self.measures) != sorted(set(self.measures)):
            raise ValueError("measures are sorted and unique")
        if Measure.NONE in self.measures and len(self.measures) > 1:
            raise ValueError("no measure stands alone")
        if (self.aware is None) != (self.taken is None):
            raise ValueError("whether the person knows belongs to a check that was made")
        if self.asked is None and (self.taken, self.deviation) != (None, None):
            raise ValueError("no check was asked for")
        if self.asked is not None:
            self._check_taken()
        return self

    def _check_taken(self) -> None:
        if self.message is None:
            raise ValueError("a check is asked for in a message")
        made = -1 if self.taken is None else rank(self.taken)
        if any(rank(_NEEDS[each]) > made for each in self.measures if each in _NEEDS):
            raise ValueError("the measures go further than the check")


OPTIONAL = tuple(
    name for name in HitReportBody.STATEMENTS if not HitReportBody.model_fields[name].is_required()
)
"""Texts that may be left out."""


def has_happened(body: HitReportBody, signed_at: datetime) -> bool:
    """Tell whether what is reported lies before its report was signed."""
    return body.at <= signed_at + SKEW


def written(texts: Mapping[str, str | None]) -> dict[str, str]:
    """Return those texts of a report that say something, without the space around them."""
    return {name: text.strip() for name, text in texts.items() if text and text.strip()}
