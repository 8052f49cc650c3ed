"""Destroys salts, after which a commitment says nothing about what it committed to (docs/protocol/evidence.md §2)."""

from __future__ import annotations

from comity.core.evidence.event import Event, Internal
from comity.services.context import Node
from comity.services.evidence.record import record
from comity.storage.evidence import entries
from comity.storage.transaction import in_atomic


def destroy_salt(node: Node, key: str) -> int:
    """Destroy every salt kept under a key, in the transaction that erases what was committed to.

    Args:
        node: this node.
        key: a subject uid, message or thread identifier, or what the event named as its `erase_key`.

    Returns:
        How many salts were destroyed; none if they already were.

    Raises:
        RuntimeError: outside a transaction (a bug of the caller).
    """
    if not in_atomic(node.alias):
        raise RuntimeError("salts are destroyed inside the transaction of the erasure")
    if not key:
        raise ValueError("an empty key names no salt")
    now = node.clock()
    count = entries.drop_salts(node.alias, key, now)
    if count:
        record(node, Internal(), Event("evidence.salts-destroyed", now, {"key": key, "count": count}))
    return count
