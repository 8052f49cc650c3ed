"""What the desk keeps for an officer while it is being written: sealed drafts. Probe pages keep none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

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
