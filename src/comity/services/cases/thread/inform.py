"""Give information that nobody asked for, with its own clause and marks; keep what is given so.

Implements docs/protocol/cases.md §13. Source: Directive (EU) 2023/977 Art. 7; Directive (EU) 2016/680 Art. 9(3). Rules:
    - a clause with the act `inform` for the purpose, and the law, permit it; nothing is owed for it, so it has no clock;
    - whatever describes a person is the release of a named approver, as in an answer (L10), from one's own register;
    - it opens a thread of its own, in which correction, restriction, recall and erasure follow it; it names the case that
      it is given for and cites the thread in which it belongs (§21), and permits nothing thereby.
Attacks they stop: information that slips into somebody else's thread; fields that the header does not name; what another
service owns, without its consent.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pydantic import ValidationError

from comity.core import canonical
from comity.core.agreement.model import Clause
from comity.core.agreement.standing import AgreementStanding
from comity.core.cases.information import INFORMATION, InformationBody
from comity.core.cases.messages import open_body, require_written
from comity.core.cases.thread import needs_acknowledgement
from comity.core.codes.assertions import require_told_apart
from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.core.codes.languages import UNKNOWN, typed_language
from comity.core.codes.marks import SILENT_COMPLETENESS, Assertion, Completeness, DataCategory, Urgency
from comity.core.egress.inherit import of_entry
from comity.core.egress.values import taints_of
from comity.core.evidence.event import Bilateral, Event
from comity.core.faults import named, read_faults
from comity.core.instant import Instant
from comity.core.policy.law import SPECIAL_CATEGORIES
from comity.core.register.release import is_as_released, releasable
from comity.core.register.subject import Subject
from comity.errors import InputError, PeerError, Refused
from comity.services.agreements.standing import standing, stored_standing
from comity.services.cases.access import READERS, known_case, require_approver, require_asker
from comity.services.cases.clock import signed_at
from comity.services.cases.decision import INFORM, decided, keep_decision
from comity.services.cases.recall import refuse_withdrawn
from comity.services.cases.thread.cited import citable, cited_by, note_cited
from comity.services.cases.thread.offered import informing_clause, seen_entry
from comity.services.cases.thread.say import in_thread
from comity.services.context import Actor, Node
from comity.services.egress.release import require_unprotected
from comity.services.evidence.record import record
from comity.services.exchange.handlers import Message, handler
from comity.services.exchange.receipts import on_receipt
from comity.services.exchange.submit import Outgoing, submit
from comity.services.protection.passages import keep_received, keep_sent, not_taken
from comity.services.register.read import Held, held, release
from comity.storage import cases as rows
from comity.storage.models.cases import Case
from comity.storage.models.protection import Passage
from comity.storage.transaction import atomic


@dataclass(frozen=True, slots=True)
class Told:
    """Information that is being given: what goes, under which clause, by whom, from where."""

    outgoing: Outgoing
    standing: AgreementStanding
    clause: Clause
    actor: Actor
    origin: Passage | None = None
    subject: str = ""
    version: int = 0


def inform(
    node: Node,
    actor: Actor,
    partner: ServiceId,
    agreement: str,
    purpose: Purpose,
    matter: str,
    reasons: str,
    *,
    assertions: Mapping[str, Assertion],
    subject: str | None = None,
    categories: Collection[DataCategory] = (),
    conditions: str | None = None,
    language: str = UNKNOWN,
    as_of: date | None = None,
    completeness: Completeness = SILENT_COMPLETENESS,
    shown: str | None = None,
    case: str | None = None,
    cites: str | None = None,
) -> str:
    """Give information unasked and return its thread.

    Args:
        agreement: hash. matter: one line. reasons: why it may be of use to the partner.
        assertions: of matter and reasons, whether each is a fact or an assessment (LED Art. 7(1)).
        as_of: day of which the matter and the reasons speak; None: not known. completeness: whether they are all that is
            known here (LED Art. 7(2)). Of a person, the entry says both.
        language: of what is written, as a BCP 47 tag.
        subject: uid in our register; None when no person is described. categories: what is released; empty: all that
            is permitted and held.
        shown: digest of the offer that the officer saw; None only where nothing was shown.
        case: our own case reference, whose end takes the information along (rule L29). cites: thread in which it belongs.

    Raises:
        InputError: ``agreement.not-found``, ``case.unknown``, ``case.assertion-missing``, ``case.as-of-to-come``,
            ``case.request-field``, ``case.conditions-missing``, ``case.language``, ``register.*``.
        Refused: ``actor.role``, ``case.approver``, ``case.not-owner``, ``case.regime``, ``case.category``,
            ``case.not-held``, ``case.second`` (special categories are released on request only), ``case.changed`` if the
            entry is no longer as it was shown, ``case.cited``, ``case.recalled``, or the policy's ground.
    """
    require_told_apart(InformationBody.STATEMENTS, assertions)
    found = _under(node, actor, partner, agreement, described=subject is not None)
    regime, clause = found.agreement.regime, informing_clause(found.agreement, purpose)
    cited = citable(node, actor, cites, partner, regime)
    entry, person = _entry(node, subject)
    words = {"matter": matter, "reasons": reasons}
    if entry is not None:
        _require_unprotected(node, actor, (partner, words), (found, clause), entry)
    if shown is not None and shown != _seen(clause, agreement, subject, entry):
        raise Refused("case.changed")
    chosen = frozenset() if person is None else _chosen(node, person, regime, clause, frozenset(categories))
    said: dict[str, Any] = {**words, "assertions": dict(assertions), "language": typed_language(language)}
    said |= {**_dated(node, as_of, completeness), "case": (case or "").strip() or None, "cites": cited}
    body = _body(said, clause, person, chosen, conditions)
    row = _case(node, found, clause, partner, actor, rows.GAVE)
    content = {"subject": subject, "body": canonical.digest(canonical.encode(body.json_body()))}
    made = decided(node, actor, INFORM, row, content)
    outgoing = replace(
        in_thread(row, INFORMATION, Act.INFORM, body.json_body(), decision=made.digest),
        thread=None,
        data=chosen,
        subjects=frozenset() if person is None else frozenset({person.marks.category}),
        handling=body.handling,
        taints=frozenset() if person is None else taints_of(person),
        subject=subject or "",
    )
    told = Told(outgoing, found, clause, actor, None, subject or "", 0 if entry is None else entry.version)

    def within(message: str) -> None:
        _require_same(node, entry)
        keep_given(node, told, message)
        row.thread = message
        keep_decision(node, row, made)

    return submit(node, outgoing, actor, within=within)


def _require_same(node: Node, entry: Held | None) -> None:
    """Refuse when the entry has changed, or was protected, since it was read."""
    if entry is not None and held(node, entry.uid) != entry:
        raise Refused("case.changed")


def _entry(node: Node, uid: str | None) -> tuple[Held | None, Subject | None]:
    """Return the entry that is told of and its content; neither where no person is described."""
    if uid is None:
        return None, None
    entry = held(node, uid)
    if entry.subject is None:
        raise InputError("register.erased")
    return entry, entry.subject


def _dated(node: Node, as_of: date | None, completeness: Completeness) -> dict[str, Any]:
    """Return as of when, and how complete, the words are, as they are written on the wire."""
    if as_of is not None and as_of > node.clock().date():
        raise InputError("case.as-of-to-come")
    return {"as_of": None if as_of is None else as_of.isoformat(), "completeness": completeness}


def _under(
    node: Node, actor: Actor, partner: ServiceId, agreement: str, *, described: bool
) -> AgreementStanding:
    """Return the agreement under which somebody may inform this partner; about a person, an approver."""
    found = stored_standing(node, agreement)
    (require_approver if described else require_asker)(actor, found.agreement.regime)
    if found.agreement.other(node.service) != partner:
        raise Refused("agreement.parties")
    return found


def _seen(clause: Clause, agreement: str, subject: str | None, entry: Held | None) -> str | None:
    if subject is None or entry is None or entry.subject is None:
        return None
    return seen_entry(clause, agreement, entry.subject, subject, entry.version)


def _require_unprotected(
    node: Node,
    actor: Actor,
    told: tuple[ServiceId, Mapping[str, str]],
    under: tuple[AgreementStanding, Clause],
    entry: Held,
) -> None:
    """Refuse what the law protects; the true ground is kept, and the words for their writer.

    Asked before anything is compared or chosen: who comes under protection meanwhile is no mere change of the entry.
    """
    partner, words = told
    standing, clause = under
    if entry.subject is None:
        return
    regime = standing.agreement.regime
    leaving = Outgoing(partner, regime, INFORMATION, Act.INFORM, words, subject=entry.uid)
    permitting = (standing, clause, clause.purpose)
    nothing = frozenset[DataCategory]()
    require_unprotected(node, actor, leaving, (entry.subject, entry.version), permitting, nothing)


def keep_given(node: Node, told: Told, message: str) -> None:
    """Keep information that is being submitted, in the submitting transaction."""
    outgoing, now = told.outgoing, node.clock()
    row = _case(node, told.standing, told.clause, outgoing.partner, told.actor, rows.GAVE)
    row.thread, row.opened_at, row.changed_at = message, signed_at(node, message), now
    row.erase_at = now + told.clause.retention
    row.cites = outgoing.body.get("cites")
    rows.add_case(node.alias, row)
    note_cited(node, told.actor, row)
    keep_sent(
        node,
        outgoing.partner,
        outgoing.regime,
        INFORMATION,
        message,
        body=outgoing.body,
        subject=told.subject,
        version=told.version,
        categories=outgoing.data,
        origin=told.origin,
        conditions_open=needs_acknowledgement(outgoing.body),
        inheritance=of_entry(told.subject, told.version, outgoing.taints) if told.subject else None,
    )
    facts: dict[str, str | int] = {"thread": message, "clause": told.clause.id}
    committed = canonical.encode({"actor": told.actor.name})
    record(node, Bilateral(outgoing.partner, outgoing.regime), Event("case.informed", now, facts, committed))


def close_information(node: Node, actor: Actor, thread: str) -> None:
    """Take information that was given to us out of the inbox: a person has dealt with it.

    Raises:
        InputError: ``case.unknown``.
        Refused: ``actor.role``, ``case.not-information``, ``case.closed``.
    """
    row = known_case(node, actor, thread)
    actor.require(Regime(row.regime), *READERS)
    if row.side != rows.TOLD:
        raise Refused("case.not-information")
    now = node.clock()
    with atomic(node.alias):
        if not rows.close_case(node.alias, row, now, {"closing": row.thread}):
            raise Refused("case.closed")
        committed = canonical.encode({"actor": actor.name})
        scope = Bilateral(ServiceId(row.partner), Regime(row.regime))
        record(node, scope, Event("case.information-read", now, {"thread": thread}, committed))


@handler(INFORMATION, {Act.INFORM})
def receive_information(node: Node, message: Message) -> None:
    """Put information into the inbox.

    Raises:
        PeerError: ``case.*``.
    """
    refuse_withdrawn(node, message)
    body = open_body(InformationBody, message.body)
    # 1. It opens its thread, which nobody has used before, under an agreement and a clause.
    if message.thread != message.id or rows.find_case(node.alias, message.thread) is not None:
        raise PeerError("case.thread")
    found = None if message.agreement is None else standing(node, message.agreement)
    clause = None if found is None else found.agreement.clause(message.clause or "")
    if found is None or clause is None:
        raise PeerError("case.header")
    # 2. The header, on which both policies decided, says what the body says.
    subject = body.subject
    persons = frozenset() if body.subject_category is None else frozenset({body.subject_category})
    if subject is not None and not is_as_released(subject, message.data, body.subject_category):
        raise PeerError("case.header")
    if bool(message.data) != bool(subject and subject["fields"]):
        raise PeerError("case.header")
    if message.subjects != persons or message.handling != body.handling:
        raise PeerError("case.header")
    # 3. Passed on for another: never for itself, never back to its owner.
    if body.origin is not None and body.origin.owner in (message.partner, node.service):
        raise PeerError("case.header")
    # 4. A thread that it cites is one of this partner's, and still holds something.
    cited = cited_by(node, message, body.cites)
    row = _case(node, found, clause, message.partner, None, rows.TOLD)
    row.cites = cited
    row.thread, row.opened_at, row.changed_at = message.thread, message.sent_at, message.received_at
    row.erase_at = message.received_at + clause.retention
    rows.add_case(node.alias, row)
    keep_received(node, message, body.json_body(), conditions_open=needs_acknowledgement(message.body))
    facts: dict[str, str | int] = {"thread": message.thread, "message": message.id}
    scope = Bilateral(message.partner, message.regime)
    record(node, scope, Event("case.told", message.received_at, facts))


@on_receipt(INFORMATION)
def information_receipted(node: Node, message: str, received_at: Instant | None, code: str | None) -> None:
    """Note that the partner's node did not take it, or when it did."""
    row = rows.find_case(node.alias, message)
    if row is None or row.side != rows.GAVE:
        return
    if code is not None:
        not_taken(node, row.partner, message)
    values: dict[str, Any] = {"rejected": code} if code is not None else {"closing": message}
    rows.update_case(node.alias, row, node.clock(), **values)


