"""Ask what a request means, and say it: before a refusal, and instead of a second request.

Implements docs/protocol/cases.md §10. Source: Directive (EU) 2023/977 Art. 6(2). Rules:
    - the service that was asked asks, the requester answers, each question once;
    - both are words in an open thread: no data from a register, no new clause, no new clock;
    - they are kept, restricted, corrected, recalled and erased like every other passage.
Attacks they stop: a question in somebody else's thread; a clarification to a question that was never asked; data
smuggled under the header of a clarification; words after the thread was recalled or closed.
"""

from __future__ import annotations

from collections.abc import Sequence

from comity.core.cases.messages import MAX_TEXT, open_body
from comity.core.cases.thread import (
    CLARIFICATION,
    CLARIFICATION_REQUEST,
    ClarificationBody,
    ClarificationRequestBody,
)
from comity.core.codes.exchange import Act, Regime, ServiceId
from comity.core.codes.languages import UNKNOWN, typed_language
from comity.core.codes.marks import Assertion
from comity.core.evidence.event import Bilateral, Event
from comity.core.texts import typed
from comity.errors import InputError, PeerError, Refused
from comity.services.cases.access import ASKERS, known_case
from comity.services.cases.recall import RECALLED, refuse_withdrawn
from comity.services.cases.thread.say import in_thread
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.services.exchange.handlers import Message, handler
from comity.services.exchange.submit import submit
from comity.services.protection.passages import keep_received, keep_sent, require_usable
from comity.storage import cases as rows
from comity.storage.models.cases import Case
from comity.storage.models.protection import Passage
from comity.storage.protection import passages


def ask_clarification(
    node: Node, actor: Actor, thread: str, question: str, *, language: str = UNKNOWN
) -> str:
    """Ask the requester what its request means and return the message.

    Raises:
        InputError: ``case.unknown``, ``case.text``, ``case.language``.
        Refused: ``actor.role``, ``case.not-ours-to-answer``, ``case.closed``, ``case.recalled``, ``case.restricted``, or
            the policy's ground.
    """
    row = _open_case(node, actor, thread)
    if row.side != rows.RECEIVED:
        raise Refused("case.not-ours-to-answer")
    require_usable(passages.passage(node.alias, row.partner, row.thread))
    said = typed(question, "case.text", most=MAX_TEXT)
    body = ClarificationRequestBody(question=said, language=typed_language(language))
    return _say(node, actor, row, CLARIFICATION_REQUEST, body.json_body())


def clarify(
    node: Node,
    actor: Actor,
    thread: str,
    answer: str,
    question: str | None = None,
    *,
    assertion: Assertion,
    language: str = UNKNOWN,
) -> str:
    """Answer a question on a request of ours and return the message.

    Args:
        question: message that asked; None: the oldest that is open.
        assertion: whether the answer is a fact or an assessment (LED Art. 7(1)). language: of it, as a BCP 47 tag.

    Raises:
        InputError: ``case.unknown``, ``case.text``, ``case.message-unknown``, ``case.language``.
        Refused: ``actor.role``, ``case.not-asked``, ``case.closed``, ``case.recalled``, or the policy's ground.
    """
    row = _open_case(node, actor, thread)
    if row.side != rows.ASKED:
        raise Refused("case.not-asked")
    waiting = open_questions(node, row)
    if question is None and not waiting:
        raise Refused("case.not-asked")
    named = question or waiting[0].message
    if named not in {each.message for each in waiting}:
        raise InputError("case.message-unknown")
    said = typed(answer, "case.text", most=MAX_TEXT)
    tag = typed_language(language)
    body = ClarificationBody(question=named, answer=said, assertions={"answer": assertion}, language=tag)
    return _say(node, actor, row, CLARIFICATION, body.json_body())


def open_questions(node: Node, row: Case) -> list[Passage]:
    """Return the questions of a thread that nobody has answered and that are not gone, oldest first."""
    return unanswered(passages.in_thread(node.alias, row.partner, row.thread))


def unanswered(said: Sequence[Passage]) -> list[Passage]:
    """Return those passages of a thread, in order, that ask something, are not gone and have no clarification."""
    held = [each for each in said if each.body is not None]
    clarified = {each.body["question"] for each in held if each.kind == CLARIFICATION}
    return [each for each in held if each.kind == CLARIFICATION_REQUEST and each.message not in clarified]


@handler(CLARIFICATION_REQUEST, {Act.CLARIFY})
def receive_question(node: Node, message: Message) -> None:
    """Keep a question on a request of ours.

    Raises:
        PeerError: ``case.*``.
    """
    body = open_body(ClarificationRequestBody, message.body)
    row = _thread(node, message, rows.ASKED)
    _keep(node, message, row, body.json_body(), "case.clarification-asked")


@handler(CLARIFICATION, {Act.CLARIFY})
def receive_clarification(node: Node, message: Message) -> None:
    """Keep the answer to a question of ours.

    Raises:
        PeerError: ``case.*``, ``case.unasked``.
    """
    body = open_body(ClarificationBody, message.body)
    row = _thread(node, message, rows.RECEIVED)
    if body.question not in {each.message for each in open_questions(node, row)}:
        raise PeerError("case.unasked")
    _keep(node, message, row, body.json_body(), "case.clarified")


def _open_case(node: Node, actor: Actor, thread: str) -> Case:
    row = known_case(node, actor, thread)
    actor.require(Regime(row.regime), *ASKERS)
    if row.closing is not None:
        raise Refused("case.closed")
    if row.rejected is not None or row.request is None:
        raise Refused(row.rejected or RECALLED)
    return row


def _say(node: Node, actor: Actor, row: Case, kind: str, body: dict[str, object]) -> str:
    partner, regime = ServiceId(row.partner), Regime(row.regime)
    outgoing = in_thread(row, kind, Act.CLARIFY, body)

    def within(message: str) -> None:
        keep_sent(node, partner, regime, kind, message, thread=row.thread, body=body)
        rows.update_case(node.alias, row, node.clock())

    return submit(node, outgoing, actor, within=within)


def _thread(node: Node, message: Message, side: str) -> Case:
    """Return the open case to which a question or clarification belongs."""
    refuse_withdrawn(node, message)
    row = rows.find_case(node.alias, message.thread, message.partner)
    if row is None or row.side != side or row.regime != message.regime.value:
        raise PeerError("case.unknown-thread")
    if message.agreement != row.agreement or message.clause != row.clause or message.data:
        raise PeerError("case.header")
    if row.closing is not None:
        raise PeerError("case.already-closed")
    if row.request is None or row.rejected == RECALLED:
        raise PeerError(RECALLED)
    return row


def _keep(node: Node, message: Message, row: Case, body: dict[str, object], kind: str) -> None:
    keep_received(node, message, body)
    rows.update_case(node.alias, row, message.received_at)
    facts: dict[str, str | int] = {"thread": message.thread, "message": message.id}
    record(node, Bilateral(message.partner, message.regime), Event(kind, message.received_at, facts))
