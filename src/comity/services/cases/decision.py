"""The record of a named person's decision: kept sealed, committed to in the evidence, its digest in the header.

Implements docs/protocol/cases.md §5. The record holds 32 random bytes, so that its digest, which the partner sees,
says nothing about who decided on whom.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.crypto.encoding import to_text
from comity.core.evidence.event import Bilateral, Event, Internal
from comity.core.instant import Instant, write_instant
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.storage import cases as rows
from comity.storage.models.cases import Case, CaseDecision

RELEASE = "release"
REFUSAL = "refusal"
BLOCK = "block"
STOPPED = "stopped"
NEGATIVE = "negative"
CORRECTION = "correction"
CONSENT = "consent"
INFORM = "inform"
IDENTIFICATION = "identification"
NONCE_BYTES = 32

_EVENTS = {
    RELEASE: "case.released",
    NEGATIVE: "case.negative-decided",
    REFUSAL: "case.refusal-decided",
    CORRECTION: "case.correction-decided",
    CONSENT: "case.consent-decided",
    INFORM: "case.information-decided",
    IDENTIFICATION: "case.identification-decided",
}
"""What the bilateral log says of each decision."""

OURS = {BLOCK: "case.release-blocked", STOPPED: "case.sending-stopped"}
"""What the internal log says: of what the law protects, and of what else the policy did not permit to leave."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that was written down: its content, its digest."""

    kind: str
    content: dict[str, Any]
    digest: str
    at: Instant


def decided(node: Node, actor: Actor, kind: str, row: Case, content: Mapping[str, Any]) -> Decided:
    """Write down a decision; nothing is stored yet.

    Args:
        content: what was decided, JSON; who and when are added.
    """
    at = node.clock()
    whole = {
        **content,
        "kind": kind,
        "thread": row.thread,
        "by": actor.name,
        "at": write_instant(at),
        "nonce": to_text(node.random(NONCE_BYTES)),
    }
    return Decided(kind, whole, canonical.digest(canonical.encode(whole)), at)


def keep_decision(node: Node, row: Case, made: Decided, true_ground: str | None = None) -> None:
    """Store a decision with its evidence, in the running transaction.

    A release or refusal is an act with the partner: bilateral. A block or stop is our own affair, and would tell
    something: internal.
    """
    rows.add_decision(
        node.alias,
        CaseDecision(
            thread=row.thread,
            partner=row.partner,
            kind=made.kind,
            digest=made.digest,
            decided_at=made.at,
            content=made.content,
            true_ground=true_ground,
        ),
    )
    facts: dict[str, str | int] = {"thread": row.thread, "decision": made.digest}
    committed = canonical.encode(made.content)
    if made.kind in OURS:
        record(node, Internal(), Event(OURS[made.kind], made.at, facts, committed))
        return
    scope = Bilateral(ServiceId(row.partner), Regime(row.regime))
    record(node, scope, Event(_EVENTS[made.kind], made.at, facts, committed))
