"""Erase what cases say when the clause's retention has passed.

Implements docs/protocol/cases.md §8. Source: Directive (EU) 2016/680 Art. 5; Regulation (EU) 2024/982 Art. 33(3) (three
years for justifications). Thread, times and grounds stay, for the statistics.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from comity.core.codes.exchange import Act
from comity.core.evidence.event import Event, Internal
from comity.core.instant import Instant
from comity.errors import InputError
from comity.services import erasures
from comity.services.agreements.standing import standing
from comity.services.context import Node
from comity.services.evidence.erase import destroy_salt
from comity.services.evidence.record import record
from comity.storage import cases as rows
from comity.storage.exchange.inbox import forget_contents
from comity.storage.identification import attachments
from comity.storage.models.cases import Case
from comity.storage.protection import consents, egress, notices, passages
from comity.storage.transaction import atomic

BATCH = 100
CARRYING_WORDS = (Act.RECTIFY.value, Act.RESTRICT.value, Act.LIFT.value, Act.NOTIFY.value)
"""Notices that nobody is owed once the words are erased on both sides; a recall is."""

DECISIONS_KEPT = timedelta(days=1095)


def erase_at(node: Node, row: Case, closed_at: Instant) -> Instant:
    """Return when the words of a case are erased: the clause's retention after the answer's receipt.

    Raises:
        InputError: ``agreement.not-found`` (the agreement of a stored case is always kept).
    """
    found = standing(node, row.agreement)
    clause = None if found is None else found.agreement.clause(row.clause)
    if clause is None:
        raise InputError("agreement.not-found")
    return closed_at + clause.retention


def erase_open_at(node: Node, row: Case) -> Instant:
    """Return when the words of a request go that nobody answers, or that was not taken: the retention after its deadline.

    Both nodes have the deadline from the same receipts. The answer's receipt puts another date in its place.

    Raises:
        InputError: ``agreement.not-found``.
    """
    return erase_at(node, row, row.due_at or node.clock())


def erase_due(node: Node, limit: int = BATCH) -> int:
    """Erase cases and decisions whose time has come and return how many; for the worker."""
    now = node.clock()
    erased = 0
    for partner, thread in rows.due_for_erasure(node.alias, now, limit):
        with atomic(node.alias):
            if _erase(node, partner, thread):
                erasures.journal(node, "case", [f"{partner}/{thread}"])
                erased += 1
    # By their date alone: what a restored backup brings back goes again with the next round.
    with atomic(node.alias):
        gone = rows.erase_decisions(node.alias, now - DECISIONS_KEPT)
        if gone:
            record(node, Internal(), Event("case.decisions-erased", now, {"decisions": gone}))
    return erased + gone


@erasures.replays("case")
def erase_all_again(node: Node, names: Sequence[str]) -> None:
    """Erase cases that a restored backup brought back."""
    for name in names:
        partner, _, thread = name.partition("/")
        _erase(node, partner, thread)


def _erase(node: Node, partner: str, thread: str) -> bool:
    """Empty a case, its messages and the salts of its evidence, in the running transaction."""
    now = node.clock()
    if not rows.erase_words(node.alias, partner, thread, now):
        return False
    said = passages.in_thread(node.alias, partner, thread)
    passages.empty_passages(node.alias, said, now, "retention")
    attachments.empty(node.alias, partner, thread, None, now, "retention")
    consents.forget_reasons(node.alias, partner, thread)
    rows.forget_notes(node.alias, partner, thread)
    egress.drop_drafts_in(node.alias, partner, thread)
    notices.overtake(node.alias, partner, thread, None, CARRYING_WORDS, now)
    notices.forget_told(node.alias, partner, thread)
    for key in {thread, *forget_contents(node.alias, partner, thread)}:
        destroy_salt(node, key)
    record(node, Internal(), Event("case.erased", now, {"thread": thread, "ground": "retention"}))
    return True
