"""True grounds: which rules protect the person of a case, and the page on which the data-protection officer reads them.

They are counted here, too, for one's own report: what goes to partners counts grounds on the wire (clocks.md §4).
Implements docs/protocol/egress.md §6; rules L22 to L27. The rules stand in sealed columns and come out of here only: for
the choice of the wire ground, and for who oversees. Reading them is a consultation (Directive (EU) 2016/680 Art. 25).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import Any

from comity.core.cases.statistics import Period
from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.core.codes.marks import DataCategory, Role, Taint
from comity.core.egress.reading import texts_in
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
        kind: ``block``, ``stopped`` or ``refusal``. ground: rules of docs/law.md, grounds of the closed list, codes of the
            policy.
        by: who acted. subjects: entries of our register that were concerned.
        found: kinds of values that stood in a text.
        texts: what did not leave, while it is held; for the data-protection officer only.
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
    texts: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {**asdict(self), "at": write_instant(self.at), "regime": self.regime.value}


@dataclass(frozen=True, slots=True)
class GroundCount:
    """How often a true ground stood; `wire`: what was told to the partner instead, None when nothing was."""

    kind: str
    ground: str
    wire: str | None
    number: int

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class GroundsRead:
    """The true grounds of a regime in a period: the last ones, the latest first, and how often each stood."""

    grounds: list[TrueGround]
    counts: list[GroundCount]


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
    """Return the true grounds of a regime, the latest first, and record who read them and why; as `read_grounds`."""
    return read_grounds(node, actor, regime, reason).grounds


def read_grounds(
    node: Node, actor: Actor, regime: Regime, reason: str, period: Period | None = None
) -> GroundsRead:
    """Return the true grounds of a regime and their statistics, and record who read them and why.

    A refusal, block or stop with several grounds counts for each of them.

    Args:
        period: None: all that is kept.

    Raises:
        InputError: ``register.reason``.
        Refused: ``actor.role``, ``case.person`` (no officer: neither the operator nor a system).
    """
    if actor.kind is not ActorKind.OFFICER:
        raise Refused("case.person")
    actor.require(regime, *OVERSEERS)
    statement = stated(actor, reason)
    found: list[TrueGround] = []
    counts: Counter[tuple[str, str, str | None]] = Counter()
    digests: list[str] = []
    for made in cases.with_true_ground(node.alias):
        if period is not None and not period.holds(made.decided_at):
            continue
        one = _shown(node, made)
        if one is None or one.regime is not regime:
            continue
        wire = (made.content or {}).get("wire_ground")
        counts.update((one.kind, ground, wire) for ground in dict.fromkeys(one.ground.split()))
        if len(found) < _MOST:
            found.append(one)
            digests.append(made.digest)
    if (regime, Role.DATA_PROTECTION_OFFICER) in actor.roles:
        found = _with_texts(node, found, digests)
    with atomic(node.alias):
        now = node.clock()
        # Kept under the regime, so that statement and salt are found when their time is over (L31).
        committed = keep_statement(node, "true-grounds-read", now, statement, regime.value)
        facts: dict[str, str | int] = {"regime": regime.value, "shown": len(found)}
        record(node, Internal(), Event("egress.grounds-read", now, facts, committed, erase_key=regime.value))
    return GroundsRead(
        found, [GroundCount(*key, number) for key, number in sorted(counts.items(), key=_order)]
    )


def _order(counted: tuple[tuple[str, str, str | None], int]) -> tuple[str, int, str, str]:
    (kind, ground, wire), number = counted
    return kind, -number, ground, wire or ""


def _with_texts(node: Node, found: list[TrueGround], digests: list[str]) -> list[TrueGround]:
    """Return the true grounds with the texts that are still held of them."""
    held = rows.drafts_of_decisions(node.alias, digests)
    shown = []
    for one, digest in zip(found, digests, strict=True):
        row = held.get(digest)
        texts = () if row is None else tuple(text for text in texts_in(row.content) if text.strip())
        shown.append(replace(one, texts=texts))
    return shown


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
