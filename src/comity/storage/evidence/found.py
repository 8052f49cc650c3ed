"""Queries that find the entries of one exchange in a log: whole scans, for oversight only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connections
from django.db.models import Max, Min

from comity.core.instant import Instant
from comity.storage.backends.statements import fetch
from comity.storage.models.evidence import EvidenceCheckpoint, EvidenceEntry, EvidenceLog
from comity.storage.models.exchange import NEVER, AcceptedBatch, Dispatch

CHUNK = 50
"""Names sought in one statement."""


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """An entry, with the log and the number that it has, or None for both."""

    id: int
    log: EvidenceLog | None
    number: int | None
    leaf: bytes


def entries_naming(alias: str, scope: str, names: Sequence[bytes]) -> list[FoundEntry]:
    """Return the entries of a scope whose leaf holds one of the given bytes, oldest first."""
    test = "instr(leaf, %s) > 0" if connections[alias].vendor == "sqlite" else "position(%s in leaf) > 0"
    found: set[int] = set()
    for start in range(0, len(names), CHUNK):
        wanted = names[start : start + CHUNK]
        sql = (
            f"SELECT id FROM storage_evidenceentry WHERE scope = %s AND ({' OR '.join([test] * len(wanted))})"  # noqa: S608
        )
        found.update(row[0] for row in fetch(alias, sql, (scope, *wanted)))
    rows = EvidenceEntry.objects.using(alias).select_related("log").defer("salt").filter(pk__in=found)
    return [FoundEntry(row.pk, row.log, row.number, bytes(row.leaf)) for row in rows.order_by("id")]


def contacts_after(alias: str, partner: str, regime: str, since: Instant) -> tuple[Instant, Instant] | None:
    """Return the first and the last time after an instant at which a batch and its receipt passed, by our clock."""
    taken = AcceptedBatch.objects.using(alias).filter(partner=partner, regime=regime, received_at__gt=since)
    taken = taken.exclude(digest=NEVER)
    sent = Dispatch.objects.using(alias).filter(partner=partner, regime=regime, closed_at__gt=since)
    ends = [
        *taken.aggregate(a=Min("received_at"), b=Max("received_at")).values(),
        *sent.filter(receipt__isnull=False).aggregate(a=Min("closed_at"), b=Max("closed_at")).values(),
    ]
    times = [each for each in ends if each is not None]
    return (min(times), max(times)) if times else None


def covering(alias: str, log: EvidenceLog, number: int) -> EvidenceCheckpoint | None:
    """Return the first countersigned checkpoint that covers an entry."""
    rows = EvidenceCheckpoint.objects.using(alias).filter(log=log, size__gt=number, cosigned_at__isnull=False)
    return rows.order_by("size").first()
