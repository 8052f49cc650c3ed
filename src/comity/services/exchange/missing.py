"""Which messages this node has acknowledged and does not hold: after a restore. Implements docs/protocol/envelope.md §9.

A partner keeps our receipt for each batch. It shows them again, to whoever signed them; what they acknowledge and the
database does not hold was lost with the node that was restored. Nothing is changed on either side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.crypto.encoding import to_text
from comity.core.envelope.limits import KIB
from comity.core.envelope.shown import (
    MAX_BATCHES,
    Acknowledged,
    Proven,
    ReceiptsAsked,
    ReceiptsShown,
    ShownBatch,
    read_asked,
    read_shown,
    verify_shown,
)
from comity.core.evidence.event import Event, Internal
from comity.core.instant import Instant
from comity.errors import PeerError
from comity.services.calls import Call, call, call_handler
from comity.services.context import Node
from comity.services.evidence.keyring import own_keys
from comity.services.evidence.record import record
from comity.services.exchange.deliver import CLAIM
from comity.services.exchange.trust import skew
from comity.services.partners.directory import all_partners
from comity.storage.exchange import inbox, outbox, recovery
from comity.storage.transaction import atomic
from comity.transport.channel import Channels

CALL = "receipts"

ANSWER_BYTES = 512 * KIB
"""Greatest sum of manifests and receipts in one answer; a single batch is always shown."""

MAX_ANSWERS = 20_000
"""After how many answers a partner that always announces more is no longer asked."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What a partner's receipts tell.

    Args:
        messages: acknowledged by this node and not held by it.
        batches: how many batches were shown.
        unproven: how many of them no receipt of this node proves; they count for nothing.
        lost: the batches of the messages, each with those that are missing only, in the order of their receipts.
    """

    messages: tuple[Acknowledged, ...]
    batches: int
    unproven: int
    lost: tuple[Proven, ...] = field(default=(), compare=False, repr=False)


def find_missing(
    node: Node, channels: Channels, partner: ServiceId, regime: Regime, since: Instant
) -> Missing:
    """Ask a partner for the receipts it holds of this node, and return what they acknowledge and is not here.

    Args:
        node: this node.
        channels: the ways to the partners.
        partner: whom to ask; one that is suspended here may be asked.
        regime: of the messages.
        since: when the backup was made; asked for is a little more, as clocks differ and receipts travel.

    Raises:
        DeliveryError: the way is broken.
        Refused: the partner's own code; ``partner.*``.
        PeerError: the answer is wrong: ``return.*``, ``json.*``.
    """
    from_then = since - skew(node) - CLAIM
    keys = own_keys(node, regime)
    lost: list[Proven] = []
    batches = unproven = after = 0
    for _ in range(MAX_ANSWERS):
        asked = ReceiptsAsked(after=after, since=from_then)
        body, _none = call(node, channels, partner, regime, CALL, asked.plain(), protective=True)
        shown = read_shown(body, after)
        for one in shown.batches:
            batches, after = batches + 1, one.place
            try:
                found = verify_shown(one, keys, sender=partner, recipient=node.service, regime=regime)
            except PeerError:
                unproven += 1
                continue
            missing = not_held(node, partner, found.messages)
            if missing:
                lost.append(replace(found, messages=missing))
        if not shown.more:
            # A partner's places order what it shows, not what we accepted: that our own receipts tell.
            lost.sort(key=lambda one: one.received_at)
            messages = tuple(message for one in lost for message in one.messages)
            return Missing(messages, batches, unproven, tuple(lost))
    raise PeerError("return.malformed")


def not_held(node: Node, partner: ServiceId, found: Sequence[Acknowledged]) -> tuple[Acknowledged, ...]:
    """Return those of a partner's messages that this node does not hold byte for byte."""
    if not found:
        return ()
    held = inbox.known_messages(node.alias, partner, [one.header.id for one in found])
    return tuple(one for one in found if held.get(one.header.id, ("", ""))[0] != one.header.digest)


def expect_missing(node: Node, since: Instant) -> None:
    """Write down, in the transaction of a restore, that every partner has to be asked what is missing."""
    lanes = [
        (one.service, regime)
        for one in all_partners(node)
        for regime in one.card.regimes
        if Regime(regime) in node.config.regimes
    ]
    recovery.expect(node.alias, lanes, since)


@dataclass(frozen=True, slots=True)
class RecoveryView:
    """What was missing of a partner's messages when it was last asked; `asked_at` is None until it was."""

    partner: str
    regime: str
    since: Instant
    asked_at: Instant | None
    missing: int


def recoveries(node: Node) -> list[RecoveryView]:
    """Return what the last restore left to be asked, or missing, for each partner and regime."""
    return [
        RecoveryView(row.partner, row.regime, row.since, row.asked_at, row.missing)
        for row in recovery.all_rows(node.alias)
    ]


def note_missing(node: Node, partner: ServiceId, regime: Regime, since: Instant, found: Missing) -> None:
    """Write down, with its evidence, how much is missing, so that a check tells it until it is not."""
    now, missing = node.clock(), len(found.messages)
    facts: dict[str, str | int] = {
        "partner": partner,
        "regime": regime.value,
        "missing": missing,
        "unproven": found.unproven,
    }
    with atomic(node.alias):
        recovery.note(node.alias, partner, regime.value, since, now, missing=missing, unproven=found.unproven)
        record(node, Internal(), Event("recovery.asked", now, facts))


@call_handler(CALL, protective=True)
def show_receipts(node: Node, made: Call) -> tuple[object, bytes]:
    """Show a partner the receipts that it signed: its own words, without any content.

    Raises:
        PeerError: ``call.malformed``, ``json.*``.
    """
    asked = read_asked(made.body)
    rows = outbox.receipted(
        node.alias, made.partner, made.regime, since=asked.since, after=asked.after, limit=MAX_BATCHES + 1
    )
    batches: list[ShownBatch] = []
    size = 0
    for row in rows[:MAX_BATCHES]:
        one = ShownBatch(manifest=to_text(row.manifest), place=row.place, receipt=row.receipt)
        size += len(one.manifest) + len(one.receipt)
        if batches and size > ANSWER_BYTES:
            break
        batches.append(one)
    return ReceiptsShown(batches=tuple(batches), more=len(batches) < len(rows)).plain(), b""
