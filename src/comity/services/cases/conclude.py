"""A case of ours ends without a conviction: what was sent for it is erased at every holder, and what came for it here.

Implements docs/protocol/egress.md §7; rule L29. Source: Regulation (EU) 2016/794 Annex II.A (5): on final acquittal, or
when proceedings are dropped, the data that concern the case are deleted. Rules:
    - a named person says so, with a reason; the partner is told an ordinary ground, not the outcome;
    - everything goes: our requests and what we told, the answers, what was passed on to others, drafts and notes; so does
      what was given unasked for it, by us or to us (cases.md §21);
    - nothing goes on: a request that waits for a second person is not sent any more, and a search that is made again and
      again for the case ends;
    - entries of our register that are named go too, and with them whatever was released of them, to whomever.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from comity.core import canonical
from comity.core.cases.protection import CaseOutcome, ProtectionGround
from comity.core.codes.exchange import Act, Regime, ServiceId
from comity.core.codes.marks import Role
from comity.core.evidence.event import Event, Internal
from comity.core.instant import Instant
from comity.core.register.words import fold
from comity.errors import InputError, Refused
from comity.services.cases.access import regimes_of
from comity.services.cases.recall import RECALLED, withdraw
from comity.services.cases.thread.cited import given_for
from comity.services.context import SYSTEM, Actor, ActorKind, Node
from comity.services.evidence.record import record
from comity.services.probe.standing import keep
from comity.services.protection.owe import Owed, ask_back, owe
from comity.services.register.accountable import keep_statement, stated
from comity.services.register.erase import erase
from comity.services.watch.approve import end_of_case
from comity.storage import cases as rows
from comity.storage.models.cases import Case
from comity.storage.models.exchange import Direction
from comity.storage.protection import egress, passages
from comity.storage.transaction import atomic

CONCLUDERS = (Role.APPROVER, Role.HEAD_OF_DESK, Role.DATA_PROTECTION_OFFICER)
_GROUND = ProtectionGround.NOT_NEEDED


@dataclass(frozen=True, slots=True)
class Concluded:
    """What follows: threads that are erased on both sides, entries of the register that are gone, and how many requests
    that waited, texts that never left and searches that went on are no more."""

    threads: tuple[str, ...]
    subjects: tuple[str, ...]
    ended: int = 0


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One thread that a conclusion would erase; nothing in it describes a person."""

    thread: str
    partner: str
    purpose: str
    opened_at: Instant


def foresee(node: Node, actor: Actor, case: str) -> list[Foreseen]:
    """Return what a conclusion of a case of ours would erase, the oldest first; nothing is erased or recorded.

    None where nothing was exchanged for it: entries of the register may still be held for that case only.

    Raises:
        Refused: ``case.person``, ``actor.role``.
    """
    if actor.kind is not ActorKind.OFFICER:
        raise Refused("case.person")
    found = _exchanged_for(node, actor, case)
    for row in found:
        actor.require(Regime(row.regime), *CONCLUDERS)
    lines = [Foreseen(row.thread, row.partner, row.purpose, row.opened_at) for row in found]
    return sorted(lines, key=lambda each: (each.opened_at, each.thread))


def conclude(
    node: Node,
    actor: Actor,
    case: str,
    outcome: CaseOutcome,
    reason: str,
    *,
    subjects: Collection[str] = (),
) -> Concluded:
    """Erase, here and at every partner, what was exchanged for a case of ours that ended without a conviction.

    Args:
        case: our own case reference, as it stood in the requests.
        subjects: entries of our register that were held for this case only.

    Raises:
        InputError: ``case.unknown`` (nothing was exchanged for it), ``register.unknown``, ``register.reason``.
        Refused: ``case.person``, ``actor.role``.
    """
    if actor.kind is not ActorKind.OFFICER:
        raise Refused("case.person")
    statement = stated(actor, reason, case=case.strip(), outcome=outcome.value)
    found = _exchanged_for(node, actor, case)
    with atomic(node.alias):
        for row in found:
            actor.require(Regime(row.regime), *CONCLUDERS)
            _gone(node, actor, row)
        ended = _ended(node, actor, fold(case))
        if not found and not subjects and not ended:
            raise InputError("case.unknown")
        for uid in sorted(subjects):
            erase(node, actor, uid, reason)
        now = node.clock()
        committed = keep_statement(node, "concluded", now, statement)
        facts: dict[str, str | int] = {
            "threads": len(found),
            "subjects": len(set(subjects)),
            "ended": ended,
        }
        record(node, Internal(), Event("case.concluded", now, facts, committed))
    return Concluded(tuple(row.thread for row in found), tuple(sorted(subjects)), ended)


def _ended(node: Node, actor: Actor, wanted: str) -> int:
    """End what has not left for a case and what goes on for it, in the running transaction; how many."""
    regimes = [
        regime
        for regime in regimes_of(node, actor)
        if any((regime, role) in actor.roles for role in CONCLUDERS)
    ]
    if not wanted or not regimes:
        return 0
    waiting = end_of_case(node, actor, regimes, wanted)
    searching = keep.end_of_case(node, actor, regimes, wanted)
    texts = [
        row.reference
        for row in egress.drafts_opening(node.alias, [regime.value for regime in regimes])
        if fold(str(row.content.get("case", ""))) == wanted
    ]
    return waiting + searching + sum(egress.drop_draft(node.alias, each) for each in texts)


def _exchanged_for(node: Node, actor: Actor, case: str) -> list[Case]:
    wanted = fold(case)
    regimes = [regime.value for regime in regimes_of(node, actor)]
    if not wanted:
        return []
    asked = [
        row
        for row in rows.with_request(node.alias, regimes, rows.ASKED)
        if fold(str((row.request or {}).get("case", ""))) == wanted
    ]
    return [*asked, *given_for(node, regimes, wanted, asked)]


def _gone(node: Node, actor: Actor, row: Case) -> None:
    partner, regime = ServiceId(row.partner), Regime(row.regime)
    # 1. At the partner: all that we said, chased until its receipt; our own copy goes with that receipt. Where we have said
    #    nothing there is nothing to erase, and the partner does not learn for which case of ours we kept its words.
    if passages.in_thread(node.alias, row.partner, row.thread, Direction.OUT.value):
        owe(node, actor, Owed(partner, regime, row.thread, None, Act.ERASE, _GROUND))
    # 2. At those to whom we passed on what came.
    for passage in passages.in_thread(node.alias, row.partner, row.thread, Direction.IN.value):
        for each in passages.passed_on(node.alias, passage):
            ask_back(node, SYSTEM, each, Act.ERASE, _GROUND, RECALLED)
    # 3. Here: what came, notes and texts that never left.
    withdraw(node, row.partner, row.thread, Direction.IN)
    rows.forget_notes(node.alias, row.partner, row.thread)
    egress.drop_drafts_in(node.alias, row.partner, row.thread)
    if row.closing is None:
        rows.update_case(node.alias, row, node.clock(), rejected=RECALLED)
    committed = canonical.encode({"actor": actor.name, "thread": row.thread})
    record(node, Internal(), Event("case.erased", node.clock(), _facts(row), committed))


def _facts(row: Case) -> dict[str, str | int]:
    return {"thread": row.thread, "ground": _GROUND.value}
