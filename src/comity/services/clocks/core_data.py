"""The 48 hours for the core data on whom a hit means: read on both nodes from the same receipts, and put on record.

Implements docs/protocol/clocks.md §1.1. Source: Regulation (EU) 2024/982 Art. 47(1). A request under the police regime that
rests on a hit has this clock beside its own where its own time is longer; any answer stops it. A miss stands in the
bilateral log of both nodes, like a missed deadline.
"""

from __future__ import annotations

from collections.abc import Sequence

from comity.core.cases.clock import CORE, Clock, core_course, read_clock
from comity.core.cases.thread import PARTIAL_REPLY
from comity.core.codes.exchange import Regime
from comity.core.instant import Instant
from comity.services.clocks.course import courses
from comity.services.clocks.watch import on_record
from comity.services.context import Node
from comity.storage import cases, clocks
from comity.storage.cases import ASKED, RECEIVED
from comity.storage.models.cases import Case

REGIME = Regime.POLICE
AT_ONCE = 500
IN_TIME, LATE, OWN = "in-time", "late", "own"
"""What is on record: core data in time, or late; or that the request's own time ended no later, and stands alone."""


def core_clocks(node: Node, rows: Sequence[Case], at: Instant) -> dict[str, Clock]:
    """Return the clock of core data of each of the cases that has one, by thread."""
    by_hit = [row for row in rows if row.by_hit and row.regime == REGIME and row.side in (ASKED, RECEIVED)]
    if not by_hit:
        return {}
    found = courses(node, by_hit)
    parts = clocks.said(node.alias, list(found), {PARTIAL_REPLY})
    read = {}
    for thread, course in found.items():
        said = sorted((each.received_at, each.sent_at) for each in parts.get(thread, []) if each.received_at)
        received_at, sent_at = said[0] if said else (None, None)
        core = core_course(course, sent_at, received_at)
        if core is not None:
            read[thread] = read_clock(core, at)
    return read


def core_clock(node: Node, thread: str) -> Clock | None:
    """Return the clock of the core data of a case now; None where it has none."""
    row = cases.find_case(node.alias, thread)
    return None if row is None else core_clocks(node, [row], node.clock()).get(thread)


def record_core(node: Node) -> int:
    """Record the core data that did not come within their time, and return how many; for the worker."""
    now = node.clock()
    done, last = 0, 0
    while rows := clocks.core_due(node.alias, REGIME.value, now - CORE, last, AT_ONCE):
        last = rows[-1].pk
        # While a message of ours has no receipt, we do not know all receipts yet.
        unknown = clocks.under_way(node.alias, [row.thread for row in rows])
        known = {row.thread: row for row in rows if row.thread not in unknown}
        read = core_clocks(node, list(known.values()), now)
        for thread in known.keys() - read.keys():
            clocks.mark_core_told(node.alias, known[thread], OWN)
        for thread, clock in read.items():
            if clock.late and clock.deadline is not None:
                done += on_record(node, known[thread], "case.core-missed", clock.deadline, _mark_late)
            elif clock.left is None:
                clocks.mark_core_told(node.alias, known[thread], IN_TIME)
    return done


def _mark_late(alias: str, row: Case, deadline: Instant) -> bool:
    """Note at a case that its core data came late, or not at all; the deadline follows from the receipts."""
    del deadline
    return clocks.mark_core_told(alias, row, LATE)
