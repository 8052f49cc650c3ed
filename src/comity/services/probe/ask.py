"""Asks a partner, privately, whether it knows a person.

Implements docs/protocol/probe.md §4 (asker), §8 and §9. Who was asked for leaves this function in one form only: the
justification, sealed to the data-protection officer of this service. A miss and a hit leave the same traces.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import PURPOSE_GROUPS, Act, Purpose, Regime, ServiceId
from comity.core.codes.marks import Role
from comity.core.crypto.encoding import to_text
from comity.core.crypto.voprf.layout import OPENINGS
from comity.core.crypto.voprf.suite import SEED_BYTES
from comity.core.policy.decide import Permit, ProposedAct, Refuse
from comity.core.probe import exchange
from comity.core.probe.audit import answered_octets
from comity.core.probe.index import KEY_BYTES
from comity.core.probe.opening import (
    Found,
    Replica,
    Strength,
    candidates,
    is_crowded,
    judge,
    open_records,
    to_open,
)
from comity.core.probe.query import Query
from comity.core.probe.recalled import MoreRequest
from comity.core.probe.rules.tokens import query_tokens
from comity.core.probe.wire import put_together, take_apart
from comity.core.texts import typed
from comity.core.watch.justified import NOTHING_SAID, Justification
from comity.errors import ComityError, DeliveryError, InputError, PeerError, Refused
from comity.services.agreements.standing import stored_standing
from comity.services.calls import call
from comity.services.context import Actor, Node
from comity.services.custody.officer import seal_for_officer
from comity.services.evidence.record import Bilateral, Event, record
from comity.services.exchange.trust import Decider
from comity.services.partners.directory import trusted_partner
from comity.services.probe.batch.asked import Begun, Search, pending_of
from comity.services.probe.index import stored_manifest
from comity.services.probe.layers.chain import recalled_labels
from comity.services.probe.replica import fetch, is_valid, open_replica
from comity.services.watch.justification import justification_info, seal_justification
from comity.services.watch.remembered import case_pseudonym, remembered
from comity.storage import probe as rows
from comity.storage.indexes import asked as asked_rows
from comity.storage.models.probe import AskedState, ProbeAsked, ProbeReplica, ReplicaState
from comity.storage.models.watch import SearchLook
from comity.storage.transaction import atomic
from comity.storage.watch import looks
from comity.transport.channel import Channels

ATTEMPTS = 3
"""How often the identical request is sent when the way is broken; the partner counts it once."""

OPENING_STEP = 0.008
"""Seconds between an answer and the openings that follow it, or a multiple of them."""

MIRROR_STEP = 3.0
"""The same where shards come from a mirror on demand: whether one was here already must not show."""

MAX_REASON = 2000
MAX_CASE = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the asker learns.

    Args:
        strength: hit, possible, miss, or insufficient data (nothing was sent then).
        rules: rules of ours that opened something.
        references: opaque references with the rules that opened each; at most two.
        rid: identifier of the search, empty when nothing was sent.
        today, in_case: the partner's count, this search included.
        left_today, left_in_case: how many searches the agreement still permits.
    """

    strength: Strength
    rules: tuple[str, ...] = ()
    references: tuple[Found, ...] = ()
    rid: str = ""
    today: int = 0
    in_case: int = 0
    left_today: int | None = None
    left_in_case: int | None = None


def ask(
    node: Node,
    channels: Channels,
    partner: ServiceId,
    agreement: str,
    purpose: Purpose,
    case: str,
    query: Query,
    actor: Actor,
    *,
    reason: str = "",
    said: Justification = NOTHING_SAID,
) -> Outcome:
    """Ask one partner about one person.

    Args:
        node: this node.
        channels: ways to the partners.
        partner: who is asked.
        agreement: hash of the agreement in force.
        purpose: why; only its group travels.
        case: number of the case at this service; only a pseudonym travels.
        query: the person.
        actor: an officer of the regime, or the operator at the console.
        reason: why this person, for the data-protection officer.
        said: what the law wants said besides; whoever lets a person or a case system ask requires it (`require_said`).

    Raises:
        Refused: ``actor.role``, ``partner.*``, the policy's code, ``quota.*``, or what the partner refused with.
        InputError: ``agreement.not-found``, ``probe.case``, ``probe.no-index``.
        PeerError: ``probe.proof``, ``probe.answer-*``, ``probe.tombstones``: nothing of the answer was used.
        DeliveryError: the partner was not reached; the search counts here.
        NodeError: ``officer.no-key``.
    """
    search = search_of(node, partner, agreement, purpose, case, query, actor, reason, said)
    begun = begin(node, channels, search)
    return Outcome(Strength.INSUFFICIENT) if begun is None else finish(node, channels, search, begun)


