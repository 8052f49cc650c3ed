"""Submit messages: decide, sign, seal, then store message, outbox row and evidence in one transaction.

Implements docs/protocol/envelope.md §6 (sender). Nothing is sent here: the worker delivers what stands in the outbox.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from comity.core import canonical
from comity.core.cases.consent import OVERRIDE_NOTICE
from comity.core.cases.hit.report import HIT_REPORT
from comity.core.codes.exchange import ALWAYS_PERMITTED, Act, Purpose, Regime, ServiceId
from comity.core.codes.marks import DataCategory, Handling, SubjectCategory, Taint, Urgency
from comity.core.codes.transfer import DEROGATIONS, OverrideGround
from comity.core.crypto.agent import TokenType
from comity.core.envelope.content import seal_content, write_content
from comity.core.envelope.header import Header, message_id
from comity.core.identification.messages import IDENTIFICATION_ANSWER, IDENTIFICATION_REQUEST
from comity.core.instant import Instant, write_duration
from comity.core.policy.decide import Ground, Permit, ProposedAct, Refuse
from comity.core.policy.law import PROTECTED
from comity.core.policy.returning import form_grounds
from comity.errors import Refused
from comity.services.agreements.allowed import facts_of
from comity.services.context import Actor, ActorKind, Node
from comity.services.crashpoint import reach
from comity.services.egress.blocked import keep_block, keep_stop
from comity.services.egress.examine import Examined, examine
from comity.services.evidence.alarms import require_unbroken
from comity.services.evidence.record import Bilateral, Event, record_many
from comity.services.exchange.trust import VOLUME, Decider, OverCap, require_within_caps, transit
from comity.services.partners.directory import sealing_key
from comity.storage.exchange import inbox, outbox
from comity.storage.exchange.written import MessageRow, OutboxEntry
from comity.storage.models.rights import Disclosure
from comity.storage.protection import quotes
from comity.storage.rights import disclosures
from comity.storage.transaction import atomic


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message that a service wants to send.

    Args:
        kind: which handler takes it at the partner's.
        act: what it is in the eyes of the agreement.
        agreement: hash; None only for acts that need none.
        clause: None lets the decision choose.
        thread: of the case; None opens a new one under the message's identifier.
        deadline: to answer, counted from the receipt; the clause's own prevails.
        taints: marks of what is carried; they decide here and never leave.
        decision: digest of the named person's decision, for acts that release an identity.
        owner, collected_for, consent, consented_for, held_under: of what belongs to another service; they decide here.
        override: emergency in which it goes without consent; its owner's notice must be submitted with it.
        subject: entry of our register that is released, for the ledger of disclosures; its values are looked for too, and
            it never leaves.
        said: what the body says, where it is encoded there; looked through in its place.
    """

    partner: ServiceId
    regime: Regime
    kind: str
    act: Act
    body: Mapping[str, Any]
    agreement: str | None = None
    clause: str | None = None
    purpose: Purpose | None = None
    thread: str | None = None
    deadline: timedelta | None = None
    data: frozenset[DataCategory] = frozenset()
    subjects: frozenset[SubjectCategory] = frozenset()
    handling: Handling | None = None
    taints: frozenset[Taint] = frozenset()
    urgency: Urgency | None = None
    decision: str | None = None
    owner: ServiceId | None = None
    collected_for: Purpose | None = None
    consent: str | None = None
    consented_for: Purpose | None = None
    held_under: Handling | None = None
    override: OverrideGround | None = None
    subject: str = ""
    said: Mapping[str, Any] | None = None


TELLING = frozenset({Act.REPLY, Act.INFORM, Act.RECTIFY, Act.RIGHTS, Act.ATTACH})
"""Acts whose messages tell something of a person when they carry data; each stands in the ledger (LED Art. 14(c))."""

TELLING_KINDS = frozenset({IDENTIFICATION_REQUEST, IDENTIFICATION_ANSWER, HIT_REPORT})
"""Kinds that tell whatever their header says: a request that carries a person, an answer without a field, a report in words."""


def tells(act: str, kind: str, *, carries: bool) -> bool:
    """Whether a message tells something of a person and so stands in the ledger (LED Art. 14(c)).

    "Identified" without a field tells who somebody is, and whose national; that somebody is not known tells as well.

    Args:
        carries: it carries data of a person, as its header says.
    """
    return kind in TELLING_KINDS or (carries and act in TELLING)


@dataclass(frozen=True, slots=True)
class _Written:
    header: Header
    token: str
    sealed: bytes
    sealed_digest: str
    ground: str | None

    def row(self, now: Instant) -> MessageRow:
        """Return its row among the messages."""
        to, sealed = self.header.recipient, self.sealed_digest
        return MessageRow.of(self.header, to, now, sealed=sealed, content=self.token, ground=self.ground)