def _case(
    node: Node, found: AgreementStanding, clause: Clause, partner: str, actor: Actor | None, side: str
) -> Case:
    now = node.clock()
    return Case(
        partner=partner,
        side=side,
        regime=found.agreement.regime.value,
        agreement=found.hash,
        clause=clause.id,
        purpose=clause.purpose.value,
        urgency=Urgency.ORDINARY.value,
        deadline_hours=0,
        owner=None if actor is None else actor.name,
        opened_at=now,
        changed_at=now,
    )


def _chosen(
    node: Node, person: Subject, regime: Regime, clause: Clause, wanted: frozenset[DataCategory]
) -> frozenset[DataCategory]:
    marks = person.marks
    if marks.owner != node.service:
        raise Refused("case.not-owner")
    if marks.regime is not regime:
        raise Refused("case.regime")
    permitted = frozenset(clause.data) & releasable(person) - SPECIAL_CATEGORIES
    if wanted & SPECIAL_CATEGORIES:
        raise Refused("case.second")
    if not wanted <= frozenset(clause.data):
        raise Refused("case.category", clause=clause.id, allowed=named(sorted(clause.data)))
    chosen = wanted or permitted
    if not chosen or not chosen <= releasable(person):
        raise Refused("case.not-held")
    return chosen


def _body(
    said: Mapping[str, Any],
    clause: Clause,
    person: Subject | None,
    chosen: frozenset[DataCategory],
    conditions: str | None,
) -> InformationBody:
    marks = None if person is None else person.marks
    handling = clause.handling if marks is None else clause.handling.narrowed(marks.handling)
    require_written(handling, conditions)
    evaluation = "X4" if marks is None else marks.source_evaluation.value + marks.information_evaluation.value
    try:
        return InformationBody(
            matter=said["matter"].strip(),
            reasons=said["reasons"].strip(),
            assertions=said["assertions"],
            language=said["language"],
            as_of=said["as_of"],
            completeness=said["completeness"],
            subject=None if person is None else release(person, chosen),
            handling=handling,
            evaluation=evaluation,
            subject_category=None if marks is None else marks.category,
            conditions=(conditions or "").strip() or None,
            case=said["case"],
            cites=said["cites"],
        )
    except ValidationError as error:
        found = read_faults(error.errors(include_input=False, include_url=False))
        raise found.error("case.request-field") from None
