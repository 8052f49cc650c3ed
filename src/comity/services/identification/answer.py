"""Answer a request for identification: identified, not identified, or more is needed; a named approver decides.

Implements docs/protocol/identification.md §5; rules L10, L24. Rules:
    - no machine identifies anybody: an officer with the role of approver answers, in the own name;
    - a result rests on grounds from its list, without free text;
    - a positive answer tells at most what the clause, the request and the law allow, from the answerer's own register; and
      it names the entry that it is about, for the law and for the ledger of disclosures, or states that none is held;
    - nothing final is answered while a declared file has not come whole: it could be the one that decides;
    - who may not be told of is refused with the ordinary ground (cases.md §6), never denied.
"""

from __future__ import annotations

from collections.abc import Collection

from pydantic import ValidationError

from comity.core import canonical
from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.core.codes.marks import DataCategory
from comity.core.evidence.event import Bilateral, Event
from comity.core.identification.messages import (
    GROUNDS,
    IDENTIFICATION_ANSWER,
    PRINTS,
    AnswerBody,
    IdentificationBody,
    Result,
    ResultGround,
    result_event,
)
from comity.core.policy.law import PROTECTED, SPECIAL_CATEGORIES
from comity.errors import InputError, Refused
from comity.services.cases.access import case_to_answer, require_approver
from comity.services.cases.clock import signed_at
from comity.services.cases.decision import IDENTIFICATION, Decided, decided, keep_decision
from comity.services.context import Actor, Node
from comity.services.egress.grounds import protecting
from comity.services.evidence.record import record
from comity.services.exchange.submit import Outgoing, submit
from comity.services.identification.person import (
    Identity,
    identity,
    require_nobody_held,
    unprotected_identity,
)
from comity.services.identification.request import PERSONS
from comity.services.protection.passages import keep_sent, request_passage, require_usable
from comity.services.register.read import consult
from comity.storage import cases as rows
from comity.storage.identification import attachments
from comity.storage.models.cases import AttachmentState, Case


def propose_identity(
    node: Node,
    actor: Actor,
    thread: str,
    subject: str,
    categories: Collection[DataCategory] | None = None,
) -> Identity:
    """Return what would be told of a subject of our register as the person who was asked for; nothing is sent.

    That the officer looked is recorded, with the case as the reason; so is that the law forbids it.

    Raises:
        InputError: ``case.unknown``, ``register.*``.
        Refused: as `answer_identification`.
    """
    row = _open(node, actor, thread)
    found = unprotected_identity(node, actor, row, subject, categories)
    consult(node, actor, subject, f"case {row.thread}")
    return found


def answer_identification(
    node: Node,
    actor: Actor,
    thread: str,
    result: Result,
    grounds: Collection[ResultGround],
    *,
    subject: str | None = None,
    categories: Collection[DataCategory] | None = None,
    none_held: bool = False,
    second: Actor | None = None,
    shown: str | None = None,
) -> str:
    """Answer a request for identification and return the message; `Result.MORE_NEEDED` leaves it open.

    Args:
        grounds: on which it rests, of the list of the result.
        subject: of our register, when identified.
        categories: what is told of the subject; None: all that is permitted and held; empty: nothing, the particulars of
            the request are confirmed.
        none_held: the officer's statement that our register holds no entry on who was identified.
        second: another approver; needed where fingerprints were compared (LED Art. 10).
        shown: digest of the proposal that the officer saw.

    Raises:
        InputError: ``case.unknown``, ``identification.grounds``, ``identification.entry`` (identified, and neither
            an entry nor the statement that none is held; or both), ``register.*``.
        Refused: ``case.approver``, ``case.not-ours-to-answer``, ``case.closed``, ``case.recalled``, ``case.restricted``,
            ``identification.other`` (no request for identification), ``attachment.incomplete``, ``case.second``,
            ``case.category``, ``case.changed``, ``law.protected``, or another ground of the policy.
    """
    # 1. A named approver, an open request, all its files.
    row = _open(node, actor, thread)
    asked = IdentificationBody.model_validate(row.request)
    if result is not Result.MORE_NEEDED:
        _require_whole(node, row)
    # 2. Special categories were used or are told: a second person.
    if second is not None:
        require_approver(second, Regime(row.regime))
    if needs_second(node, thread, result, grounds) and (second is None or second.name == actor.name):
        raise Refused("case.second")
    # 3. What the law lets go, exactly as it was shown.
    person = None if subject is None else unprotected_identity(node, actor, row, subject, categories)
    if person is not None and shown is not None and shown != person.digest:
        raise Refused("case.changed")
    body = _body(asked, result, grounds, person)
    _require_entry(result, subject, none_held)
    if none_held:
        require_nobody_held(node, actor, row)
    if result is Result.NOT_IDENTIFIED and protecting(node, row):
        raise Refused(PROTECTED)
    content = {
        "result": result.value,
        "grounds": sorted(grounds),
        "subject": subject,
        "none_held": none_held,
        "second": None if second is None else second.name,
        "released": canonical.digest(canonical.encode(body.json_body())),
    }
    made = decided(node, actor, IDENTIFICATION, row, content)
    return _send(node, actor, row, body, person, made)


