"""Ask a partner to identify a person for return: the person from our own register, the files from an officer.

Implements docs/protocol/identification.md §3 and §4; rule L24. Rules:
    - nobody types particulars: they come from the register, with its marks, so that what the law protects stays here and
      a return that is suspended later takes the request back (L25);
    - a named officer asks; fingerprints and copies of documents need a second person, an approver (LED Art. 10);
    - what leaves is what was shown;
    - the conditions of L24 are asked of the core before anything is signed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from comity.core import canonical
from comity.core.agreement.model import Clause
from comity.core.agreement.standing import AgreementStanding
from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.core.codes.marks import DataCategory, Handling, SubjectCategory, Taint, Urgency
from comity.core.egress.values import taints_of
from comity.core.evidence.event import Bilateral, Event
from comity.core.identification.attachment import Declared
from comity.core.identification.messages import (
    IDENTIFICATION_REQUEST,
    IDENTIFICATION_SUPPLEMENT,
    IdentificationBody,
    Informed,
    Issuing,
    Nationality,
    SupplementBody,
)
from comity.core.policy.law import RETURN_FIELDS
from comity.core.policy.returning import FORM, identification_grounds
from comity.core.register.release import releasable
from comity.core.register.subject import Marks
from comity.core.watch import follow_up
from comity.errors import InputError, Refused
from comity.services.agreements.standing import stored_standing
from comity.services.cases.access import ASKERS, known_case, require_approver
from comity.services.cases.clock import signed_at
from comity.services.cases.decision import IDENTIFICATION, Decided, decided, keep_decision
from comity.services.context import Actor, ActorKind, Node
from comity.services.egress.release import require_unprotected
from comity.services.evidence.record import record
from comity.services.exchange.submit import Outgoing, submit
from comity.services.identification.attach import NewFile, declared_files, keep_files
from comity.services.protection.passages import keep_sent, request_passage, require_usable
from comity.services.register.read import Held, consult, held, release
from comity.services.watch.follow_ups import Cleared, clear, found_in, keep_followed
from comity.storage import cases as rows
from comity.storage.identification import attachments
from comity.storage.models.cases import Case

PERSONS = frozenset({SubjectCategory.TO_BE_IDENTIFIED})


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a request for identification says beside the person.

    Args:
        case: our own case reference. nationality: presumed, contested, claimed.
        informed: when and in which language the person was told. issuing: whose return decision it is.
        reference: what a private search found, if one was made.
    """

    case: str
    nationality: Nationality
    informed: Informed | None
    issuing: Issuing | None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Particulars:
    """What would be told of the person: the machine proposes, a person decides.

    Args:
        document: as it would leave. categories: of the fields in it. taints: marks of the entry, that of its state too.
        digest: of what was shown; `ask` names it.
    """

    subject: str
    version: int
    document: dict[str, Any]
    categories: frozenset[DataCategory]
    marks: Marks
    taints: frozenset[Taint]
    digest: str


@dataclass(frozen=True, slots=True)
class _Asking:
    """A request on its way."""

    actor: Actor
    standing: AgreementStanding
    clause: Clause
    partner: ServiceId
    person: Particulars
    body: IdentificationBody
    deadline: timedelta
    files: Sequence[NewFile] = field(repr=False)
    cleared: Cleared | None = None


def propose(
    node: Node,
    actor: Actor,
    agreement: str,
    subject: str,
    categories: Collection[DataCategory] | None = None,
) -> Particulars:
    """Return what would be told of a person; nothing is sent, and that the officer looked is recorded.

    Args:
        agreement: hash. subject: uid in our register. categories: None: all that is lawful and held.

    Raises:
        InputError: ``register.*``, ``agreement.not-found``.
        Refused: ``actor.role``, ``case.person`` (no officer), ``law.return-form`` (an agreement of another regime),
            ``clause.none``, ``case.regime``, ``case.not-owner``, ``law.protected``, ``law.return-fields``.
    """
    found = _unprotected(node, actor, agreement, subject, categories)
    agreed = stored_standing(node, agreement).agreement
    consult(node, actor, subject, f"to be identified by {agreed.other(node.service)} under {agreed.code}")
    return found


