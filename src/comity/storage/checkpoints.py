"""Queries on checkpoints, on what we witnessed of partners' logs, and on alarms."""

from __future__ import annotations

from collections.abc import Iterator

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.instant import Instant
from comity.storage.models.evidence import (
    EvidenceAlarm,
    EvidenceCheckpoint,
    EvidenceLog,
    EvidenceWitness,
)


def add_checkpoint(alias: str, log: EvidenceLog, size: int, note: str, at: Instant) -> None:
    """Insert a checkpoint; the first one of a size stays."""
    row = EvidenceCheckpoint(log=log, size=size, note=note, made_at=at)
    EvidenceCheckpoint.objects.using(alias).bulk_create([row], ignore_conflicts=True)


def checkpoint(alias: str, log: EvidenceLog, size: int) -> EvidenceCheckpoint | None:
    """Return the checkpoint of a log at a size."""
    return EvidenceCheckpoint.objects.using(alias).filter(log=log, size=size).first()


def last_checkpoint(alias: str, log: EvidenceLog, *, cosigned: bool) -> EvidenceCheckpoint | None:
    """Return the largest checkpoint of a log, countersigned or not."""
    rows = EvidenceCheckpoint.objects.using(alias).filter(log=log)
    if cosigned:
        rows = rows.filter(cosigned_at__isnull=False)
    return rows.order_by("-size").first()


def checkpoints_of(alias: str, log: EvidenceLog) -> Iterator[EvidenceCheckpoint]:
    """Yield the checkpoints of a log by size."""
    yield from EvidenceCheckpoint.objects.using(alias).filter(log=log).order_by("size").iterator(500)


def set_cosigned(alias: str, log: EvidenceLog, size: int, note: str, at: Instant) -> None:
    """Store the countersigned form of a checkpoint."""
    rows = EvidenceCheckpoint.objects.using(alias).filter(log=log, size=size)
    rows.update(note=note, cosigned_at=at)


def witness(alias: str, origin: str) -> EvidenceWitness | None:
    """Return the last state of a partner's log that we countersigned."""
    return EvidenceWitness.objects.using(alias).filter(origin=origin).first()


def last_witness(alias: str, partner: ServiceId, regime: Regime) -> EvidenceWitness | None:
    """Return what we countersigned last of the latest epoch of a partner's log."""
    rows = EvidenceWitness.objects.using(alias).filter(partner=partner, regime=regime.value)
    return rows.order_by("-epoch").first()


def all_witnesses(alias: str) -> list[EvidenceWitness]:
    """Return what we countersigned last of each log of each partner."""
    return list(EvidenceWitness.objects.using(alias).order_by("partner", "regime", "epoch"))


def remember(alias: str, row: EvidenceWitness, old: int) -> bool:
    """Store what we countersign if the stored size is still `old` (0: none); False if another was quicker."""
    if old == 0:
        known = EvidenceWitness.objects.using(alias).select_for_update().filter(origin=row.origin).first()
        if known is None:
            EvidenceWitness.objects.using(alias).bulk_create([row])
            return True
    found = EvidenceWitness.objects.using(alias).filter(origin=row.origin, size=old)
    return found.update(size=row.size, note=row.note, seen_at=row.seen_at) == 1


def add_alarm(alias: str, alarm: EvidenceAlarm) -> bool:
    """Insert an alarm unless the same one is still open; tell whether it is new."""
    rows = EvidenceAlarm.objects.using(alias).filter(
        code=alarm.code, origin=alarm.origin, settled_at__isnull=True
    )
    if rows.exists():
        return False
    alarm.save(using=alias)
    return True


def open_alarms(alias: str) -> list[EvidenceAlarm]:
    """Return the alarms that nobody has settled."""
    return list(EvidenceAlarm.objects.using(alias).filter(settled_at__isnull=True).order_by("raised_at"))


def open_alarm(alias: str, code: str, origin: str) -> EvidenceAlarm | None:
    """Return an open alarm of a code about a log."""
    rows = EvidenceAlarm.objects.using(alias).filter(code=code, origin=origin, settled_at__isnull=True)
    return rows.first()


def settle(alias: str, alarm: int, at: Instant) -> bool:
    """Mark an alarm as settled; False if it was, or does not exist."""
    rows = EvidenceAlarm.objects.using(alias).filter(pk=alarm, settled_at__isnull=True)
    return rows.update(settled_at=at) == 1
