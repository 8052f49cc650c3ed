"""True grounds: which rules protect the person of a case, and the page on which the data-protection officer reads them.

Implements docs/protocol/egress.md §6; rules L22 to L27. The rules stand in sealed columns and come out of here only: for
the choice of the wire ground, and for who oversees. Reading them is a consultation (Directive (EU) 2016/680 Art. 25).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.core.codes.marks import DataCategory, Role, Taint
from comity.core.egress.values import taints_of
from comity.core.evidence.event import Event, Internal
from comity.core.instant import Instant, write_instant
from comity.core.policy.law import PROTECTED, prohibited
from comity.core.policy.model import ProposedAct
from comity.core.policy.transfer import unassured_offence
from comity.core.register.release import NEVER_RELEASED
from comity.core.register.subject import Subject, open_subject
from comity.errors import Refused
from comity.services.agreements.standing import standing
from comity.services.context import Actor, ActorKind, Node
from comity.services.evidence.record import record
from comity.services.register.accountable import keep_statement, stated
from comity.storage import cases
from comity.storage.models.cases import Case, CaseDecision
from comity.storage.protection import egress as rows
from comity.storage.transaction import atomic

OVERSEERS = (Role.DATA_PROTECTION_OFFICER, Role.AUDITOR)
"""Who may read true grounds: one's own data-protection officer, and who audits for the supervisor."""

_BLOCK = "block"
_MOST = 500


@dataclass(frozen=True, slots=True)
class TrueGround:
    """Why something really did not leave, or was taken back.

    Args:
        kind: ``block`` or ``refusal``. ground: rules of docs/law.md, grounds of the closed list.
        by: who acted. subjects: entries of our register that were concerned.
        found: kinds of values that stood in a text.
    """

    at: Instant
    kind: str
    thread: str
    partner: str
    regime: Regime
    ground: str
    by: str
    subjects: tuple[str, ...]
    found: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {**asdict(self), "at": write_instant(self.at), "regime": self.regime.value}


def protecting(node: Node, row: Case) -> tuple[str, ...]:
    """Return the rules by which the law protects whom a request means, as far as this node can know; sorted.

    They come from what was blocked in the thread, from the entries that its decisions concerned (part of an answer that was
    released before the person came under protection), and from the entry that the request's reference means.
    """
    found: set[str] = set()
    meant: set[str] = set()
    for made in cases.decisions(node.alias, row.thread):
        if made.partner != row.partner:
            continue
        if made.kind == _BLOCK and made.true_ground:
            found.update(made.true_ground.split())
        concerned = (made.content or {}).get("subject")
        meant.update((concerned,) if isinstance(concerned, str) else ())
    reference = (row.request or {}).get("reference")
    if isinstance(reference, str):
        meant.update(rows.referred(node.alias, row.partner, reference))
    for subject in rows.subjects(node.alias, meant) if meant else ():
        if subject.content is not None:
            person = open_subject(bytes(subject.content))
            withheld = taints_of(person) & NEVER_RELEASED
            found.update(rules_against(node, row, person) or (("L13-27",) if withheld else ()))
    return tuple(sorted(found))


def rules_against(
    node: Node,
    row: Case,
    subject: Subject,
    released: frozenset[DataCategory] = frozenset(),
    *,
    taints: frozenset[Taint] | None = None,
) -> tuple[str, ...]:
    """Return the rules by which the law protects a person in a case now; none when it does not.

    Args:
        released: categories that were released.
        taints: marks that count; None: all, that of the entry's state too.
    """
    act = ProposedAct(
        act=Act.REPLY,
        regime=Regime(row.regime),
        sender=node.service,
        recipient=ServiceId(row.partner),
        purpose=Purpose(row.purpose),
        data=released,
        subjects=frozenset({subject.marks.category}),
        taints=taints_of(subject) if taints is None else taints,
        decision="0",
    )
    found = standing(node, row.agreement)
    clause = None if found is None else found.agreement.clause(row.clause)
    law = prohibited(act, None if found is None else found.agreement, clause)
    grounds = (*law, *unassured_offence(found, act, node.clock()))
    return tuple(ground.rule for ground in grounds if ground.code == PROTECTED and ground.rule is not None)


def true_grounds(node: Node, actor: Actor, regime: Regime, reason: str) -> list[TrueGround]:
    """Return the true grounds of a regime, the latest first, and record who read them and why.

    Raises:
        InputError: ``register.reason``.
        Refused: ``actor.role``, ``case.person`` (no officer: neither the operator nor a system).
    """
    if actor.kind is not ActorKind.OFFICER:
        raise Refused("case.person")
    actor.require(regime, *OVERSEERS)
    statement = stated(actor, reason)
    every = (_shown(node, made) for made in cases.with_true_ground(node.alias))
    found = list(islice((one for one in every if one is not None and one.regime is regime), _MOST))
    with atomic(node.alias):
        now = node.clock()
        # Kept under the regime, so that statement and salt are found when their time is over (L31).
        committed = keep_statement(node, "true-grounds-read", now, statement, regime.value)
        facts: dict[str, str | int] = {"regime": regime.value, "shown": len(found)}
        record(node, Internal(), Event("egress.grounds-read", now, facts, committed, erase_key=regime.value))
    return found


def _shown(node: Node, made: CaseDecision) -> TrueGround | None:
    content = made.content or {}
    case = cases.find_case(node.alias, made.thread, made.partner) if made.thread else None
    regime = content.get("regime") if case is None else case.regime
    if regime is None or made.true_ground is None:
        return None
    values = content.get("found", ())
    named = [content.get("subject"), *(one["subject"] for one in values)]
    return TrueGround(
        at=made.decided_at,
        kind=made.kind,
        thread=made.thread,
        partner=made.partner,
        regime=Regime(regime),
        ground=made.true_ground,
        by=str(content.get("by", "")),
        subjects=tuple(dict.fromkeys(one for one in named if one)),
        found=tuple(sorted({kind for one in values for kind in one["values"]})),
    )
