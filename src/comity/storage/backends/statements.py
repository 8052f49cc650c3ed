"""Statements written out, for the few that every batch runs: the ORM composes the same text anew at each use.

Both databases take them. Instants go in by `moment` and come out by `instant`, because SQLite keeps them as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from django.db import connections
from django.utils.dateparse import parse_datetime

from comity.core.instant import Instant


def fetch(alias: str, sql: str, parameters: Sequence[Any]) -> list[Any]:
    """Run a statement and return its rows, those of ``RETURNING`` too.

    Args:
        alias: database.
        sql: constant text with ``%s`` for each parameter.
        parameters: text, numbers, truth values, bytes, `moment`.
    """
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def change(alias: str, sql: str, parameters: Sequence[Any]) -> int:
    """Run a statement and return how many rows it changed."""
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)


def marks(values: Sequence[Any]) -> str:
    """Return as many placeholders as there are values: ``%s, %s``."""
    return ", ".join(["%s"] * len(values))


def for_update(alias: str) -> str:
    """Return what ends a query whose rows nobody else changes until the transaction ends; waits for those who do.

    SQLite's transactions are IMMEDIATE: whoever is inside one is the only writer already.
    """
    return " FOR UPDATE" if connections[alias].vendor == "postgresql" else ""


def moment(alias: str, at: Instant) -> Any:
    """Return an instant as the database keeps it."""
    return connections[alias].ops.adapt_datetimefield_value(at)


def instant(value: Any) -> Instant:
    """Return the instant of a column."""
    found = parse_datetime(value) if isinstance(value, str) else value
    if not isinstance(found, Instant):
        raise TypeError("not an instant")
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def instant_or_none(value: Any) -> Instant | None:
    """Return the instant of a column that may be empty."""
    return None if value is None else instant(value)
