"""Use what a partner has said for another purpose, or pass it on: only with its consent, and followed ever after.

Implements docs/protocol/protection.md §10; rules L1, L17, L35. Rules:
    - the policy looks for the owner's consent; what the owner's clause prohibits, no consent of ours to ask opens;
    - another regime is never reached this way (LED Art. 9(1)-(2));
    - what is passed on carries its owner, the digest of the consent, and marks at least as strict; of each field it says
      what its owner said, fact or assessment (LED Art. 7(1));
    - it stays linked to what it came from: a correction, restriction, recall or withdrawn consent follows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from comity.core import canonical
from comity.core.agreement.model import Clause, Onward
from comity.core.agreement.standing import AgreementStanding
from comity.core.cases.consent import Use
from comity.core.cases.information import INFORMATION, InformationBody, Origin
from comity.core.codes.assertions import ASSERTIONS, only, require_told_apart
from comity.core.codes.checks import CHECK
from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.core.codes.handling import Handling, read_handling
from comity.core.codes.languages import SEVERAL, UNKNOWN, typed_language
from comity.core.codes.marks import SILENT_COMPLETENESS, Assertion, DataCategory, SubjectCategory
from comity.core.evidence.event import Event, Internal
from comity.core.faults import read_faults
from comity.core.policy.law import FIELD_CEILING, prohibited
from comity.core.policy.model import ProposedAct
from comity.errors import Refused
from comity.services.agreements.standing import stored_standing
from comity.services.cases.access import ASKERS, known_case, may_read_named, require_approver
from comity.services.cases.decision import INFORM, decided, keep_decision
from comity.services.cases.thread.inform import Told, keep_given
from comity.services.cases.thread.offered import Offered, informing_clause, seen_words
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.services.exchange.submit import Outgoing, submit
from comity.services.protection.passages import is_for_named, known_passage, require_usable, words
from comity.storage.models.cases import Case
from comity.storage.models.exchange import Direction
from comity.storage.models.protection import Passage
from comity.storage.protection import consents
from comity.storage.transaction import atomic


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What whoever passes something on says itself: matter and reasons, their marks, their language (BCP 47)."""

    matter: str
    reasons: str
    assertions: Mapping[str, Assertion]
    language: str = UNKNOWN


@dataclass(frozen=True, slots=True)
class Theirs:
    """What another service said, usable now."""

    row: Case
    passage: Passage
    words: dict[str, Any]


def use_for(node: Node, actor: Actor, thread: str, message: str, purpose: Purpose) -> dict[str, Any]:
    """Return what a partner said, for use under a purpose; each use is recorded, that under another one as such.

    Raises:
        InputError: ``case.unknown``, ``case.message-unknown``.
        Refused: ``actor.role``, ``case.restricted``, ``case.recalled``, ``case.conditions-open``, ``consent.own``,
            ``law.purpose`` without the owner's consent.
    """
    theirs = theirs_of(node, actor, thread, message)
    found = consents.given_for(
        node.alias, theirs.row.partner, message, Use.PURPOSE.value, purpose.value, None
    )
    collected = Purpose(theirs.row.purpose)
    if purpose == collected:
        _note(node, actor, theirs, "case.used", purpose)
        return theirs.words
    act = ProposedAct(
        act=Act.INFORM,
        regime=Regime(theirs.row.regime),
        sender=node.service,
        recipient=node.service,
        purpose=purpose,
        owner=ServiceId(theirs.row.partner),
        collected_for=collected,
        consent=None if found is None else found.digest,
        consented_for=None if found is None else Purpose(found.purpose),
        held_under=read_handling(theirs.words.get("handling")),
    )
    grounds = prohibited(act, None, None)
    if grounds:
        raise Refused(grounds[0].code)
    _note(node, actor, theirs, "case.used-otherwise", purpose, consent=act.consent)
    return theirs.words


