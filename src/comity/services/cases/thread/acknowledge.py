"""Acknowledge the conditions of a reply: until a person has, its words stay sealed.

Implements docs/protocol/cases.md §12; rule L8. Source: Directive (EU) 2016/680 Art. 9(3): conditions travel with the
data and the recipient is bound by them. A machine's receipt proves that they arrived; only a person takes note of them.
"""

from __future__ import annotations

from comity.core import canonical
from comity.core.cases.messages import open_body
from comity.core.cases.thread import ACKNOWLEDGEMENT, AcknowledgementBody, conditions_digest
from comity.core.codes.exchange import Act, Regime, ServiceId
from comity.core.evidence.event import Bilateral, Event
from comity.errors import PeerError, Refused
from comity.services.cases.access import READERS, known_case, may_read_named
from comity.services.context import Actor, ActorKind, Node
from comity.services.evidence.record import record
from comity.services.exchange.handlers import Message, handler
from comity.services.exchange.submit import Outgoing, submit
from comity.services.protection.passages import is_for_named, known_passage, words
from comity.storage.models.exchange import Direction
from comity.storage.protection import passages


def acknowledge(node: Node, actor: Actor, thread: str, message: str) -> str:
    """Take note of the conditions of a reply, tell its sender, and return the message; the words open with it.

    Raises:
        InputError: ``case.unknown``, ``case.message-unknown``.
        Refused: ``actor.role``, ``case.person`` (no officer), ``case.no-conditions``,
            ``case.named-officers`` (the words are for another).
    """
    row = known_case(node, actor, thread)
    regime = Regime(row.regime)
    if actor.kind is not ActorKind.OFFICER:
        raise Refused("case.person")
    actor.require(regime, *READERS)
    passage = known_passage(node, row, message)
    found = words(node, passage)
    if passage.direction != Direction.IN or not passage.conditions_open or found is None:
        raise Refused("case.no-conditions")
    if is_for_named(found) and not may_read_named(actor, row):
        raise Refused("case.named-officers")
    digest = conditions_digest(found)
    partner = ServiceId(row.partner)
    outgoing = Outgoing(
        partner=partner,
        regime=regime,
        kind=ACKNOWLEDGEMENT,
        act=Act.RECEIPT,
        body=AcknowledgementBody(message=message, conditions=digest).json_body(),
        thread=thread,
    )

    def within(_: str) -> None:
        now = node.clock()
        passages.change_passage(node.alias, passage, conditions_open=False, acknowledged_at=now)
        facts: dict[str, str | int] = {"thread": thread, "message": message, "conditions": digest}
        committed = canonical.encode({"actor": actor.name})
        record(node, Bilateral(partner, regime), Event("case.conditions-acknowledged", now, facts, committed))

    return submit(node, outgoing, actor, within=within)


@handler(ACKNOWLEDGEMENT, {Act.RECEIPT})
def receive_acknowledgement(node: Node, message: Message) -> None:
    """Write down that the recipient has taken note of the conditions of a reply of ours.

    Raises:
        PeerError: ``case.message-malformed``, ``case.header``, ``case.conditions`` (other ones than ours).
    """
    body = open_body(AcknowledgementBody, message.body)
    row = passages.passage(node.alias, message.partner, body.message)
    if row is None or row.direction != Direction.OUT or row.thread != message.thread:
        raise PeerError("case.header")
    found = words(node, row)
    if found is not None and conditions_digest(found) != body.conditions:
        raise PeerError("case.conditions")
    passages.change_passage(node.alias, row, conditions_open=False, acknowledged_at=message.received_at)
    facts: dict[str, str | int] = {"thread": message.thread, "message": body.message}
    scope = Bilateral(message.partner, message.regime)
    record(node, scope, Event("case.acknowledged", message.received_at, facts))
