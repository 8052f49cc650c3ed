"""Correct what this service has sent, at every recipient (LED Art. 7(3), 16(1), (5)).

Implements docs/protocol/protection.md §5. What came from the register is corrected from the register: the officer does
not type data about persons, but shows that the entry has changed and sends the same categories of its present version.
One's own words (a request, a clarification) are written anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from comity.core import canonical
from comity.core.cases.information import INFORMATION, InformationBody
from comity.core.cases.messages import REPLY, Asserting, ReplyBody, require_written
from comity.core.cases.protection import CORRECTABLE, GROUNDS, ProtectionGround, open_correction
from comity.core.cases.thread import PARTIAL_REPLY
from comity.core.codes.assertions import ASSERTIONS, only, require_told_apart
from comity.core.codes.exchange import Act, Regime
from comity.core.codes.marks import DataCategory, Handling, Role
from comity.core.egress.values import taints_of
from comity.core.faults import named
from comity.core.register.release import releasable
from comity.core.register.subject import Subject
from comity.errors import InputError, PeerError, Refused
from comity.services.cases.access import ASKERS, known_case
from comity.services.cases.decision import CORRECTION, Decided, decided, keep_decision
from comity.services.context import Actor, ActorKind, Node
from comity.services.protection.owe import Correction, Owed, owe, owed_on, send
from comity.services.protection.passages import known_passage, words
from comity.services.protection.received import replace
from comity.services.register.read import consult, held, release
from comity.storage.models.cases import Case
from comity.storage.models.exchange import Direction
from comity.storage.models.protection import Passage, PassageState
from comity.storage.transaction import atomic

FROM_REGISTER = frozenset({REPLY, PARTIAL_REPLY, INFORMATION})
"""Kinds whose fields come from the register."""


@dataclass(frozen=True, slots=True)
class CorrectionProposal:
    """What a correction would send: for the officer's eyes.

    Args:
        message: the message that is corrected. before, after: the fields as they were sent and as they would be.
        digest: of all that; `correct` refuses when it is no longer the same.
    """

    message: str
    before: dict[str, Any]
    after: dict[str, Any]
    digest: str


@dataclass(frozen=True, slots=True)
class _Prepared:
    row: Case
    passage: Passage
    former: dict[str, Any]
    subject: Subject
    version: int
    document: dict[str, Any]
    body: ReplyBody | InformationBody
    digest: str


def propose_correction(
    node: Node, actor: Actor, thread: str, message: str | None = None
) -> CorrectionProposal:
    """Return what would be corrected; nothing is sent, and that the officer looked is recorded, with the case as the reason.

    Args:
        message: of ours in the thread; None: the final reply.

    Raises:
        InputError: ``case.unknown``, ``case.message-unknown``, ``register.erased``.
        Refused: ``case.approver``, ``case.nothing-sent``, ``protection.unchanged``, ``register.not-releasable``.
    """
    made = _prepare(node, actor, thread, message)
    consult(node, actor, made.passage.subject, f"case {made.row.thread}")
    return CorrectionProposal(
        made.passage.message, made.former.get("subject") or {}, made.document, made.digest
    )


def correct(
    node: Node,
    actor: Actor,
    thread: str,
    ground: ProtectionGround,
    message: str | None = None,
    *,
    shown: str | None = None,
) -> str:
    """Send the present version of what was released and return the message that carries it.

    Args:
        ground: of a correction. message: see `propose_correction`. shown: digest of the proposal that was seen.

    Raises:
        InputError: as `propose_correction`, ``protection.ground``.
        Refused: as `propose_correction`, ``case.changed``, or the policy's ground.
    """
    _require_ground(ground)
    with atomic(node.alias):
        made = _prepare(node, actor, thread, message)
        if shown is not None and shown != made.digest:
            raise Refused("case.changed")
        body = made.body.json_body()
        content = {
            "message": made.passage.message,
            "subject": made.passage.subject,
            "version": made.version,
            "ground": ground.value,
            "released": canonical.digest(canonical.encode(body)),
        }
        decision = decided(node, actor, CORRECTION, made.row, content)
        keep_decision(node, made.row, decision)
        notice = owe(node, actor, _owed(made, ground, body, decision))
        replace(node, made.passage, made.former, body, str(notice.pk), node.clock(), version=made.version)
    return send(node, notice, actor)


def correct_words(
    node: Node,
    actor: Actor,
    thread: str,
    message: str,
    ground: ProtectionGround,
    changes: Mapping[str, Any],
) -> str:
    """Send one's own words anew: of a request or a clarification; return the message that carries them.

    Args:
        changes: fields of the body, written anew; the others stay. Of each text among them `assertions` says anew
            whether it is a fact or an assessment; those of the texts that stay, stay.

    Raises:
        InputError: ``case.unknown``, ``case.message-unknown``, ``protection.ground``, ``case.request-field``,
            ``case.assertion-missing``.
        Refused: ``actor.role``, ``case.nothing-sent``, ``protection.unchanged``, ``protection.register``.
    """
    _require_ground(ground)
    row = known_case(node, actor, thread)
    actor.require(Regime(row.regime), *ASKERS, Role.DATA_PROTECTION_OFFICER)
    with atomic(node.alias):
        passage = known_passage(node, row, message)
        former = words(node, passage)
        if passage.direction != Direction.OUT or former is None:
            raise Refused("case.nothing-sent")
        if passage.kind in (REPLY, PARTIAL_REPLY) or passage.subject or passage.origin_id is not None:
            raise Refused("protection.register")
        try:
            anew = {**former, **changes, **_marked_anew(passage.kind, former, changes)}
            body = open_correction(passage.kind, former, anew).json_body()
        except PeerError as error:
            # One's own mistake, not a partner's.
            raise InputError("case.request-field", field=str(error.facts.get("field", "body"))) from None
        if body == former:
            raise Refused("protection.unchanged")
        owed = owed_on(passage, Act.RECTIFY, ground)
        handling = body.get("handling")
        correction = Correction(body=body, handling=None if handling is None else Handling(handling))
        notice = owe(node, actor, _with(owed, correction))
        replace(node, passage, former, body, str(notice.pk), node.clock())
    return send(node, notice, actor)


def _marked_anew(kind: str, former: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the marks of a body of which texts are written anew: nobody's new words inherit the mark of the old."""
    model = CORRECTABLE.get(kind)
    if model is None or not issubclass(model, Asserting):
        return {}
    given = changes.get(ASSERTIONS, {})
    written = [name for name in model.STATEMENTS if changes.get(name, former.get(name)) != former.get(name)]
    told = [name for name in written if changes[name] is not None]
    given = given if isinstance(given, Mapping) else {}
    require_told_apart(told, only(given, told))
    stay = {name: mark for name, mark in former[ASSERTIONS].items() if name not in written}
    return {ASSERTIONS: {**stay, **given}}


