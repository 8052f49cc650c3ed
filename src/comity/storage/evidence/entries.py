"""Queries on the logs and their entries: append, number, read, erase salts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db import connections
from django.db.models import Min, Q

from comity.core.instant import Instant
from comity.storage.backends.rows import insert_rows
from comity.storage.backends.statements import fetch
from comity.storage.models.evidence import EvidenceEntry, EvidenceLog, EvidenceTile, LogState

BATCH = 500

_STATE = "SELECT state, origin FROM storage_evidencelog WHERE scope = %s ORDER BY epoch DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as it stands in the database."""

    id: int
    number: int | None
    leaf: bytes
    salt: bytes | None
    erased: bool


def append(alias: str, scope: str, leaves: Iterable[tuple[bytes, bytes | None, str]]) -> None:
    """Insert leaves with their salts and the keys under which the salts can be destroyed; not yet numbered."""
    rows = ((scope, leaf, salt, key) for leaf, salt, key in leaves)
    insert_rows(alias, EvidenceEntry, ("scope", "leaf", "salt", "erase_key"), rows)


def pending_scopes(alias: str) -> list[str]:
    """Return the scopes that have entries without a number."""
    pending = EvidenceEntry.objects.using(alias).filter(number__isnull=True)
    return sorted(pending.order_by().values_list("scope", flat=True).distinct())


def pending(alias: str, scope: str, limit: int) -> list[tuple[int, bytes]]:
    """Return identifiers and leaves of entries without a number, oldest first."""
    rows = EvidenceEntry.objects.using(alias).filter(scope=scope, number__isnull=True).order_by("id")
    return [(pk, bytes(leaf)) for pk, leaf in rows.values_list("id", "leaf")[:limit]]


def pending_count(alias: str, scope: str) -> int:
    """Return how many entries of a scope have no number yet."""
    return EvidenceEntry.objects.using(alias).filter(scope=scope, number__isnull=True).count()


def current_log(alias: str, scope: str) -> EvidenceLog | None:
    """Return the latest epoch of a log."""
    return EvidenceLog.objects.using(alias).filter(scope=scope).order_by("-epoch").first()


def log_state(alias: str, scope: str) -> tuple[str, str] | None:
    """Return state and origin of the latest epoch of a log."""
    found = fetch(alias, _STATE, (scope,))
    return (found[0][0], found[0][1]) if found else None


def log_of_origin(alias: str, origin: str) -> EvidenceLog | None:
    """Return the log of an origin."""
    return EvidenceLog.objects.using(alias).filter(origin=origin).first()


def all_logs(alias: str) -> list[EvidenceLog]:
    """Return every log, by scope and epoch."""
    return list(EvidenceLog.objects.using(alias).order_by("scope", "epoch"))


def current_logs(alias: str) -> list[EvidenceLog]:
    """Return the latest epoch of every log."""
    return [log for log in all_logs(alias) if log.state != LogState.CLOSED]


def create_log(alias: str, scope: str, epoch: int, origin: str, root: bytes, at: Instant) -> None:
    """Insert a log; changes nothing if another worker was quicker."""
    row = EvidenceLog(scope=scope, epoch=epoch, origin=origin, root=root.hex(), created_at=at)
    EvidenceLog.objects.using(alias).bulk_create([row], ignore_conflicts=True)


def claim_log(alias: str, scope: str) -> EvidenceLog | None:
    """Return the latest epoch of a log, locked until the transaction ends.

    SQLite's transactions are IMMEDIATE: whoever is inside one is the only writer already.
    """
    rows = EvidenceLog.objects.using(alias).select_for_update().filter(scope=scope)
    return rows.exclude(state=LogState.CLOSED).order_by("-epoch").first()


