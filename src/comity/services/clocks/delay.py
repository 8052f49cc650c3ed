"""Take more time for an answer, and say why one is late: notices to the requesting service.

Implements docs/protocol/cases.md §4. Source: Directive (EU) 2023/977 Art. 5(2). Rules:
    - a named approver or head of desk of the service that was asked, and nobody else, takes more time;
    - the core says whether an extension counts, on both nodes; it does from the requester's receipt, and never after the
      deadline: no notice mends a breach;
    - the reasons stand in the message alone, sealed, and go with it; ground, length and times stay, for the statistics.
Attacks they stop: a requester that gives itself more time; an extension beyond the clause, after the deadline, or of
somebody else's case; data smuggled under the header of a notice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from comity.core import canonical
from comity.core.cases.clock import Course, against_extension, read_clock
from comity.core.cases.delay import (
    EXTENSION,
    LATENESS,
    MAX_REASON,
    ExtensionBody,
    LatenessBody,
)
from comity.core.cases.messages import open_body
from comity.core.codes.exchange import Act, Regime, ServiceId
from comity.core.codes.languages import UNKNOWN, typed_language
from comity.core.codes.marks import DelayGround, Role
from comity.core.evidence.event import Bilateral, Event
from comity.core.faults import named
from comity.core.instant import Instant
from comity.core.texts import typed
from comity.errors import PeerError, Refused
from comity.services.cases.access import known_case
from comity.services.cases.clock import clock_of, signed_at
from comity.services.cases.erase import erase_open_at
from comity.services.cases.thread.say import in_thread
from comity.services.clocks.course import course, due_at
from comity.services.context import Actor, ActorKind, Node
from comity.services.evidence.record import record
from comity.services.exchange.handlers import Message, handler
from comity.services.exchange.receipts import on_receipt
from comity.services.exchange.submit import submit
from comity.storage import cases as rows
from comity.storage import clocks
from comity.storage.models.cases import Case
from comity.storage.models.clocks import ClockTurn

MOST = 50
"""Greatest number of notices of delay on one case."""

DECIDERS = (Role.APPROVER, Role.HEAD_OF_DESK)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a person may tell the requester about time now.

    Args:
        late: the deadline was missed: reasons are asked for. Otherwise an extension can be given.
        grounds: which may be named. longest: how much more time may still be given; whole days where `working`.
    """

    late: bool
    grounds: tuple[DelayGround, ...]
    longest: timedelta
    working: bool


def offer(node: Node, actor: Actor, thread: str) -> Offer:
    """Return what may be told about the time of a case; nothing is sent or recorded.

    Raises:
        InputError: ``case.unknown``.
        Refused: ``actor.role``, ``clock.person``, ``case.not-ours-to-answer``.
    """
    row = _ours(node, actor, thread)
    found = _with_pending(node, row)
    rule, working = found.rules.extension, bool(found.rules.counting.calendars)
    clock = read_clock(found, node.clock())
    if clock.late:
        return Offer(True, tuple(DelayGround), timedelta(0), working)
    if rule is None:
        return Offer(False, (), timedelta(0), working)
    return Offer(False, rule.grounds, rule.longest - clock.extended, working)


def extend(
    node: Node,
    actor: Actor,
    thread: str,
    ground: DelayGround,
    span: timedelta,
    reason: str,
    *,
    language: str = UNKNOWN,
) -> str:
    """Tell the requester that an answer takes more time, and return the message.

    Args:
        span: how much more, whole hours; whole days where the clause counts working days.
        reason: what stands in the way; goes to the partner.

    Raises:
        InputError: ``case.unknown``, ``case.reason``.
        Refused: ``actor.role``, ``clock.person``, ``case.not-ours-to-answer``, ``case.closed``, or what the core has
            against it: ``clock.not-running``, ``clock.ground``, ``clock.span``, ``clock.too-long``, ``clock.passed``.
    """
    row = _ours(node, actor, thread)
    if row.closing is not None:
        raise Refused("case.closed")
    if span % timedelta(hours=1):
        raise Refused("clock.span")
    found = _with_pending(node, row)
    against = against_extension(found, ground, span, node.clock())
    if against is not None:
        raise Refused(against, clause=row.clause, **_bounds(against, found))
    tag = typed_language(language)
    body = ExtensionBody(ground=ground, span=span, reason=_reason(reason), language=tag)
    return _send(node, actor, row, EXTENSION, body.model_dump(mode="json"), ground, span)


def explain(
    node: Node, actor: Actor, thread: str, ground: DelayGround, reason: str, *, language: str = UNKNOWN
) -> str:
    """Tell the requester why a deadline was missed, and return the message; no clock moves.

    Raises:
        InputError: ``case.unknown``, ``case.reason``.
        Refused: ``actor.role``, ``clock.person``, ``case.not-ours-to-answer``, ``clock.not-late``.
    """
    row = _ours(node, actor, thread)
    if not clock_of(node, row).late:
        raise Refused("clock.not-late")
    body = LatenessBody(ground=ground, reason=_reason(reason), language=typed_language(language))
    return _send(node, actor, row, LATENESS, body.model_dump(mode="json"), ground, timedelta(0))


