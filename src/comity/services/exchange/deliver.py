"""Deliver what stands in the outbox: one batch under way per partner and regime, sent until its receipt comes.

Implements docs/protocol/envelope.md §6 (delivery) and §7. Intent, call, outcome: the batch is fixed in one
transaction, sent outside any, and its receipt stored in another. Whoever is killed in between, the next attempt sends
the same manifest and the same sealed parts, and the partner answers a batch that it knows with the receipt that it gave.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import timedelta

from comity.core.codes.exchange import ALWAYS_PERMITTED, Act, Regime, ServiceId
from comity.core.crypto.agent import TokenType
from comity.core.envelope.batch import join_manifest, pack_batch
from comity.core.envelope.fields import read_document
from comity.core.envelope.header import Header, message_id
from comity.core.envelope.limits import BATCH_BYTES, BATCH_MESSAGES, MANIFEST_BYTES, MANIFEST_DEPTH
from comity.core.envelope.receipt import SentBatch, receipt_token, verify_receipt
from comity.core.instant import Instant
from comity.core.policy.decide import Refuse
from comity.errors import ComityError, DeliveryError
from comity.services.context import Node
from comity.services.crashpoint import reach
from comity.services.exchange.receipts import give_up, settle_batch
from comity.services.exchange.trust import Decider, proposed, trust_in
from comity.storage import agreements
from comity.storage.exchange import inbox, outbox
from comity.storage.exchange.outbox import LaneView, OpenDispatch, Waiting
from comity.storage.models.exchange import MessageState
from comity.storage.transaction import atomic
from comity.transport.channel import Channels

PATH = "/c/1/batch"

CLAIM = timedelta(seconds=120)
"""How long a worker may hold a lane without renewing its claim; longer than any transport timeout."""

FIRST_DELAY = timedelta(seconds=1)
LONGEST_DELAY = timedelta(minutes=5)
ROUNDS = 40
"""Batches that one claim may send before the lane is given back."""


def deliver_due(node: Node, channels: Channels) -> int:
    """Deliver what every lane has due, one lane after the other.

    Args:
        node: this node.
        channels: the ways to the partners.

    Returns:
        How many messages were settled by a receipt.
    """
    return sum(deliver_lane(node, channels, lane) for lane in due(node))


def due(node: Node) -> list[LaneView]:
    """Return the lanes that have something to send and may try now."""
    return outbox.due_lanes(node.alias, node.clock())


def take_over(node: Node) -> int:
    """End the claims that an earlier worker left, as a new worker begins; return how many.

    Safe even while the earlier one still sends: the partner gives one receipt for one batch, whoever sends it.
    """
    return outbox.free_lanes(node.alias)


def deliver_lane(node: Node, channels: Channels, lane: LaneView) -> int:
    """Deliver the batches of one lane until it is empty or fails.

    A failure delays only this lane: exponentially, with jitter, at most five minutes.

    Returns:
        How many messages were settled by a receipt.
    """
    now = node.clock()
    claim = node.random(16).hex()
    if not outbox.claim_lane(node.alias, lane, claim, now, now + CLAIM):
        return 0
    reach("deliver.claimed")
    settled = 0
    failures, code, pause = 0, None, timedelta(0)
    try:
        for _ in range(ROUNDS):
            count = _round(node, channels, lane, claim)
            settled += count
            if count == 0 or not outbox.has_waiting(node.alias, lane):
                break
    except ComityError as error:
        failures, code = (lane.failures if settled == 0 else 0) + 1, error.code
        permanent = isinstance(error, DeliveryError) and not error.retryable
        pause = LONGEST_DELAY if permanent else delay(failures, node.random(2))
    outbox.release_lane(
        node.alias, lane, claim, next_attempt=node.clock() + pause, failures=failures, code=code
    )
    return settled


def delay(failures: int, random: bytes) -> timedelta:
    """Return how long to wait after so many failures in a row: doubling, between half and the whole of it.

    Args:
        failures: at least 1.
        random: 2 bytes, for the jitter.
    """
    whole = min(FIRST_DELAY * (1 << min(failures - 1, 16)), LONGEST_DELAY)
    return whole * (0.5 + int.from_bytes(random, "big") / 131_072)


def _round(node: Node, channels: Channels, lane: LaneView, claim: str) -> int:
    """Send one batch and store its receipt; 0 when nothing is left."""
    partner, regime = ServiceId(lane.partner), Regime(lane.regime)
    trust = trust_in(node, partner, regime, node.clock())
    # 1. Intent: fix the membership.
    with atomic(node.alias):
        now = node.clock()
        if not outbox.renew_lane(node.alias, lane, claim, now + CLAIM):
            return 0
        dispatch = _under_way(node, lane, protective_only=trust.closed is not None)
        if dispatch is None:
            dispatch = _fix(node, lane, now, protective_only=trust.closed is not None)
        reach("deliver.before-fix")
    if dispatch is None:
        return 0
    reach("deliver.fixed")
    # 2. Call: the same bytes each time.
    token = node.keys.sign(regime, TokenType.BATCH, [dispatch.manifest])[0]
    parts = outbox.dispatch_parts(node.alias, dispatch.batch)
    answer = channels(partner).post(PATH, pack_batch(token, parts))
    reach("deliver.sent")
    # 3. Outcome: the receipt counts whatever the partner's state has become; it only protects.
    receipt_text = receipt_token(answer)
    sent = _sent(node, partner, regime, dispatch)
    receipt = verify_receipt(receipt_text, sent, trust.keys)
    with atomic(node.alias):
        first = settle_batch(node, partner, regime, dispatch, receipt_text, receipt)
        reach("deliver.before-receipt")
    reach("deliver.after-receipt")
    return len(sent.messages) if first else 0


def _under_way(node: Node, lane: LaneView, *, protective_only: bool) -> OpenDispatch | None:
    """Return the batch under way, unless it holds what may no longer leave; then it is taken apart."""
    dispatch = outbox.open_dispatch(node.alias, lane)
    if dispatch is None or not protective_only:
        return dispatch
    if outbox.dispatch_acts(node.alias, dispatch.batch) <= set(ALWAYS_PERMITTED):
        return dispatch
    outbox.dissolve_dispatch(node.alias, dispatch.batch, node.clock())
    return None


def _fix(node: Node, lane: LaneView, now: Instant, *, protective_only: bool) -> OpenDispatch | None:
    """Put the oldest messages that may still leave into a new batch."""
    acts = sorted(ALWAYS_PERMITTED) if protective_only else None
    rows = outbox.waiting(node.alias, lane, BATCH_MESSAGES, acts)
    rows = _without_lost(node, lane, rows, now)
    chosen: list[Waiting] = []
    size = 0
    for row in rows:
        size += row.size
        if chosen and size > BATCH_BYTES:
            break
        chosen.append(row)
    if not chosen:
        return None
    batch = message_id(now, node.random(10))
    manifest = join_manifest(
        batch,
        [(row.header, row.sealed_digest) for row in chosen],
        sender=node.service,
        recipient=ServiceId(lane.partner),
        regime=Regime(lane.regime),
        sent_at=now,
    )
    dispatch = OpenDispatch(batch, manifest, hashlib.sha256(manifest).hexdigest())
    outbox.fix_dispatch(node.alias, lane, dispatch, chosen, now)
    return dispatch


def _without_lost(node: Node, lane: LaneView, rows: Sequence[Waiting], now: Instant) -> list[Waiting]:
    """Take out, and write down, what has expired and what our own stop forbids by now."""
    expired = {row.message: "message.expired" for row in rows if row.expires_at <= now}
    stopped = _stopped(node, [row for row in rows if row.message not in expired], now)
    partner, regime = ServiceId(lane.partner), Regime(lane.regime)
    for codes, state in ((expired, MessageState.EXPIRED), (stopped, MessageState.WITHDRAWN)):
        if codes:
            outbox.drop_waiting(node.alias, [row for row in rows if row.message in codes])
            give_up(node, partner, regime, codes, state)
    return [row for row in rows if row.message not in expired and row.message not in stopped]


def _stopped(node: Node, rows: Sequence[Waiting], now: Instant) -> dict[str, str]:
    """Return the code of each message that our own stop of its agreement forbids by now."""
    under = {
        row.message: json.loads(row.header)["agreement"]
        for row in rows
        if Act(row.act) not in ALWAYS_PERMITTED
    }
    stops = agreements.stop_rows(node.alias, {name for name in under.values() if name is not None})
    ours = {
        name
        for name, found in stops.items()
        if any(stop.by == node.service and stop.at <= now for stop in found)
    }
    decider = Decider(node)
    codes: dict[str, str] = {}
    for row in rows:
        agreement = under.get(row.message)
        if agreement is None or agreement not in ours:
            continue
        header = read_document(
            Header, row.header, code="envelope.manifest", limit=MANIFEST_BYTES, depth=MANIFEST_DEPTH
        )
        opened = None
        if header.thread is not None:
            found = inbox.threads_opened(node.alias, header.recipient, header.regime, [header.thread])
            opened = found.get(header.thread)
        decision = decider.decide(proposed(header, opened), agreement, header.sent_at)
        if isinstance(decision, Refuse):
            codes[row.message] = decision.code
    return codes


def _sent(node: Node, partner: ServiceId, regime: Regime, dispatch: OpenDispatch) -> SentBatch:
    entries = json.loads(dispatch.manifest)["messages"]
    return SentBatch(
        batch=dispatch.batch,
        digest=dispatch.digest,
        sender=node.service,
        recipient=partner,
        regime=regime,
        messages=tuple(entry["header"]["id"] for entry in entries),
    )