def submit(
    node: Node, outgoing: Outgoing, actor: Actor, *, within: Callable[[str], None] | None = None
) -> str:
    """Submit one message and return its identifier.

    Args:
        node: this node.
        outgoing: what to send.
        actor: on whose behalf; named only inside the evidence's commitment.
        within: called in the storing transaction with the identifier, for the caller's own rows.

    Raises:
        Refused: the policy's code, ``partner.*``, ``envelope.regime``.
        InputError: ``content.too-large``, ``content.too-deep``.
    """

    def one(identifiers: list[str]) -> None:
        if within is not None:
            within(identifiers[0])

    return submit_many(node, [outgoing], actor, within=one)[0]


def submit_many(
    node: Node,
    outgoing: Sequence[Outgoing],
    actor: Actor,
    *,
    within: Callable[[list[str]], None] | None = None,
) -> list[str]:
    """Submit messages together: all are stored, or none.

    Raises:
        Refused, InputError: as `submit`, for the first that may not be sent.
    """
    if not outgoing:
        return []
    now = node.clock()
    for partner, regime in {
        (each.partner, each.regime) for each in outgoing if each.act not in ALWAYS_PERMITTED
    }:
        require_unbroken(node, Bilateral(partner, regime))
    # 1. Decide: nothing is signed that is not permitted; what a text holds decides too.
    permits, examined = _permitted(node, outgoing, actor, now)
    # 2. Sign and seal.
    written = _write(node, outgoing, permits, now)
    identifiers = [each.header.id for each in written]
    # 3. Message, outbox row and evidence together.
    try:
        _store(node, outgoing, permits, examined, written, actor, now, within)
    except OverCap as over:
        # Others were quicker: the last of the cap was free when it was decided. The text is kept for its writer all the same.
        _keep_over_cap(node, outgoing, permits, examined, actor)
        raise Refused(over.code, **over.facts) from None
    reach("submit.after-commit")
    return identifiers


def _store(
    node: Node,
    outgoing: Sequence[Outgoing],
    permits: Sequence[Permit],
    examined: Sequence[Examined],
    written: Sequence[_Written],
    actor: Actor,
    now: Instant,
    within: Callable[[list[str]], None] | None,
) -> None:
    """Store messages with what belongs to them in one transaction, or nothing."""
    with atomic(node.alias):
        outbox.store_written(
            node.alias, [w.row(now) for w in written], [_outbox_row(w) for w in written], now
        )
        require_within_caps(
            node,
            (
                (each.partner, each.agreement)
                for each, permit in zip(outgoing, permits, strict=True)
                if each.agreement is not None and permit.obligations.ground in DEROGATIONS
            ),
        )
        disclosures.add_disclosures(node.alias, _disclosed(outgoing, written, now))
        _record(node, written, actor, now)
        if within is not None:
            within([each.header.id for each in written])
        for made, found in zip(written, examined, strict=True):
            quotes.keep(node.alias, made.header.recipient, made.header.id, found.quoted)
        reach("submit.before-commit")


def _keep_over_cap(
    node: Node,
    outgoing: Sequence[Outgoing],
    permits: Sequence[Permit],
    examined: Sequence[Examined],
    actor: Actor,
) -> None:
    if actor.kind is ActorKind.SYSTEM:
        return
    ground = Ground(VOLUME, None, "L20")
    for each, permit, found in zip(outgoing, permits, examined, strict=True):
        if permit.obligations.ground in DEROGATIONS:
            keep_stop(node, actor, each, each.kind, (ground,), found)


def _permitted(
    node: Node, outgoing: Sequence[Outgoing], actor: Actor, now: Instant
) -> tuple[list[Permit], list[Examined]]:
    decider = Decider(node)
    opened: dict[tuple[str, str, str], Instant] = {}
    for key in {(o.partner, o.regime, o.thread) for o in outgoing if o.thread is not None}:
        found = inbox.threads_opened(node.alias, key[0], key[1], [key[2]])
        opened.update({(key[0], key[1], thread): at for thread, at in found.items()})
    for each in outgoing:
        if each.regime not in node.config.regimes:
            raise Refused("envelope.regime", regime=each.regime.value)
    permits = []
    every = list(examine(node, outgoing, actor))
    for each, examined in zip(outgoing, every, strict=True):
        for ground in form_grounds(each.regime, each.kind):
            raise _refused(node, actor, each, examined, Refuse((ground,)))
        since = None if each.thread is None else opened.get((each.partner, each.regime, each.thread))
        act = _proposed(node, each, examined.taints, since)
        if each.override is not None:
            act = replace(act, override=each.override, notified=_told(each, outgoing))
        decision = decider.decide(act, each.agreement, now)
        if isinstance(decision, Refuse):
            raise _refused(node, actor, each, examined, decision)
        permits.append(decision)
    return permits, every


def _told(each: Outgoing, together: Sequence[Outgoing]) -> ServiceId | None:
    """Return the owner of what a message passes on, if a notice of the same decision goes to it in the same submission."""
    notices = [other for other in together if other.kind == OVERRIDE_NOTICE and other.act is Act.NOTIFY]
    told = any(each.owner == other.partner and each.decision == other.decision for other in notices)
    return each.owner if told else None


