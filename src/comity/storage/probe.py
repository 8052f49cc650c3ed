"""Queries on indexes, references, replicas and searches."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import QuerySet

from comity.core.instant import Instant
from comity.storage.backends.rows import insert_rows
from comity.storage.backends.statements import fetch, instant, instant_or_none
from comity.storage.models.cases import Case
from comity.storage.models.probe import (
    AskedState,
    ProbeAnswered,
    ProbeAsked,
    ProbeEpoch,
    ProbeIndex,
    ProbeReference,
    ProbeReplica,
    ProbeSecret,
    ProbeStanding,
    ReplicaState,
)

_NEWEST = """
SELECT id, partner, regime, "group", epoch, version, digest, manifest, state, announced_at, ready_at
FROM storage_probereplica WHERE partner = %s AND regime = %s AND "group" = %s ORDER BY version DESC LIMIT 1
"""

_REFERENCE = ("reference", "partner", "regime", "group", "epoch", "subject", "created_at")

ReferenceRow = tuple[str, str, str, str, int, str, Instant]
"""Reference, partner, regime, purpose group, epoch, subject, time."""

BATCH = 500
DROPPED_AT_ONCE = 10_000
"""References that one transaction deletes: everybody else waits for it."""
FLOOR = "floor"
"""Name of the row that holds the least numbers after a restore."""

Scope = tuple[str, str, str]
"""Partner, regime, purpose group."""


def current_epoch(alias: str, scope: Scope) -> ProbeEpoch | None:
    """Return the latest epoch of a scope."""
    partner, regime, group = scope
    rows = ProbeEpoch.objects.using(alias).filter(partner=partner, regime=regime, group=group)
    return rows.order_by("-epoch").first()


def epoch(alias: str, scope: Scope, number: int) -> ProbeEpoch | None:
    """Return one epoch of a scope."""
    partner, regime, group = scope
    rows = ProbeEpoch.objects.using(alias).filter(partner=partner, regime=regime, group=group, epoch=number)
    return rows.first()


def ended_epochs(alias: str, before: Instant) -> list[ProbeEpoch]:
    """Return the epochs that ended at an instant or before it, oldest first."""
    return list(
        ProbeEpoch.objects.using(alias).filter(valid_before__lte=before).order_by("valid_before", "pk")
    )


def drop_record_key(alias: str, row: ProbeEpoch) -> None:
    """Empty the key of an epoch's records; an empty one says that the epoch's keys were destroyed."""
    row.record_key = b""
    row.save(using=alias, update_fields=["record_key"])


def drop_reference_key(alias: str, row: ProbeEpoch) -> None:
    """Empty the key of an epoch's references; an empty one says that the references were erased."""
    row.reference_key = b""
    row.save(using=alias, update_fields=["reference_key"])


def add_epoch(alias: str, row: ProbeEpoch) -> None:
    """Store a new epoch."""
    row.save(using=alias, force_insert=True)


def latest_index(alias: str, scope: Scope) -> ProbeIndex | None:
    """Return the newest published index of a scope."""
    partner, regime, group = scope
    rows = ProbeIndex.objects.using(alias).filter(partner=partner, regime=regime, group=group)
    return rows.order_by("-version").first()


def indexes(alias: str) -> list[ProbeIndex]:
    """Return every published index, newest first."""
    return list(ProbeIndex.objects.using(alias).order_by("partner", "regime", "group", "-version"))


def indexes_for(alias: str, partner: str, regime: str) -> list[ProbeIndex]:
    """Return the indexes published to a partner under one regime, newest first."""
    return list(ProbeIndex.objects.using(alias).filter(partner=partner, regime=regime).order_by("-version"))


def add_index(alias: str, row: ProbeIndex) -> None:
    """Store a published index."""
    row.save(using=alias, force_insert=True)


def add_references(alias: str, rows: Iterable[ReferenceRow]) -> None:
    """Store references; those already there stay."""
    insert_rows(alias, ProbeReference, _REFERENCE, rows, unless="reference")


def reference(alias: str, text: str) -> ProbeReference | None:
    """Return what a reference means."""
    return ProbeReference.objects.using(alias).filter(reference=text).first()


def references_of(alias: str, subject: str) -> list[ProbeReference]:
    """Return every reference that was ever given to partners for a subject."""
    return list(ProbeReference.objects.using(alias).filter(subject=subject))


def drop_references_of(alias: str, epoch: int, before: Instant, now: Instant) -> int:
    """Delete references of an epoch number that were given before an instant, but those that an open case cites; how many."""
    rows = ProbeReference.objects.using(alias).filter(epoch=epoch, created_at__lt=before)
    dropped = 0
    for partner in rows.order_by().values_list("partner", flat=True).distinct():
        old = rows.filter(partner=partner).exclude(reference__in=cited(alias, partner, now))
        dropped += old.delete()[0]
    return dropped


