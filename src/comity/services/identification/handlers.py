"""Requests for identification, supplements and answers as they come; each runs in the accepting transaction.

Implements docs/protocol/identification.md §3 to §6. Attacks they stop: a request without the conditions of the law,
whatever the sender's node thought of them; particulars beyond the list, or that the header does not name; an answer to
nobody's question, with more than was asked for, or on no ground of its result; a second answer.
"""

from __future__ import annotations

from comity.core.cases.messages import open_body
from comity.core.codes.exchange import Act
from comity.core.codes.marks import Urgency
from comity.core.identification.messages import (
    IDENTIFICATION_ANSWER,
    IDENTIFICATION_REQUEST,
    IDENTIFICATION_SUPPLEMENT,
    AnswerBody,
    IdentificationBody,
    Result,
    SupplementBody,
    result_event,
)
from comity.core.instant import Instant
from comity.core.policy.law import SPECIAL_CATEGORIES
from comity.core.policy.returning import identification_grounds, person_fits
from comity.errors import PeerError
from comity.services.cases.handlers import (
    asked_case,
    close_by,
    closing_receipted,
    open_received,
    request_receipted,
    witness,
)
from comity.services.cases.recall import refuse_withdrawn, withdraw
from comity.services.context import Node
from comity.services.exchange.handlers import Message, handler
from comity.services.exchange.receipts import on_receipt
from comity.services.identification.attach import expect_files
from comity.services.identification.request import PERSONS
from comity.services.protection.passages import keep_received, not_taken
from comity.storage import cases as rows
from comity.storage.models.exchange import Direction


@handler(IDENTIFICATION_REQUEST, {Act.REQUEST})
def receive_request(node: Node, message: Message) -> None:
    """Put a request for identification into the inbox; its clock starts with this message's receipt.

    Raises:
        PeerError: ``case.message-malformed``, ``case.header``, ``case.thread``, ``case.deadline``, ``law.return-*``,
            ``attachment.*``.
    """
    # 1. The header, which both policies decided on, says what the body says.
    refuse_withdrawn(node, message)
    body = open_body(IdentificationBody, message.body)
    named = (message.data, message.subjects, message.urgency, message.handling)
    same = (
        frozenset(body.categories),
        frozenset({body.subject_category}),
        Urgency.ORDINARY,
        body.handling,
    )
    if named != same:
        raise PeerError("case.header")
    # 2. Every condition of the law: the sender's word that it looked is not enough.
    for ground in identification_grounds(
        body, sender=message.partner, recipient=node.service, at=message.sent_at
    ):
        raise PeerError(ground.code)
    # 3. It opens its thread, for the clause's time.
    row = open_received(node, message, Urgency.ORDINARY, body.json_body())
    keep_received(node, message)
    expect_files(node, row, message, body.attachments)
    witness(node, message, "case.received")


@handler(IDENTIFICATION_SUPPLEMENT, {Act.ATTACH})
def receive_supplement(node: Node, message: Message) -> None:
    """Write down which further files will come for an open request.

    Raises:
        PeerError: ``case.message-malformed``, ``case.unknown-thread``, ``case.header``, ``case.already-closed``,
            ``attachment.too-many``.
    """
    refuse_withdrawn(node, message)
    body = open_body(SupplementBody, message.body)
    row = rows.find_case(node.alias, message.thread, message.partner)
    if row is None or row.side != rows.RECEIVED or row.regime != message.regime.value or row.request is None:
        raise PeerError("case.unknown-thread")
    if row.closing is not None:
        raise PeerError("case.already-closed")
    carried = frozenset(each.category for each in body.attachments)
    if (message.data, message.subjects, message.agreement, message.clause) != (
        carried,
        PERSONS,
        row.agreement,
        row.clause,
    ):
        raise PeerError("case.header")
    keep_received(node, message, body.json_body())
    expect_files(node, row, message, body.attachments)
    rows.update_case(node.alias, row, message.received_at)
    witness(node, message, "identification.supplemented")


@handler(IDENTIFICATION_ANSWER, {Act.REPLY})
def receive_answer(node: Node, message: Message) -> None:
    """Keep the answer to a request for identification of ours; what we had told for it goes with that.

    Raises:
        PeerError: ``case.*``, ``law.return-fields``.
    """
    refuse_withdrawn(node, message)
    body = open_body(AnswerBody, message.body)
    row = asked_case(node, message)
    asked = IdentificationBody.model_validate(row.request)
    # 1. No more than was asked for, and what the header names.
    if body.subject is None:
        if message.data or message.subjects:
            raise PeerError("case.header")
    elif message.subjects != PERSONS or message.handling != body.handling or not message.data:
        raise PeerError("case.header")
    if not message.data <= frozenset(asked.categories) - SPECIAL_CATEGORIES:
        raise PeerError("case.beyond-request")
    if body.subject is not None and not person_fits(body.subject, message.data):
        raise PeerError("law.return-fields")
    if body.nationality not in (None, asked.nationality.presumed):
        raise PeerError("case.header")
    keep_received(node, message, body.json_body())
    # 2. Two results end it, one does not.
    if body.result is Result.MORE_NEEDED:
        rows.update_case(node.alias, row, message.received_at)
        witness(node, message, result_event(body.result))
        return
    negative = body.result.value if body.result is Result.NOT_IDENTIFIED else None
    close_by(node, message, row, {"negative": negative}, result_event(body.result))


@on_receipt(IDENTIFICATION_REQUEST)
def asked_receipted(node: Node, message: str, received_at: Instant | None, code: str | None) -> None:
    """Start the clock; or empty a request that the partner's node did not take: nobody will answer it."""
    row = rows.find_case(node.alias, message)
    if code is not None and row is not None:
        withdraw(node, row.partner, row.thread, Direction.OUT, "not-taken")
    request_receipted(node, message, received_at, code)


@on_receipt(IDENTIFICATION_SUPPLEMENT)
def supplement_receipted(node: Node, message: str, received_at: Instant | None, code: str | None) -> None:
    """Note that the partner's node did not take further files."""
    found = rows.case_of_message(node.alias, message)
    if found is not None and code is not None:
        not_taken(node, found.partner, message)


@on_receipt(IDENTIFICATION_ANSWER)
def answer_receipted(node: Node, message: str, received_at: Instant | None, code: str | None) -> None:
    """Stop the clock and empty what we were told, or let the clock run on."""
    if rows.closed_by(node.alias, message) is None:
        found = rows.case_of_message(node.alias, message)
        if found is not None and code is not None:
            not_taken(node, found.partner, message)
        return
    closing_receipted(node, message, received_at, code)