def advance(alias: str, log: EvidenceLog, entries: Sequence[int], root: bytes) -> None:
    """Give entries the next numbers of a log and move its size and root.

    Raises:
        RuntimeError: another sequencer was here; the transaction must be rolled back.
    """
    size = log.size
    moved = EvidenceLog.objects.using(alias).filter(pk=log.pk, size=size, state=LogState.OPEN)
    if moved.update(size=size + len(entries), root=root.hex()) != 1:
        raise RuntimeError("two sequencers on one log")
    table = EvidenceEntry._meta.db_table
    statement = f"UPDATE {table} SET log_id = %s, number = %s WHERE id = %s AND number IS NULL"  # noqa: S608
    rows = [(log.pk, size + offset, pk) for offset, pk in enumerate(entries)]
    with connections[alias].cursor() as cursor:
        cursor.executemany(statement, rows)
        if cursor.rowcount != len(rows):
            raise RuntimeError("an entry was numbered twice")
    log.size, log.root = size + len(entries), root.hex()


def read_tile(alias: str, log: EvidenceLog, level: int, index: int) -> bytes:
    """Return the hashes of a tile, or nothing."""
    rows = EvidenceTile.objects.using(alias).filter(log=log, level=level, index=index)
    found = rows.values_list("hashes", flat=True).first()
    return b"" if found is None else bytes(found)


def write_tiles(alias: str, log: EvidenceLog, tiles: Mapping[tuple[int, int], bytes]) -> None:
    """Insert or replace tiles."""
    rows = [
        EvidenceTile(log=log, level=level, index=index, hashes=hashes)
        for (level, index), hashes in tiles.items()
    ]
    EvidenceTile.objects.using(alias).bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        update_fields=["hashes"],
        unique_fields=["log", "level", "index"],
    )


def tiles_of(alias: str, log: EvidenceLog) -> Iterator[tuple[int, int, bytes]]:
    """Yield level, index and hashes of every tile of a log, level by level."""
    rows = EvidenceTile.objects.using(alias).filter(log=log).order_by("level", "index")
    for level, index, hashes in rows.values_list("level", "index", "hashes").iterator(BATCH):
        yield level, index, bytes(hashes)


def entries_of(alias: str, log: EvidenceLog) -> Iterator[StoredEntry]:
    """Yield the numbered entries of a log in order."""
    rows = EvidenceEntry.objects.using(alias).filter(log=log, number__isnull=False).order_by("number")
    for row in rows.iterator(BATCH):
        yield _stored(row)


def backwards(alias: str, log: EvidenceLog, before: int, first: int) -> Iterator[StoredEntry]:
    """Yield the entries of a log with numbers from `first` up to, not including, `before`, the last first."""
    rows = EvidenceEntry.objects.using(alias).filter(log=log, number__gte=first, number__lt=before)
    for row in rows.order_by("-number").iterator(BATCH):
        yield _stored(row)


def strays(alias: str) -> list[StoredEntry]:
    """Return numbered entries without a log and entries of a log without a number: there should be none."""
    half = Q(number__isnull=True, log__isnull=False) | Q(number__isnull=False, log__isnull=True)
    return [_stored(row) for row in EvidenceEntry.objects.using(alias).filter(half)[:100]]


def unnumbered(alias: str) -> Iterator[tuple[str, StoredEntry]]:
    """Yield scope and entry of what waits for a number."""
    rows = EvidenceEntry.objects.using(alias).filter(number__isnull=True).order_by("id")
    for row in rows.iterator(BATCH):
        yield row.scope, _stored(row)


def leaves(alias: str, scope: str) -> Iterator[bytes]:
    """Yield the leaves of a scope in the order in which they were written, numbered or not; reads the whole log."""
    rows = EvidenceEntry.objects.using(alias).filter(scope=scope).order_by("id")
    for leaf in rows.values_list("leaf", flat=True).iterator(BATCH):
        yield bytes(leaf)


def entry(alias: str, pk: int) -> StoredEntry | None:
    """Return one entry."""
    row = EvidenceEntry.objects.using(alias).filter(pk=pk).first()
    return None if row is None else _stored(row)


def first_uncovered(alias: str, log: EvidenceLog, covered: int) -> bytes | None:
    """Return the leaf of the oldest numbered entry from number `covered` on."""
    rows = EvidenceEntry.objects.using(alias).filter(log=log, number__gte=covered).order_by("number")
    found = rows.values_list("leaf", flat=True).first()
    return None if found is None else bytes(found)


