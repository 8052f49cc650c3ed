"""Whether the database answers, and what its failures look like to those who may not import it."""

from __future__ import annotations

from django.db import DatabaseError, InterfaceError, connections

TROUBLE: tuple[type[Exception], ...] = (DatabaseError, InterfaceError)
"""What any query may raise when the database is locked, full, damaged or gone."""


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
