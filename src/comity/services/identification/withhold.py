"""Keep back the parts of files that have not left, once their request was taken back."""

from __future__ import annotations

from comity.core.codes.exchange import Regime, ServiceId
from comity.services.context import Node
from comity.services.exchange.receipts import give_up
from comity.storage import cases
from comity.storage.identification import attachments as rows
from comity.storage.models.exchange import MessageState

WITHHELD = "attachment.withheld"


def withhold(node: Node, partner: str, thread: str) -> None:
    """Take parts of ours out of the outbox, in the running transaction; what has left, the recall reaches."""
    codes = dict.fromkeys(rows.cancel(node.alias, partner, thread), WITHHELD)
    case = cases.find_case(node.alias, thread, partner)
    if codes and case is not None:
        give_up(node, ServiceId(partner), Regime(case.regime), codes, MessageState.WITHDRAWN)
