"""Erases subjects: content, tokens and digest are gone in the transaction that records it; a tombstone stays.

The tombstone holds identifier, version and keyed source key, so that the next import of the same list does not bring
the subject back; the journal of erasures holds the same, so that a restored backup does not either. Source: Directive
(EU) 2016/680 Art. 5, 16(2).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from comity.core.evidence.event import Event, Internal
from comity.core.register.subject import SubjectState, open_subject
from comity.errors import InputError
from comity.services import erasures
from comity.services.context import SYSTEM, Actor, Node
from comity.services.evidence.erase import destroy_salt
from comity.services.evidence.record import record
from comity.services.register.accountable import keep_statement, require_protector, stated
from comity.services.register.followed import tell_followers, tell_watchers
from comity.storage.models.register import RegisterSubject
from comity.storage.register import subjects as rows
from comity.storage.register.tokens import drop_tokens
from comity.storage.transaction import atomic

BATCH = 200
"""Subjects whose retention has passed, erased in one round of the worker."""

SEARCHES_KEPT = timedelta(days=1095)
"""How long the statement of a search is kept: who searched, for what, why."""


def erase(node: Node, actor: Actor, uid: str, reason: str) -> int:
    """Erase a subject and return the version of its tombstone; erasing it again changes nothing.

    Raises:
        InputError: ``register.unknown``, ``register.reason``.
        Refused: ``actor.role``.
    """
    statement = stated(actor, reason)
    with atomic(node.alias):
        row = rows.locked_subject_row(node.alias, uid)
        if row is None:
            raise InputError("register.unknown")
        if row.content is None:
            return row.version
        require_protector(actor, open_subject(row.content).marks.regime)
        committed = keep_statement(node, "erased", node.clock(), statement, uid)
        version = _gone(node, row, "decision", committed)
        tell_followers(node, actor, uid, SubjectState.ERASED)
        return version


def erase_due(node: Node, limit: int = BATCH) -> int:
    """Erase subjects whose retention has passed and return how many; the worker calls it again and again."""
    erased = 0
    for uid in rows.due_for_erasure(node.alias, node.clock().date(), limit):
        with atomic(node.alias):
            row = rows.locked_subject_row(node.alias, uid)
            if row is None or row.content is None:
                continue
            _gone(node, row, "retention", f"by {SYSTEM.name}".encode())
            erased += 1
    return erased


def erase_searches(node: Node, limit: int = BATCH) -> int:
    """Erase the statements of searches in the register that are three years old, with their salts; how many.

    Source: Regulation (EU) 2024/982 Art. 33(3), 45. That there was a search stays in the log.
    """
    due = rows.searches_before(node.alias, node.clock() - SEARCHES_KEPT, limit)
    for found in due:
        with atomic(node.alias):
            if found[1]:
                erasures.journal(node, "register-search", [found[1]])
            _search_gone(node, *found)
    return len(due)


@erasures.replays("register-search")
def erase_searches_again(node: Node, acts: Sequence[str]) -> None:
    """Erase statements of searches that a restored backup brought back."""
    for pk, act in rows.searches_named(node.alias, frozenset(acts)):
        _search_gone(node, pk, act)


def _search_gone(node: Node, pk: int, act: str) -> None:
    if rows.drop_act(node.alias, pk) and act:
        destroy_salt(node, act)
        facts: dict[str, str | int] = {"act": act, "ground": "retention"}
        record(node, Internal(), Event("register.search-erased", node.clock(), facts))


@erasures.replays("subject")
def erase_again(node: Node, names: Sequence[str]) -> int:
    """Erase subjects that a restored backup brought back; return how many were there.

    Of a subject that the backup does not know, because it was imported after it, a tombstone is set, so that the next
    import of the same list does not bring it back.

    Args:
        node: this node.
        names: as `_name` writes them; an identifier alone is erased too, without a tombstone.
    """
    count = 0
    with atomic(node.alias):
        for name in names:
            uid, regime, kind, source_key = (*name.split("/"), "", "", "")[:4]
            row = rows.locked_subject_row(node.alias, uid) or rows.locked_by_source_key(
                node.alias, source_key
            )
            if row is None and source_key:
                now = node.clock()
                rows.add_tombstone(node.alias, uid, source_key, regime=regime, kind=kind, now=now)
                facts: dict[str, str | int] = {"subject": uid, "version": 1, "ground": "restore"}
                record(node, Internal(), Event("register.erased", now, facts, f"by {SYSTEM.name}".encode()))
            elif row is not None and row.content is not None:
                _gone(node, row, "restore", f"by {SYSTEM.name}".encode())
                count += 1
    return count


def _name(row: RegisterSubject) -> str:
    """Return what the journal holds of an erased subject: identifier, regime, kind, keyed source key."""
    return f"{row.uid}/{row.regime}/{row.kind}/{row.source_key}"


def _gone(node: Node, row: RegisterSubject, ground: str, committed: bytes) -> int:
    """Empty the row and drop its tokens, in the running transaction; journal it unless it is replayed."""
    now, version = node.clock(), row.version + 1
    if ground != "restore":
        erasures.journal(node, "subject", [_name(row)])
    drop_tokens(node.alias, [row.pk])
    destroy_salt(node, row.uid)
    values = {"state": SubjectState.ERASED.value, "content": None, "digest": "", "groups": "", "seen_in": ""}
    rows.change_subject(
        node.alias, row.pk, {**values, "version": version, "changed_at": now, "erase_at": None}
    )
    facts: dict[str, str | int] = {"subject": row.uid, "version": version, "ground": ground}
    record(node, Internal(), Event("register.erased", now, facts, committed))
    tell_watchers(node, row.uid, None)
    return version
