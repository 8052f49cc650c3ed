"""Answer a request: a named person releases permitted fields of one subject.

Implements docs/protocol/cases.md §5. Rules:
    - only an officer with the role of approver, never the operator, a national system or the node itself;
    - only what the clause permits, the request asks for, the law allows for the category and the officer names;
    - only what this service owns, of the same regime (LED; no crossing of regimes);
    - taints block at egress, in the policy; why stands only in the sealed record;
    - special categories need a second approver (LED Art. 10).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from comity.core.agreement.model import Clause
from comity.core.cases.messages import REPLY, ReplyBody, RequestBody
from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.core.codes.marks import DataCategory, Handling
from comity.core.policy.decide import ProposedAct
from comity.core.policy.law import SPECIAL_CATEGORIES, prohibited
from comity.core.register.subject import Subject
from comity.errors import InputError, Refused
from comity.services.agreements.standing import stored_standing
from comity.services.cases.access import known_case, require_approver
from comity.services.cases.clock import signed_at
from comity.services.cases.decision import BLOCK, RELEASE, Decided, decided, keep_decision
from comity.services.context import Actor, Node
from comity.services.exchange.submit import Outgoing, submit
from comity.services.probe.resolve import resolve
from comity.services.register.read import release, subject
from comity.storage import cases as rows
from comity.storage.models.cases import Case
from comity.storage.transaction import atomic


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would be released: the machine proposes, a person decides.

    Args:
        uid: the subject in our register.
        subject: as the register holds it; for the officer's eyes.
        categories: the most that may be released.
        document: the fields as they would leave, for those categories.
    """

    uid: str
    subject: Subject
    categories: frozenset[DataCategory]
    document: dict[str, Any]


def propose_answer(node: Node, actor: Actor, thread: str, subject_reference: str | None = None) -> Proposal:
    """Return what could be released on a request; nothing is sent or recorded.

    Args:
        subject_reference: uid in our register, for a request that describes a person; else the reference's own.

    Raises:
        InputError: ``case.unknown``, ``case.subject-missing``, ``register.*``, ``probe.*``.
        Refused: ``case.approver``, ``case.closed``, ``case.other-subject``, ``register.not-releasable``.
    """
    row = _open_case(node, actor, thread)
    uid, found = _subject(node, row, subject_reference)
    permitted = _permitted(node, row)
    return Proposal(uid, found, permitted, release(found, permitted))


def answer(
    node: Node,
    actor: Actor,
    thread: str,
    subject_reference: str | None = None,
    categories: Collection[DataCategory] | None = None,
    *,
    note: str | None = None,
    conditions: str | None = None,
    second: Actor | None = None,
) -> str:
    """Release permitted fields of one subject and return the message id.

    Args:
        subject_reference: see `propose_answer`.
        categories: what the officer releases; None: all that is permitted. Anything beyond is refused.
        second: second approver, another person; needed for special categories (LED Art. 10).

    Raises:
        InputError: as `propose_answer`, ``case.text``.
        Refused: as `propose_answer`, ``case.category`` for a category that may not be released, ``case.second``,
            or the policy's ground.
    """
    # 1. A named person, an open case, one subject.
    row = _open_case(node, actor, thread)
    uid, found = _subject(node, row, subject_reference)
    # 2. Clause and request cut down what the officer may name.
    permitted = _permitted(node, row)
    chosen = permitted if categories is None else frozenset(categories)
    if not chosen or not chosen <= permitted:
        raise Refused("case.category", clause=row.clause)
    _require_second(actor, second, row, chosen)
    # 3. The decision, written down.
    marks = found.marks
    made = decided(
        node,
        actor,
        RELEASE,
        row,
        {
            "subject": uid,
            "categories": sorted(chosen),
            "second": None if second is None else second.name,
        },
    )
    # 4. The law at egress, on the marks of what is held; then the register's own release.
    outgoing = _outgoing(node, row, found, chosen, made)
    _block(node, actor, row, uid, outgoing)
    document = release(found, chosen)
    body = ReplyBody(
        subject=document,
        handling=_stricter(marks.handling, _clause(node, row).handling),
        evaluation=marks.source_evaluation.value + marks.information_evaluation.value,
        subject_category=marks.category,
        conditions=_text(conditions),
        note=_text(note),
    )
    return _send(node, actor, row, outgoing, body, made)


