"""The clock of a request, computed anew from the receipts in a dossier alone.

Implements docs/protocol/oversight.md §4. A request for identification has the same clock; which of its answers ended it,
headers do not say: both services log it with the message (identification.md §5), and that entry counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from comity.core.agreement.standing import AgreementStanding
from comity.core.cases.clock import Clock, Course, Turn, read_clock
from comity.core.cases.counting import clock_rules
from comity.core.cases.messages import ERASE, RECALL, REFUSAL, REPLY, REQUEST
from comity.core.cases.thread import NEGATIVE_REPLY
from comity.core.codes.marks import Urgency
from comity.core.envelope.header import Header
from comity.core.identification.messages import (
    ENDING,
    IDENTIFICATION_ANSWER,
    IDENTIFICATION_REQUEST,
    RESULT_EVENTS,
)
from comity.core.oversight.dossier import Dossier, ShownMessage
from comity.core.oversight.proven import Entry, Finding

OPENING = frozenset({REQUEST, IDENTIFICATION_REQUEST})
CLOSING = frozenset({REPLY, NEGATIVE_REPLY, REFUSAL})
NEVER_STOOD = frozenset({"refused", "expired", "withdrawn"})

Pair = tuple[Header, ShownMessage]


def replayed_clock(
    dossier: Dossier,
    headers: Sequence[Header],
    agreements: Mapping[str, AgreementStanding],
    entries: Sequence[Entry],
) -> tuple[Clock | None, list[Finding]]:
    """Return the clock of a request at the time of the dossier, and what in its course does not hold."""
    pairs = list(zip(headers, dossier.messages, strict=True))
    asked = next((pair for pair in pairs if pair[0].kind in OPENING), None)
    if asked is None:
        return None, []
    request, shown = asked
    found = agreements.get(request.agreement or "")
    clause = None if found is None else found.agreement.clause(request.clause or "")
    if found is None or clause is None or request.span is None:
        return None, [Finding("bundle.clock", request.id)]
    times = {header.id: each.received_at for header, each in pairs}
    wrong = [
        Finding("bundle.clock", each.message) for each in dossier.turns if times.get(each.message) != each.at
    ]
    last, untold = _closing(pairs, entries)
    taken_back = any(
        header.kind in (RECALL, ERASE) and header.sender == request.sender and each.received_at is not None
        for header, each in pairs
    )
    course = Course(
        deadline=request.span,
        received_at=shown.received_at if shown.state not in NEVER_STOOD else None,
        rejected=shown.state in NEVER_STOOD,
        recalled=taken_back and last is None,
        closing_sent_at=None if last is None else last[0].sent_at,
        closing_received_at=None if last is None else last[1].received_at,
        refused=last is not None and last[0].kind == REFUSAL,
        rules=clock_rules(found.agreement, clause, request.urgency or Urgency.ORDINARY),
        turns=tuple(Turn(each.at, each.message, each.kind, each.span, each.ground) for each in dossier.turns),
    )
    return read_clock(course, dossier.made_at), wrong + untold


def _closing(pairs: Sequence[Pair], entries: Sequence[Entry]) -> tuple[Pair | None, list[Finding]]:
    """Return the message that ended the request, and the answers of which the log does not say what they told."""
    results = {
        str(each.leaf.facts.get("message")): each.leaf.kind
        for each in entries
        if each.leaf.kind in RESULT_EVENTS
    }
    stood = [pair for pair in pairs if pair[1].state not in NEVER_STOOD]
    answers = [pair for pair in stood if pair[0].kind == IDENTIFICATION_ANSWER]
    untold = [Finding("bundle.clock", header.id) for header, _ in answers if header.id not in results]
    closing = [pair for pair in stood if pair[0].kind in CLOSING or results.get(pair[0].id) in ENDING]
    return (closing[-1] if closing else None), untold
