"""Queries on checkpoints, on what we witnessed of partners' logs, and on alarms."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import F

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.instant import Instant
from comity.storage.models.evidence import (
    EvidenceAlarm,
    EvidenceCard,
    EvidenceCheckpoint,
    EvidenceLog,
    EvidenceWitness,
)
from comity.storage.models.partners import OwnCard


def add_checkpoint(alias: str, log: EvidenceLog, size: int, note: str, at: Instant) -> None:
    """Insert a checkpoint inside a transaction; the first one of a size stays, unless it bears another note.

    A note without countersignature is replaced: the key that signed it may be gone.
    """
    EvidenceLog.objects.using(alias).select_for_update().get(pk=log.pk)
    known = EvidenceCheckpoint.objects.using(alias).filter(log=log, size=size)
    if known.exists():
        known.filter(cosigned_at__isnull=True).update(note=note)
        return
    EvidenceCheckpoint.objects.using(alias).create(log=log, size=size, note=note, made_at=at)
    EvidenceLog.objects.using(alias).filter(pk=log.pk).update(checkpoints=F("checkpoints") + 1)


def checkpoint(alias: str, log: EvidenceLog, size: int) -> EvidenceCheckpoint | None:
    """Return the checkpoint of a log at a size."""
    return EvidenceCheckpoint.objects.using(alias).filter(log=log, size=size).first()


def last_checkpoint(alias: str, log: EvidenceLog, *, cosigned: bool) -> EvidenceCheckpoint | None:
    """Return the largest checkpoint of a log, countersigned or not."""
    rows = EvidenceCheckpoint.objects.using(alias).filter(log=log)
    if cosigned:
        rows = rows.filter(cosigned_at__isnull=False)
    return rows.order_by("-size").first()


def checkpoint_counts(alias: str, log: EvidenceLog) -> tuple[int, int]:
    """Return how many checkpoints of a log are stored, and the size of the last countersigned one."""
    last = last_checkpoint(alias, log, cosigned=True)
    return EvidenceCheckpoint.objects.using(alias).filter(log=log).count(), 0 if last is None else last.size


def checkpoints_of(alias: str, log: EvidenceLog) -> Iterator[EvidenceCheckpoint]:
    """Yield the checkpoints of a log by size."""
    yield from EvidenceCheckpoint.objects.using(alias).filter(log=log).order_by("size").iterator(500)


def newest_checkpoints(alias: str, log: EvidenceLog) -> Iterator[EvidenceCheckpoint]:
    """Yield the checkpoints of a log, the greatest first."""
    yield from EvidenceCheckpoint.objects.using(alias).filter(log=log).order_by("-size").iterator(50)


def set_cosigned(alias: str, log: EvidenceLog, size: int, note: str, at: Instant) -> None:
    """Store the countersigned form of a checkpoint inside a transaction."""
    rows = EvidenceCheckpoint.objects.using(alias).filter(log=log, size=size)
    rows.update(note=note, cosigned_at=at)
    EvidenceLog.objects.using(alias).filter(pk=log.pk, covered__lt=size).update(covered=size)


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


def keep_card(alias: str, service: ServiceId, digest: str, octets: bytes) -> None:
    """Keep a partner's card; once."""
    if not EvidenceCard.objects.using(alias).filter(digest=digest).exists():
        row = EvidenceCard(service=service, digest=digest, octets=octets)
        EvidenceCard.objects.using(alias).bulk_create([row], ignore_conflicts=True)


def kept_cards(alias: str) -> list[bytes]:
    """Return every partner's card that was kept."""
    rows = EvidenceCard.objects.using(alias).order_by("service", "id")
    return [bytes(octets) for octets in rows.values_list("octets", flat=True)]


def own_cards(alias: str) -> list[bytes]:
    """Return every card that this node issued, oldest first."""
    rows = OwnCard.objects.using(alias).order_by("sequence")
    return [bytes(octets) for octets in rows.values_list("octets", flat=True)]