def _unprotected(
    node: Node, actor: Actor, agreement: str, subject: str, categories: Collection[DataCategory] | None
) -> Particulars:
    """Return what would be told, once the law was asked of the entry; what it forbids is kept (egress.md §5)."""
    standing, clause, entry = _entry(node, actor, agreement, subject)
    partner, person = standing.agreement.other(node.service), entry.subject
    if partner is None or person is None:
        raise Refused("agreement.parties")
    lawful = frozenset(clause.data) & RETURN_FIELDS & releasable(person)
    leaving = Outgoing(
        partner, standing.agreement.regime, IDENTIFICATION_REQUEST, Act.REQUEST, {}, subject=subject
    )
    under = (standing, clause, clause.purpose)
    require_unprotected(node, actor, leaving, (person, entry.version), under, lawful, PERSONS)
    return _particulars(node, actor, agreement, subject, categories)


def _entry(node: Node, actor: Actor, agreement: str, subject: str) -> tuple[AgreementStanding, Clause, Held]:
    """Return agreement, clause and an entry of our own and of that regime."""
    standing = stored_standing(node, agreement)
    _require_person(actor, standing)
    clause = _clause(standing)
    entry = held(node, subject)
    if entry.subject is None:
        raise InputError("register.erased")
    marks = entry.subject.marks
    if marks.regime is not standing.agreement.regime:
        raise Refused("case.regime")
    if marks.owner != node.service:
        raise Refused("case.not-owner")
    return standing, clause, entry


def _particulars(
    node: Node, actor: Actor, agreement: str, subject: str, categories: Collection[DataCategory] | None
) -> Particulars:
    """Return what would be told, for a caller who has asked the law, or asks whether it is still the same."""
    _, clause, entry = _entry(node, actor, agreement, subject)
    if entry.subject is None:
        raise InputError("register.erased")
    marks = entry.subject.marks
    lawful = frozenset(clause.data) & RETURN_FIELDS & releasable(entry.subject)
    chosen = lawful if categories is None else frozenset(categories)
    if marks.category not in PERSONS or not chosen or not chosen <= lawful:
        raise Refused("law.return-fields")
    document = release(entry.subject, chosen)
    shown = {
        "uid": subject,
        "version": entry.version,
        "document": document,
        "marks": marks.model_dump(mode="json"),
        "clause": clause.id,
        "agreement": agreement,
    }
    digest = canonical.digest(canonical.encode(shown))
    taints = taints_of(entry.subject)
    return Particulars(subject, entry.version, document, chosen, marks, taints, digest)


def ask(
    node: Node,
    actor: Actor,
    agreement: str,
    subject: str,
    said: Circumstances,
    files: Sequence[NewFile] = (),
    categories: Collection[DataCategory] | None = None,
    *,
    second: Actor | None = None,
    shown: str | None = None,
) -> str:
    """Ask the partner of an agreement to identify a person and return the thread; the files follow its acceptance.

    Args:
        agreement, subject, categories: as `propose`. said: the rest of the request. files: to be attached.
        second: an approver, another person; needed for fingerprints and documents, and for the first request of a case that
            cites what a search found.
        shown: digest of what the officer saw.

    Raises:
        InputError: as `propose`, ``attachment.*``, ``case.request-field``.
        Refused: as `propose`, ``law.return-*``, ``case.second``, ``follow-up.second``, ``follow-up.same``,
            ``case.changed``, or the policy's ground.
    """
    # 1. The person and the files, by what is lawful; exactly what was shown.
    person = _unprotected(node, actor, agreement, subject, categories)
    if shown is not None and shown != person.digest:
        raise Refused("case.changed")
    declared = declared_files(files)
    standing = stored_standing(node, agreement)
    clause = _clause(standing)
    partner = standing.agreement.other(node.service)
    deadline = clause.deadlines.get(Urgency.ORDINARY)
    if partner is None:
        raise Refused("agreement.parties")
    if deadline is None:
        raise Refused("clause.urgency", clause=clause.id)
    _require_second(actor, second, standing.agreement.regime, declared)
    # 2. Every condition of the law.
    body = _body(person, said, declared, clause.handling)
    for ground in identification_grounds(body, sender=node.service, recipient=partner, at=node.clock()):
        raise Refused(ground.code)
    # 3. What a search has found is followed up with a second person (probe.md §9.4).
    cleared = _cleared(node, actor, partner, said, second)
    # 4. The decision, written down; then the request.
    asking = _Asking(actor, standing, clause, partner, person, body, deadline, files, cleared)
    return _send(node, asking, second)


