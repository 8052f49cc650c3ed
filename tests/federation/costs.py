"""Counts what an exchange asks of a database: statements, and commits that must reach the disk.

Counts, not times: they are the same on a busy machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connections

_WRITES = ("INSERT", "UPDATE", "DELETE")
_FRAMES = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")


@dataclass
class Cost:
    """The statements that ran, without the frame of transactions, and how often the database committed."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0

    @property
    def queries(self) -> int:
        """How many statements ran."""
        return len(self.statements)


@contextmanager
def counted(alias: str) -> Iterator[Cost]:
    """Count in the block, which no transaction may surround.

    Raises:
        RuntimeError: a transaction surrounds it, so that nothing would be committed.
    """
    connection: Any = connections[alias]
    if connection.in_atomic_block:
        raise RuntimeError("nothing commits inside a transaction")
    cost = Cost()

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        text = " ".join(sql.split())
        if not text.startswith(_FRAMES):
            cost.statements.append(text)
            cost.commits += text.startswith(_WRITES) and not connection.in_atomic_block
        return execute(sql, params, many, context)

    kept = connection._commit

    def commit() -> None:
        cost.commits += 1
        kept()

    connection._commit = commit
    try:
        with connection.execute_wrapper(note):
            yield cost
    finally:
        del connection._commit