def drop_references(alias: str, row: ProbeEpoch, kept: Collection[str]) -> int:
    """Delete references of an epoch but those kept, at most `DROPPED_AT_ONCE`; return how many."""
    keys = _references(alias, row).exclude(reference__in=kept).order_by().values_list("pk", flat=True)
    found = list(keys[:DROPPED_AT_ONCE])
    for begin in range(0, len(found), BATCH):
        ProbeReference.objects.using(alias).filter(pk__in=found[begin : begin + BATCH]).delete()
    return len(found)


def any_reference(alias: str, row: ProbeEpoch) -> bool:
    """Tell whether any reference of an epoch is left."""
    return _references(alias, row).exists()


def cited(alias: str, partner: str, before: Instant) -> frozenset[str]:
    """Return the references that open cases of a partner cite, which were received before an instant."""
    rows = Case.objects.using(alias).filter(side="received", closing=None, rejected=None)
    rows = rows.filter(partner=partner, received_at__lt=before, request__isnull=False)
    return frozenset(str(row.request["reference"]) for row in rows if row.request.get("reference"))


def _references(alias: str, row: ProbeEpoch) -> QuerySet[ProbeReference]:
    rows = ProbeReference.objects.using(alias).filter(partner=row.partner, regime=row.regime)
    return rows.filter(group=row.group, epoch=row.epoch)


def announce_replica(alias: str, row: ProbeReplica) -> bool:
    """Store an announced index; False when that version was announced before."""
    _, created = ProbeReplica.objects.using(alias).get_or_create(
        partner=row.partner,
        regime=row.regime,
        group=row.group,
        version=row.version,
        defaults={
            "epoch": row.epoch,
            "digest": row.digest,
            "manifest": row.manifest,
            "announced_at": row.announced_at,
        },
    )
    return created


def newest_replica(alias: str, scope: Scope) -> ProbeReplica | None:
    """Return the newest announced index of a scope, fetched or not."""
    for values in fetch(alias, _NEWEST, scope):
        pk, partner, regime, group, epoch, version, digest, manifest, state, announced_at, ready_at = values
        return ProbeReplica(
            pk=pk,
            partner=partner,
            regime=regime,
            group=group,
            epoch=epoch,
            version=version,
            digest=digest,
            manifest=manifest,
            state=state,
            announced_at=instant(announced_at),
            ready_at=instant_or_none(ready_at),
        )
    return None


def ready_replica(alias: str, scope: Scope) -> ProbeReplica | None:
    """Return the newest index of a scope that can be searched."""
    return _replicas(alias, scope).filter(state=ReplicaState.READY).order_by("-version").first()


def replica_of(alias: str, scope: Scope, digest: str) -> ProbeReplica | None:
    """Return the announced index whose manifest has a digest."""
    return _replicas(alias, scope).filter(digest=digest).first()


def replicas_from(alias: str, row: ProbeReplica) -> list[ProbeReplica]:
    """Return an announced index and the later ones of its scope and epoch, oldest first."""
    later = _replicas(alias, (row.partner, row.regime, row.group)).filter(epoch=row.epoch)
    return list(later.filter(version__gte=row.version).order_by("version"))


def waiting_replicas(alias: str) -> list[ProbeReplica]:
    """Return announced indexes that are not fetched yet, newest first."""
    return list(ProbeReplica.objects.using(alias).filter(state=ReplicaState.ANNOUNCED).order_by("-version"))


def replicas(alias: str) -> list[ProbeReplica]:
    """Return every announced index."""
    return list(ProbeReplica.objects.using(alias).order_by("partner", "regime", "group", "-version"))


def replica_ready(alias: str, row: ProbeReplica, at: Instant) -> None:
    """Note that all parts were fetched and verified; older ones are replaced."""
    older = _replicas(alias, (row.partner, row.regime, row.group)).filter(version__lt=row.version)
    older.update(state=ReplicaState.REPLACED)
    ProbeReplica.objects.using(alias).filter(pk=row.pk).update(state=ReplicaState.READY, ready_at=at)


def _replicas(alias: str, scope: Scope) -> QuerySet[ProbeReplica]:
    partner, regime, group = scope
    return ProbeReplica.objects.using(alias).filter(partner=partner, regime=regime, group=group)


def asked(alias: str, rid: str) -> ProbeAsked | None:
    """Return one search."""
    return ProbeAsked.objects.using(alias).filter(rid=rid).first()


def asked_before(alias: str, before: Instant, limit: int) -> list[str]:
    """Return the identifiers of searches begun before an instant, oldest first."""
    rows = ProbeAsked.objects.using(alias).filter(asked_at__lt=before).order_by("id")
    return list(rows.values_list("rid", flat=True)[:limit])


def drop_asked(alias: str, rid: str) -> bool:
    """Delete a search with its justification; False when it is not there."""
    return bool(ProbeAsked.objects.using(alias).filter(rid=rid).delete()[0])


def pending_asked(alias: str, before: Instant, limit: int) -> list[ProbeAsked]:
    """Return searches begun before an instant that still wait to be taken up again, oldest first."""
    rows = ProbeAsked.objects.using(alias).filter(pending__isnull=False, asked_at__lt=before)
    return list(rows.order_by("id")[:limit])


