"""Queries on what stood out."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from comity.core.instant import Instant
from comity.storage.models.watch import SearchAnomaly

SHOWN = 200


def by_key(alias: str, key: str) -> SearchAnomaly | None:
    """Return an anomaly by its key, locked to the end of the transaction."""
    return SearchAnomaly.objects.using(alias).select_for_update().filter(key=key).first()


def by_uid(alias: str, uid: str) -> SearchAnomaly | None:
    """Return an anomaly by its identifier, locked to the end of the transaction."""
    return SearchAnomaly.objects.using(alias).select_for_update().filter(uid=uid).first()


def add(alias: str, row: SearchAnomaly) -> None:
    """Store an anomaly."""
    row.save(using=alias, force_insert=True)


def change(alias: str, row: SearchAnomaly, **values: Any) -> None:
    """Write what became of an anomaly."""
    for name, value in values.items():
        setattr(row, name, value)
    row.save(using=alias, update_fields=list(values))


def listed(alias: str, regimes: Collection[str], *, settled: bool = False) -> list[SearchAnomaly]:
    """Return the anomalies of some regimes, newest first: those open, or the last that were settled."""
    rows = SearchAnomaly.objects.using(alias).filter(regime__in=regimes, settled_at__isnull=not settled)
    return list(rows.order_by("-changed_at", "-pk")[:SHOWN])


def count_open(alias: str) -> int:
    """Return how many anomalies nobody has settled."""
    return int(SearchAnomaly.objects.using(alias).filter(settled_at=None).count())


def settled_before(alias: str, before: Instant, limit: int) -> list[SearchAnomaly]:
    """Return anomalies that were settled before an instant, oldest first."""
    return list(SearchAnomaly.objects.using(alias).filter(settled_at__lt=before).order_by("pk")[:limit])


def drop(alias: str, uid: str) -> None:
    """Delete an anomaly."""
    SearchAnomaly.objects.using(alias).filter(uid=uid).delete()
