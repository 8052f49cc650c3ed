"""Keep back the parts of files that have not left, once their request was taken back."""

from __future__ import annotations

from comity.core.codes.exchange import Regime, ServiceId
from comity.services.context import Node
from comity.services.exchange.back.hold import hold_back
from comity.storage import cases
from comity.storage.identification import attachments as rows

WITHHELD = "attachment.withheld"


def withhold(node: Node, partner: str, thread: str) -> None:
    """Let parts of ours leave no more, in the running transaction; what has left, the recall reaches."""
    # Who sends parts holds the case too: a part is either among these, or sees that its request was taken back.
    case = cases.locked_case(node.alias, thread, partner)
    codes = dict.fromkeys(rows.carriers(node.alias, partner, thread), WITHHELD)
    if codes and case is not None:
        hold_back(node, ServiceId(partner), Regime(case.regime), codes)