def search_of(
    node: Node,
    partner: ServiceId,
    agreement: str,
    purpose: Purpose,
    case: str,
    query: Query,
    actor: Actor,
    reason: str,
    said: Justification = NOTHING_SAID,
) -> Search:
    """Return a search that this actor may make of this partner; `ask` says what it raises."""
    standing = stored_standing(node, agreement)
    regime = standing.agreement.regime
    actor.require(regime, Role.OFFICER, Role.HEAD_OF_DESK, Role.APPROVER)
    number = typed(case, "probe.case", most=MAX_CASE, line=True)
    why = typed(reason, "probe.case", least=0, most=MAX_REASON)
    trusted_partner(node, partner)
    return Search(partner, regime, purpose, standing, number, query, why, actor, said=said.checked())


def begin(node: Node, channels: Channels, search: Search) -> Begun | None:
    """Decide, blind, commit, and store the intent; None when too little is known: then nothing is sent or counted."""
    # 1. Too little is known.
    try:
        announced = newest_replica(node, channels, search)
    except InputError:
        # What may not be asked at all is said before what is missing for it.
        permitted(node, search, case_pseudonym(node, search.partner, search.case))
        raise
    replica = open_replica(node, announced)
    tokens = query_tokens(replica.manifest.rules, replica.manifest.commonness, search.query)
    if not any(tokens.values()):
        return None
    # 2. Our own decision, with our own counts.
    pseudonym = case_pseudonym(node, search.partner, search.case)
    permit = permitted(node, search, pseudonym)
    # 3. Blind; commit; seal the justification; store the intent.
    seed = node.random(SEED_BYTES)
    asked = exchange.ask(replica.manifest.rules, tokens, seed)
    request, row = _prepare(node, search, announced, replica, asked.points, seed, pseudonym)
    begun = Begun(permit, replica, asked, seed, request, row)
    if search.rid:
        row.pending = pending_of(begun)
    with atomic(node.alias):
        asked_rows.add(node.alias, row)
        if not search.again:
            looks.add(node.alias, _remembered(node, search, row))
        _record(
            node, row, "probe.asked", {"commitment": row.commitment, "request": request.digest}, search.actor
        )
    return begun


def _remembered(node: Node, search: Search, row: ProbeAsked) -> SearchLook:
    of = (node, row.rid, row.partner, search.regime, search.actor, search.case)
    return remembered(*of, search.query, search.said, row.asked_at)


def finish(node: Node, channels: Channels, search: Search, begun: Begun) -> Outcome:
    """Call, verify, open, judge; one event of one size, whatever was found.

    A search that can be taken up again stays an intent when the way, the rules or this node stopped it: the same request
    is sent again later.
    """
    row = begun.row
    # 4. Nothing of an answer is used before its proofs hold.
    try:
        answer = _call(node, channels, search, begun.request)
        opened = _opened(node, channels, search, begun, answer)
    except ComityError as error:
        if not search.rid or _is_final(error):
            fail(node, row, error.code)
        raise
    # 5. Judge here.
    outcome = _judged(opened, answer, begun.permit)
    _settle(node, search, row, outcome, opened)
    return outcome


def fail(node: Node, row: ProbeAsked, code: str) -> None:
    """Note that a search failed for good; what it would be taken up with is deleted."""
    with atomic(node.alias):
        asked_rows.settle(node.alias, row.rid, state=AskedState.FAILED, code=code, pending=None)
        _record(node, row, "probe.failed", {"code": code}, None)


def _is_final(error: ComityError) -> bool:
    """Tell whether the same request, sent again, would fail again."""
    return isinstance(error, PeerError) or error.code.startswith("probe.")


@dataclass(frozen=True, slots=True, repr=False)
class _Opened:
    """What opened, by which record keys, of which answer, by which request, and whether more was worth opening than may be."""

    found: tuple[Found, ...]
    keys: tuple[bytes, ...]
    answered: bytes
    request: str
    crowded: bool


