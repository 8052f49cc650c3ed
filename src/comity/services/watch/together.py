"""Looks at the searches of several askers together, once an hour: one person's enumeration, spread over accounts.

Implements docs/protocol/probe.md §9.6. The database counts over keyed words; what stands out the core decides.
"""

from __future__ import annotations

from comity.core.codes.exchange import Regime
from comity.core.instant import Instant
from comity.core.watch.anomalies import LIMITS, WINDOW, Look
from comity.core.watch.together import limits_together, together
from comity.services.context import Node
from comity.services.watch.noticed import look_of
from comity.services.watch.raised import raise_anomaly
from comity.storage.transaction import atomic
from comity.storage.watch import looks
from comity.transport.channel import Channels

COLUMNS = ("name", "second_name", "family", "second_family", "document")


def watch_together(node: Node, channels: Channels) -> int:
    """Raise what stands out in the searches of several askers; how many anomalies were raised; for the worker."""
    del channels
    now = node.clock()
    return sum(_watch(node, regime, now) for regime in node.config.regimes)


def _watch(node: Node, regime: Regime, now: Instant) -> int:
    since, raised = now - WINDOW, 0
    persons = looks.persons(node.alias, regime.value, since)
    found = _shared(node, regime, since, persons)
    for anomaly in together(found.values(), persons):
        askers = sorted({found[search].asker for search in anomaly.searches})
        with atomic(node.alias):
            raised += raise_anomaly(node, regime, "", anomaly, now, askers=askers)
    return raised


def _shared(node: Node, regime: Regime, since: Instant, persons: int) -> dict[str, Look]:
    """Return the searches of several askers that share a word with enough others, by identifier."""
    wide = limits_together(persons, LIMITS)
    least = min(wide.name, wide.document, wide.run)
    rows = []
    for column in COLUMNS:
        words = looks.shared(node.alias, regime.value, since, column, least)
        rows += looks.bearing(node.alias, regime.value, since, column, words) if words else []
    return {row.rid: look_of(row) for row in rows}
