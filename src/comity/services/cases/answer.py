"""Answer a request: a named person releases permitted fields of one subject.

Implements docs/protocol/cases.md §5. Rules:
    - only an officer with the role of approver, never the operator, a national system or the node itself;
    - only what the clause permits, the request asks for, the law allows for the category and the officer names;
    - only what this service owns, of the same regime (LED; no crossing of regimes);
    - taints block at egress, in the policy; why stands only in the sealed record;
    - special categories need a second approver (LED Art. 10);
    - what leaves is what was shown: whatever changed in between stops the release.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from comity.core import canonical
from comity.core.agreement.model import Clause
from comity.core.cases.messages import MAX_TEXT, REPLY, ReplyBody, RequestBody, require_written
from comity.core.cases.thread import PARTIAL_REPLY, needs_acknowledgement
from comity.core.codes.assertions import require_told_apart
from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.core.codes.languages import UNKNOWN, typed_language
from comity.core.codes.marks import Assertion, DataCategory
from comity.core.egress.inherit import of_entry
from comity.core.egress.values import taints_of
from comity.core.faults import named
from comity.core.policy.law import SPECIAL_CATEGORIES
from comity.core.policy.returning import form_grounds
from comity.core.register.release import releasable
from comity.core.register.subject import Subject
from comity.core.texts import typed
from comity.errors import InputError, Refused
from comity.services.agreements.standing import stored_standing
from comity.services.cases.access import case_to_answer, require_approver
from comity.services.cases.clock import signed_at
from comity.services.cases.decision import RELEASE, Decided, decided, keep_decision
from comity.services.context import Actor, Node
from comity.services.egress.release import require_unprotected
from comity.services.exchange.submit import Outgoing, submit
from comity.services.probe.resolve import resolve
from comity.services.protection.passages import keep_sent, request_passage, require_usable
from comity.services.register.read import consult, held, release
from comity.storage import cases as rows
from comity.storage.models.cases import Case


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would be released: the machine proposes, a person decides.

    Args:
        uid: the subject in our register.
        subject: as the register holds it; for the officer's eyes.
        categories: the most that may be released; none of which the register holds nothing.
        document: the fields as they would leave, for those categories.
        digest: hexadecimal SHA-256 of all that; `answer` refuses when it is no longer the same.
    """

    uid: str
    subject: Subject
    categories: frozenset[DataCategory]
    document: dict[str, Any]
    digest: str


@dataclass(frozen=True, slots=True)
class _Concerned:
    """The subject of a request, in the version that was read."""

    uid: str
    version: int
    subject: Subject


def propose_answer(node: Node, actor: Actor, thread: str, subject_reference: str | None = None) -> Proposal:
    """Return what could be released on a request; nothing is sent.

    That the officer looked is recorded, with the case as the reason: the entry may be anybody's, where the request only
    describes a person. So is that the law forbids it.

    Args:
        subject_reference: uid in our register, for a request that describes a person; else the reference's own.

    Raises:
        InputError: ``case.unknown``, ``case.subject-missing``, ``register.*``, ``probe.*``.
        Refused: ``case.approver``, ``case.closed``, ``case.restricted``, ``case.other-subject``, ``law.protected``.
    """
    row = _open_case(node, actor, thread)
    concerned = _subject(node, row, subject_reference)
    offered = _permitted(node, row) & releasable(concerned.subject)
    _block(node, actor, row, concerned, offered, {})
    document = release(concerned.subject, offered)
    consult(node, actor, concerned.uid, f"case {row.thread}")
    return Proposal(concerned.uid, concerned.subject, offered, document, _seen(node, row, concerned))