def _send(
    node: Node, actor: Actor, row: Case, body: AnswerBody, person: Identity | None, made: Decided
) -> str:
    final = body.result is not Result.MORE_NEEDED
    told = body.subject is not None
    outgoing = Outgoing(
        partner=ServiceId(row.partner),
        regime=Regime(row.regime),
        kind=IDENTIFICATION_ANSWER,
        act=Act.REPLY,
        body=body.json_body(),
        agreement=row.agreement,
        clause=row.clause,
        purpose=Purpose(row.purpose),
        thread=row.thread,
        data=frozenset() if person is None else person.categories,
        subjects=PERSONS if told else frozenset(),
        handling=body.handling,
        taints=frozenset() if person is None else person.taints,
        decision=made.digest,
        subject="" if person is None else person.subject,
    )

    def within(message: str) -> None:
        if person is not None:
            _require_same(node, row, person)
        if final:
            _close(node, row, message, body)
        else:
            rows.update_case(node.alias, row, node.clock())
        keep_decision(node, row, made)
        # What the answer says stands in both logs, as the partner's node records it too: a replay reads the clock by it.
        facts: dict[str, str | int] = {"thread": row.thread, "message": message}
        scope = Bilateral(outgoing.partner, outgoing.regime)
        record(node, scope, Event(result_event(body.result), node.clock(), facts))
        keep_sent(
            node,
            outgoing.partner,
            outgoing.regime,
            IDENTIFICATION_ANSWER,
            message,
            thread=row.thread,
            body=outgoing.body,
            subject="" if person is None else person.subject,
            version=0 if person is None else person.version,
            categories=outgoing.data,
        )

    return submit(node, outgoing, actor, within=within)


def _close(node: Node, row: Case, message: str, body: AnswerBody) -> None:
    values = {
        "closing": message,
        "closing_sent_at": signed_at(node, message),
        "closing_rejected": None,
        "negative": body.result.value if body.result is Result.NOT_IDENTIFIED else None,
    }
    if not rows.close_case(node.alias, row, node.clock(), values):
        raise Refused("case.closed")


def _open(node: Node, actor: Actor, thread: str) -> Case:
    row = case_to_answer(node, actor, thread)
    if row.regime != Regime.RETURN_IDENTIFICATION:
        raise Refused("identification.other")
    require_usable(request_passage(node, row))
    return row


def needs_second(node: Node, thread: str, result: Result, grounds: Collection[ResultGround]) -> bool:
    """Whether a second approver stands for the answer (rule L9).

    So it is for a final answer when fingerprints came with the request or with a supplement, and when the answer rests on
    fingerprints, however they came.
    """
    if result is Result.MORE_NEEDED:
        return False
    row = rows.find_case(node.alias, thread)
    if row is None or row.request is None:
        return False
    files = attachments.of_thread(node.alias, row.partner, row.thread, attachments.IN)
    carried = {*row.request["categories"], *(each.category for each in files)}
    return bool(SPECIAL_CATEGORIES & {DataCategory(each) for each in carried}) or bool(PRINTS & set(grounds))


def _require_whole(node: Node, row: Case) -> None:
    found = attachments.of_thread(node.alias, row.partner, row.thread, attachments.IN)
    waiting = sum(each.state != AttachmentState.HELD for each in found)
    if waiting:
        raise Refused("attachment.incomplete", waiting=waiting)


def _require_entry(result: Result, subject: str | None, none_held: bool) -> None:
    """Refuse to identify somebody without the entry that it is about, or a statement that none is held; or with both."""
    if result is not Result.IDENTIFIED:
        if subject is not None or none_held:
            raise InputError("identification.grounds")
    elif (subject is not None) == none_held:
        raise InputError("identification.entry")


def _require_same(node: Node, row: Case, person: Identity) -> None:
    """Refuse when the entry is no longer as it was; also when it may not be told any more."""
    try:
        same = identity(node, row, person.subject, person.categories) == person
    except Refused:
        same = False
    if not same:
        raise Refused("case.changed")


def _body(
    asked: IdentificationBody, result: Result, grounds: Collection[ResultGround], person: Identity | None
) -> AnswerBody:
    document = None if person is None else person.document
    marks = None if person is None or document is None else person.marks
    try:
        return AnswerBody(
            result=result,
            grounds=tuple(sorted(set(grounds))),
            nationality=asked.nationality.presumed if result is Result.IDENTIFIED else None,
            subject=document,
            handling=None if marks is None else marks.handling,
            evaluation=None
            if marks is None
            else marks.source_evaluation.value + marks.information_evaluation.value,
        )
    except ValidationError:
        raise InputError("identification.grounds", allowed=", ".join(sorted(GROUNDS[result]))) from None