def _refused(node: Node, actor: Actor, each: Outgoing, examined: Examined, decision: Refuse) -> Refused:
    """Return the refusal; ground and text are kept, each for whom it may concern."""
    ground = next((one for one in decision.grounds if one.code == PROTECTED), decision.grounds[0])
    if actor.kind is not ActorKind.SYSTEM:
        keep = keep_block if ground.code == PROTECTED else keep_stop
        keep(node, actor, each, each.kind, decision.grounds, examined)
    return Refused(ground.code, **facts_of(node, each.agreement, ground))


def _proposed(node: Node, each: Outgoing, taints: frozenset[Taint], opened_at: Instant | None) -> ProposedAct:
    return ProposedAct(
        act=each.act,
        regime=each.regime,
        sender=node.service,
        recipient=each.partner,
        purpose=each.purpose,
        clause=each.clause,
        data=each.data,
        subjects=each.subjects,
        handling=each.handling,
        taints=taints,
        urgency=each.urgency,
        decision=each.decision,
        thread_opened_at=opened_at,
        owner=each.owner,
        collected_for=each.collected_for,
        consent=each.consent,
        consented_for=each.consented_for,
        held_under=each.held_under,
    )


def _write(
    node: Node, outgoing: Sequence[Outgoing], permits: Sequence[Permit], now: Instant
) -> list[_Written]:
    keys = {
        (o.partner, o.regime, o.act in ALWAYS_PERMITTED): sealing_key(
            node, o.partner, o.regime, protective=o.act in ALWAYS_PERMITTED
        )
        for o in {(o.partner, o.regime, o.act in ALWAYS_PERMITTED): o for o in outgoing}.values()
    }
    publics: list[bytes] = []
    headers: list[Header] = []
    for each, permit in zip(outgoing, permits, strict=True):
        kid, public = keys[each.partner, each.regime, each.act in ALWAYS_PERMITTED]
        publics.append(public)
        headers.append(_header(node, each, permit, kid, now))
    contents = [write_content(h, o.body) for h, o in zip(headers, outgoing, strict=True)]
    tokens: list[str] = [""] * len(headers)
    for regime in dict.fromkeys(header.regime for header in headers):
        places = [n for n, header in enumerate(headers) if header.regime == regime]
        signed = node.keys.sign(regime, TokenType.CONTENT, [contents[n] for n in places])
        for place, token in zip(places, signed, strict=True):
            tokens[place] = token
    parts = [seal_content(t, h, p) for t, h, p in zip(tokens, headers, publics, strict=True)]
    return [
        _Written(header, token, part, hashlib.sha256(part).hexdigest(), permit.obligations.ground)
        for header, token, part, permit in zip(headers, tokens, parts, permits, strict=True)
    ]


def _header(node: Node, each: Outgoing, permit: Permit, kid: str, now: Instant) -> Header:
    deadline = permit.obligations.deadline or each.deadline
    return Header(
        id=message_id(now, node.random(10)),
        kind=each.kind,
        sender=node.service,
        recipient=each.partner,
        regime=each.regime,
        act=each.act,
        agreement=each.agreement,
        clause=permit.clause or each.clause,
        purpose=each.purpose,
        thread=each.thread,
        sent_at=now,
        expires_at=now + transit(node),
        deadline=None if deadline is None else write_duration(deadline),
        data=tuple(sorted(each.data)),
        subjects=tuple(sorted(each.subjects)),
        handling=each.handling or permit.obligations.handling,
        urgency=each.urgency,
        decision=each.decision,
        kid=kid,
    )


def _outbox_row(written: _Written) -> OutboxEntry:
    header = written.header
    return OutboxEntry(
        message=header.id,
        partner=header.recipient,
        regime=header.regime.value,
        act=header.act.value,
        header=header.written,
        sealed=written.sealed,
        sealed_digest=written.sealed_digest,
        size=len(written.sealed),
        expires_at=header.expires_at,
    )


def _disclosed(outgoing: Sequence[Outgoing], written: Sequence[_Written], now: Instant) -> list[Disclosure]:
    """Return what the ledger holds of messages that tell something of a person."""
    return [
        Disclosure(partner=made.header.recipient, message=made.header.id, subject=each.subject, at=now)
        for each, made in zip(outgoing, written, strict=True)
        if tells(made.header.act, made.header.kind, carries=bool(made.header.data))
    ]


def _record(node: Node, written: Sequence[_Written], actor: Actor, now: Instant) -> None:
    scopes: dict[Bilateral, list[Event]] = {}
    for each in written:
        header = each.header
        named = {
            "message": header.id,
            "kind": header.kind,
            "act": header.act.value,
            "header": header.digest,
            "agreement": header.agreement,
            "clause": header.clause,
            "thread": header.thread,
            "ground": each.ground,
        }
        facts: dict[str, str | int] = {name: value for name, value in named.items() if value is not None}
        by = canonical.encode({"actor": actor.name, "header": header.digest})
        event = Event("message.sent", now, facts, by)
        scopes.setdefault(Bilateral(header.recipient, header.regime), []).append(event)
    for scope, events in scopes.items():
        record_many(node, scope, events)
