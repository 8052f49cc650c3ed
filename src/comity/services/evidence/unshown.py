"""Sees a partner that goes on exchanging and no longer shows its log (docs/protocol/evidence.md §6).

A partner that rewrote its log can avoid the proof of its fork in one way only: by showing nothing any more. Whoever
receives and acknowledges batches has entries to show within a minute.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from comity.core.evidence.event import Bilateral
from comity.services.context import Node
from comity.services.evidence import alarms
from comity.services.partners.directory import all_partners
from comity.storage.evidence import checkpoints, found

GRACE = timedelta(minutes=15)
"""How long batches may pass both ways after the last state shown; fifteen times the greatest interval."""

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def watch_shown(node: Node) -> int:
    """Raise an alarm for each partner and regime whose log stays unshown while we exchange; return how many."""
    late = 0
    for partner in all_partners(node):
        for regime in node.config.regimes:
            seen = checkpoints.last_witness(node.alias, partner.service, regime)
            since = _NEVER if seen is None else seen.seen_at
            ends = found.contacts_after(node.alias, partner.service, regime.value, since)
            if ends is None or ends[1] - ends[0] < GRACE:
                continue
            origin = f"comity/{partner.service}/{regime.value}" if seen is None else seen.origin
            proof = "" if seen is None else seen.note
            alarms.raise_alarm(node, alarms.UNSHOWN, origin, Bilateral(partner.service, regime), proof)
            late += 1
    return late
