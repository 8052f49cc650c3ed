"""Hold messages back: what has not left leaves no more, and of what may have left the partner is asked.

Implements docs/protocol/envelope.md §6 (held back). Rules:
    - a message that stands in no batch is withdrawn at once: nobody has seen it;
    - one in a batch under way loses its sealed bytes in the deciding transaction, so that whoever is killed, and
      whenever, they leave no more; whether they had left already, only the partner knows: its batch is called back
      (`callback`) before anything else of the lane is sent;
    - if the partner had taken it, it counts as delivered; if not, it is withdrawn, and whoever owed anything because of
      it is told (`on_never`).
"""

from __future__ import annotations

from collections.abc import Mapping

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.evidence.event import Bilateral, Event
from comity.services.context import Node
from comity.services.evidence.record import record_many
from comity.services.exchange.receipts import give_up
from comity.storage.exchange import outbox
from comity.storage.exchange.outbox import Whereabouts
from comity.storage.models.exchange import MessageState

HELD_BACK = "message.held-back"


def hold_back(
    node: Node, partner: ServiceId, regime: Regime, codes: Mapping[str, str]
) -> dict[str, Whereabouts]:
    """Let messages leave no more, in the running transaction, and return where each was.

    Args:
        node: this node.
        partner: to whom they would go.
        regime: of the lane.
        codes: message to code; of one that is held back already the first stays.
    """
    # In the order of time, as a worker takes them: two that wait for each other's rows would stand still.
    found = {m: outbox.hold_back(node.alias, partner, m, codes[m]) for m in sorted(codes)}
    here = {message: codes[message] for message, where in found.items() if where is Whereabouts.HERE}
    if here:
        give_up(node, partner, regime, here, MessageState.WITHDRAWN)
    now = node.clock()
    events = [
        Event(HELD_BACK, now, {"message": message, "code": codes[message]})
        for message, where in found.items()
        if where is Whereabouts.UNDER_WAY
    ]
    if events:
        record_many(node, Bilateral(partner, regime), events)
    return found


def hold_one(node: Node, partner: str, regime: str, message: str, code: str) -> Whereabouts:
    """Let one message leave no more, in the running transaction, and return where it was."""
    return hold_back(node, ServiceId(partner), Regime(regime), {message: code})[message]
