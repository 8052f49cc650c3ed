"""What a person reads of the notices of delay in a case: ground and length always, the reasons while they are held."""

from __future__ import annotations

from typing import Any

from comity.core.codes.languages import UNKNOWN
from comity.core.instant import write_instant
from comity.services.context import Node
from comity.services.exchange import status
from comity.storage import clocks
from comity.storage.cases import RECEIVED
from comity.storage.models.cases import Case
from comity.storage.models.exchange import Direction


def delays_of(node: Node, row: Case, readable: bool) -> list[dict[str, Any]]:
    """Return the notices of delay of a case in order; `reason` is None for who may not read it, and once it is erased."""
    direction = Direction.OUT if row.side == RECEIVED else Direction.IN
    found = []
    for each in clocks.turns_of(node.alias, [row.thread]).get(row.thread, []):
        said = status.body(node, direction, each.message) if readable else None
        found.append(
            {
                "message": each.message,
                "kind": each.kind,
                "ground": each.ground,
                "hours": each.hours,
                "sent_at": write_instant(each.sent_at),
                "received_at": None if each.received_at is None else write_instant(each.received_at),
                "rejected": each.rejected,
                "reason": None if said is None else said.get("reason"),
                "language": UNKNOWN if said is None else said.get("language", UNKNOWN),
            }
        )
    return found
