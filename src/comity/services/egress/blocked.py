"""Keep what was not permitted to leave: the true ground, sealed, for the data-protection officer; the text for both.

Implements docs/protocol/egress.md §5. Rules:
    - block, draft and evidence stand in one transaction, in the internal log: the partner learns nothing, not even that
      something was about to be sent;
    - the writer is told that the law forbids it, never which rule or whose mark;
    - what the policy refuses for another reason is kept alike, as a stop: it protects nobody, and so changes no ground on
      the wire (`protecting` looks at blocks);
    - the draft is its writer's; the data-protection officer reads it with the true ground (`grounds`), nobody else; it is
      gone after `DRAFT_LIFE` or with the case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from comity.core.codes.exchange import Regime
from comity.core.egress.reading import texts_in
from comity.core.evidence.event import Event, Internal
from comity.core.instant import Instant, write_instant
from comity.core.policy.law import PROTECTED
from comity.core.policy.model import Ground
from comity.core.policy.transfer import TRUE_GROUNDS
from comity.errors import InputError
from comity.services.cases.decision import BLOCK, STOPPED, Decided, decided, keep_decision
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

LOOKED_BACK = 20
"""Among so many of somebody's last texts the same one is looked for."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A text that was not permitted to leave, for who wrote it; `code` is why, as the writer was told."""

    reference: str
    partner: str
    thread: str
    regime: Regime
    kind: str
    at: Instant
    code: str
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
    with atomic(node.alias):
        keep_decision(node, row, made, rules)
        if words:
            _keep_draft(node, leaving, kind, PROTECTED, leaving.body, made, examined)


def keep_stop(
    node: Node, actor: Actor, leaving: Leaving, kind: str, grounds: Sequence[Ground], examined: Examined
) -> None:
    """Keep why the policy refused for a reason that protects nobody, and what was written; the same is kept once.

    Particulars of the register are not kept again: they stand there.

    Args:
        grounds: of the policy, or of the form; the first is what the writer is told.
    """
    code, codes = grounds[0].code, " ".join(dict.fromkeys(ground.code for ground in grounds))
    said = {name: value for name, value in leaving.body.items() if name != "subject"}
    # Codes have no blanks: what has one, somebody wrote.
    written = any(" " in text.strip() for text in texts_in(said))
    row = Case(thread=leaving.thread or "", partner=leaving.partner, regime=leaving.regime.value)
    if (
        _is_kept(node, actor, leaving, kind, code, said)
        if written
        else _is_known(node, row, leaving.subject or None, codes, actor, STOPPED)
    ):
        return
    content = {"regime": leaving.regime.value, "message": kind, "subject": leaving.subject or None}
    made = decided(node, actor, STOPPED, row, content)
    with atomic(node.alias):
        keep_decision(node, row, made, codes)
        if written:
            _keep_draft(node, leaving, kind, code, said, made, examined)


def _keep_draft(
    node: Node,
    leaving: Leaving,
    kind: str,
    code: str,
    said: Mapping[str, Any],
    made: Decided,
    examined: Examined,
) -> None:
    rows.add_draft(
        node.alias,
        BlockedDraft(
            reference=node.random(16).hex(),
            partner=leaving.partner,
            thread=leaving.thread or "",
            regime=leaving.regime.value,
            kind=kind,
            officer=str(made.content["by"]),
            at=made.at,
            code=code,
            decision=made.digest,
            content=dict(said),
            inheritance=examined.inheritance.document(),
        ),
    )


def _is_kept(
    node: Node, actor: Actor, leaving: Leaving, kind: str, code: str, said: Mapping[str, Any]
) -> bool:
    """Whether the same text of the same person is kept already: whoever tries again writes nothing new."""
    wanted = (leaving.partner, leaving.thread or "", leaving.regime.value, kind, code)
    return any(
        (row.partner, row.thread, row.regime, row.kind, row.code) == wanted and row.content == dict(said)
        for row in rows.drafts_by(node.alias, actor.name, LOOKED_BACK)
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


def _is_known(
    node: Node, row: Case, subject: str | None, rules: str, actor: Actor, kind: str = BLOCK
) -> bool:
    """Whether the same person was stopped before by the same rules, of the same entry in the same thread."""
    return any(
        made.kind == kind
        and made.true_ground == rules
        and made.content is not None
        and (made.content.get("subject"), made.content.get("by")) == (subject, actor.name)
        for made in cases.decisions(node.alias, row.thread)
    )


def _draft(row: BlockedDraft) -> Draft:
    return Draft(
        row.reference,
        row.partner,
        row.thread,
        Regime(row.regime),
        row.kind,
        row.at,
        row.code,
        dict(row.content),
    )
