"""Put missed deadlines on record, in the bilateral log of both nodes; for the worker.

Implements docs/protocol/clocks.md §1. Each node records what its own reading of the shared receipts says: the thread and
the deadline that was missed, the same on both sides. While a message of ours in the thread has no receipt, we do not
know all of them, and wait.
"""

from __future__ import annotations

from collections.abc import Callable

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.evidence.event import Bilateral, Event
from comity.core.instant import Instant, write_instant
from comity.services.clocks.course import clocks_at
from comity.services.context import Node
from comity.services.evidence.record import record
from comity.storage import clocks
from comity.storage.models.cases import Case
from comity.storage.transaction import atomic

AT_ONCE = 500


def record_missed(node: Node, limit: int = AT_ONCE) -> int:
    """Record the deadlines that have been missed, and return how many."""
    now = node.clock()
    known = {row.thread: row for row in clocks.due_by(node.alias, now, limit)}
    done = 0
    for thread, clock in clocks_at(node, list(known.values()), now).items():
        row = known[thread]
        if clock.deadline is None:
            continue
        if not clock.late:
            clocks.set_due(node.alias, row, clock.deadline)
            continue
        done += on_record(node, row, "case.deadline-missed", clock.deadline, clocks.mark_missed)
    return done


def on_record(
    node: Node, row: Case, kind: str, deadline: Instant, mark: Callable[[str, Case, Instant], bool]
) -> bool:
    """Put a deadline that was missed on record, once, and tell whether it was not yet.

    Args:
        kind: of the event. mark: notes it at the case; False when it stood there before.
    """
    facts: dict[str, str | int] = {"thread": row.thread, "due": write_instant(deadline)}
    scope = Bilateral(ServiceId(row.partner), Regime(row.regime))
    with atomic(node.alias):
        if not mark(node.alias, row, deadline):
            return False
        record(node, scope, Event(kind, node.clock(), facts))
    return True
