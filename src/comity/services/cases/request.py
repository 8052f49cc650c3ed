"""Open a request for information at a partner.

Implements docs/protocol/cases.md §2. Source: Directive (EU) 2023/977 Art. 4 and 5.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from comity.core import canonical
from comity.core.agreement.model import Clause
from comity.core.agreement.standing import AgreementStanding
from comity.core.cases.messages import REQUEST, RequestBody, UrgencyGround
from comity.core.codes.assertions import ASSERTIONS
from comity.core.codes.exchange import Act, Purpose, ServiceId
from comity.core.codes.languages import UNKNOWN
from comity.core.codes.marks import Assertion, DataCategory, SubjectCategory, Urgency
from comity.core.evidence.event import Bilateral, Event
from comity.core.faults import LONGEST, Faults, named, read_faults
from comity.core.policy.law import FIELD_CEILING
from comity.core.watch.follow_up import NEEDS_SECOND, Emergency, Held
from comity.errors import Refused
from comity.services.agreements.allowed import purposes_of
from comity.services.agreements.standing import stored_standing
from comity.services.cases.access import require_asker
from comity.services.cases.clock import signed_at
from comity.services.cases.thread.cited import citable, note_cited
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.services.exchange.submit import Outgoing, submit
from comity.services.protection.passages import keep_sent
from comity.services.watch.follow_ups import Cleared, clear, found_in, keep_followed
from comity.storage import cases as rows
from comity.storage.models.cases import Case


@dataclass(frozen=True, slots=True, repr=False)
class Ready:
    """A request that is written and not sent."""

    partner: ServiceId
    standing: AgreementStanding
    clause: Clause
    body: RequestBody


class NeedsSecond(Refused):
    """The first follow-up of a case waits for a second person; `ready` is what is laid before that person."""

    def __init__(self, ready: Ready) -> None:
        super().__init__(NEEDS_SECOND, regime=ready.standing.agreement.regime.value)
        self.ready = ready


def open_request(
    node: Node,
    actor: Actor,
    partner: ServiceId,
    agreement: str,
    purpose: Purpose,
    case: str,
    reference: str | None,
    facts: str,
    *,
    offence: str,
    reasons: str,
    link: str,
    subject_category: SubjectCategory,
    assertions: Mapping[str, Assertion],
    urgency: Urgency = Urgency.ORDINARY,
    urgency_ground: UrgencyGround | None = None,
    urgency_reason: str | None = None,
    categories: Collection[DataCategory] = (),
    about: str | None = None,
    restrictions: str | None = None,
    language: str = UNKNOWN,
    cites: str | None = None,
    second: Actor | None = None,
    emergency: Emergency | None = None,
) -> str:
    """Ask a partner for information and return the thread.

    Args:
        agreement: hash.
        case: our own case reference.
        reference: what a probe found; None when the person is described in `about`.
        facts, offence, reasons, link: mandatory (Art. 4(5)): what happened, under which offence, why the partner is
            believed to hold it, what the person has to do with the purpose.
        subject_category: role of the person (LED Art. 6).
        assertions: of each text (`RequestBody.STATEMENTS`) whether it is a fact or an assessment (LED Art. 7(1)).
        urgency_ground, urgency_reason: mandatory for an urgent request, and only for that.
        categories: what is asked for; empty: all that the clause and the law allow for the category.
        cites: thread that it follows from, such as information of the partner.
        second: approver who lets the first request of a case that cites a reference leave. emergency: why it cannot wait
            for one.

    Raises:
        InputError: ``case.request-field`` naming every field that is missing or wrong, ``agreement.not-found``,
            ``case.unknown``, ``override.reason``.
        NeedsSecond: ``follow-up.second``; `lay_before` takes what it holds.
        Refused: ``actor.role``, ``follow-up.same``, ``case.approver``, ``override.unconfirmed``,
            ``case.cited``, ``case.recalled``, or the policy's ground.
    """
    standing = stored_standing(node, agreement)
    regime = standing.agreement.regime
    require_asker(actor, regime)
    if standing.agreement.other(node.service) != partner:
        raise Refused("agreement.parties")
    clause = _clause(standing, purpose, subject_category, urgency, frozenset(categories))
    asked = frozenset(categories) or frozenset(clause.data) & FIELD_CEILING[subject_category]
    body = _body(
        reference=reference,
        about=_text(about),
        case=case.strip(),
        facts=facts.strip(),
        offence=offence.strip(),
        reasons=reasons.strip(),
        link=link.strip(),
        urgency=urgency,
        urgency_ground=urgency_ground,
        urgency_reason=_text(urgency_reason),
        categories=tuple(sorted(asked)),
        subject_category=subject_category,
        assertions=dict(assertions),
        restrictions=_text(restrictions),
        language=language,
        cites=citable(node, actor, cites, partner, regime),
    )
    return send_request(
        node, actor, Ready(partner, standing, clause, body), second=second, emergency=emergency
    )


def send_request(
    node: Node,
    actor: Actor,
    ready: Ready,
    *,
    second: Actor | None = None,
    emergency: Emergency | None = None,
    waited: str = "",
) -> str:
    """Send a request that is written, and return its thread; as `open_request`.

    Args:
        waited: identifier under which it waited for the second person.
    """
    partner, standing, clause, body = ready.partner, ready.standing, ready.clause, ready.body
    deadline = clause.deadlines.get(body.urgency)
    if deadline is None:
        raise Refused("clause.urgency", clause=clause.id, allowed=named(sorted(clause.deadlines)))
    cleared = _cleared(node, actor, ready, second, emergency)
    row = Case(
        partner=partner,
        side=rows.ASKED,
        regime=standing.agreement.regime.value,
        agreement=standing.hash,
        clause=clause.id,
        purpose=clause.purpose.value,
        urgency=body.urgency.value,
        deadline_hours=int(deadline.total_seconds()) // 3600,
        by_hit=body.reference is not None,
        owner=actor.name,
        request=body.json_body(),
        cites=body.cites,
    )
    outgoing = Outgoing(
        partner=partner,
        regime=standing.agreement.regime,
        kind=REQUEST,
        act=Act.REQUEST,
        body=body.json_body(),
        agreement=standing.hash,
        clause=clause.id,
        purpose=clause.purpose,
        deadline=deadline,
        data=frozenset(body.categories),
        subjects=frozenset({body.subject_category}),
        urgency=body.urgency,
    )

    def within(message: str) -> None:
        now = node.clock()
        row.thread, row.opened_at, row.changed_at = message, signed_at(node, message), now
        rows.add_case(node.alias, row)
        note_cited(node, actor, row)
        keep_sent(node, partner, standing.agreement.regime, REQUEST, message)
        if cleared is not None:
            keep_followed(node, cleared, message, waited)
        committed = canonical.encode({"actor": actor.name, "request": body.json_body()})
        event = Event("case.opened", now, {"thread": message, "clause": clause.id}, committed)
        record(node, Bilateral(partner, standing.agreement.regime), event)

    return submit(node, outgoing, actor, within=within)


def _cleared(
    node: Node, actor: Actor, ready: Ready, second: Actor | None, emergency: Emergency | None
) -> Cleared | None:
    """Decide whether a request that cites a reference may leave; None for one that cites none."""
    reference = ready.body.reference
    if reference is None:
        return None
    regime = ready.standing.agreement.regime
    found = found_in(node, ready.partner, regime, ready.body.case, reference)
    cleared = clear(node, actor, found, second, emergency)
    if isinstance(cleared, Held):
        if cleared.code == NEEDS_SECOND:
            raise NeedsSecond(ready)
        raise Refused(cleared.code, regime=regime.value)
    return cleared


def _clause(
    standing: AgreementStanding,
    purpose: Purpose,
    person: SubjectCategory,
    urgency: Urgency,
    asked: frozenset[DataCategory],
) -> Clause:
    """Return the first clause for the purpose, one that covers the whole request before any other."""
    found = [c for c in standing.agreement.clauses if c.purpose == purpose and Act.REQUEST in c.acts]
    if not found:
        raise Refused("clause.none", clause="clauses", allowed=purposes_of(standing.agreement, Act.REQUEST))
    whole = [
        c for c in found if person in c.subjects and urgency in c.deadlines and asked <= frozenset(c.data)
    ]
    return (whole or found)[0]


def faults(written: Mapping[str, object]) -> Faults:
    """Return what is missing and wrong in the fields of a request, all of it at once.

    Args:
        written: by the names of `RequestBody`; `urgency` among them.
    """
    try:
        RequestBody.model_validate(written)
        found = Faults()
    except ValidationError as error:
        each_field = [each for each in error.errors(include_input=False, include_url=False) if each["loc"]]
        found = read_faults(each_field)
    urgent = written.get("urgency") is not Urgency.ORDINARY
    why = ("urgency_ground", "urgency_reason")
    unwritten = {name for name in ("reference", "about", *why) if not written.get(name)}
    absent = ["reference or about"] if {"reference", "about"} <= unwritten else []
    absent += [name for name in why if urgent and name in unwritten and name not in found.wrong]
    needless = _unmarked(written)
    needless |= {name: "only for an urgent request" for name in why if not urgent and name not in unwritten}
    return found + Faults(tuple(absent), needless)


def _unmarked(written: Mapping[str, object]) -> dict[str, str]:
    """Return the texts that are not told apart, and the marks of texts that are not there."""
    marks = written.get(ASSERTIONS)
    marked = set(marks) if isinstance(marks, Mapping) else set()
    there = {name for name in RequestBody.STATEMENTS if written.get(name)}
    rule = f"one of {named(Assertion)}"
    found = {f"{ASSERTIONS}.{name}": rule for name in RequestBody.STATEMENTS if name in there - marked}
    return found | {f"{ASSERTIONS}.{name}"[:LONGEST]: "no such text" for name in sorted(marked - there)}


def _body(**fields: object) -> RequestBody:
    found = faults(fields)
    if found:
        raise found.error("case.request-field")
    return RequestBody.model_validate(fields)


def _text(value: str | None) -> str | None:
    return value.strip() or None if value is not None else None
