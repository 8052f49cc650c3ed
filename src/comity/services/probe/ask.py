"""Asks a partner, privately, whether it knows a person.

Implements docs/protocol/probe.md §4 (asker), §8 and §9. Who was asked for leaves this function in one form only: the
justification, sealed to the data-protection officer of this service. A miss and a hit leave the same traces.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import PURPOSE_GROUPS, Act, Purpose, Regime, ServiceId
from comity.core.codes.marks import Role
from comity.core.crypto.voprf.layout import OPENINGS
from comity.core.crypto.voprf.suite import SEED_BYTES
from comity.core.policy.decide import Permit, ProposedAct, Refuse
from comity.core.probe import exchange
from comity.core.probe.index import KEY_BYTES
from comity.core.probe.opening import Replica, Strength
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
from comity.services.custody.officer import OfficerKey, officer_key
from comity.services.evidence.record import Bilateral, Event, record, record_many
from comity.services.exchange.trust import Decider
from comity.services.partners.directory import trusted_partner
from comity.services.probe.asking.look import Opened, look_up, opened, verified
from comity.services.probe.asking.outcome import Outcome, judged, kept_outcome
from comity.services.probe.batch.asked import Begun, Search, has_not_chosen, pending_of
from comity.services.probe.index import stored_manifest
from comity.services.probe.layers.chain import recalled_labels
from comity.services.probe.replica import fetch, is_valid, open_replica
from comity.services.watch.justification import justification_info, seal_justification
from comity.services.watch.remembered import case_pseudonym, remembered
from comity.storage import probe as rows
from comity.storage.indexes import asked as asked_rows
from comity.storage.models.probe import AskedState, ProbeAsked, ProbeReplica, ReplicaState
from comity.storage.models.watch import SearchLook
from comity.storage.transaction import alone, atomic
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
    return begin_each(node, channels, [search])[0]


def begin_each(node: Node, channels: Channels, searches: Sequence[Search]) -> list[Begun | None]:
    """Begin searches of one case, or none of them: each is permitted, and has its own seed, justification and intent.

    Args:
        node: this node.
        channels: ways to the partners.
        searches: of one partner, agreement, purpose and case.
    """
    first = searches[0]
    pseudonym = case_pseudonym(node, first.partner, first.case)
    # 1. Too little is known.
    try:
        announced = newest_replica(node, channels, first)
    except InputError:
        # What may not be asked at all is said before what is missing for it.
        permitted(node, first, pseudonym)
        raise
    replica = open_replica(node, announced)
    rules, commonness = replica.manifest.rules, replica.manifest.commonness
    tokens = [query_tokens(rules, commonness, search.query) for search in searches]
    asking = [at for at, own in enumerate(tokens) if any(own.values())]
    if not asking:
        return [None] * len(searches)
    # 2. Our own decision, with our own counts.
    permit = permitted(node, first, pseudonym, more=len(asking) - 1)
    # 3. Blind; commit; seal the justifications; store the intents.
    key, begun = officer_key(node), list[Begun | None]([None] * len(searches))
    for at in asking:
        seed = node.random(SEED_BYTES)
        asked = exchange.ask(rules, tokens[at], seed)
        request, row = _prepare(node, key, searches[at], announced, replica, asked.points, seed, pseudonym)
        one = begun[at] = Begun(permit, replica, asked, seed, request, row)
        if searches[at].rid:
            row.pending = pending_of(one)
    _store_intents(
        node, pseudonym, [(search, one) for search, one in zip(searches, begun, strict=True) if one]
    )
    return begun


def _store_intents(node: Node, pseudonym: str, begun: Sequence[tuple[Search, Begun]]) -> None:
    """Store that these searches are about to be made, with what is remembered of them and the evidence.

    Those of a batch are decided once more, where no other can be stored meanwhile: several calls may be under way.

    Raises:
        Refused: ``quota.*``; ``probe.under-way``: another run has begun one of them.
    """
    first = begun[0][0]
    looked = [_remembered(node, search, one.row) for search, one in begun if not search.again]
    events = [
        _event(
            node,
            one.row,
            "probe.asked",
            {"commitment": one.row.commitment, "request": one.request.digest},
            search.actor,
        )
        for search, one in begun
    ]
    with atomic(node.alias):
        if first.rid:
            alone(node.alias, f"probe-asked/{first.partner}/{first.standing.hash}")
            permitted(node, first, pseudonym, more=len(begun) - 1)
        if not asked_rows.add(node.alias, [one.row for _, one in begun]):
            raise Refused("probe.under-way")
        looks.add(node.alias, looked)
        record_many(node, _scope(begun[0][1].row), events)


def _remembered(node: Node, search: Search, row: ProbeAsked) -> SearchLook:
    of = (node, row.rid, row.partner, search.regime, search.actor, search.case)
    return remembered(*of, search.query, search.said, row.asked_at)


def finish(node: Node, channels: Channels, search: Search, begun: Begun) -> Outcome:
    """Call, verify, open, judge; one event of one size, whatever was found.

    A search that can be taken up again stays an intent when the way, the rules or this node stopped it: the same request
    is sent again later.
    """
    # 4. Nothing of an answer is used before its proofs hold.
    try:
        answer = _call(node, channels, search, begun.request)
        found = _opened(node, channels, search, begun, answer)
    except ComityError as error:
        if not search.rid or is_final(error):
            fail(node, begun.row, error.code)
        raise
    # 5. Judge here.
    outcome = judged(found, answer, begun.permit)
    settle_each(node, [Settled(search, begun.row, outcome, found)])
    return outcome


def fail(node: Node, row: ProbeAsked, code: str) -> None:
    """Note that a search failed for good; what it would be taken up with is deleted."""
    with atomic(node.alias):
        asked_rows.settle(node.alias, row.rid, state=AskedState.FAILED, code=code, pending=None)
        record(node, _scope(row), _event(node, row, "probe.failed", {"code": code}, None))


def is_final(error: ComityError) -> bool:
    """Tell whether the same request, sent again, would fail again."""
    return isinstance(error, PeerError) or error.code.startswith("probe.")


def _opened(
    node: Node, channels: Channels, search: Search, begun: Begun, answer: exchange.ProbeAnswer
) -> Opened:
    """Look up, then ask for two openings, at a time that does not tell what was found."""
    started = node.ticks()
    recalled = recalled_of(node, channels, search, begun, answer)
    looked = look_up(begun, verified(begun, answer), recalled)
    if search.rid and begun.keys is None:
        keep_chosen(node, [(begun, looked.keys)])
    wait(node, begun, started)
    body = sent(node, channels, search, "probe-open", looked.request.to_json())
    return opened(begun, search.query, looked, answer, exchange.read_openings(body, looked.request))


def keep_chosen(node: Node, chosen: Sequence[tuple[Begun, tuple[bytes, ...]]]) -> None:
    """Keep which openings searches ask for, so that after a crash they ask for the same, and no other run for others.

    Raises:
        Refused: ``probe.under-way``: another run has chosen, or has ended one of them. Two requests under one blind would
            tell the partner by their difference what was found.
    """
    with atomic(node.alias):
        held = asked_rows.under_way(node.alias, [one.row.rid for one, _ in chosen])
        if not all(has_not_chosen(held.get(one.row.rid)) for one, _ in chosen):
            raise Refused("probe.under-way")
        for one, keys in chosen:
            asked_rows.settle(node.alias, one.row.rid, pending=pending_of(one, keys))


def wait(node: Node, begun: Begun, started: float, searches: int = 1) -> None:
    """Wait until openings may be asked for.

    The issuer sees this delay: it is a whole number of steps, and one step nearly always.

    Args:
        node: this node.
        begun: one of the searches.
        started: when their answer was there, by the node's ticks.
        searches: how many were answered together; their step is as much longer.
    """
    step = searches * (OPENING_STEP if begun.replica.at_hand else MIRROR_STEP)
    node.sleep(step - (node.ticks() - started) % step)


def recalled_of(
    node: Node, channels: Channels, search: Search, begun: Begun, answer: exchange.ProbeAnswer
) -> Set[bytes]:
    """Return the labels of rows that are gone, further pages fetched."""
    layer = begun.request.layer
    return recalled_labels(
        answer.tombstones, layer, lambda page: _more(node, channels, search, begun.request, page)
    )


def _more(node: Node, channels: Channels, search: Search, request: exchange.ProbeRequest, page: int) -> Any:
    """Return a further page of what is gone; how many there are is the issuer's number, and depends on no query."""
    wanted = MoreRequest(
        group=PURPOSE_GROUPS[search.purpose].value,
        epoch=request.epoch,
        layer=request.layer,
        page=page,
    )
    return sent(node, channels, search, "probe-recalled", wanted.model_dump(mode="json"))


