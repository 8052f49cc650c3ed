"""Transactions of one node. No transaction spans network I/O: intent, call, outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import transaction

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
    """Call `fn` once the outermost transaction has committed; at once when there is none."""
    transaction.on_commit(fn, using=alias)


def _depths() -> Counter[str]:
    found = _open.get()
    if found is None:
        found = Counter()
        _open.set(found)
    return found
