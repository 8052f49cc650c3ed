"""Keep what the law did not let leave: the true ground, sealed, for the data-protection officer; the text for its writer.

Implements docs/protocol/egress.md §5. Rules:
    - block, draft and evidence stand in one transaction, in the internal log: the partner learns nothing, not even that
      something was about to be sent;
    - the writer is told that the law forbids it, never which rule or whose mark;
    - the draft is its writer's alone, and gone after `DRAFT_LIFE` or with the case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from comity.core.codes.exchange import Regime
from comity.core.egress.reading import texts_in
from comity.core.evidence.event import Event, Internal
from comity.core.instant import Instant, write_instant
from comity.core.policy.model import Ground
from comity.core.policy.transfer import TRUE_GROUNDS
from comity.errors import InputError
from comity.services.cases.decision import BLOCK, decided, keep_decision
from comity.services.context import Actor, Node
from comity.services.egress.examine import Examined, Leaving
from comity.services.evidence.record import record
from comity.storage import cases
from comity.storage.models.cases import Case
from comity.storage.models.egress import BlockedDraft
from comity.storage.protection import egress as rows
from comity.storage.transaction import atomic

DRAFT_LIFE = timedelta(days=30)
"""How long a blocked text is kept for its writer."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A text that was blocked, for who wrote it."""

    reference: str
    partner: str
    thread: str
    regime: Regime
    kind: str
    at: Instant
    content: dict[str, Any]

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {**asdict(self), "at": write_instant(self.at), "regime": self.regime.value}


def keep_block(
    node: Node, actor: Actor, leaving: Leaving, kind: str, grounds: Sequence[Ground], examined: Examined
) -> None:
    """Keep the true ground and the text.

    Args:
        grounds: of the policy; their rules are what nobody but the data-protection officer reads.
    """
    named = [ground.rule or ground.code for ground in grounds]
    rules = " ".join((*named, *(TRUE_GROUNDS[rule].value for rule in named if rule in TRUE_GROUNDS)))
    row = Case(thread=leaving.thread or "", partner=leaving.partner, regime=leaving.regime.value)
    content = {
        "regime": leaving.regime.value,
        "message": kind,
        "rules": rules,
        "marks": sorted(examined.taints),
        "subject": leaving.subject or None,
        "found": [{"subject": hit.uid, "values": sorted(hit.values)} for hit in examined.hits],
    }
    words = any(text.strip() for text in texts_in(leaving.body))
    if not words and _is_known(node, row, leaving.subject, rules, actor):
        return
    made = decided(node, actor, BLOCK, row, content)
    reference = node.random(16).hex()
    with atomic(node.alias):
        keep_decision(node, row, made, rules)
        if not words:
            return
        rows.add_draft(
            node.alias,
            BlockedDraft(
                reference=reference,
                partner=leaving.partner,
                thread=leaving.thread or "",
                regime=leaving.regime.value,
                kind=kind,
                officer=actor.name,
                at=made.at,
                decision=made.digest,
                content=dict(leaving.body),
                inheritance=examined.inheritance.document(),
            ),
        )


def drafts_of(node: Node, actor: Actor) -> list[Draft]:
    """Return the blocked texts of a person, the latest first."""
    return [_draft(row) for row in rows.drafts_by(node.alias, actor.name)]


def draft_of(node: Node, actor: Actor, reference: str) -> Draft:
    """Return a blocked text to who wrote it.

    Raises:
        InputError: ``egress.draft-unknown``, also for another's.
    """
    row = rows.draft(node.alias, reference)
    if row is None or row.officer != actor.name:
        raise InputError("egress.draft-unknown")
    return _draft(row)


def discard_draft(node: Node, actor: Actor, reference: str) -> None:
    """Delete a blocked text, as who wrote it.

    Raises:
        InputError: ``egress.draft-unknown``.
    """
    draft_of(node, actor, reference)
    with atomic(node.alias):
        rows.drop_draft(node.alias, reference)
        facts: dict[str, str | int] = {"draft": reference}
        record(node, Internal(), Event("egress.draft-discarded", node.clock(), facts))


def drop_old_blocked(node: Node) -> int:
    """Delete blocked texts whose life has ended; for the worker. Return how many."""
    return rows.drop_drafts_before(node.alias, node.clock() - DRAFT_LIFE)


def _is_known(node: Node, row: Case, subject: str, rules: str, actor: Actor) -> bool:
    """Whether the same person was stopped before by the same rules, of the same entry in the same thread."""
    return any(
        made.kind == BLOCK
        and made.true_ground == rules
        and made.content is not None
        and (made.content.get("subject"), made.content.get("by")) == (subject, actor.name)
        for made in cases.decisions(node.alias, row.thread)
    )


def _draft(row: BlockedDraft) -> Draft:
    return Draft(
        row.reference, row.partner, row.thread, Regime(row.regime), row.kind, row.at, dict(row.content)
    )
