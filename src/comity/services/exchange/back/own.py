"""Take up again, after a restore, what this node had sent. Implements docs/protocol/envelope.md §9.

The partner shows what it accepted since the backup: its receipt, signed anew, and our own signed content, sealed for us.
Rules:
    - a message is ours if a key that we hold or held signed its content, for this very header;
    - it was accepted if the partner's receipt says so, since the backup; the agreement decides as when it was signed;
    - it is entered as sent and delivered, with its case and the clock of that receipt, and is sent to nobody;
    - kinds that are not entered (`taken_up`) are named, so that nobody sends them again unknowing;
    - what was erased, here by the journal or there, is not entered.
Attacks stopped: contents that we never wrote; a receipt of others; a message twice; what was erased. What the partner leaves
out stays unknown: nothing can prove it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.crypto.agent import Sealed, TokenType
from comity.core.crypto.encoding import to_text
from comity.core.envelope.content import open_content, seal_content, unverified_token
from comity.core.envelope.fields import read_document
from comity.core.envelope.header import Header
from comity.core.envelope.limits import BATCH_MESSAGES, CALL_ATTACHMENT_BYTES, MANIFEST_BYTES, MANIFEST_DEPTH
from comity.core.envelope.own import (
    OwnAsked,
    OwnBatch,
    OwnMessage,
    OwnPart,
    OwnShown,
    read_own_asked,
    read_own_shown,
    verify_own_batch,
)
from comity.core.envelope.receipt import Receipt
from comity.core.envelope.shown import Acknowledged
from comity.core.evidence.event import Bilateral, Event
from comity.core.instant import Instant, floor_ms, write_instant
from comity.core.policy.decide import Refuse
from comity.errors import InputError, NodeError, PeerError, Refused
from comity.services.calls import Call, call, call_handler
from comity.services.context import Node
from comity.services.crashpoint import reach
from comity.services.evidence.keyring import own_keys
from comity.services.evidence.record import record
from comity.services.exchange.deliver import CLAIM
from comity.services.exchange.handlers import Message, make_message
from comity.services.exchange.trust import Decider, decided_again, skew
from comity.services.partners.directory import sealing_key, signing_keys
from comity.storage.exchange import inbox, own
from comity.storage.exchange.written import MessageRow, insert_messages
from comity.storage.models.exchange import MessageState
from comity.transport.channel import Channels

CALL = "sent"

MAX_ANSWERS = 200_000
"""After how many answers a partner that always announces more is no longer asked."""

TakeUp = Callable[[Node, Message], None]
"""Enters what follows from a message of ours that was delivered; in the transaction that stores the message."""

_kinds: dict[str, TakeUp] = {}


@dataclass(frozen=True, slots=True)
class TakenUp:
    """What came of asking a partner for what we had sent.

    Args:
        entered: messages that are known again, as delivered.
        named: messages that we sent and that are not entered: of other kinds.
        gone: how many of those that the partner names it holds no content of, or our journal had erased.
        refused: messages that are not ours as shown, or could not be entered, and the code.
        unproven: how many batches no receipt of the partner's proves; they count for nothing.
    """

    entered: list[Acknowledged] = field(default_factory=list)
    named: list[Acknowledged] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)


def taken_up(kind: str) -> Callable[[TakeUp], TakeUp]:
    """Register the function that enters messages of ours of one kind.

    Raises:
        ValueError: the kind has another function already.
    """

    def register(function: TakeUp) -> TakeUp:
        if _kinds.setdefault(kind, function) is not function:
            raise ValueError(f"two functions take up {kind}")
        return function

    return register


def take_up_sent(
    node: Node,
    channels: Channels,
    partner: ServiceId,
    regime: Regime,
    since: Instant,
    erased: Callable[[Acknowledged], bool],
) -> TakenUp:
    """Ask a partner for what we sent and it accepted since a backup, and enter it; called again, it goes on.

    Args:
        node: this node.
        channels: the ways to the partners.
        partner: whom to ask; confirmed here and there.
        regime: of the messages.
        since: when the backup was made.
        erased: tells whether our own journal erased the words of a message.

    Raises:
        DeliveryError: the way is broken.
        Refused: the partner's own code; ``partner.*``.
        PeerError: an answer is wrong: ``return.*``, ``json.*``.
    """
    work = _Work(node, partner, regime, since - skew(node) - CLAIM, erased)
    after = 0
    for _ in range(MAX_ANSWERS):
        asked = OwnAsked(after=after, since=work.since)
        answer, attachment = call(node, channels, partner, regime, CALL, asked.plain())
        shown = read_own_shown(answer, attachment, after)
        for batch in shown.batches:
            work.take(batch, attachment, shown.kid)
            after = batch.place
        if not shown.more:
            return work.found
    raise PeerError("return.malformed")


@dataclass
class _Work:
    """The asking of one partner under one regime."""

    node: Node
    partner: ServiceId
    regime: Regime
    since: Instant
    erased: Callable[[Acknowledged], bool]
    found: TakenUp = field(default_factory=TakenUp)

    def take(self, batch: OwnBatch, attachment: bytes, kid: str) -> None:
        """Enter what one answer shows, message by message."""
        node = self.node
        try:
            receipt, parts = verify_own_batch(
                batch,
                attachment,
                signing_keys(node, self.partner, self.regime, node.clock()),
                sender=node.service,
                recipient=self.partner,
                regime=self.regime,
            )
        except PeerError as error:
            self.found.unproven.append(error.code)
            return
        if not self.since <= receipt.received_at <= node.clock() + skew(node):
            self.found.unproven.append("receipt.other-batch")
            return
        fresh = [part for part in parts if not own.sent_already(node.alias, part.header.id)]
        sealed = [Sealed(kid, part.sealed, part.header.info) for part in fresh if part.sealed]
        opened = iter(node.keys.open(self.regime, sealed) if sealed else [])
        for part in fresh:
            self._take_one(part, next(opened) if part.sealed else None, receipt)

    def _take_one(self, part: OwnPart, plaintext: bytes | None, receipt: Receipt) -> None:
        header = part.header
        digest = hashlib.sha256(part.sealed).hexdigest()
        one = Acknowledged(header, receipt.received_at, digest)
        if not part.sealed or self.erased(one):
            self.found.gone.append(header.id)
            return
        try:
            token, message = self._verified(header, plaintext, receipt)
            if header.kind not in _kinds:
                self.found.named.append(one)
            elif self._enter(one, token, message, receipt):
                self.found.entered.append(one)
        except (PeerError, Refused, InputError, NodeError) as error:
            self.found.refused.append((header.id, error.code))

    def _verified(self, header: Header, plaintext: bytes | None, receipt: Receipt) -> tuple[str, Message]:
        # 1. The seal.
        if plaintext is None:
            raise PeerError("envelope.sealed")
        # 2. Our own signature, for this header.
        token = unverified_token(plaintext)
        body = open_content(token, header, own_keys(self.node, self.regime))
        # 3. Signed before it was accepted.
        if header.sent_at > receipt.received_at + skew(self.node):
            raise PeerError("envelope.future")
        # 4. To the partner: a message names whoever is at the other end.
        return token, replace(make_message(header, body, receipt.received_at), partner=self.partner)

    def _enter(self, one: Acknowledged, token: str, message: Message, receipt: Receipt) -> bool:
        """Store a message as delivered with all that follows from it, in one transaction; False if it is known."""
        node, header = self.node, one.header
        decided = None
        if header.agreement is not None:
            decided = decided_again(
                node, Decider(node, counting=False), header.written, header.agreement, None
            )
        if isinstance(decided, Refuse):
            raise Refused(decided.code)
        ground = None if decided is None else decided.obligations.ground
        with inbox.isolated(node.alias):
            inbox.lock_way_in(node.alias, self.partner, self.regime)
            if own.sent_already(node.alias, header.id):
                return False
            now = floor_ms(node.clock())
            row = MessageRow.of(header, self.partner, now, sealed=one.sealed, content=token, ground=ground)
            row = row._replace(
                state=MessageState.DELIVERED.value, received_at=receipt.received_at, batch=receipt.batch
            )
            insert_messages(node.alias, [row])
            _kinds[header.kind](node, message)
            facts: dict[str, str | int] = {
                "message": header.id,
                "header": header.digest,
                "batch": receipt.batch,
                "manifest": receipt.manifest,
                "received_at": write_instant(receipt.received_at),
            }
            record(node, Bilateral(self.partner, self.regime), Event("message.taken-up", now, facts))
            reach("own.before-commit")
        return True


@call_handler(CALL)
def show_sent(node: Node, made: Call) -> tuple[object, bytes]:
    """Show a partner what it had sent and we accepted: its own words, sealed for it, as far as we hold them still.

    Not to a suspended partner: its node may be in other hands. Each answer stands in the log.

    Raises:
        PeerError: ``call.malformed``, ``json.*``, ``partner.no-key``.
    """
    asked = read_own_asked(made.body)
    rows, receipt = _accepted(node, made, asked)
    kid, public = sealing_key(node, made.partner, made.regime)
    messages: list[OwnMessage] = []
    parts: list[bytes] = []
    place = asked.after
    for row in rows[:BATCH_MESSAGES]:
        part = b"" if row.content is None else seal_content(row.content, _header(row.header), public)
        if row.batch != rows[0].batch or sum(map(len, parts)) + len(part) > CALL_ATTACHMENT_BYTES:
            break
        messages.append(OwnMessage(header=to_text(row.header), size=len(part)))
        parts.append(part)
        place = row.place
    if receipt is None:
        return OwnShown(batches=(), kid=kid, more=False).plain(), b""
    token = node.keys.sign(made.regime, TokenType.RECEIPT, [receipt])[0]
    facts: dict[str, str | int] = {"batch": rows[0].batch, "messages": len(messages)}
    with inbox.isolated(node.alias):
        record(
            node, Bilateral(made.partner, made.regime), Event("batch.shown-to-author", node.clock(), facts)
        )
    batch = OwnBatch(messages=tuple(messages), place=place, receipt=token)
    return OwnShown(batches=(batch,), kid=kid, more=len(messages) < len(rows)).plain(), b"".join(parts)


def _accepted(node: Node, made: Call, asked: OwnAsked) -> tuple[list[own.Accepted], bytes | None]:
    """Return the messages of the next batch of which a receipt is held, with what follows it, and that receipt."""
    after = asked.after
    while rows := own.accepted_since(
        node.alias,
        made.partner,
        made.regime.value,
        since=asked.since,
        after=after,
        limit=BATCH_MESSAGES + 1,
    ):
        receipt = own.receipt_of(node.alias, made.partner, rows[0].batch)
        if receipt is not None:
            return rows, receipt
        after = max(row.place for row in rows if row.batch == rows[0].batch)
    return [], None


def _header(octets: bytes) -> Header:
    return read_document(Header, octets, code="envelope.manifest", limit=MANIFEST_BYTES, depth=MANIFEST_DEPTH)