def _opened(
    node: Node, channels: Channels, search: Search, begun: Begun, answer: exchange.ProbeAnswer
) -> _Opened:
    """Look up, then ask for two openings, at a time that does not tell what was found."""
    started = node.ticks()
    replica, rules = begun.replica, begun.replica.manifest.rules
    tokens, outputs = exchange.outputs(rules, begun.asked, answer, replica.manifest.publics)
    layer = begun.request.layer
    recalled = recalled_labels(
        answer.tombstones, layer, lambda page: _more(node, channels, search, begun.request, page)
    )
    found = candidates(replica, tokens, outputs, recalled)
    # The openings that were asked for before a crash are asked for again, and no others.
    keys = tuple(one.key for one in to_open(found)) if begun.keys is None else begun.keys
    if search.rid and begun.keys is None:
        asked_rows.settle(node.alias, begun.row.rid, pending=pending_of(begun, keys))
    blinding = exchange.ask_openings(keys, begun.seed)
    request = exchange.OpeningRequest(
        rid=answer.rid, points=tuple(to_text(element) for element in blinding.elements)
    )
    # The issuer sees this delay: it is a whole number of steps, and one step nearly always.
    step = OPENING_STEP if replica.at_hand else MIRROR_STEP
    node.sleep(step - (node.ticks() - started) % step)
    body = _sent(node, channels, search, "probe-open", request.to_json())
    made = exchange.read_openings(body, request)
    opening_of = dict(zip(keys, exchange.openings(blinding, made, replica.manifest.publics), strict=True))
    chosen = [one for one in found if one.key in opening_of]
    records = open_records(replica, chosen, [opening_of[one.key] for one in chosen], search.query)
    crowded = is_crowded(found)
    return _Opened(records, keys, answered_octets(answer), request.digest, crowded)


def _more(node: Node, channels: Channels, search: Search, request: exchange.ProbeRequest, page: int) -> Any:
    """Return a further page of what is gone; how many there are is the issuer's number, and depends on no query."""
    wanted = MoreRequest(
        group=PURPOSE_GROUPS[search.purpose].value,
        epoch=request.epoch,
        layer=request.layer,
        page=page,
    )
    return _sent(node, channels, search, "probe-recalled", wanted.model_dump(mode="json"))


def _judged(opened: _Opened, answer: exchange.ProbeAnswer, permit: Permit) -> Outcome:
    strength, counted = judge(opened.found, crowded=opened.crowded)
    return Outcome(
        strength=strength,
        rules=tuple(sorted({rule for one in counted for rule in one.rules})),
        references=counted,
        rid=answer.rid,
        today=answer.today,
        in_case=answer.in_case,
        left_today=permit.obligations.probes_left_today,
        left_in_case=permit.obligations.probes_left_in_case,
    )


def _settle(node: Node, search: Search, row: ProbeAsked, outcome: Outcome, opened: _Opened) -> None:
    padded = b"".join(opened.keys).ljust(OPENINGS.total * KEY_BYTES, b"\0")
    info = justification_info(row.rid, row.commitment)
    _, sealed = seal_for_officer(node, info, padded + opened.answered)
    with atomic(node.alias):
        asked_rows.settle(
            node.alias,
            row.rid,
            state=AskedState.ANSWERED,
            today=outcome.today,
            in_case=outcome.in_case,
            answered_at=node.clock(),
            outcome=kept_outcome(outcome),
            opened=sealed,
            pending={} if search.rid else None,
        )
        facts: dict[str, str | int] = {"today": outcome.today, "openings": opened.request}
        _record(node, row, "probe.answer-verified", facts, None)


def outcome_document(outcome: Outcome) -> dict[str, object]:
    """Return the JSON form of an outcome."""
    return {
        "result": outcome.strength.value,
        "rules": list(outcome.rules),
        "references": [
            {"reference": one.reference, "rules": sorted(one.rules)} for one in outcome.references
        ],
    }


def kept_outcome(outcome: Outcome) -> dict[str, Any]:
    """Return what is stored of an outcome: its JSON form, and how probable each record is."""
    return {**outcome_document(outcome), "probabilities": [one.probability for one in outcome.references]}


