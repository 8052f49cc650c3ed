"""Incoming requests, replies, negative replies and refusals, and what receipts do to the clock. Each runs in the accepting transaction.

Implements docs/protocol/cases.md §2 to §6. Attacks they stop: a reply to a request never made, or to another's; more
data than was asked for; a shorter deadline than the clause's; a second answer; a ground that is not on the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from comity.core.cases.messages import (
    REFUSAL,
    REPLY,
    REQUEST,
    RefusalBody,
    ReplyBody,
    RequestBody,
    open_body,
)
from comity.core.cases.thread import NEGATIVE_REPLY, PARTIAL_REPLY, NegativeBody, needs_acknowledgement
from comity.core.codes.exchange import Act
from comity.core.codes.marks import Urgency
from comity.core.evidence.event import Bilateral, Event
from comity.core.instant import Instant
from comity.core.register.release import is_as_released
from comity.errors import PeerError
from comity.services.agreements.standing import standing
from comity.services.cases.erase import erase_at, erase_open_at
from comity.services.cases.recall import RECALLED, refuse_withdrawn
from comity.services.cases.thread.cited import cited_by
from comity.services.clocks.course import due_at
from comity.services.context import Node
from comity.services.evidence.record import record
from comity.services.exchange.handlers import Message, handler
from comity.services.exchange.receipts import on_receipt
from comity.services.identification.purge import purge_received, purge_sent
from comity.services.protection.passages import keep_received, not_taken
from comity.storage import cases as rows
from comity.storage.models.cases import Case


@handler(REQUEST, {Act.REQUEST})
def receive_request(node: Node, message: Message) -> None:
    """Put a request into the inbox; its clock starts with this message's receipt.

    Raises:
        PeerError: ``case.message-malformed``, ``case.header``, ``case.deadline``, ``case.thread``,
            ``case.cited-unknown``, ``case.recalled``.
    """
    # 1. The header, which both policies decided on, says what the body says.
    refuse_withdrawn(node, message)
    body = open_body(RequestBody, message.body)
    if (
        message.data != frozenset(body.categories)
        or message.subjects != frozenset({body.subject_category})
        or message.urgency != body.urgency
    ):
        raise PeerError("case.header")
    # 2. A thread that it cites is one of this partner's, and still holds something.
    cited = cited_by(node, message, body.cites)
    # 3. It opens its thread, for the clause's time.
    by_hit = body.reference is not None
    open_received(node, message, body.urgency, body.json_body(), by_hit=by_hit, cites=cited)
    keep_received(node, message)
    witness(node, message, "case.received")


@handler(REPLY, {Act.REPLY})
def receive_reply(node: Node, message: Message) -> None:
    """Keep the final reply to a request of ours.

    Raises:
        PeerError: ``case.*``.
    """
    body, row = _reply(node, message)
    keep_received(node, message, conditions_open=needs_acknowledgement(message.body))
    close_by(node, message, row, {"reply": body.json_body()}, "case.answered")


@handler(PARTIAL_REPLY, {Act.REPLY})
def receive_partial_reply(node: Node, message: Message) -> None:
    """Keep part of an answer; the request stays open and its clock runs on.

    Raises:
        PeerError: ``case.*``.
    """
    body, row = _reply(node, message)
    keep_received(node, message, body.json_body(), conditions_open=needs_acknowledgement(message.body))
    rows.update_case(node.alias, row, message.received_at)
    witness(node, message, "case.answered-in-part")


def _reply(node: Node, message: Message) -> tuple[ReplyBody, Case]:
    """Return the body of a reply that holds no more than was asked for, and the case that it answers."""
    refuse_withdrawn(node, message)
    body = open_body(ReplyBody, message.body)
    row = asked_case(node, message)
    asked = RequestBody.model_validate(row.request)
    # 1. No more than was asked, and no field that the header does not name.
    if not message.data or not is_as_released(body.subject, message.data, body.subject_category):
        raise PeerError("case.header")
    if not message.data <= frozenset(asked.categories):
        raise PeerError("case.beyond-request")
    # 2. The marks of the header are those of the body.
    if message.subjects != frozenset({body.subject_category}) or message.handling != body.handling:
        raise PeerError("case.header")
    return body, row


@handler(NEGATIVE_REPLY, {Act.REPLY})
def receive_negative_reply(node: Node, message: Message) -> None:
    """Keep the answer that a search found nothing; it closes the request as an answer, not as a refusal.

    Raises:
        PeerError: ``case.*``.
    """
    refuse_withdrawn(node, message)
    body = open_body(NegativeBody, message.body)
    row = asked_case(node, message)
    if message.data or message.subjects:
        raise PeerError("case.header")
    keep_received(node, message, body.json_body())
    close_by(node, message, row, {"negative": body.result.value}, "case.answered-negative")


@handler(REFUSAL, {Act.REFUSE})
def receive_refusal(node: Node, message: Message) -> None:
    """Keep a refusal of a request of ours.

    Raises:
        PeerError: ``case.*``.
    """
    body = open_body(RefusalBody, message.body)
    row = asked_case(node, message)
    close_by(node, message, row, {"ground": body.ground.value}, "case.refused")


@on_receipt(REQUEST)
def request_receipted(node: Node, message: str, received_at: Instant | None, code: str | None) -> None:
    """Start the clock of a request of ours, or note that the partner's node did not take it."""
    row = rows.find_case(node.alias, message)
    if row is None or row.side != rows.ASKED:
        return
    values: dict[str, Any] = {"rejected": code}
    if code is None and received_at is not None:
        row.received_at = received_at
        row.due_at = due_at(node, row)
        values = {"received_at": received_at, "due_at": row.due_at}
    values["erase_at"] = erase_open_at(node, row)
    rows.update_case(node.alias, row, node.clock(), **values)


