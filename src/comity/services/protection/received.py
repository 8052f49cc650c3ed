"""Apply a partner's correction, restriction or its end at once, and tell those to whom we passed the words on.

Implements docs/protocol/protection.md §4. Attacks they stop: correcting or restricting what somebody else said;
turning a correction into a way to send new information (another kind, more categories, a weaker handling code); giving
free what another service has restricted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace as replaced
from typing import Any

from comity.core import canonical
from comity.core.cases.information import InformationBody
from comity.core.cases.messages import Body, Handled, ReplyBody, open_body
from comity.core.cases.protection import (
    RECTIFICATION,
    RESTRICTION,
    RESTRICTION_LIFTED,
    LiftingBody,
    ProtectionGround,
    RectificationBody,
    RestrictionBody,
    open_correction,
)
from comity.core.cases.thread import conditions_digest, needs_acknowledgement
from comity.core.codes.assertions import ASSERTIONS, only
from comity.core.codes.exchange import Act, Regime, ServiceId
from comity.core.codes.marks import DataCategory, Handling, SubjectCategory
from comity.core.evidence.event import Bilateral, Event
from comity.core.instant import Instant
from comity.core.register.release import is_as_released
from comity.errors import PeerError
from comity.services import erasures
from comity.services.context import SYSTEM, Node
from comity.services.evidence.record import record
from comity.services.exchange.handlers import Message, handler
from comity.services.exchange.kept import forget_kept_parts
from comity.services.protection.owe import Correction, Owed, ask_back, owe, owed_on
from comity.services.protection.passages import put_words, words
from comity.storage import cases
from comity.storage.models.exchange import Direction
from comity.storage.models.protection import Notice, Passage, PassageState
from comity.storage.protection import notices, passages


@handler(RECTIFICATION, {Act.RECTIFY})
def receive_rectification(node: Node, message: Message) -> bool:
    """Replace the words of a message by the corrected ones: nothing of the old text stays, both are committed to.

    Of what was recalled, erased or concluded nothing is corrected, and what the correction says is not kept either.

    Raises:
        PeerError: ``case.message-malformed``, ``case.header``, ``case.correction-widens``, ``case.beyond-request``.
    """
    # 1. A correction of what this partner said in this thread; of what is not held there is nothing to correct.
    body = open_body(RectificationBody, message.body)
    row = _theirs(node, message, body.message)
    former = None if row is None else words(node, row)
    if row is None or former is None:
        _note(node, message, body.message, body.ground)
        return True
    # 2. It corrects and does not widen; header and body say the same.
    corrected = open_correction(row.kind, former, body.corrected)
    _check_header(node, message, row, corrected)
    # 3. Both versions are committed to, the old text goes.
    replace(node, row, former, corrected.json_body(), message.id, message.received_at)
    anew = needs_acknowledgement(body.corrected) and conditions_digest(former) != conditions_digest(
        body.corrected
    )
    passages.change_passage(
        node.alias, row, categories=sorted(message.data), conditions_open=row.conditions_open or anew
    )
    # 4. The owner of the case is told, and so is everybody to whom we passed it on.
    notice = _note(node, message, body.message, body.ground)
    for each in passages.passed_on(node.alias, row):
        owed = owed_on(each, Act.RECTIFY, body.ground)
        _pass_correction(node, each, owed, corrected, message, notice)
    return False


@handler(RESTRICTION, {Act.RESTRICT})
def receive_restriction(node: Node, message: Message) -> None:
    """Keep the words of a message and use them no more.

    Raises:
        PeerError: ``case.message-malformed``, ``case.header``.
    """
    body = open_body(RestrictionBody, message.body)
    row = _theirs(node, message, body.message)
    notice = _note(node, message, body.message, body.ground)
    if row is None or row.state == PassageState.GONE:
        return
    restrict_passage(node, row, body.ground, message.partner, message.received_at)
    for each in passages.passed_on(node.alias, row):
        owe(node, SYSTEM, owed_on(each, Act.RESTRICT, body.ground), cause=notice)


@handler(RESTRICTION_LIFTED, {Act.LIFT})
def receive_lifting(node: Node, message: Message) -> None:
    """Use the words of a message again, if it was their sender who had restricted them.

    Raises:
        PeerError: ``case.message-malformed``, ``case.header``.
    """
    body = open_body(LiftingBody, message.body)
    row = _theirs(node, message, body.message)
    if row is not None:
        case = cases.find_case(node.alias, message.thread, message.partner)
        if case is None or message.agreement != case.agreement or message.clause != case.clause:
            raise PeerError("case.header")
    notice = _note(node, message, body.message, None)
    if row is None or row.state != PassageState.RESTRICTED or row.restricted_by != message.partner:
        return
    lift_passage(node, row, message.received_at)
    for each in passages.passed_on(node.alias, row):
        owe(node, SYSTEM, owed_on(each, Act.LIFT, None), cause=notice)


def replace(
    node: Node,
    row: Passage,
    former: Mapping[str, Any],
    corrected: Mapping[str, Any],
    notice: str,
    at: Instant,
    **marks: Any,
) -> None:
    """Replace the words of a passage, ours or theirs, in the running transaction.

    Args:
        notice: message that carries the correction, or our own notice. marks: further columns of the passage.
    """
    scope = _scope(row)
    facts: dict[str, str | int] = {"thread": row.thread, "message": row.message, "notice": notice}
    before = Event("case.corrected-from", at, facts, canonical.encode(dict(former)), erase_key=row.message)
    after = Event("case.corrected-to", at, facts, canonical.encode(dict(corrected)), erase_key=row.message)
    record(node, scope, before)
    record(node, scope, after)
    put_words(node, row, corrected, at)
    passages.count_correction(node.alias, row, at, **marks)
    carried = passages.sent_kinds(node.alias, row.partner, row.thread, row.direction, RECTIFICATION)
    gone = [row.message, *(each for each in carried if each != notice)]
    passages.forget_content(node.alias, row.partner, gone)
    if row.direction == Direction.OUT:
        forget_kept_parts(node, row.partner, gone)
    erasures.journal(node, "passage-corrected", [_name(row, str(row.corrections))])


def restrict_passage(node: Node, row: Passage, ground: ProtectionGround, by: str, at: Instant) -> None:
    """Restrict a passage, ours or theirs, in the running transaction."""
    if row.state == PassageState.RESTRICTED and row.restricted_by == by:
        return
    values = {
        "state": PassageState.RESTRICTED,
        "ground": ground.value,
        "state_since": at,
        "restricted_by": by,
    }
    passages.change_passage(node.alias, row, **values)
    _touch(node, row, at)
    facts: dict[str, str | int] = {"thread": row.thread, "message": row.message, "ground": ground.value}
    record(node, _scope(row), Event("case.restricted", at, facts))
    erasures.journal(node, "passage-restricted", [_name(row, by)])


def lift_passage(node: Node, row: Passage, at: Instant) -> None:
    """End the restriction of a passage, in the running transaction."""
    values = {"state": PassageState.HELD, "ground": None, "state_since": at, "restricted_by": None}
    passages.change_passage(node.alias, row, **values)
    _touch(node, row, at)
    facts: dict[str, str | int] = {"thread": row.thread, "message": row.message}
    record(node, _scope(row), Event("case.restriction-lifted", at, facts))
    erasures.journal(node, "passage-lifted", [_name(row, "lifted")])


def take_back(node: Node, message: Message, ground: ProtectionGround | None, act: Act) -> None:
    """Leave tombstones of what a partner said in a thread and tell those to whom we passed it on."""
    found = passages.in_thread(node.alias, message.partner, message.thread, Direction.IN.value)
    notice = _note(node, message, None, ground)
    for row in found:
        for each in passages.passed_on(node.alias, row):
            ask_back(node, SYSTEM, each, act, ground, cases.RECALLED, cause=notice)
    passages.empty_passages(node.alias, found, message.received_at, None if ground is None else ground.value)


def _theirs(node: Node, message: Message, target: str) -> Passage | None:
    """Return the passage of this partner that a notice names, or None when it was never held here."""
    row = passages.passage(node.alias, message.partner, target)
    if row is None:
        return None
    said_so = row.direction == Direction.IN and row.thread == message.thread
    if not said_so or row.regime != message.regime.value:
        raise PeerError("case.header")
    return row


def _check_header(node: Node, message: Message, row: Passage, corrected: Body) -> None:
    """Check that the policy decided on what the body really carries."""
    if not isinstance(corrected, ReplyBody | InformationBody):
        _require(
            message, frozenset(), frozenset(), corrected.handling if isinstance(corrected, Handled) else None
        )
        return
    person = corrected.subject_category
    if corrected.subject is not None and not is_as_released(corrected.subject, message.data, person):
        raise PeerError("case.header")
    persons = frozenset() if person is None else frozenset({person})
    _require(message, message.data, persons, corrected.handling)
    if message.data and message.decision is None:
        raise PeerError("case.decision")
    if not message.data <= _ceiling(node, row):
        raise PeerError("case.beyond-request")


def _require(
    message: Message,
    data: frozenset[DataCategory],
    subjects: frozenset[SubjectCategory],
    handling: Handling | None,
) -> None:
    if (message.data, message.subjects, message.handling) != (data, subjects, handling):
        raise PeerError("case.header")


def _ceiling(node: Node, row: Passage) -> frozenset[DataCategory]:
    """Return the categories that a correction may carry: those asked for, or those that were told unasked."""
    case = cases.find_case(node.alias, row.thread, row.partner)
    asked = None if case is None or case.request is None else case.request.get("categories")
    return frozenset(DataCategory(each) for each in (row.categories if asked is None else asked))


def _pass_correction(
    node: Node, each: Passage, owed: Owed, corrected: Body, message: Message, cause: Notice
) -> None:
    """Owe our own recipient the corrected fields of those categories that it was told."""
    former = words(node, each)
    if former is None or not isinstance(corrected, ReplyBody | InformationBody):
        return
    if corrected.subject is None:
        # Who takes the person out of what was told recalls it; a correction says what is right instead.
        raise PeerError("case.message-malformed", field="subject")
    told = frozenset(each.categories)
    fields = {k: v for k, v in corrected.subject["fields"].items() if k in told}
    subject = {**corrected.subject, "fields": fields, ASSERTIONS: only(corrected.subject[ASSERTIONS], fields)}
    person = corrected.subject_category
    changes = {
        "subject": subject,
        "evaluation": corrected.evaluation,
        "subject_category": None if person is None else person.value,
        "handling": Handling(former["handling"]).narrowed(corrected.handling),
        "conditions": corrected.conditions or former.get("conditions"),
    }
    body = InformationBody.model_validate({**former, **changes}).json_body()
    correction = Correction(
        body=body,
        data=frozenset(DataCategory(each) for each in fields),
        subjects=frozenset() if person is None else frozenset({person}),
        handling=Handling(body["handling"]),
        # The owner's named person decided on the correction; passing it on releases nothing new.
        decision=message.decision,
    )
    owe(node, SYSTEM, replaced(owed, correction=correction), cause=cause)
    replace(node, each, former, body, message.id, message.received_at)


def _note(node: Node, message: Message, target: str | None, ground: ProtectionGround | None) -> Notice:
    """Write down a notice that came, for the owner of the case; it waits until a person has taken note."""
    case = cases.find_case(node.alias, message.thread, message.partner)
    row = Notice(
        direction=notices.IN,
        partner=message.partner,
        regime=message.regime.value,
        thread=message.thread,
        target=target,
        act=message.act.value,
        kind=message.kind,
        ground=ground,
        opened_at=message.received_at,
        message=message.id,
        settled_at=message.received_at if case is None else None,
    )
    notices.add_notice(node.alias, row)
    return row


def _touch(node: Node, row: Passage, at: Instant) -> None:
    case = cases.find_case(node.alias, row.thread, row.partner)
    if case is not None:
        cases.update_case(node.alias, case, at)


def _scope(row: Passage) -> Bilateral:
    return Bilateral(ServiceId(row.partner), Regime(row.regime))


def _name(row: Passage, detail: str) -> str:
    return f"{row.partner}/{row.message}/{detail}"