def answer(
    node: Node,
    actor: Actor,
    thread: str,
    subject_reference: str | None = None,
    categories: Collection[DataCategory] | None = None,
    *,
    note: str | None = None,
    assertion: Assertion | None = None,
    language: str = UNKNOWN,
    conditions: str | None = None,
    second: Actor | None = None,
    shown: str | None = None,
    final: bool = True,
) -> str:
    """Release permitted fields of one subject and return the message id.

    Args:
        subject_reference: see `propose_answer`.
        categories: what the officer releases; None: all that is permitted and held. Anything beyond is refused.
        assertion: whether the note is a fact or an assessment; needed with a note (LED Art. 7(1)).
        language: of note and conditions, as a BCP 47 tag.
        second: second approver, another person; needed for special categories (LED Art. 10).
        shown: digest of the proposal that the officer saw; None only where nothing was shown.
        final: False for part of an answer, after which the request stays open and its clock runs on.

    Raises:
        InputError: as `propose_answer`, ``case.text``, ``case.assertion-missing``, ``case.conditions-missing``,
            ``case.language``.
        Refused: as `propose_answer`, ``case.category`` for a category that may not be released, ``case.not-held``
            for one of which the register holds nothing, ``case.changed`` if the entry is no longer as it was shown,
            ``case.second``, or the policy's ground.
    """
    # 1. A named person, an open case, one subject.
    row = _open_case(node, actor, thread)
    concerned = _subject(node, row, subject_reference)
    found = concerned.subject
    # 2. Clause and request cut down what the officer may name.
    permitted = _permitted(node, row)
    chosen = permitted & releasable(found) if categories is None else frozenset(categories)
    if categories is not None and (not chosen or not chosen <= permitted):
        raise Refused("case.category", clause=row.clause, allowed=named(sorted(permitted)))
    _require_second(actor, second, row, chosen)
    words = _text(note)
    marked = {"note": assertion} if words is not None and assertion is not None else {}
    require_told_apart(() if words is None else ("note",), marked)
    # 3. The law at egress, on the marks of what is held; then the register's own release.
    _block(node, actor, row, concerned, chosen or permitted, {"note": note, "conditions": conditions})
    document = release(found, chosen)
    if not chosen or not chosen <= releasable(found):
        raise Refused("case.not-held")
    # 4. Exactly what was shown, and nothing that changed since.
    seen = _seen(node, row, concerned)
    if shown is not None and shown != seen:
        raise Refused("case.changed")
    # 5. The decision, written down, with the digest of what leaves.
    handling = found.marks.handling.narrowed(_clause(node, row).handling)
    require_written(handling, conditions)
    body = ReplyBody(
        subject=document,
        handling=handling,
        evaluation=found.marks.source_evaluation.value + found.marks.information_evaluation.value,
        subject_category=found.marks.category,
        conditions=_text(conditions),
        note=words,
        assertions=marked,
        language=typed_language(language),
    )
    made = decided(node, actor, RELEASE, row, _content(concerned, chosen, second, shown, body))
    kind = REPLY if final else PARTIAL_REPLY
    return _send(
        node, actor, row, _outgoing(row, kind, body, chosen, concerned, made), made, (concerned, seen)
    )


def _content(
    concerned: _Concerned,
    chosen: frozenset[DataCategory],
    second: Actor | None,
    shown: str | None,
    body: ReplyBody,
) -> dict[str, Any]:
    """Return what a decision says: whom it concerns, what leaves, who stands for it, what was shown."""
    return {
        "subject": concerned.uid,
        "version": concerned.version,
        "categories": sorted(chosen),
        "second": None if second is None else second.name,
        "shown": shown,
        "released": canonical.digest(canonical.encode(body.json_body())),
    }


