"""What is done when the partner's receipt comes: one function for each kind, run in the transaction that stores it.

Implements docs/protocol/envelope.md §7.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.envelope.fetched import Gone
from comity.core.envelope.receipt import Receipt, SentBatch, Verdict, is_disputed
from comity.core.instant import Instant, read_instant
from comity.services.context import Node
from comity.services.evidence.record import Bilateral, Event, record_many
from comity.storage.exchange import outbox
from comity.storage.exchange.kept import drop_parts
from comity.storage.models.exchange import MessageState

OnReceipt = Callable[[Node, str, Instant | None, str | None], None]
"""Given the node, the message, when the partner received it, and the code if it was refused or never arrived."""

OnNever = Callable[[Node, ServiceId, str], None]
"""Given the node, the partner, and a message that was held back in time: it never reached the partner."""

_functions: dict[str, OnReceipt] = {}
_never: list[OnNever] = []


def on_receipt(kind: str) -> Callable[[OnReceipt], OnReceipt]:
    """Register the function that is told what became of messages of one kind.

    It runs inside the transaction that stores the receipt and must change nothing outside the database.

    Raises:
        ValueError: the kind has another function already.
    """

    def register(function: OnReceipt) -> OnReceipt:
        if _functions.setdefault(kind, function) is not function:
            raise ValueError(f"two receipt functions for {kind}")
        return function

    return register


def on_never(function: OnNever) -> OnNever:
    """Register a function that is told of messages of ours that were held back and never reached the partner.

    It runs inside the transaction that withdraws them, after the functions of their kinds, and must change nothing
    outside the database.
    """
    if function not in _never:
        _never.append(function)
    return function


@dataclass(frozen=True, slots=True)
class SentMessage:
    """What a manifest of ours says of one message."""

    kind: str
    sent_at: Instant


def sent_messages(manifest: bytes) -> dict[str, SentMessage]:
    """Return the messages of a manifest that this node wrote, by identifier, in order."""
    headers = [entry["header"] for entry in json.loads(manifest)["messages"]]
    return {one["id"]: SentMessage(one["kind"], read_instant(one["sent_at"])) for one in headers}


def settle_batch(
    node: Node, sent: SentBatch, token: str, receipt: Receipt, messages: Mapping[str, SentMessage]
) -> bool:
    """Store a verified receipt and all that follows from it; inside a transaction.

    Args:
        node: this node.
        sent: the batch.
        token: the receipt as it came.
        receipt: verified.
        messages: those of the batch.

    Returns:
        False when the receipt had been stored before; then nothing is changed.
    """
    now = node.clock()
    # 1. Once only, whoever comes twice. What was accepted stays, sealed, for the partner's restore.
    delivered = [o.id for o in receipt.outcomes if o.outcome is Verdict.ACCEPTED]
    kept = delivered if node.config.kept_days and node.config.kept_mib else ()
    held = outbox.close_dispatch(node.alias, sent.batch, token, now, kept=kept)
    if held is None:
        return False
    if held:
        drop_parts(node.alias, sent.recipient, held, Gone.WITHHELD)
    refused = {o.id: o.code for o in receipt.outcomes if o.code is not None}
    # 2. The state of each message.
    outbox.settle(
        node.alias,
        sent.recipient,
        sent.batch,
        delivered=delivered,
        refused=refused,
        received_at=receipt.received_at,
    )
    disputed = {m for m, one in messages.items() if is_disputed(one.sent_at, receipt.received_at, now)}
    if disputed:
        outbox.mark_disputed(node.alias, sent.recipient, disputed)
    # 3. Evidence: the receipt by its digest, and each refusal.
    facts: dict[str, str | int] = {
        "batch": sent.batch,
        "manifest": sent.digest,
        "receipt": hashlib.sha256(token.encode("ascii")).hexdigest(),
        "delivered": len(delivered),
        "refused": len(refused),
        "disputed": len(disputed),
    }
    events = [Event("batch.receipted", now, facts)]
    events += [Event("message.refused", now, {"message": m, "code": c}) for m, c in refused.items()]
    record_many(node, Bilateral(sent.recipient, sent.regime), events)
    # 4. What waits for it.
    for outcome in receipt.outcomes:
        told = _functions.get(messages[outcome.id].kind)
        if told is not None:
            told(node, outcome.id, receipt.received_at, outcome.code)
    return True


def give_up(
    node: Node, partner: ServiceId, regime: Regime, codes: Mapping[str, str], state: MessageState
) -> None:
    """Write down that messages will never be sent; inside a transaction.

    Args:
        node: this node.
        partner: to whom they would have gone.
        regime: of the lane.
        codes: message to code.
        state: EXPIRED or WITHDRAWN.
    """
    now = node.clock()
    outbox.settle(
        node.alias,
        partner,
        None,
        delivered=(),
        refused=codes,
        received_at=None,
        refused_state=state,
    )
    kind = f"message.{state.value}"
    events = [Event(kind, now, {"message": message, "code": code}) for message, code in codes.items()]
    record_many(node, Bilateral(partner, regime), events)
    for message, message_kind in outbox.kinds_of(node.alias, partner, list(codes)).items():
        told = _functions.get(message_kind)
        if told is not None:
            told(node, message, None, codes[message])
    if state is MessageState.WITHDRAWN:
        for message in codes:
            for function in _never:
                function(node, partner, message)