def supplement(
    node: Node, actor: Actor, thread: str, files: Sequence[NewFile], *, second: Actor | None = None
) -> str:
    """Send further files for an open request and return the message.

    Raises:
        InputError: ``case.unknown``, ``attachment.*``.
        Refused: ``actor.role``, ``case.person``, ``case.not-asked``, ``case.closed``, ``case.recalled``, ``case.second``,
            or the policy's ground.
    """
    row = known_case(node, actor, thread)
    _require_person(actor, stored_standing(node, row.agreement))
    if row.side != rows.ASKED:
        raise Refused("case.not-asked")
    if row.closing is not None:
        raise Refused("case.closed")
    told = request_passage(node, row)
    if row.rejected is not None or row.request is None or told is None:
        raise Refused("case.recalled")
    require_usable(told)
    declared = declared_files(files, attachments.of_thread(node.alias, row.partner, thread, attachments.OUT))
    if not declared:
        raise InputError("attachment.empty")
    _require_second(actor, second, Regime(row.regime), declared)
    # The marks of the person as the register holds them now: what is protected meanwhile gets no further file.
    entry = held(node, told.subject).subject
    if entry is None:
        raise InputError("register.erased")
    body = SupplementBody(attachments=declared).json_body()
    content = {"attachments": body["attachments"], "second": None if second is None else second.name}
    made = decided(node, actor, IDENTIFICATION, row, content)
    outgoing = Outgoing(
        partner=ServiceId(row.partner),
        regime=Regime(row.regime),
        kind=IDENTIFICATION_SUPPLEMENT,
        act=Act.ATTACH,
        body=body,
        agreement=row.agreement,
        clause=row.clause,
        purpose=Purpose(row.purpose),
        thread=thread,
        data=frozenset(each.category for each in declared),
        subjects=PERSONS,
        taints=taints_of(entry),
        decision=made.digest,
        subject=told.subject,
    )

    def within(message: str) -> None:
        keep_decision(node, row, made)
        keep_sent(
            node,
            outgoing.partner,
            outgoing.regime,
            IDENTIFICATION_SUPPLEMENT,
            message,
            thread=thread,
            body=body,
            subject=told.subject,
            version=told.version,
            categories=outgoing.data,
        )
        keep_files(node, row, message, declared, files, made.digest)
        rows.update_case(node.alias, row, node.clock())

    return submit(node, outgoing, actor, within=within)


def _cleared(
    node: Node, actor: Actor, partner: ServiceId, said: Circumstances, second: Actor | None
) -> Cleared | None:
    """Decide whether a request that cites what a search found may leave; None for one that cites nothing."""
    if said.reference is None:
        return None
    regime = Regime.RETURN_IDENTIFICATION
    found = found_in(node, partner, regime, said.case.strip(), said.reference)
    cleared = clear(node, actor, found, second, None)
    if isinstance(cleared, follow_up.Held):
        raise Refused(cleared.code, regime=regime.value)
    return cleared


def _send(node: Node, asking: _Asking, second: Actor | None) -> str:
    body, person, regime = asking.body, asking.person, asking.standing.agreement.regime
    row = Case(
        thread="",
        partner=asking.partner,
        side=rows.ASKED,
        regime=regime.value,
        agreement=asking.standing.hash,
        clause=asking.clause.id,
        purpose=asking.clause.purpose.value,
        urgency=Urgency.ORDINARY.value,
        deadline_hours=int(asking.deadline.total_seconds()) // 3600,
        owner=asking.actor.name,
        request=body.json_body(),
    )
    content = {
        "subject": person.subject,
        "version": person.version,
        "second": None if second is None else second.name,
        "released": canonical.digest(canonical.encode(body.json_body())),
    }
    made = decided(node, asking.actor, IDENTIFICATION, row, content)

    def within(message: str) -> None:
        _require_same(node, asking)
        _keep(node, asking, row, message, made)

    return submit(node, _outgoing(asking, made), asking.actor, within=within)


