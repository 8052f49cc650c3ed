"""Erase what comparisons leave: lists after a week, what an edge would need after thirty days, references after ninety.

Implements docs/protocol/overlap.md §6. Time alone decides, so a restored backup is emptied again by the next round. Whoever is
withdrawn from the register leaves the lists by their version (`services/overlap/answer.py`), and they go with a week.
"""

from __future__ import annotations

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.evidence.event import Bilateral, Event
from comity.services.context import Node
from comity.services.evidence.record import record
from comity.services.overlap.ask import PAUSE
from comity.services.overlap.offer import OFFERED
from comity.services.probe.resolve import KEPT, OF_A_COMPARISON
from comity.storage import probe
from comity.storage.register import overlaps as rows
from comity.storage.transaction import atomic

BATCH = 50


def erase_overlaps(node: Node, limit: int = BATCH) -> int:
    """Erase what is due and return how many comparisons were emptied; for the worker."""
    now = node.clock()
    due = rows.old_overlaps(node.alias, now - PAUSE, limit)
    for row in due:
        with atomic(node.alias):
            rows.empty_overlap(node.alias, row)
            facts: dict[str, str | int] = {"overlap": row.uid, "ground": "retention"}
            scope = Bilateral(ServiceId(row.partner), Regime(row.regime))
            record(node, scope, Event("overlap.erased", now, facts))
    with atomic(node.alias):
        rows.empty_offers(node.alias, now - OFFERED, now - OFFERED - PAUSE)
        probe.drop_references_of(node.alias, OF_A_COMPARISON, now - KEPT, now)
    return len(due)
