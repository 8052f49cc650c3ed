"""Call a batch back, and answer a partner that does. Implements docs/protocol/envelope.md §6 (held back) and §9.

A batch without a receipt may have been taken, or not. Its sender asks: the partner shows the receipt that it gave, or
binds itself never to accept the batch, in the same transaction. So both know the same, whatever was lost on the way, and
a copy that is still on the line has no effect. Nothing of the batch is said: whoever has not seen it learns that there
was one.
"""

from __future__ import annotations

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.crypto.agent import TokenType
from comity.core.envelope.callback import CalledBack, Settled, read_called_back, read_settled
from comity.core.evidence.event import Bilateral, Event
from comity.core.instant import floor_ms
from comity.errors import PeerError
from comity.services.calls import Call, call, call_handler
from comity.services.context import Node
from comity.services.evidence.record import record
from comity.storage.exchange import inbox
from comity.storage.models.exchange import NEVER
from comity.transport.channel import Channels

CALL = "call-back"
CALLED_BACK = "batch.called-back"


def call_back(
    node: Node, channels: Channels, partner: ServiceId, regime: Regime, batch: str, digest: str
) -> str | None:
    """Ask a partner for the receipt of a batch of ours; None: it has not accepted the batch and never will.

    Args:
        node: this node.
        channels: the ways to the partners.
        partner: to whom the batch went; one that is suspended here is asked too.
        regime: of the batch.
        batch: its identifier.
        digest: of its manifest.

    Returns:
        The receipt's token, unverified.

    Raises:
        DeliveryError: the way is broken.
        Refused: the partner's own code; ``partner.*``.
        PeerError: the answer is wrong: ``return.*``, ``json.*``.
    """
    body = CalledBack(batch=batch, manifest=digest).plain()
    answer, _none = call(node, channels, partner, regime, CALL, body, protective=True)
    return read_settled(answer).receipt


@call_handler(CALL, protective=True, repeatable=True)
def settle_called_back(node: Node, made: Call) -> tuple[object, bytes]:
    """Show the receipt of a partner's batch, or write down that it is never accepted; again, with the same answer.

    Raises:
        PeerError: ``call.malformed``, ``json.*``, ``batch.replayed``: another batch stands under that identifier.
    """
    asked = read_called_back(made.body)
    with inbox.isolated(node.alias):
        now = floor_ms(node.clock())
        inbox.lock_way_in(node.alias, made.partner, made.regime)
        known = inbox.way_in(node.alias, made.partner, asked.batch, now).batch
        if known is None:
            _never(node, made, asked)
    if known is None or known.digest == NEVER:
        return Settled(receipt=None).plain(), b""
    if known.digest != asked.manifest:
        raise PeerError("batch.replayed")
    token = node.keys.sign(made.regime, TokenType.RECEIPT, [known.receipt])[0]
    return Settled(receipt=token).plain(), b""


def _never(node: Node, made: Call, asked: CalledBack) -> None:
    now = floor_ms(node.clock())
    row = inbox.BatchRow(
        partner=made.partner,
        batch=asked.batch,
        regime=made.regime.value,
        digest=NEVER,
        received_at=now,
        receipt=b"",
    )
    inbox.add_batch(node.alias, row)
    facts: dict[str, str | int] = {"batch": asked.batch, "manifest": asked.manifest}
    record(node, Bilateral(made.partner, made.regime), Event(CALLED_BACK, now, facts))