def recent_asked(alias: str, limit: int, regimes: Collection[str]) -> list[ProbeAsked]:
    """Return the latest searches under some regimes."""
    return list(ProbeAsked.objects.using(alias).filter(regime__in=regimes).order_by("-id")[:limit])


def asked_between(alias: str, regime: str, first: Instant, before: Instant) -> list[ProbeAsked]:
    """Return the searches of a regime that were asked in a period, without what is sealed in them."""
    rows = ProbeAsked.objects.using(alias).filter(regime=regime, asked_at__gte=first, asked_at__lt=before)
    return list(rows.only("rid", "partner", "purpose", "asked_at", "state").order_by("id"))


def asked_with_outcome(alias: str) -> Iterable[ProbeAsked]:
    """Yield the searches that were answered, latest first."""
    return ProbeAsked.objects.using(alias).filter(state=AskedState.ANSWERED).order_by("-id").iterator(BATCH)


def overseen(alias: str, rid: str, regimes: Collection[str]) -> ProbeAsked | ProbeAnswered | None:
    """Return a search of these regimes, asked or answered; one of another is not read."""
    wanted = {"rid": rid, "regime__in": regimes}
    asked = ProbeAsked.objects.using(alias).filter(**wanted).first()
    return asked or ProbeAnswered.objects.using(alias).filter(**wanted).order_by("id").first()


def forget_answers(alias: str, before: Instant) -> int:
    """Forget what was answered before an instant; the counts and commitments stay."""
    rows = ProbeAnswered.objects.using(alias).filter(at__lt=before, answer__isnull=False)
    return rows.update(answer=None, opening=None)


def end_epoch(alias: str, row: ProbeEpoch, at: Instant) -> None:
    """End an epoch before its time."""
    row.valid_before = at
    row.save(using=alias, update_fields=["valid_before"])


def close_epochs(alias: str, end: Instant) -> int:
    """End every epoch that would run beyond an instant; return how many."""
    return ProbeEpoch.objects.using(alias).filter(valid_before__gt=end).update(valid_before=end)


def fetch_again(alias: str) -> int:
    """Let every index that was ready be fetched once more; return how many."""
    rows = ProbeReplica.objects.using(alias).filter(state=ReplicaState.READY)
    return rows.update(state=ReplicaState.ANNOUNCED, ready_at=None)


def set_floor(alias: str, epoch_: int, version: int) -> None:
    """Keep the numbers below which no epoch and no index may be numbered from now on."""
    ProbeSecret.objects.using(alias).update_or_create(
        name=FLOOR, defaults={"secret": epoch_.to_bytes(8, "big") + version.to_bytes(8, "big")}
    )


def floor(alias: str) -> tuple[int, int]:
    """Return the least numbers of the next epoch and the next index; 1 and 1 on a node that was never restored."""
    row = ProbeSecret.objects.using(alias).filter(name=FLOOR).first()
    if row is None:
        return 1, 1
    octets = bytes(row.secret)
    return int.from_bytes(octets[:8], "big"), int.from_bytes(octets[8:], "big")


def add_standing(alias: str, row: ProbeStanding) -> None:
    """Store a standing search."""
    row.save(using=alias, force_insert=True)


def standing(alias: str, sid: str) -> ProbeStanding | None:
    """Return one standing search."""
    return ProbeStanding.objects.using(alias).filter(sid=sid).first()


def standings(alias: str) -> list[ProbeStanding]:
    """Return every standing search, the latest first."""
    return list(ProbeStanding.objects.using(alias).order_by("-id"))


def standings_due(alias: str, at: Instant, limit: int) -> list[ProbeStanding]:
    """Return the standing searches that may run at an instant, the longest waiting first."""
    found = ProbeStanding.objects.using(alias).filter(ended_at=None, next_at__lte=at, ends_at__gt=at)
    return list(found.order_by("next_at", "id")[:limit])


def standings_over(alias: str, at: Instant) -> list[ProbeStanding]:
    """Return the standing searches whose case has ended at an instant and that were not ended yet."""
    return list(ProbeStanding.objects.using(alias).filter(ended_at=None, ends_at__lte=at).order_by("id"))


def standings_ended_before(alias: str, before: Instant, limit: int) -> list[ProbeStanding]:
    """Return the standing searches that ended before an instant, oldest first."""
    return list(ProbeStanding.objects.using(alias).filter(ended_at__lt=before).order_by("id")[:limit])


def settle_standing(alias: str, sid: str, **values: Any) -> bool:
    """Write what became of a standing search that has not ended; False when it has."""
    row = ProbeStanding.objects.using(alias).select_for_update().filter(sid=sid, ended_at=None).first()
    if row is None:
        return False
    for name, value in values.items():
        setattr(row, name, value)
    row.save(using=alias, update_fields=list(values))
    return True


def drop_standing(alias: str, sid: str) -> None:
    """Delete a standing search."""
    ProbeStanding.objects.using(alias).filter(sid=sid).delete()
