"""Take a partner's notice of a breach: it waits, with a clock of its own, until a person here has taken note of it.

Implements docs/protocol/rights.md §6; rule L16.
"""

from __future__ import annotations

from comity.core.cases.messages import open_body
from comity.core.codes.exchange import Act
from comity.core.evidence.event import Bilateral, Event
from comity.core.rights.clock import breach_due_at
from comity.core.rights.messages import BREACH_NOTICE, BreachNoticeBody
from comity.errors import PeerError
from comity.services.context import Node
from comity.services.evidence.record import record
from comity.services.exchange.handlers import Message, handler
from comity.storage import cases
from comity.storage.models.rights import Breach
from comity.storage.rights import breaches as rows


@handler(BREACH_NOTICE, {Act.NOTIFY})
def receive_notice(node: Node, message: Message) -> None:
    """Keep what a partner tells of a breach; told twice, it is kept once.

    Our own 72 hours run from the receipt: we are aware of it since.

    Raises:
        PeerError: ``case.message-malformed``, ``breach.header``.
    """
    body = open_body(BreachNoticeBody, message.body)
    if message.data or body.aware_at > body.opened_at or body.opened_at > message.sent_at:
        raise PeerError("breach.header")
    for thread in body.threads:
        case = cases.find_case(node.alias, thread, message.partner)
        if case is not None and case.regime != message.regime.value:
            raise PeerError("breach.header")
    if rows.breach(node.alias, body.breach, message.partner) is not None:
        return
    row = Breach(
        number=body.breach,
        partner=message.partner,
        regime=message.regime.value,
        nature=body.nature.value,
        aware_at=message.received_at,
        opened_at=message.received_at,
        due_at=breach_due_at(message.received_at),
        cases=body.cases,
        searches=body.searches,
        persons=body.persons,
        content=body.json_body(),
    )
    rows.add_breach(node.alias, row)
    facts: dict[str, str | int] = {"breach": body.breach, "cases": body.cases}
    scope = Bilateral(message.partner, message.regime)
    record(node, scope, Event("breach.notice-taken", message.received_at, facts))