@dataclass(frozen=True, slots=True, repr=False)
class Settled:
    """A search that has its outcome."""

    search: Search
    row: ProbeAsked
    outcome: Outcome
    opened: Opened


def settle_each(node: Node, settled: Sequence[Settled]) -> None:
    """Store outcomes, all or none; one event of one size for each, whatever was found."""
    key = officer_key(node)
    sealed = [_sealed(key, one) for one in settled]
    with atomic(node.alias):
        for one, octets in zip(settled, sealed, strict=True):
            asked_rows.settle(
                node.alias,
                one.row.rid,
                state=AskedState.ANSWERED,
                today=one.outcome.today,
                in_case=one.outcome.in_case,
                answered_at=node.clock(),
                outcome=kept_outcome(one.outcome),
                opened=octets,
                pending={} if one.search.rid else None,
            )
        record_many(node, _scope(settled[0].row), [_verified(node, one) for one in settled])


def _sealed(key: OfficerKey, one: Settled) -> bytes:
    """Return the keys opened and what was answered, sealed to the data-protection officer; always of one size."""
    padded = b"".join(one.opened.keys).ljust(OPENINGS.total * KEY_BYTES, b"\0")
    info = justification_info(one.row.rid, one.row.commitment)
    return key.seal(info, padded + one.opened.answered)