def _send(
    node: Node, actor: Actor, row: Case, outgoing: Outgoing, made: Decided, read: tuple[_Concerned, str]
) -> str:
    """Submit the reply, if the register still holds what was read; all in one transaction."""
    concerned = read[0]

    def within(message: str) -> None:
        _require_same(node, row, read)
        now = node.clock()
        final = outgoing.kind == REPLY
        if final:
            values = {
                "closing": message,
                "closing_sent_at": signed_at(node, message),
                "closing_rejected": None,
                "reply": outgoing.body,
            }
            if not rows.close_case(node.alias, row, now, values):
                raise Refused("case.closed")
        else:
            rows.update_case(node.alias, row, now)
        keep_decision(node, row, made)
        keep_sent(
            node,
            outgoing.partner,
            outgoing.regime,
            outgoing.kind,
            message,
            thread=row.thread,
            body=None if final else outgoing.body,
            subject=concerned.uid,
            version=concerned.version,
            categories=outgoing.data,
            conditions_open=needs_acknowledgement(outgoing.body),
            inheritance=of_entry(concerned.uid, concerned.version, outgoing.taints),
        )

    return submit(node, outgoing, actor, within=within)


def _require_same(node: Node, row: Case, read: tuple[_Concerned, str]) -> None:
    """Refuse when the entry is no longer as it was read; also when it may not be released any more."""
    concerned, seen = read
    try:
        same = _seen(node, row, _held(node, concerned.uid)) == seen
    except Refused:
        same = False
    if not same:
        raise Refused("case.changed")


def _open_case(node: Node, actor: Actor, thread: str) -> Case:
    row = case_to_answer(node, actor, thread)
    # A request for identification has answers of its own (L24), and no release in an ordinary reply.
    for against in form_grounds(Regime(row.regime), REPLY):
        raise Refused(against.code)
    require_usable(request_passage(node, row))
    return row


def _subject(node: Node, row: Case, given: str | None) -> _Concerned:
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
    concerned = _held(node, uid)
    marks = concerned.subject.marks
    # Another's information needs its owner's consent; another regime's, a new transfer.
    if marks.owner != node.service:
        raise Refused("case.not-owner")
    if marks.regime.value != row.regime:
        raise Refused("case.regime")
    return concerned


def _held(node: Node, uid: str) -> _Concerned:
    found = held(node, uid)
    if found.subject is None:
        raise InputError("register.erased")
    return _Concerned(uid, found.version, found.subject)


def _seen(node: Node, row: Case, concerned: _Concerned) -> str:
    """Return the digest of what an officer is shown: the fields, all marks, the version, the deciding clause."""
    offered = _permitted(node, row) & releasable(concerned.subject)
    return canonical.digest(
        canonical.encode(
            {
                "uid": concerned.uid,
                "version": concerned.version,
                "document": release(concerned.subject, offered),
                "marks": concerned.subject.marks.model_dump(mode="json"),
                "agreement": row.agreement,
                "clause": row.clause,
            }
        )
    )


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
    row: Case,
    kind: str,
    body: ReplyBody,
    chosen: frozenset[DataCategory],
    concerned: _Concerned,
    made: Decided,
) -> Outgoing:
    found = concerned.subject
    return Outgoing(
        partner=ServiceId(row.partner),
        regime=Regime(row.regime),
        kind=kind,
        act=Act.REPLY,
        body=body.json_body(),
        agreement=row.agreement,
        clause=row.clause,
        purpose=Purpose(row.purpose),
        thread=row.thread,
        data=chosen,
        subjects=frozenset({found.marks.category}),
        handling=body.handling,
        taints=taints_of(found),
        decision=made.digest,
        subject=concerned.uid,
    )


def _block(
    node: Node,
    actor: Actor,
    row: Case,
    concerned: _Concerned,
    chosen: frozenset[DataCategory],
    written: Mapping[str, str | None],
) -> None:
    """Stop what the law protects, with the words that were written so far."""
    words = {name: text for name, text in written.items() if text}
    leaving = Outgoing(
        ServiceId(row.partner),
        Regime(row.regime),
        REPLY,
        Act.REPLY,
        words,
        thread=row.thread,
        subject=concerned.uid,
    )
    under = (stored_standing(node, row.agreement), _clause(node, row), Purpose(row.purpose))
    require_unprotected(node, actor, leaving, (concerned.subject, concerned.version), under, chosen)


def _text(value: str | None) -> str | None:
    return None if value is None else typed(value, "case.text", least=0, most=MAX_TEXT) or None