def newest_replica(node: Node, channels: Channels, search: Search) -> ProbeReplica:
    """Return the newest searchable index; one that was announced and not fetched yet is fetched first.

    Raises:
        InputError: ``probe.no-index``.
    """
    scope = (search.partner, search.regime.value, PURPOSE_GROUPS[search.purpose].value)
    ready = newest = rows.newest_replica(node.alias, scope)
    if newest is not None and newest.state != ReplicaState.READY:
        ready = rows.ready_replica(node.alias, scope)
    if newest is not None and (ready is None or ready.pk != newest.pk):
        try:
            ready = fetch(node, channels, search.partner, search.regime, PURPOSE_GROUPS[search.purpose])
        except DeliveryError:
            if ready is None:
                raise
    if ready is None or not is_valid(node, stored_manifest(ready.manifest)):
        raise InputError("probe.no-index")
    return ready


def permitted(node: Node, search: Search, pseudonym: str, *, counted: str = "") -> Permit:
    """Decide with our own counts.

    Args:
        node: this node.
        search: what is asked.
        pseudonym: of the case.
        counted: a search that is among the counts already, since it is taken up again.

    Raises:
        Refused: the policy's code, ``quota.*``.
    """
    now = node.clock()
    midnight = datetime.combine(now.date(), time(), tzinfo=UTC)
    agreement = search.standing.hash
    today, in_case = asked_rows.counts(
        node.alias, search.partner, agreement, midnight, pseudonym, but=counted
    )
    act = ProposedAct(
        act=Act.PROBE,
        regime=search.regime,
        sender=node.service,
        recipient=search.partner,
        purpose=search.purpose,
        probes_today=today,
        probes_in_case=in_case,
    )
    decision = Decider(node).decide(act, agreement, now)
    if isinstance(decision, Refuse):
        raise Refused(decision.code)
    return decision


def _prepare(
    node: Node,
    search: Search,
    announced: ProbeReplica,
    replica: Replica,
    points: tuple[str, ...],
    seed: bytes,
    pseudonym: str,
) -> tuple[exchange.ProbeRequest, ProbeAsked]:
    now = node.clock()
    nonce, rid = node.random(32), search.rid or node.random(16).hex()
    committed = exchange.commitment(nonce, search.query.to_octets(), search.case, seed)
    group = PURPOSE_GROUPS[search.purpose]
    request = exchange.ProbeRequest(
        rid=rid,
        agreement=search.standing.hash,
        group=group.value,
        epoch=replica.manifest.epoch,
        profile=replica.manifest.profile,
        case=pseudonym,
        commitment=committed,
        layer=replica.newest,
        points=points,
    )
    kid, justification = seal_justification(node, search, request, announced.digest, nonce, seed, now)
    row = ProbeAsked(
        rid=rid,
        partner=search.partner,
        regime=search.regime.value,
        group=group.value,
        purpose=search.purpose.value,
        agreement=search.standing.hash,
        epoch=replica.manifest.epoch,
        case=request.case,
        commitment=committed,
        officer_kid=kid,
        justification=justification,
        asked_at=now,
    )
    return request, row


def _call(
    node: Node, channels: Channels, search: Search, request: exchange.ProbeRequest
) -> exchange.ProbeAnswer:
    return exchange.read_answer(_sent(node, channels, search, "probe", request.to_json()), request)


def _sent(node: Node, channels: Channels, search: Search, kind: str, body: dict[str, Any]) -> Any:
    """Return the answer to a call; the same call again if the answer was lost."""
    attempt, sent = 0, take_apart(body)
    while True:
        attempt += 1
        try:
            answer = call(node, channels, search.partner, search.regime, kind, *sent)
        except DeliveryError as error:
            if attempt >= ATTEMPTS or not error.retryable:
                raise
        else:
            return put_together(*answer, "probe.answer-malformed")


def _record(node: Node, row: ProbeAsked, kind: str, more: dict[str, str | int], actor: Actor | None) -> None:
    facts: dict[str, str | int] = {"search": row.rid, "group": row.group, "agreement": row.agreement, **more}
    committed = None if actor is None else canonical.encode({"actor": actor.name, "search": row.rid})
    scope = Bilateral(ServiceId(row.partner), Regime(row.regime))
    record(node, scope, Event(kind, node.clock(), facts, committed, erase_key=row.rid))