def first_pending(alias: str, scope: str) -> bytes | None:
    """Return the leaf of the oldest entry of a scope that has no number."""
    rows = EvidenceEntry.objects.using(alias).filter(scope=scope, number__isnull=True)
    oldest = rows.aggregate(first=Min("id"))["first"]
    return None if oldest is None else bytes(EvidenceEntry.objects.using(alias).get(pk=oldest).leaf)


def newest_leaves(alias: str, log: EvidenceLog, count: int) -> list[bytes]:
    """Return the leaves of the newest entries of a log, those without a number first."""
    rows = EvidenceEntry.objects.using(alias)
    waiting = rows.filter(scope=log.scope, number__isnull=True).order_by("-id")
    numbered = rows.filter(log=log, number__isnull=False).order_by("-number")
    found = list(waiting.values_list("leaf", flat=True)[:count])
    found += numbered.values_list("leaf", flat=True)[: count - len(found)]
    return [bytes(leaf) for leaf in found]


def drop_salts(alias: str, key: str, at: Instant) -> int:
    """Delete the salts kept under a key; return how many there were."""
    rows = EvidenceEntry.objects.using(alias).filter(erase_key=key, salt__isnull=False)
    return rows.update(salt=None, erased_at=at)


def salted(alias: str, key: str) -> list[StoredEntry]:
    """Return the entries that keep a salt under a key, oldest first."""
    rows = EvidenceEntry.objects.using(alias).filter(erase_key=key, salt__isnull=False)
    return [_stored(row) for row in rows.order_by("id")]


def keyed(alias: str, key: str) -> list[StoredEntry]:
    """Return the entries under a key, whether they keep a salt or not, oldest first; reads the whole log."""
    return [_stored(row) for row in EvidenceEntry.objects.using(alias).filter(erase_key=key).order_by("id")]


def drop_salt(alias: str, pk: int, at: Instant) -> None:
    """Delete the salt of one entry."""
    EvidenceEntry.objects.using(alias).filter(pk=pk).update(salt=None, erased_at=at)


def set_state(alias: str, log: EvidenceLog, state: LogState) -> None:
    """Change whether a log may grow."""
    EvidenceLog.objects.using(alias).filter(pk=log.pk).update(state=state)
    log.state = state


def set_leaf_slot(alias: str, log: EvidenceLog, slot: int) -> bool:
    """Claim the internal leaf of a time slot, by its beginning in seconds since 1970; False if it was issued already."""
    rows = EvidenceLog.objects.using(alias).filter(pk=log.pk)
    return rows.filter(Q(leaf_slot__isnull=True) | Q(leaf_slot__lt=slot)).update(leaf_slot=slot) == 1


def lease(alias: str, log: EvidenceLog, now: Instant, until: Instant) -> bool:
    """Take the right to show a log to its partner; False while another process has it."""
    rows = EvidenceLog.objects.using(alias).filter(pk=log.pk)
    free = rows.filter(Q(shown_until__isnull=True) | Q(shown_until__lte=now))
    return free.update(shown_until=until) == 1


def renew(alias: str, log: EvidenceLog) -> None:
    """Read a log again: another process may have grown it."""
    log.refresh_from_db(using=alias)


def release(alias: str, log: EvidenceLog) -> None:
    """Give the right to show a log back."""
    EvidenceLog.objects.using(alias).filter(pk=log.pk).update(shown_until=None)


def doubt_all(alias: str) -> int:
    """Mark every open bilateral log as restored and unconfirmed; return how many."""
    rows = EvidenceLog.objects.using(alias).filter(state=LogState.OPEN, scope__startswith="bilateral/")
    return rows.update(state=LogState.UNCONFIRMED)


def _stored(row: EvidenceEntry) -> StoredEntry:
    salt = None if row.salt is None else bytes(row.salt)
    return StoredEntry(row.pk, row.number, bytes(row.leaf), salt, row.erased_at is not None)