def is_outdated(node: Node, row: Passage) -> bool:
    """Whether the register holds something else by now than what a passage told (LED Art. 7(3))."""
    former = words(node, row)
    if row.kind not in FROM_REGISTER or not row.subject or former is None or row.state != PassageState.HELD:
        return False
    try:
        found = held(node, row.subject)
        if found.subject is None or found.version == row.version:
            return False
        return _document(found.subject, row) != (former.get("subject") or {})
    except (InputError, Refused):
        return False


def _prepare(node: Node, actor: Actor, thread: str, message: str | None) -> _Prepared:
    row = known_case(node, actor, thread)
    if actor.kind is not ActorKind.OFFICER or (Regime(row.regime), Role.APPROVER) not in actor.roles:
        raise Refused("case.approver", regime=row.regime)
    passage = known_passage(node, row, message or row.closing or "")
    former = words(node, passage)
    if passage.direction != Direction.OUT or passage.kind not in FROM_REGISTER or former is None:
        raise Refused("case.nothing-sent")
    if not passage.subject:
        raise Refused("protection.no-entry")
    found = held(node, passage.subject)
    if found.subject is None:
        raise InputError("register.erased")
    document = _document(found.subject, passage)
    body = _body(former, found.subject, document)
    if body.json_body() == former:
        raise Refused("protection.unchanged")
    seen = {"message": passage.message, "version": found.version, "body": body.json_body()}
    digest = canonical.digest(canonical.encode(seen))
    return _Prepared(row, passage, former, found.subject, found.version, document, body, digest)


def _document(subject: Subject, passage: Passage) -> dict[str, Any]:
    told = frozenset(DataCategory(each) for each in passage.categories)
    return release(subject, told & releasable(subject))


def _body(former: dict[str, Any], subject: Subject, document: dict[str, Any]) -> ReplyBody | InformationBody:
    marks = subject.marks
    handling = Handling(former["handling"]).narrowed(marks.handling)
    require_written(handling, former.get("conditions"))
    changes = {
        "subject": document,
        "handling": handling,
        "evaluation": marks.source_evaluation.value + marks.information_evaluation.value,
        "subject_category": marks.category.value,
    }
    model = InformationBody if "matter" in former else ReplyBody
    return model.model_validate({**former, **changes})


def _owed(made: _Prepared, ground: ProtectionGround, body: dict[str, Any], decision: Decided) -> Owed:
    marks = made.subject.marks
    correction = Correction(
        body=body,
        data=frozenset(DataCategory(each) for each in made.document["fields"]),
        subjects=frozenset({marks.category}),
        handling=Handling(body["handling"]),
        decision=decision.digest,
        taints=taints_of(made.subject),
    )
    return _with(owed_on(made.passage, Act.RECTIFY, ground), correction)


def _with(owed: Owed, correction: Correction) -> Owed:
    return Owed(owed.partner, owed.regime, owed.thread, owed.target, owed.act, owed.ground, correction)


def _require_ground(ground: ProtectionGround) -> None:
    if ground not in GROUNDS[Act.RECTIFY]:
        raise InputError("protection.ground", allowed=named(sorted(GROUNDS[Act.RECTIFY])))
