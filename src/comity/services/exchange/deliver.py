"""Deliver what stands in the outbox: one batch under way per partner and regime, sent until its receipt comes.

Implements docs/protocol/envelope.md §6 (delivery) and §7. Intent, call, outcome: the batch is fixed in one
transaction, with the claim of its lane; sent outside any; and its receipt stored in another, with the next batch of the
lane or the end of the claim. Whoever is killed in between, the next attempt sends the same manifest and the same sealed
parts, and the partner answers a batch that it knows with the receipt that it gave. A batch that holds what may not leave
any more is not sent again but called back: its receipt comes, or the certainty that none ever will.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from comity.core.codes.exchange import ALWAYS_PERMITTED, Act, Regime, ServiceId
from comity.core.crypto.agent import TokenType
from comity.core.envelope.batch import join_manifest, pack_batch
from comity.core.envelope.header import message_id
from comity.core.envelope.limits import BATCH_BYTES, BATCH_MESSAGES
from comity.core.envelope.receipt import SentBatch, receipt_token, verify_receipt
from comity.core.instant import Instant
from comity.core.policy.decide import Refuse
from comity.core.policy.law import PROTECTED
from comity.errors import ComityError, DeliveryError
from comity.services.context import Node
from comity.services.crashpoint import reach
from comity.services.evidence.record import Bilateral, Event, record
from comity.services.exchange.back.callback import CALLED_BACK, call_back
from comity.services.exchange.receipts import SentMessage, give_up, sent_messages, settle_batch
from comity.services.exchange.trust import STATUS_CHANGED, Decider, Trust, decided_again, trust_in
from comity.storage import agreements
from comity.storage.exchange import lanes, outbox
from comity.storage.exchange.lanes import LaneView
from comity.storage.exchange.outbox import OpenDispatch, Waiting
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
    return lanes.due_lanes(node.alias, node.clock())


def take_over(node: Node) -> int:
    """End the claims that an earlier worker left, as a new worker begins; return how many.

    Safe even while the earlier one still sends: the partner gives one receipt for one batch, whoever sends it.
    """
    return lanes.free_lanes(node.alias)


def deliver_lane(node: Node, channels: Channels, lane: LaneView) -> int:
    """Deliver the batches of one lane until it is empty or fails.

    A failure delays only this lane: exponentially, with jitter, at most five minutes.

    Returns:
        How many messages were settled by a receipt.
    """
    work = _Work(node, channels, lane, node.random(16).hex())
    try:
        sending = work.begin()
        for left in reversed(range(ROUNDS)):
            if sending is None:
                break
            sending = work.send(sending, last=left == 0)
    except ComityError as error:
        failures = (lane.failures if work.settled == 0 else 0) + 1
        permanent = isinstance(error, DeliveryError) and not error.retryable
        pause = LONGEST_DELAY if permanent else delay(failures, node.random(2))
        work.give_back(pause, failures, error.code)
    return work.settled


def delay(failures: int, random: bytes) -> timedelta:
    """Return how long to wait after so many failures in a row: doubling, between half and the whole of it.

    Args:
        failures: at least 1.
        random: 2 bytes, for the jitter.
    """
    whole = min(FIRST_DELAY * (1 << min(failures - 1, 16)), LONGEST_DELAY)
    return whole * (0.5 + int.from_bytes(random, "big") / 131_072)


@dataclass(frozen=True, slots=True)
class _Sending:
    """A batch whose membership is fixed.

    Args:
        parts: sealed, in the order of the manifest.
        keys: of the partner, for the receipt.
        full: whether more may wait behind it.
        back: it is called back, since it holds what may not leave any more; there are no parts.
    """

    dispatch: OpenDispatch
    parts: Sequence[bytes]
    keys: Mapping[str, bytes]
    full: bool
    back: bool = False


@dataclass
class _Work:
    """The work on one lane under one claim."""

    node: Node
    channels: Channels
    lane: LaneView
    claim: str
    settled: int = 0

    def __post_init__(self) -> None:
        self.partner, self.regime = ServiceId(self.lane.partner), Regime(self.lane.regime)

    def begin(self) -> _Sending | None:
        """Claim the lane and fix a batch, in one transaction; None when there is nothing to send or claim."""
        trouble, sending = None, None
        with atomic(self.node.alias):
            now = self.node.clock()
            claimed = lanes.claim_lane(self.node.alias, self.lane, self.claim, now, now + CLAIM)
            if claimed is None:
                return None
            reach("deliver.claimed")
            try:
                sending = self._next(now, opened=claimed.open)
            except ComityError as error:
                trouble = error
            if sending is None and trouble is None:
                self.give_back(timedelta(0), 0, None)
        if trouble is not None:
            raise trouble
        return sending

    def send(self, sending: _Sending, *, last: bool) -> _Sending | None:
        """Send a batch and store its receipt; with it, in one transaction, the next batch or the end of the claim."""
        node, dispatch = self.node, sending.dispatch
        reach("deliver.fixed")
        # 1. Call: the same bytes each time, or none.
        text = self._called_back(dispatch) if sending.back else self._posted(sending)
        reach("deliver.sent")
        # 2. Outcome: the receipt counts whatever the partner's state has become; it only protects.
        messages: Mapping[str, SentMessage] = {} if text is None else sent_messages(dispatch.manifest)
        sent = self._sent(dispatch, messages)
        receipt = None if text is None else verify_receipt(text, sent, sending.keys)
        trouble, following = None, None
        with atomic(node.alias):
            first = False
            if text is None or receipt is None:
                self._taken_apart(dispatch)
            else:
                first = settle_batch(node, sent, text, receipt, messages)
            # 3. Intent: the next batch. What fails here must not undo the receipt.
            try:
                following = self._go_on(sending, last=last)
            except ComityError as error:
                trouble = error
            reach("deliver.before-receipt")
        reach("deliver.after-receipt")
        self.settled += len(messages) if first else 0
        if trouble is not None:
            raise trouble
        return following

    def _posted(self, sending: _Sending) -> str:
        """Send a batch and return the token of its receipt, unverified."""
        token = self.node.keys.sign(self.regime, TokenType.BATCH, [sending.dispatch.manifest])[0]
        answer = self.channels(self.partner).post(PATH, pack_batch(token, sending.parts))
        return receipt_token(answer)

    def _called_back(self, dispatch: OpenDispatch) -> str | None:
        """Call a batch back and return the token of the receipt that was given, or None: it is never taken."""
        return call_back(self.node, self.channels, self.partner, self.regime, dispatch.batch, dispatch.digest)

    def _taken_apart(self, dispatch: OpenDispatch) -> None:
        """Take apart a batch that is never taken: what was held back in it is given up, the rest waits again."""
        node, now = self.node, self.node.clock()
        if not outbox.dissolve_dispatch(node.alias, dispatch.batch, now):
            return
        facts: dict[str, str | int] = {"batch": dispatch.batch, "manifest": dispatch.digest}
        record(node, Bilateral(self.partner, self.regime), Event(CALLED_BACK, now, facts))

    def give_back(self, pause: timedelta, failures: int, code: str | None) -> None:
        """Give the lane back, to be tried again after a pause."""
        again = self.node.clock() + pause
        lanes.release_lane(
            self.node.alias, self.lane, self.claim, next_attempt=again, failures=failures, code=code
        )

    def _go_on(self, sending: _Sending, *, last: bool) -> _Sending | None:
        """Fix the next batch, or give the lane back when nothing waits or this was the last round."""
        alias, now = self.node.alias, self.node.clock()
        if not sending.full and lanes.finish_lane(alias, self.lane, self.claim, now):
            return None
        if not lanes.renew_lane(alias, self.lane, self.claim, now + CLAIM):
            return None
        following = None if last else self._next(now, opened=False)
        if following is None:
            self.give_back(timedelta(0), 0, None)
        return following

    def _next(self, now: Instant, *, opened: bool) -> _Sending | None:
        """Return the batch under way, or a new one; what fails has changed nothing that binds."""
        node = self.node
        trust = trust_in(node, self.partner, self.regime, now)
        dispatch = outbox.open_dispatch(node.alias, self.lane) if opened else None
        if dispatch is None:
            sending = _fix(node, self.lane, now, trust)
        elif _may_leave(node, dispatch, now, trust):
            parts = outbox.dispatch_parts(node.alias, dispatch.batch)
            sending = _Sending(dispatch, parts, trust.keys, full=True)
        else:
            sending = _Sending(dispatch, (), trust.keys, full=True, back=True)
        reach("deliver.before-fix")
        return sending

    def _sent(self, dispatch: OpenDispatch, messages: Mapping[str, SentMessage]) -> SentBatch:
        return SentBatch(
            batch=dispatch.batch,
            digest=dispatch.digest,
            sender=self.node.service,
            recipient=self.partner,
            regime=self.regime,
            messages=tuple(messages),
        )


def _may_leave(node: Node, dispatch: OpenDispatch, now: Instant, trust: Trust) -> bool:
    """Tell whether all that stands in a batch under way may be sent again."""
    rows = outbox.under_way(node.alias, dispatch.batch, node.service)
    if any(row.size == 0 or row.expires_at <= now for row in rows):
        return False
    if any(trust.refusal(Act(row.act)) is not None for row in rows):
        return False
    left = [row for row in rows if row.stops]
    return not (left and _stopped(node, left, now))


def _fix(node: Node, lane: LaneView, now: Instant, trust: Trust) -> _Sending | None:
    """Put the oldest messages that may still leave into a new batch."""
    acts = None if trust.closed is None else ALWAYS_PERMITTED
    found = outbox.waiting(node.alias, lane, node.service, BATCH_MESSAGES + 1, acts)
    while len(rows := _without_lost(node, lane, found[:BATCH_MESSAGES], now)) < len(found[:BATCH_MESSAGES]):
        # What was taken out may have had a notice behind it, which is not owed any more.
        found = outbox.waiting(node.alias, lane, node.service, BATCH_MESSAGES + 1, acts)
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
    parts = outbox.fix_dispatch(node.alias, lane, dispatch, chosen, now)
    full = len(found) > BATCH_MESSAGES or len(chosen) < len(rows)
    return _Sending(dispatch, parts, trust.keys, full)


def _without_lost(node: Node, lane: LaneView, rows: Sequence[Waiting], now: Instant) -> list[Waiting]:
    """Take out, and write down, what was held back or has expired, and what our own stop or a change of status forbids."""
    held = [row.message for row in rows if row.size == 0]
    withdrawn = dict.fromkeys(held, PROTECTED) | (outbox.held_codes(node.alias, held) if held else {})
    expired = {
        r.message: "message.expired" for r in rows if r.expires_at <= now and r.message not in withdrawn
    }
    left = [row for row in rows if row.stops and row.message not in {*withdrawn, *expired}]
    stopped = withdrawn | (_stopped(node, left, now) if left else {})
    partner, regime = ServiceId(lane.partner), Regime(lane.regime)
    for codes, state in ((expired, MessageState.EXPIRED), (stopped, MessageState.WITHDRAWN)):
        if codes:
            with atomic(node.alias):
                outbox.drop_waiting(node.alias, [row for row in rows if row.message in codes])
                give_up(node, partner, regime, codes, state)
    return [row for row in rows if row.message not in expired and row.message not in stopped]


def _stopped(node: Node, rows: Sequence[Waiting], now: Instant) -> dict[str, str]:
    """Return the code of each message that our own stop of its agreement, or a change of status, forbids by now."""
    under = {
        row.message: json.loads(row.header)["agreement"]
        for row in rows
        if Act(row.act) not in ALWAYS_PERMITTED
    }
    named = {name for name in under.values() if name is not None}
    stops, changes = agreements.stop_rows(node.alias, named), agreements.status_rows(node.alias, named)
    ours = {
        name
        for name, found in stops.items()
        if any(stop.by == node.service and stop.at <= now for stop in found)
    }
    decider = Decider(node, counting=False)
    codes: dict[str, str] = {}
    for row in rows:
        agreement = under.get(row.message)
        if agreement is None:
            continue
        if agreement in ours:
            decision = decided_again(node, decider, row.header, agreement, None)
            if isinstance(decision, Refuse):
                codes[row.message] = decision.code
        if row.message not in codes and changes[agreement]:
            decision = decided_again(node, decider, row.header, agreement, now)
            if isinstance(decision, Refuse) and decision.code.startswith("transfer."):
                codes[row.message] = STATUS_CHANGED
    return codes
