"""Puts what stands out into the queue of those who oversee, in the transaction of the act that it belongs to.

Implements docs/protocol/probe.md §9.6. Who searched stands in a seal and in a commitment; whom for nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import Regime
from comity.core.evidence.event import Event, Internal
from comity.core.instant import Instant, read_instant, write_instant
from comity.core.watch.anomalies import DAILY, Anomaly, Told, is_news
from comity.services.context import Node
from comity.services.evidence.record import record
from comity.services.watch.remembered import Words
from comity.storage.models.watch import SearchAnomaly
from comity.storage.watch import anomalies as rows

NAMED = 20
"""Searches that an anomaly names, the newest."""


def raise_anomaly(
    node: Node,
    regime: Regime,
    asker: str,
    anomaly: Anomaly,
    at: Instant,
    *,
    partner: str = "",
    askers: Sequence[str] = (),
) -> bool:
    """Put an anomaly into the queue, in the running transaction; False when it stands there already and is no news.

    Args:
        asker: who searched; empty for the whole desk. at: up to which searches were looked at. askers: who searched, where
            several did; who they are does not tell one anomaly from another.
    """
    shared = at.date().isoformat() if anomaly.sign in DAILY else anomaly.about
    key = Words(node, regime).word("anomaly", anomaly.sign, asker, partner, shared, anomaly.code)
    content: dict[str, Any] = {
        "asker": asker,
        "askers": list(askers),
        "searches": list(anomaly.searches[:NAMED]),
        "late": anomaly.late,
        "code": anomaly.code,
        "partner": partner,
    }
    row = rows.by_key(node.alias, key)
    if row is not None and not is_news(anomaly, _told(row), at):
        return False
    now = node.clock()
    content["latest"] = write_instant(anomaly.latest or at)
    if row is None:
        row = SearchAnomaly(
            uid=node.random(16).hex(),
            key=key,
            regime=regime.value,
            sign=anomaly.sign.value,
            count=anomaly.count,
            raised_at=now,
            changed_at=now,
            content=content,
        )
        rows.add(node.alias, row)
    else:
        again = {"count": anomaly.count, "changed_at": now, "settled_at": None, "outcome": ""}
        rows.change(node.alias, row, **again, content=content)
    facts: dict[str, str | int] = {
        "anomaly": row.uid,
        "sign": row.sign,
        "regime": row.regime,
        "count": row.count,
    }
    committed = canonical.encode({"anomaly": row.uid, **content})
    record(node, Internal(), Event("watch.raised", now, facts, committed, erase_key=row.uid))
    return True


def _told(row: SearchAnomaly) -> Told:
    """Return what of an anomaly was told before; of one from before newest searches were kept, when it was raised."""
    latest = row.content.get("latest")
    return Told(row.count, read_instant(latest) if latest else row.changed_at, row.settled_at)
