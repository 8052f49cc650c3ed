"""What was made here from words that are taken back goes with them: notes, and texts that never left.

Implements docs/protocol/egress.md §4; rules L7 and L25 (scenario S5: "derived note removed").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from comity.core.egress.repeated import repeats
from comity.core.evidence.event import Event, Internal
from comity.services.context import Node
from comity.services.evidence.record import record
from comity.storage import cases
from comity.storage.protection import egress as rows


def forget_derived(node: Node, partner: str, thread: str, bodies: Sequence[Mapping[str, Any]]) -> int:
    """Empty notes and held texts of a thread that repeat what is being taken back, in the running transaction.

    Returns:
        How many.
    """
    gone = 0
    for note in cases.notes(node.alias, partner, thread):
        if note.content is not None and any(repeats(note.content, body) for body in bodies):
            cases.forget_note(node.alias, note)
            gone += 1
    for draft in rows.drafts_in(node.alias, partner, thread):
        if any(repeats(draft.content, body) for body in bodies):
            gone += rows.drop_draft(node.alias, draft.reference)
    if gone:
        facts: dict[str, str | int] = {"thread": thread, "derived": gone}
        record(node, Internal(), Event("case.derived-erased", node.clock(), facts))
    return gone