def _send(node: Node, actor: Actor, row: Case, outgoing: Outgoing, body: ReplyBody, made: Decided) -> str:
    sent = Outgoing(
        partner=outgoing.partner,
        regime=outgoing.regime,
        kind=REPLY,
        act=Act.REPLY,
        body=body.json_body(),
        agreement=outgoing.agreement,
        clause=outgoing.clause,
        purpose=outgoing.purpose,
        thread=outgoing.thread,
        data=outgoing.data,
        subjects=outgoing.subjects,
        handling=body.handling,
        taints=outgoing.taints,
        decision=outgoing.decision,
    )

    def within(message: str) -> None:
        now = node.clock()
        values = {
            "closing": message,
            "closing_sent_at": signed_at(node, message),
            "closing_rejected": None,
            "reply": body.json_body(),
        }
        if not rows.close_case(node.alias, row, now, values):
            raise Refused("case.closed")
        keep_decision(node, row, made)

    return submit(node, sent, actor, within=within)


def _open_case(node: Node, actor: Actor, thread: str) -> Case:
    row = known_case(node, actor, thread)
    require_approver(actor, Regime(row.regime))
    if row.side != rows.RECEIVED:
        raise Refused("case.not-ours-to-answer")
    if row.closing is not None:
        raise Refused("case.closed")
    return row


def _subject(node: Node, row: Case, given: str | None) -> tuple[str, Subject]:
    """Return the subject that the request concerns."""
    asked = RequestBody.model_validate(row.request)
    if asked.reference is None:
        if given is None:
            raise InputError("case.subject-missing")
        uid = given
    else:
        uid = resolve(node, asked.reference, partner=ServiceId(row.partner))
        if given is not None and given != uid:
            raise Refused("case.other-subject")
    found = subject(node, uid)
    # Another's information needs its owner's consent; another regime's, a new transfer.
    if found.marks.owner != node.service:
        raise Refused("case.not-owner")
    if found.marks.regime.value != row.regime:
        raise Refused("case.regime")
    return uid, found


def _clause(node: Node, row: Case) -> Clause:
    clause = stored_standing(node, row.agreement).agreement.clause(row.clause)
    if clause is None:
        raise Refused("clause.unknown", clause=row.clause)
    return clause


def _permitted(node: Node, row: Case) -> frozenset[DataCategory]:
    asked = RequestBody.model_validate(row.request)
    return frozenset(_clause(node, row).data) & frozenset(asked.categories)


def _require_second(actor: Actor, second: Actor | None, row: Case, chosen: frozenset[DataCategory]) -> None:
    if second is not None:
        require_approver(second, Regime(row.regime))
    if chosen & SPECIAL_CATEGORIES and (second is None or second.name == actor.name):
        raise Refused("case.second")


def _outgoing(
    node: Node, row: Case, found: Subject, chosen: frozenset[DataCategory], made: Decided
) -> Outgoing:
    return Outgoing(
        partner=ServiceId(row.partner),
        regime=Regime(row.regime),
        kind=REPLY,
        act=Act.REPLY,
        body={},
        agreement=row.agreement,
        clause=row.clause,
        purpose=Purpose(row.purpose),
        thread=row.thread,
        data=chosen,
        subjects=frozenset({found.marks.category}),
        taints=frozenset(found.marks.taints),
        decision=made.digest,
    )


def _block(node: Node, actor: Actor, row: Case, uid: str, outgoing: Outgoing) -> None:
    """Stop what the law protects, and keep the true ground for the data-protection officer only."""
    act = ProposedAct(
        act=outgoing.act,
        regime=outgoing.regime,
        sender=node.service,
        recipient=outgoing.partner,
        purpose=outgoing.purpose,
        data=outgoing.data,
        subjects=outgoing.subjects,
        taints=outgoing.taints,
        decision=outgoing.decision,
    )
    standing = stored_standing(node, row.agreement)
    grounds = prohibited(act, standing.agreement, _clause(node, row))
    if not grounds:
        return
    true_ground = " ".join(ground.rule or ground.code for ground in grounds)
    made = decided(node, actor, BLOCK, row, {"subject": uid, "rules": true_ground})
    with atomic(node.alias):
        keep_decision(node, row, made, true_ground)
    raise Refused(grounds[0].code)


def _stricter(one: Handling, other: Handling) -> Handling:
    return max(one, other, key=lambda handling: handling.value)


def _text(value: str | None) -> str | None:
    return value.strip() or None if value is not None else None