def _require_same(node: Node, asking: _Asking) -> None:
    """Refuse when the entry is no longer as it was; also when it may not be told any more."""
    person = asking.person
    try:
        same = (
            _particulars(node, asking.actor, asking.standing.hash, person.subject, person.categories)
            == person
        )
    except Refused:
        same = False
    if not same:
        raise Refused("case.changed")


def _keep(node: Node, asking: _Asking, row: Case, message: str, made: Decided) -> None:
    now, person = node.clock(), asking.person
    row.thread, row.opened_at, row.changed_at = message, signed_at(node, message), now
    rows.add_case(node.alias, row)
    keep_decision(node, row, made)
    regime = asking.standing.agreement.regime
    keep_sent(
        node,
        asking.partner,
        regime,
        IDENTIFICATION_REQUEST,
        message,
        subject=person.subject,
        version=person.version,
        categories=asking.body.categories,
    )
    keep_files(node, row, message, asking.body.attachments, asking.files, made.digest)
    if asking.cleared is not None:
        keep_followed(node, asking.cleared, message, "")
    committed = canonical.encode({"actor": asking.actor.name, "request": asking.body.json_body()})
    event = Event("case.opened", now, {"thread": message, "clause": asking.clause.id}, committed)
    record(node, Bilateral(asking.partner, regime), event)


def _outgoing(asking: _Asking, made: Decided) -> Outgoing:
    body = asking.body
    return Outgoing(
        partner=asking.partner,
        regime=asking.standing.agreement.regime,
        kind=IDENTIFICATION_REQUEST,
        act=Act.REQUEST,
        body=body.json_body(),
        agreement=asking.standing.hash,
        clause=asking.clause.id,
        purpose=asking.clause.purpose,
        deadline=asking.deadline,
        data=frozenset(body.categories),
        subjects=frozenset({body.subject_category}),
        handling=body.handling,
        taints=asking.person.taints,
        urgency=Urgency.ORDINARY,
        decision=made.digest,
        subject=asking.person.subject,
    )


def _body(
    person: Particulars, said: Circumstances, declared: Sequence[Declared], handling: Handling
) -> IdentificationBody:
    carried = person.categories | {each.category for each in declared}
    try:
        return IdentificationBody(
            case=said.case.strip(),
            reference=said.reference,
            subject=person.document,
            handling=person.marks.handling.narrowed(handling),
            evaluation=person.marks.source_evaluation.value + person.marks.information_evaluation.value,
            subject_category=person.marks.category,
            categories=tuple(sorted(carried)),
            nationality=said.nationality,
            informed=said.informed,
            issuing=said.issuing,
            attachments=tuple(declared),
        )
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise InputError("case.request-field", field=".".join(map(str, first["loc"]))[:64]) from None


def _clause(standing: AgreementStanding) -> Clause:
    """Return the clause that permits requests for identification."""
    for clause in standing.agreement.clauses:
        if clause.purpose is Purpose.IDENTIFICATION and Act.REQUEST in clause.acts:
            return clause
    raise Refused("clause.none", clause="clauses")


def _require_person(actor: Actor, standing: AgreementStanding) -> None:
    """Refuse unless a named officer asks under an agreement on identification."""
    if standing.agreement.regime is not Regime.RETURN_IDENTIFICATION:
        raise Refused(FORM)
    if actor.kind is not ActorKind.OFFICER:
        raise Refused("case.person")
    actor.require(standing.agreement.regime, *ASKERS)


def _require_second(actor: Actor, second: Actor | None, regime: Regime, declared: Sequence[Declared]) -> None:
    """Refuse unless another person, an approver, stands for files of a person (LED Art. 10)."""
    if second is not None:
        require_approver(second, regime)
    if declared and (second is None or second.name == actor.name):
        raise Refused("case.second")
