"""What an administrator or an auditor sees of the private search: indexes, replicas, counts; no description."""

from __future__ import annotations

from typing import Any

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.core.instant import Instant, write_instant
from comity.errors import Refused
from comity.services.context import Actor, ActorKind, Node
from comity.storage import probe as rows
from comity.storage.indexes import layers
from comity.storage.models.probe import ProbeIndex

OVERSEERS = (Role.HEAD_OF_DESK, Role.AUDITOR, Role.DATA_PROTECTION_OFFICER)
"""Who sees the searches of others: never for whom they were."""


def listed(node: Node) -> list[dict[str, Any]]:
    """Return the indexes published and announced, newest first within each scope.

    Of ours, ``state`` is ``published`` for the layers that a search reads now, ``replaced`` for earlier ones, ``ended`` once
    the epoch is over.
    """
    now, read = node.clock(), _read_now(node)
    published = [
        {
            "direction": "published",
            "partner": row.partner,
            "regime": row.regime,
            "group": row.group,
            "epoch": row.epoch,
            "version": row.version,
            "state": _state(node, row, read, now),
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


def _read_now(node: Node) -> frozenset[int]:
    """Return the keys of the layers of the newest index of each scope."""
    newest: dict[tuple[str, str, str], ProbeIndex] = {}
    for row in rows.indexes(node.alias):
        newest.setdefault((row.partner, row.regime, row.group), row)
    return frozenset(layer.pk for row in newest.values() for layer in layers.chain(node.alias, row))


def _state(node: Node, row: ProbeIndex, read: frozenset[int], now: Instant) -> str:
    # A rotation ends an epoch before the end that its manifests state.
    epoch = rows.epoch(node.alias, (row.partner, row.regime, row.group), row.epoch)
    if epoch is None or now >= epoch.valid_before:
        return "ended"
    return "published" if row.pk in read else "replaced"


def searches(node: Node, limit: int, actor: Actor) -> list[dict[str, Any]]:
    """Return the latest searches of this node: when, towards whom, how they ended.

    Args:
        node: this node.
        actor: sees those of the regimes in which cases are open to the actor.
        limit: greatest number.
        actor: the operator, or who oversees searches; sees those of the regimes in which it does.

    Raises:
        Refused: ``actor.role``.
    """
    regimes = [regime for regime in Regime if _oversees(actor, regime)]
    if not regimes:
        raise Refused("actor.role", regime=Regime.POLICE.value)
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
        for row in rows.recent_asked(node.alias, limit, [regime.value for regime in regimes])
    ]


def _oversees(actor: Actor, regime: Regime) -> bool:
    return actor.kind is ActorKind.OPERATOR or any((regime, role) in actor.roles for role in OVERSEERS)
