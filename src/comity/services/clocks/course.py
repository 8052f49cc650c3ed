"""The course of a case, from the receipts and notices that both nodes hold, and the rules of the signed agreement.

Implements docs/protocol/cases.md §4. Nothing is decided here: `comity.core.cases.clock` reads the clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache

from comity.core.agreement.model import agreement_hash, open_agreement
from comity.core.cases.clock import Clock, Course, Turn, TurnKind, read_clock
from comity.core.cases.counting import ClockRules, clock_rules
from comity.core.cases.delay import EXTENSION, LATENESS
from comity.core.cases.messages import ERASE, RECALL
from comity.core.cases.thread import CLARIFICATION, CLARIFICATION_REQUEST
from comity.core.codes.marks import DelayGround, Urgency
from comity.core.instant import Instant
from comity.errors import NodeError, PeerError
from comity.services.context import Node
from comity.storage import agreements, clocks
from comity.storage.cases import RECALLED, RECEIVED
from comity.storage.models.cases import Case
from comity.storage.models.clocks import ClockTurn
from comity.storage.models.exchange import Direction, ExchangedMessage

_FROM_ANSWERER = {CLARIFICATION_REQUEST: TurnKind.STILL, RECALL: TurnKind.DROPPED, ERASE: TurnKind.DROPPED}
_FROM_REQUESTER = {CLARIFICATION: TurnKind.ONWARD}
"""What the answering service and the requester say that stops and starts a clock: who takes a question back, or has it
erased, no longer waits for its answer."""


def courses(node: Node, rows: Sequence[Case]) -> dict[str, Course]:
    """Return the course of each case, by thread."""
    threads = [row.thread for row in rows]
    notices = clocks.turns_of(node.alias, threads)
    rules = {row.thread: _rules(node, row) for row in rows}
    waiting = [thread for thread in threads if rules[thread].stands_still]
    said = clocks.said(node.alias, waiting, {*_FROM_ANSWERER, *_FROM_REQUESTER}) if waiting else {}
    return {
        row.thread: _course(row, rules[row.thread], notices.get(row.thread, []), said.get(row.thread, []))
        for row in rows
    }


def course(node: Node, row: Case, pending_at: Instant | None = None) -> Course:
    """Return the course of one case.

    Args:
        pending_at: count notices whose receipt is awaited as if they had come then.
    """
    found = courses(node, [row])[row.thread]
    if pending_at is None:
        return found
    notices = clocks.turns_of(node.alias, [row.thread]).get(row.thread, [])
    pending = [each for each in notices if each.received_at is None and each.rejected is None]
    for each in pending:
        each.received_at = pending_at
    return replace(found, turns=(*found.turns, *_extensions(pending)))


def clocks_at(node: Node, rows: Sequence[Case], at: Instant) -> dict[str, Clock]:
    """Return the clock of each case at an instant, by thread."""
    return {thread: read_clock(found, at) for thread, found in courses(node, rows).items()}


def due_at(node: Node, row: Case) -> Instant | None:
    """Return the deadline of a case as it stands now; for the order of lists."""
    return read_clock(course(node, row), node.clock()).deadline


def reasons_due(node: Node, rows: Sequence[Case], found: Mapping[str, Clock]) -> set[str]:
    """Return the threads in which this service, which was asked, still owes the reasons of a missed deadline.

    Source: Directive (EU) 2023/977 Art. 5.
    """
    late = [row.thread for row in rows if row.side == RECEIVED and found[row.thread].late]
    said = clocks.turns_of(node.alias, late) if late else {}
    told = {
        thread
        for thread, turns in said.items()
        if any(each.kind == LATENESS and each.rejected is None for each in turns)
    }
    return set(late) - told


def _course(
    row: Case, rules: ClockRules, notices: Sequence[ClockTurn], said: Sequence[ExchangedMessage]
) -> Course:
    return Course(
        deadline=timedelta(hours=row.deadline_hours),
        received_at=row.received_at,
        rejected=row.rejected not in (None, RECALLED),
        recalled=row.rejected == RECALLED,
        closing_sent_at=row.closing_sent_at,
        closing_received_at=row.closing_received_at,
        refused=row.ground is not None,
        rules=rules,
        turns=(*_extensions(notices), *_standstills(row, said)),
    )


def _extensions(notices: Sequence[ClockTurn]) -> list[Turn]:
    return [
        Turn(
            at=each.received_at,
            message=each.message,
            kind=TurnKind.EXTENSION,
            span=timedelta(hours=each.hours),
            ground=DelayGround(each.ground or DelayGround.OTHER),
        )
        for each in notices
        if each.kind == EXTENSION and each.received_at is not None
    ]


def _standstills(row: Case, said: Sequence[ExchangedMessage]) -> list[Turn]:
    turns = []
    for each in said:
        by_answerer = (each.direction == Direction.OUT) == (row.side == RECEIVED)
        kind = (_FROM_ANSWERER if by_answerer else _FROM_REQUESTER).get(each.kind)
        if kind is not None and each.received_at is not None:
            turns.append(Turn(at=each.received_at, message=each.message, kind=kind))
    return turns


def _rules(node: Node, row: Case) -> ClockRules:
    return _agreed(node.alias, row.agreement, row.clause, row.urgency)


@lru_cache(maxsize=512)
def _agreed(alias: str, name: str, clause: str, urgency: str) -> ClockRules:
    """Return the rules in the agreement whose bytes have that hash: whatever else changes, these never do.

    Raises:
        NodeError: ``agreement.damaged``.
    """
    row = agreements.agreement_row(alias, name)
    octets = b"" if row is None else bytes(row.document)
    if agreement_hash(octets) != name:
        raise NodeError("agreement.damaged")
    try:
        agreement = open_agreement(octets)
    except PeerError:
        raise NodeError("agreement.damaged") from None
    found = agreement.clause(clause)
    if found is None:
        raise NodeError("agreement.damaged")
    return clock_rules(agreement, found, Urgency(urgency))
