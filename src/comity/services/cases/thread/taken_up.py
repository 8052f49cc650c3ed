"""A request of ours that a restore had lost is a case again, with the clock of the partner's receipt."""

from __future__ import annotations

from datetime import timedelta

from comity.core.cases.messages import REQUEST, RequestBody, open_body
from comity.errors import PeerError
from comity.services.cases.handlers import request_receipted
from comity.services.context import Node
from comity.services.exchange.back.own import taken_up
from comity.services.exchange.handlers import Message
from comity.services.protection.passages import keep_sent
from comity.storage import cases as rows
from comity.storage.models.cases import Case


@taken_up(REQUEST)
def take_up_request(node: Node, message: Message) -> None:
    """Open the case of a request anew; nobody owns it until an officer takes it.

    Raises:
        PeerError: ``json.*``, ``case.*``: what we had signed is no request, or lacks what one needs.
        InputError: ``agreement.not-found``.
    """
    body = open_body(RequestBody, message.body)
    agreement, clause, purpose, deadline = (
        message.agreement,
        message.clause,
        message.purpose,
        message.deadline,
    )
    if agreement is None or clause is None or purpose is None or deadline is None:
        raise PeerError("case.header")
    row = Case(
        thread=message.id,
        partner=message.partner,
        side=rows.ASKED,
        regime=message.regime.value,
        agreement=agreement,
        clause=clause,
        purpose=purpose.value,
        urgency=body.urgency.value,
        deadline_hours=deadline // timedelta(hours=1),
        by_hit=body.reference is not None,
        request=body.json_body(),
        cites=body.cites,
        opened_at=message.sent_at,
        changed_at=node.clock(),
    )
    rows.add_case(node.alias, row)
    keep_sent(node, message.partner, message.regime, REQUEST, message.id)
    request_receipted(node, message.id, message.received_at, None)
