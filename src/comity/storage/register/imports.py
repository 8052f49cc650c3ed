"""Queries on imports and their row errors."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from django.db import connections
from django.db.models import QuerySet

from comity.core.instant import Instant
from comity.storage.models.register import RegisterImport, RegisterRowError


def running_import(alias: str, source: str) -> RegisterImport | None:
    """Return the import of a source that has not ended."""
    rows = RegisterImport.objects.using(alias).filter(source=source, state="running")
    return rows.order_by("-pk").first()


def save_import(alias: str, row: RegisterImport) -> None:
    """Insert or update an import."""
    row.save(using=alias)


def beat(alias: str, pk: int, at: Instant) -> None:
    """Note that an import is alive."""
    RegisterImport.objects.using(alias).filter(pk=pk, state="running").update(heartbeat_at=at)


def import_named(alias: str, uid: str) -> RegisterImport | None:
    """Return the import whose identifier begins with these hex digits, None when none or several do."""
    found = list(RegisterImport.objects.using(alias).filter(uid__startswith=uid)[:2])
    return found[0] if len(found) == 1 else None


def latest_imports(alias: str, limit: int) -> list[RegisterImport]:
    """Return imports, newest first."""
    return list(RegisterImport.objects.using(alias).order_by("-pk")[:limit])


def add_errors(alias: str, pk: int, faults: Sequence[tuple[str, int, str, str]]) -> None:
    """Keep faults of rows of an import: part, line, column, reason."""
    connection = connections[alias]
    names = (RegisterRowError._meta.db_table, "imported_id", "part", "line", "column", "reason")
    table, *columns = (connection.ops.quote_name(name) for name in names)
    statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES (%s, %s, %s, %s, %s)"  # noqa: S608 - own names
    if faults:
        with connection.cursor() as cursor:
            cursor.executemany(statement, [(pk, *fault) for fault in faults])


def errors_of(
    alias: str, pk: int, *, only: Collection[str] = (), without: Collection[str] = ()
) -> Iterator[RegisterRowError]:
    """Yield the faults of an import in the order in which they were met: of some reasons only, or without some."""
    after = 0
    while True:
        rows = _chosen(alias, pk, only, without).filter(pk__gt=after).order_by("pk")
        page = list(rows[:1000])
        if not page:
            return
        yield from page
        after = page[-1].pk


def count_errors(alias: str, pk: int, *, only: Collection[str] = (), without: Collection[str] = ()) -> int:
    """Return the number of faults of an import: of some reasons only, or without some."""
    return _chosen(alias, pk, only, without).count()


def _chosen(
    alias: str, pk: int, only: Collection[str], without: Collection[str]
) -> QuerySet[RegisterRowError]:
    rows = RegisterRowError.objects.using(alias).filter(imported_id=pk).exclude(reason__in=without)
    return rows.filter(reason__in=only) if only else rows
