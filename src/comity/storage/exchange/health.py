"""Whether the database answers, and what its failures look like to those who may not import it."""

from __future__ import annotations

from django.db import DatabaseError, InterfaceError, connections

from comity.storage.backends.databases import LOCK_WAIT_SECONDS

TROUBLE: tuple[type[Exception], ...] = (DatabaseError, InterfaceError)
"""What any query may raise when the database is locked, full, damaged or gone."""

FOLD_WAIT_MS = 50
"""How long writers may wait because somebody reads what the log would be emptied of."""


def answers(alias: str) -> bool:
    """Tell whether the database answers."""
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1")
            return cursor.fetchone() is not None
    except TROUBLE:
        return False


def release(alias: str) -> None:
    """Close this thread's connection if it is unusable or too old; open transactions are left alone."""
    connection = connections[alias]
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def close(alias: str) -> None:
    """Close this thread's connection: the thread ends, or a child process is about to start."""
    connections[alias].close()


def fold(alias: str) -> bool:
    """Write the log of an SQLite database into its file and empty it; False when a reader or writer was in the way.

    Connections stay open, and SQLite empties the log by itself only with the last one: until then pages that were erased
    in the file would stand in it. PostgreSQL has its own log, which is the operator's to keep.
    """
    connection = connections[alias]
    if connection.vendor != "sqlite":
        return True
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {FOLD_WAIT_MS}")
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            row = cursor.fetchone()
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {1000 * LOCK_WAIT_SECONDS}")
    return row is not None and row[0] == 0
