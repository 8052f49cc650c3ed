"""Transactions of one node. No transaction spans network I/O: intent, call, outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connections, transaction

_open: ContextVar[Counter[str] | None] = ContextVar("open_transactions", default=None)


@contextmanager
def atomic(alias: str) -> Iterator[None]:
    """Run the block in one transaction of the node's database; nested blocks are savepoints."""
    depths = _depths()
    with transaction.atomic(using=alias):
        depths[alias] += 1
        try:
            yield
        finally:
            depths[alias] -= 1


def in_atomic(alias: str) -> bool:
    """Tell whether the caller stands inside `atomic(alias)`.

    Only blocks opened by `atomic` count, so that a test's own surrounding transaction hides no mistake.
    """
    return _depths()[alias] > 0


def on_commit(alias: str, fn: Callable[[], object]) -> None:
    """Call `fn` once the outermost transaction has committed; at once when there is none.

    What `fn` raises is logged: the act is done, and whoever asked for it is told so.
    """
    transaction.on_commit(fn, using=alias, robust=True)


def among_others(alias: str, name: str) -> None:
    """Hold a named lock, which others may hold at the same time, until the transaction ends.

    SQLite's transactions are IMMEDIATE: whoever is inside one is the only writer already.
    """
    _advise(alias, "SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))", name)


def alone(alias: str, name: str) -> None:
    """Hold a named lock that nobody else holds until the transaction ends; waits for those who hold it."""
    _advise(alias, "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", name)


def _advise(alias: str, sql: str, name: str) -> None:
    connection = connections[alias]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(sql, (name,))


def _depths() -> Counter[str]:
    found = _open.get()
    if found is None:
        found = Counter()
        _open.set(found)
    return found
