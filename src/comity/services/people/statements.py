"""Erases what people stated when they consulted or altered the register, three years later.

The statement of an act (who, why, on whom) goes with the salt of the one entry that commits to it; that there was an
act stays in the log, which verifies as before. Searches, which name no subject, are erased by the register itself. The
statement of an import stays with what was imported; that of a restriction or quarantine as long as it holds. Source:
Regulation (EU) 2024/982 Art. 33(3), 45; Directive (EU) 2016/680 Art. 25.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from comity.core import canonical
from comity.core.evidence.event import Event, Internal, read_leaf, verify_commitment
from comity.core.instant import read_instant, write_instant
from comity.errors import PeerError
from comity.services import erasures
from comity.services.context import Node
from comity.services.evidence.record import record
from comity.storage.evidence import entries
from comity.storage.models.register import RegisterAct
from comity.storage.register import acts as rows
from comity.storage.transaction import atomic

BATCH = 200
STATEMENTS_KEPT = timedelta(days=1095)
"""As long as the statement of a search."""


def erase_statements(node: Node, limit: int = BATCH) -> int:
    """Erase the statements that are three years old, with their salts; how many. The worker calls it again and again."""
    due = rows.acts_before(node.alias, node.clock() - STATEMENTS_KEPT, limit)
    for act in due:
        with atomic(node.alias):
            erasures.journal(node, "statement", [_name(act)])
            _gone(node, act)
    return len(due)


@erasures.replays("statement")
def erase_statements_again(node: Node, names: Sequence[str]) -> None:
    """Erase statements that a restored backup brought back; named as `_name` does."""
    for name in names:
        kind, uid, at = name.split("/")
        for act in rows.acts_at(node.alias, kind, uid, read_instant(at)):
            _gone(node, act)


def _name(act: RegisterAct) -> str:
    """Return what the journal holds of a statement: never a row number, which a restored node gives out again."""
    return f"{act.kind}/{act.subject_uid}/{write_instant(act.at)}"


def _gone(node: Node, act: RegisterAct) -> None:
    """Erase a statement in the running transaction; other entries on the same subject keep their salts."""
    now, committed = node.clock(), canonical.encode(dict(act.statement))
    if not rows.drop_act(node.alias, act.pk):
        return
    for entry in entries.salted(node.alias, act.subject_uid):
        if _commits(entry, act, committed):
            entries.drop_salt(node.alias, entry.id, now)
    facts: dict[str, str | int] = {"subject": act.subject_uid, "act": act.kind, "ground": "retention"}
    record(node, Internal(), Event("register.statement-erased", now, facts))


def _commits(entry: entries.StoredEntry, act: RegisterAct, committed: bytes) -> bool:
    """Whether an entry is that of the act: of its time, since who looks twice may state the same, and committing to it."""
    leaf = read_leaf(entry.leaf)
    if leaf.commitment is None or entry.salt is None or leaf.at != act.at:
        return False
    try:
        verify_commitment(leaf.commitment, entry.salt, committed)
    except PeerError:
        return False
    return True