def pass_on(
    node: Node,
    actor: Actor,
    thread: str,
    message: str,
    partner: ServiceId,
    agreement: str,
    purpose: Purpose,
    matter: str,
    reasons: str,
    *,
    assertions: Mapping[str, Assertion],
    language: str = UNKNOWN,
    shown: str | None = None,
) -> str:
    """Pass on to another partner what a partner said, as a named approver, and return the new thread.

    Args:
        agreement: hash, with that other partner. matter, reasons: in our own words.
        assertions: of those two, whether each is a fact or an assessment (LED Art. 7(1)). language: of both.
        shown: digest of the offer that the officer saw; None only where nothing was shown.

    Raises:
        InputError: ``case.unknown``, ``case.message-unknown``, ``case.assertion-missing``, ``case.language``,
            ``case.request-field``, ``agreement.not-found``.
        Refused: ``case.approver``, ``case.restricted``, ``case.recalled``, ``case.conditions-open``, ``consent.own``,
            ``consent.onward-prohibited``, ``case.regime``, ``agreement.parties``, ``law.consent`` without the owner's
            consent, ``case.changed`` if the words are no longer as they were shown, or the policy's ground.
    """
    # 1. Usable words of another service; a named person; an agreement of the same regime with the recipient.
    theirs = theirs_of(node, actor, thread, message)
    require_approver(actor, Regime(theirs.row.regime))
    standing = stored_standing(node, agreement)
    clause = recipient_clause(node, theirs, standing, partner, purpose)
    if shown is not None and shown != seen_words(clause, agreement, message, theirs.words):
        raise Refused("case.changed")
    # 2. The consent, if there is one: the policy decides on it, at the signed time.
    found = consents.given_for(
        node.alias, theirs.row.partner, message, Use.ONWARD.value, purpose.value, partner
    )
    origin = Origin(owner=theirs.row.partner, consent="0" * 64 if found is None else found.digest)
    own = OwnWords(matter, reasons, assertions, language)
    body = onward_body(theirs, clause, origin, own)
    content = {
        "origin": message,
        "matter": matter,
        "body": canonical.digest(canonical.encode(body.json_body())),
    }
    made = decided(node, actor, INFORM, theirs.row, content)
    outgoing = replace(onward_outgoing(theirs, partner, standing, clause, body), decision=made.digest)
    if found is not None:
        given = Purpose(found.purpose)
        outgoing = replace(outgoing, consent=found.digest, consented_for=given)
    told = Told(outgoing, standing, clause, actor, origin=theirs.passage)

    def within(sent: str) -> None:
        # Its owner may have taken it back meanwhile: what is passed on after that nobody would follow.
        if theirs_of(node, actor, thread, message).words != theirs.words:
            raise Refused("case.changed")
        keep_given(node, told, sent)
        keep_decision(node, theirs.row, made)

    return submit(node, outgoing, actor, within=within)


def propose_passing_on(
    node: Node,
    actor: Actor,
    thread: str,
    message: str,
    partner: ServiceId,
    agreement: str,
    purpose: Purpose,
) -> Offered:
    """Return what of another service's words would leave, to a named approver; the policy decides when they do.

    That the approver looked is recorded.

    Raises:
        InputError, Refused: as `pass_on`, but for the consent and what is written.
    """
    theirs = theirs_of(node, actor, thread, message)
    require_approver(actor, Regime(theirs.row.regime))
    clause = recipient_clause(node, theirs, stored_standing(node, agreement), partner, purpose)
    unwritten = dict.fromkeys(InformationBody.STATEMENTS, Assertion.ASSESSMENT)
    origin = Origin(owner=theirs.row.partner, consent="0" * 64)
    body = onward_body(theirs, clause, origin, OwnWords("-", "-", unwritten))
    subject = body.subject or {}
    _note(node, actor, theirs, "case.used", purpose)
    return Offered(
        clause=clause,
        category=SubjectCategory(theirs.words["subject_category"]),
        handling=body.handling,
        evaluation=body.evaluation,
        categories=frozenset(DataCategory(each) for each in subject.get("fields", {})),
        document=subject,
        digest=seen_words(clause, agreement, message, theirs.words),
    )


def _note(node: Node, actor: Actor, theirs: Theirs, kind: str, purpose: Purpose, **more: str | None) -> None:
    """Record that a person looked at another service's words, and for which purpose (LED Art. 25)."""
    facts: dict[str, str | int] = {
        "thread": theirs.row.thread,
        "message": theirs.passage.message,
        "purpose": purpose.value,
    }
    with atomic(node.alias):
        committed = canonical.encode({"actor": actor.name, **more})
        record(node, Internal(), Event(kind, node.clock(), facts, committed))