@handler(EXTENSION, {Act.DELAY})
def receive_extension(node: Node, message: Message) -> None:
    """Move the clock of a request of ours; it counts from this message's receipt.

    Raises:
        PeerError: ``case.message-malformed``, ``case.header``, ``case.unknown-thread``, ``clock.*``.
    """
    body = open_body(ExtensionBody, message.body)
    row = _asked(node, message)
    against = against_extension(course(node, row), body.ground, body.span, message.received_at)
    if against is not None:
        raise PeerError(against)
    _keep(node, message, row, body.ground, body.span)
    clocks.drop_reminders(node.alias, row.thread)
    _put_off(node, row, message.received_at)


@handler(LATENESS, {Act.DELAY})
def receive_lateness(node: Node, message: Message) -> None:
    """Keep why an answer to a request of ours is late.

    Raises:
        PeerError: ``case.message-malformed``, ``case.header``, ``case.unknown-thread``.
    """
    body = open_body(LatenessBody, message.body)
    row = _asked(node, message)
    _keep(node, message, row, body.ground, timedelta(0))
    rows.update_case(node.alias, row, message.received_at)


@on_receipt(EXTENSION)
def extension_receipted(node: Node, message: str, received_at: Instant | None, code: str | None) -> None:
    """Move our clock as the partner's has moved, or not, when it did not take the notice."""
    row = rows.case_of_message(node.alias, message)
    if row is None:
        return
    clocks.settle_turn(node.alias, row.partner, message, received_at, code)
    if code is None:
        clocks.drop_reminders(node.alias, row.thread)
    _put_off(node, row, node.clock())


@on_receipt(LATENESS)
def lateness_receipted(node: Node, message: str, received_at: Instant | None, code: str | None) -> None:
    """Write down that the reasons have come."""
    row = rows.case_of_message(node.alias, message)
    if row is not None:
        clocks.settle_turn(node.alias, row.partner, message, received_at, code)


def _ours(node: Node, actor: Actor, thread: str) -> Case:
    """Return a case that this service was asked, for a person who may decide on its time."""
    row = known_case(node, actor, thread)
    if actor.kind is not ActorKind.OFFICER:
        raise Refused("clock.person")
    actor.require(Regime(row.regime), *DECIDERS)
    if row.side != rows.RECEIVED:
        raise Refused("case.not-ours-to-answer")
    return row


def _with_pending(node: Node, row: Case) -> Course:
    """Return the course as it will be once the notices on their way have come: they are not given twice."""
    return course(node, row, pending_at=node.clock())


def _bounds(against: str, found: Course) -> dict[str, str | int]:
    """Return what the clause allows, where the refusal rests on that."""
    rule = found.rules.extension
    if against == "clock.ground":
        return {"allowed": named(() if rule is None else sorted(rule.grounds))}
    if against == "clock.too-long" and rule is not None:
        return {"longest_hours": int(rule.longest.total_seconds()) // 3600}
    return {}


def _send(
    node: Node,
    actor: Actor,
    row: Case,
    kind: str,
    body: dict[str, Any],
    ground: DelayGround,
    span: timedelta,
) -> str:
    partner, regime = ServiceId(row.partner), Regime(row.regime)
    outgoing = in_thread(row, kind, Act.DELAY, body)

    def within(message: str) -> None:
        turn = _turn(row, message, kind, ground, span, signed_at(node, message))
        clocks.add_turn(node.alias, turn)
        rows.update_case(node.alias, row, node.clock())
        committed = canonical.encode({"actor": actor.name, "notice": body})
        facts: dict[str, str | int] = {"thread": row.thread, "message": message, "ground": ground.value}
        record(node, Bilateral(partner, regime), Event(f"case.{kind}-given", node.clock(), facts, committed))

    return submit(node, outgoing, actor, within=within)


def _asked(node: Node, message: Message) -> Case:
    row = rows.find_case(node.alias, message.thread, message.partner)
    if row is None or row.side != rows.ASKED or row.regime != message.regime.value:
        raise PeerError("case.unknown-thread")
    if message.agreement != row.agreement or message.clause != row.clause or message.data or message.subjects:
        raise PeerError("case.header")
    if len(clocks.turns_of(node.alias, [row.thread]).get(row.thread, [])) >= MOST:
        raise PeerError("clock.too-many", limit=MOST)
    return row


def _keep(node: Node, message: Message, row: Case, ground: DelayGround, span: timedelta) -> None:
    turn = _turn(row, message.id, message.kind, ground, span, message.sent_at)
    turn.received_at = message.received_at
    clocks.add_turn(node.alias, turn)
    facts: dict[str, str | int] = {"thread": row.thread, "message": message.id, "ground": ground.value}
    scope = Bilateral(message.partner, message.regime)
    record(node, scope, Event(f"case.{message.kind}-taken", message.received_at, facts))


def _turn(
    row: Case, message: str, kind: str, ground: DelayGround, span: timedelta, sent_at: Instant
) -> ClockTurn:
    return ClockTurn(
        partner=row.partner,
        thread=row.thread,
        message=message,
        kind=kind,
        ground=ground.value,
        hours=int(span.total_seconds()) // 3600,
        sent_at=sent_at,
    )


def _reason(text: str) -> str:
    return typed(text, "case.reason", most=MAX_REASON)


def _put_off(node: Node, row: Case, at: Instant) -> None:
    """Move the deadline as the messages of the thread have it by now, and with it the day on which unanswered words go."""
    row.due_at = due_at(node, row)
    erased = erase_open_at(node, row) if row.closing is None else row.erase_at
    rows.update_case(node.alias, row, at, due_at=row.due_at, erase_at=erased)