@on_receipt(REPLY)
def reply_receipted(node: Node, message: str, received_at: Instant | None, code: str | None) -> None:
    """Stop the clock of a request that we answered, or let it run on."""
    closing_receipted(node, message, received_at, code)


@on_receipt(PARTIAL_REPLY)
def partial_reply_receipted(node: Node, message: str, received_at: Instant | None, code: str | None) -> None:
    """Note that the partner's node did not take part of an answer."""
    found = rows.case_of_message(node.alias, message)
    if found is not None and code is not None:
        not_taken(node, found.partner, message)


@on_receipt(NEGATIVE_REPLY)
def negative_reply_receipted(node: Node, message: str, received_at: Instant | None, code: str | None) -> None:
    """Stop the clock of a request on which we found nothing, or let it run on."""
    closing_receipted(node, message, received_at, code)


@on_receipt(REFUSAL)
def refusal_receipted(node: Node, message: str, received_at: Instant | None, code: str | None) -> None:
    """Stop the clock of a request that we refused, or let it run on."""
    closing_receipted(node, message, received_at, code)


def closing_receipted(node: Node, message: str, received_at: Instant | None, code: str | None) -> None:
    """Stop the clock with the receipt of our answer, or let it run on; what was received for it goes with the receipt."""
    row = rows.closed_by(node.alias, message)
    if row is None:
        return
    values: dict[str, Any] = {"closing_received_at": received_at}
    if code is None and received_at is not None:
        values["erase_at"] = erase_at(node, row, received_at)
        purge_received(node, row)
    else:
        # The partner's node did not take it: the case is open again, the decision stays on record.
        values = {
            "closing": None,
            "closing_sent_at": None,
            "ground": None,
            "reply": None,
            "negative": None,
            "closing_rejected": code,
        }
        if row.request is None:
            values["rejected"] = RECALLED
        not_taken(node, row.partner, message)
    rows.update_case(node.alias, row, node.clock(), **values)


def open_received(
    node: Node,
    message: Message,
    urgency: Urgency,
    request: dict[str, Any],
    *,
    by_hit: bool = False,
    cites: str | None = None,
) -> Case:
    """Store the case of a request that has come, and return it; its clock starts with this message's receipt.

    Raises:
        PeerError: ``case.header``, ``case.deadline``, ``case.thread``.
    """
    if message.purpose is None or message.agreement is None or message.clause is None:
        raise PeerError("case.header")
    # 1. A request opens its thread, which nobody has used before.
    if message.thread != message.id or rows.find_case(node.alias, message.thread) is not None:
        raise PeerError("case.thread")
    # 2. The deadline is the clause's for that urgency: neither side chooses another.
    deadline = clause_deadline(node, message, urgency)
    row = Case(
        thread=message.thread,
        partner=message.partner,
        side=rows.RECEIVED,
        regime=message.regime.value,
        agreement=message.agreement,
        clause=message.clause,
        purpose=message.purpose.value,
        urgency=urgency.value,
        deadline_hours=int(deadline.total_seconds()) // 3600,
        opened_at=message.sent_at,
        received_at=message.received_at,
        changed_at=message.received_at,
        by_hit=by_hit,
        cites=cites,
        request=request,
    )
    row.due_at = due_at(node, row)
    row.erase_at = erase_open_at(node, row)
    rows.add_case(node.alias, row)
    return row


def clause_deadline(node: Node, message: Message, urgency: Urgency) -> timedelta:
    """Return the clause's time to answer, having checked that the header names it.

    Raises:
        PeerError: ``case.deadline``.
    """
    found = standing(node, message.agreement or "")
    clause = None if found is None else found.agreement.clause(message.clause or "")
    deadline = None if clause is None else clause.deadlines.get(urgency)
    if deadline is None or message.deadline != deadline:
        raise PeerError("case.deadline")
    return deadline


def asked_case(node: Node, message: Message) -> Case:
    """Return the open request of ours that a partner's message answers.

    Raises:
        PeerError: ``case.unknown-thread``, ``case.header``, ``case.decision``, ``case.already-closed``, ``case.recalled``.
    """
    row = rows.find_case(node.alias, message.thread, message.partner)
    if row is None or row.side != rows.ASKED or row.regime != message.regime.value:
        raise PeerError("case.unknown-thread")
    if message.agreement != row.agreement or message.clause != row.clause:
        raise PeerError("case.header")
    if message.decision is None:
        raise PeerError("case.decision")
    if row.closing is not None:
        raise PeerError("case.already-closed")
    if row.request is None or row.rejected == RECALLED:
        raise PeerError(rows.UNANSWERED if row.rejected == rows.UNANSWERED else RECALLED)
    return row


def close_by(node: Node, message: Message, row: Case, values: Mapping[str, Any], kind: str) -> None:
    """Close a request of ours with the partner's answer; what was sent for it goes with that.

    Raises:
        PeerError: ``case.already-closed``.
    """
    times = {
        "closing": message.id,
        "closing_sent_at": message.sent_at,
        "closing_received_at": message.received_at,
        "erase_at": erase_at(node, row, message.received_at),
    }
    if not rows.close_case(node.alias, row, message.received_at, {**times, **values}):
        raise PeerError("case.already-closed")
    witness(node, message, kind)
    purge_sent(node, row)


def witness(node: Node, message: Message, kind: str) -> None:
    """Write into the log that both sides countersign that a message has come, and which."""
    facts: dict[str, str | int] = {"thread": message.thread, "message": message.id}
    record(node, Bilateral(message.partner, message.regime), Event(kind, message.received_at, facts))