def recipient_clause(
    node: Node, theirs: Theirs, standing: AgreementStanding, partner: ServiceId, purpose: Purpose
) -> Clause:
    """Return the clause under which words may go to another partner at all, consent apart."""
    if standing.agreement.regime.value != theirs.row.regime:
        raise Refused("case.regime")
    if standing.agreement.other(node.service) != partner or partner == theirs.row.partner:
        raise Refused("agreement.parties")
    # What the owner's clause prohibits is not asked for.
    if _clause(node, theirs.row).onward is Onward.PROHIBITED:
        raise Refused("consent.onward-prohibited")
    return informing_clause(standing.agreement, purpose)


def onward_outgoing(
    theirs: Theirs,
    partner: ServiceId,
    standing: AgreementStanding,
    clause: Clause,
    body: InformationBody,
) -> Outgoing:
    """Return the message that passes another service's words on; neither consent nor decision is in it yet."""
    fields = (body.subject or {}).get("fields", {})
    person = body.subject_category
    return Outgoing(
        partner=partner,
        regime=standing.agreement.regime,
        kind=INFORMATION,
        act=Act.INFORM,
        body=body.json_body(),
        agreement=standing.hash,
        clause=clause.id,
        purpose=clause.purpose,
        data=frozenset(DataCategory(each) for each in fields),
        subjects=frozenset() if person is None else frozenset({person}),
        handling=body.handling,
        owner=ServiceId(theirs.row.partner),
        collected_for=Purpose(theirs.row.purpose),
        held_under=read_handling(theirs.words.get("handling")),
    )


def theirs_of(node: Node, actor: Actor, thread: str, message: str) -> Theirs:
    """Return what another service said, for a person who may use it.

    Raises:
        InputError: ``case.unknown``, ``case.message-unknown``.
        Refused: ``actor.role``, ``consent.own``, ``case.restricted``, ``case.recalled``, ``case.conditions-open``,
            ``case.named-officers``.
    """
    row = known_case(node, actor, thread)
    actor.require(Regime(row.regime), *ASKERS)
    passage = known_passage(node, row, message)
    if passage.direction != Direction.IN:
        raise Refused("consent.own")
    require_usable(passage)
    found = words(node, passage)
    if found is None:
        raise Refused("case.recalled")
    if is_for_named(found) and not may_read_named(actor, row):
        raise Refused("case.named-officers")
    return Theirs(row, passage, found)


def onward_body(
    theirs: Theirs,
    clause: Clause,
    origin: Origin,
    own: OwnWords,
) -> InformationBody:
    """Return what leaves: no more than the recipient's clause and the law allow, marks at least as strict.

    Raises:
        InputError: ``case.assertion-missing``, ``case.request-field``.
        Refused: ``case.not-held``.
    """
    require_told_apart(InformationBody.STATEMENTS, own.assertions)
    said = theirs.words
    subject, person = said.get("subject"), said.get("subject_category")
    if subject is None or person is None:
        raise Refused("case.not-held")
    category = SubjectCategory(person)
    told = frozenset(clause.data) & FIELD_CEILING[category]
    fields = {name: values for name, values in subject.get("fields", {}).items() if name in told}
    handling = Handling(said["handling"]).narrowed(clause.handling)
    try:
        return InformationBody(
            matter=own.matter.strip(),
            reasons=own.reasons.strip(),
            assertions=dict(own.assertions),
            language=_language(own.language, said),
            # The check is its owner's to ask for, and of the service that it told.
            subject={
                **{name: value for name, value in subject.items() if name != CHECK},
                "fields": fields,
                ASSERTIONS: only(subject[ASSERTIONS], fields),
            },
            handling=handling,
            evaluation=said["evaluation"],
            subject_category=category,
            # Our own words on it are of today and claim nothing; the subject keeps what its owner said of it.
            as_of=None,
            completeness=SILENT_COMPLETENESS,
            conditions=said.get("conditions"),
            origin=origin,
        )
    except ValidationError as error:
        found = read_faults(error.errors(include_input=False, include_url=False))
        raise found.error("case.request-field") from None


def _language(own: str, said: Mapping[str, Any]) -> str:
    """Return the language of our own words together with the owner's conditions, which stand beside them."""
    tag = typed_language(own)
    theirs = said.get("language", UNKNOWN)
    return tag if said.get("conditions") is None or theirs == tag else SEVERAL


def _clause(node: Node, row: Case) -> Clause:
    found = stored_standing(node, row.agreement).agreement.clause(row.clause)
    if found is None:
        raise Refused("clause.unknown", clause=row.clause)
    return found
