"""What an administrator or an auditor sees of the private search: indexes, replicas, counts; no description."""

from __future__ import annotations

from typing import Any

from comity.core.instant import write_instant
from comity.services.cases.access import regimes_of
from comity.services.context import Actor, Node
from comity.storage import probe as rows


def listed(node: Node) -> list[dict[str, Any]]:
    """Return the indexes published and announced, newest first within each scope."""
    published = [
        {
            "direction": "published",
            "partner": row.partner,
            "regime": row.regime,
            "group": row.group,
            "epoch": row.epoch,
            "version": row.version,
            "state": f"{row.records} records",
            "records": row.records,
            "digest": row.digest,
            "at": write_instant(row.created_at),
        }
        for row in rows.indexes(node.alias)
    ]
    announced = [
        {
            "direction": "announced",
            "partner": row.partner,
            "regime": row.regime,
            "group": row.group,
            "epoch": row.epoch,
            "version": row.version,
            "state": row.state,
            "records": None,
            "digest": row.digest,
            "at": write_instant(row.announced_at),
        }
        for row in rows.replicas(node.alias)
    ]
    return [*published, *announced]


def searches(node: Node, actor: Actor, limit: int, case: str | None = None) -> list[dict[str, Any]]:
    """Return our latest searches: when, towards whom, how they ended.

    Args:
        node: this node.
        actor: sees those of the regimes in which cases are open to the actor.
        limit: greatest number.
        case: pseudonym of a case, to see only its searches.
    """
    return [
        {
            "search": row.rid,
            "partner": row.partner,
            "purpose": row.purpose,
            "agreement": row.agreement,
            "state": row.state,
            "code": row.code,
            "result": (row.outcome or {}).get("result", ""),
            "references": [one["reference"] for one in (row.outcome or {}).get("references", [])],
            "asked_at": write_instant(row.asked_at),
            "today": row.today,
            "in_case": row.in_case,
        }
        for row in rows.recent_asked(
            node.alias, [each.value for each in regimes_of(node, actor)], limit, case
        )
    ]