def _verified(node: Node, one: Settled) -> Event:
    facts: dict[str, str | int] = {"today": one.outcome.today, "openings": one.opened.request}
    return _event(node, one.row, "probe.answer-verified", facts, None)


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


def permitted(
    node: Node, search: Search, pseudonym: str, *, before: int = asked_rows.NONE_BEFORE, more: int = 0
) -> Permit:
    """Decide with our own counts.

    Args:
        node: this node.
        search: what is asked.
        pseudonym: of the case.
        before: number of a search that is taken up again: it was permitted with those that were stored before it.
        more: searches that are made with it.

    Raises:
        Refused: the policy's code, ``quota.*``.
    """
    now = node.clock()
    midnight = datetime.combine(now.date(), time(), tzinfo=UTC)
    agreement = search.standing.hash
    today, in_case = asked_rows.counts(
        node.alias, search.partner, agreement, midnight, pseudonym, before=before
    )
    act = ProposedAct(
        act=Act.PROBE,
        regime=search.regime,
        sender=node.service,
        recipient=search.partner,
        purpose=search.purpose,
        probes_today=today + more,
        probes_in_case=in_case + more,
    )
    decision = Decider(node).decide(act, agreement, now)
    if isinstance(decision, Refuse):
        raise Refused(decision.code)
    return decision


def _prepare(
    node: Node,
    key: OfficerKey,
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
    justification = seal_justification(key, search, request, announced.digest, nonce, seed, now)
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
        officer_kid=key.kid,
        justification=justification,
        asked_at=now,
    )
    return request, row


def _call(
    node: Node, channels: Channels, search: Search, request: exchange.ProbeRequest
) -> exchange.ProbeAnswer:
    return exchange.read_answer(sent(node, channels, search, "probe", request.to_json()), request)


def sent(node: Node, channels: Channels, search: Search, kind: str, body: dict[str, Any]) -> Any:
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


def _event(node: Node, row: ProbeAsked, kind: str, more: dict[str, str | int], actor: Actor | None) -> Event:
    facts: dict[str, str | int] = {"search": row.rid, "group": row.group, "agreement": row.agreement, **more}
    committed = None if actor is None else canonical.encode({"actor": actor.name, "search": row.rid})
    return Event(kind, node.clock(), facts, committed, erase_key=row.rid)


def _scope(row: ProbeAsked) -> Bilateral:
    return Bilateral(ServiceId(row.partner), Regime(row.regime))
