"""Records events in the transaction of the act they describe (docs/protocol/evidence.md §2).

Recording costs one insert. Numbers come later, from the sequencer: two transactions that commit at once need not agree
on an order while they run.
"""

from __future__ import annotations

from collections.abc import Iterable

from comity.core.evidence.event import SALT_BYTES, Bilateral, Event, Internal, Scope, scope_key, write_leaf
from comity.services.context import Node
from comity.storage.evidence import entries
from comity.storage.transaction import in_atomic

__all__ = ["Bilateral", "Event", "Internal", "Scope", "record", "record_many"]


def record(node: Node, scope: Scope, event: Event) -> None:
    """Record one event.

    Raises:
        RuntimeError: outside a transaction, where the act and its evidence could part (a bug of the caller).
        ValueError: the event is malformed (a bug of the caller).
    """
    record_many(node, scope, (event,))


def record_many(node: Node, scope: Scope, events: Iterable[Event]) -> None:
    """Record events of one scope in the order given.

    Raises:
        RuntimeError: outside a transaction.
        ValueError: an event is malformed.
    """
    if not in_atomic(node.alias):
        raise RuntimeError("evidence is recorded inside the transaction of the act")
    rows = []
    for event in events:
        salt = None if event.committed is None else node.random(SALT_BYTES)
        rows.append((write_leaf(event, salt), salt, event.key))
    entries.append(node.alias, scope_key(scope), rows)
