"""Queries on the keyed tokens; they are many, so that they are written without building a model each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db import connections

from comity.storage.models.register import RegisterToken

BATCH = 200


def replace_tokens(alias: str, tokens: Mapping[int, Iterable[bytes]], *, fresh: bool = False) -> None:
    """Give each subject (by primary key) exactly these tokens.

    Args:
        alias: the node's database.
        tokens: 16-byte tokens by primary key of their subject.
        fresh: the subjects were just inserted and have no tokens to delete.
    """
    if not fresh:
        drop_tokens(alias, list(tokens))
    connection = connections[alias]
    quote = connection.ops.quote_name
    table, subject, token = (quote(name) for name in (RegisterToken._meta.db_table, "subject_id", "token"))
    statement = f"INSERT INTO {table} ({subject}, {token}) VALUES (%s, %s)"  # noqa: S608 - own names only
    rows = [(pk, word) for pk, words in tokens.items() for word in words]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(statement, rows)


def drop_tokens(alias: str, pks: Sequence[int]) -> None:
    """Delete the tokens of subjects."""
    for start in range(0, len(pks), BATCH):
        RegisterToken.objects.using(alias).filter(subject_id__in=pks[start : start + BATCH]).delete()
