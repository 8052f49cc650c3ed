"""Withdraw lists of which somebody may not be found any more, and erase what comparisons leave: lists after a week, what an edge would need after thirty days, references after ninety.

Implements docs/protocol/overlap.md §2 and §6. Time alone decides what is erased, so a restored backup is emptied again by the next
round. A list that was offered and not compared with goes as soon as the law hides one of those in it, or the register has
erased one: the count would still tell of that person (rules L22 to L27, L30). The partner learns what it learns where nothing
was offered.
"""

from __future__ import annotations

from comity.core.codes.exchange import PURPOSE_GROUPS, Purpose, Regime, ServiceId
from comity.core.evidence.event import Bilateral, Event, Internal
from comity.core.register.findable import hidden_by
from comity.core.register.subject import open_subject
from comity.services.context import Node
from comity.services.evidence.record import record
from comity.services.overlap.ask import PAUSE
from comity.services.overlap.listed import read_entries
from comity.services.overlap.offer import OFFERED
from comity.services.probe.resolve import KEPT, OF_A_COMPARISON
from comity.storage import probe
from comity.storage.models.overlaps import OverlapOffer
from comity.storage.register import overlaps as rows
from comity.storage.transaction import atomic

BATCH = 50


def withdraw_offers(node: Node) -> int:
    """Empty the offered lists that hold somebody who may not be found any more, and return how many; for the worker."""
    done = 0
    for row in rows.unused_offers(node.alias):
        if not _is_overtaken(node, row):
            continue
        with atomic(node.alias):
            rows.empty_offer(node.alias, row.pk)
            event = Event("overlap.offer-withdrawn", node.clock(), {"offer": row.uid})
            record(node, Internal(), event)
        done += 1
    return done


def _is_overtaken(node: Node, row: OverlapOffer) -> bool:
    """Whether somebody of a list is hidden by now, of those whose entries have changed since it was offered."""
    listed = [read_entries(behind) for behind in (row.secret or {}).get("entries", ())]
    versions = {each.uid: each.version for behind in listed for each in behind}
    changed = rows.changed_since(node.alias, versions)
    group = PURPOSE_GROUPS[Purpose(row.purpose)]
    today = node.clock().date()
    return any(
        each.content is None
        or bool(
            hidden_by(
                open_subject(each.content),
                service=node.service,
                regime=Regime(row.regime),
                group=group,
                today=today,
            )
        )
        for each in changed
    )


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
