"""What the desk keeps for an officer: sealed drafts and which threads were read. Probe pages keep no draft."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from comity.core.instant import Instant
from comity.services.context import Node
from comity.services.people.actors import Officer
from comity.storage import people
from comity.storage.transaction import atomic

DRAFT_LIFE = timedelta(days=7)
"""How long a draft is kept after its last change."""


def keep_draft(node: Node, account: Officer, page: str, content: Mapping[str, Any]) -> None:
    """Keep, sealed, what the officer has written on a page so far."""
    with atomic(node.alias):
        people.keep_draft(node.alias, account, page, content, node.clock())


def draft(node: Node, account: Officer, page: str) -> Mapping[str, Any] | None:
    """Return what the officer left on a page."""
    return people.draft_of(node.alias, account, page)


def drop_draft(node: Node, account: Officer, page: str) -> None:
    """Delete the draft of a page, once it was sent or thrown away."""
    people.drop_draft(node.alias, account, page)


def drop_old_drafts(node: Node) -> int:
    """Delete drafts whose life has ended; for the worker. Return how many."""
    return people.drop_drafts_before(node.alias, node.clock() - DRAFT_LIFE)


def mark_read(node: Node, account: Officer, thread: str) -> None:
    """Remember that the officer has opened a thread now."""
    with atomic(node.alias):
        people.mark_read(node.alias, account, thread, node.clock())


def read_marks(node: Node, account: Officer, threads: Iterable[str]) -> dict[str, Instant]:
    """Return when the officer last opened each thread; absent when never."""
    return people.read_marks(node.alias, account, threads)
