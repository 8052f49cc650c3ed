"""Follow-ups of hits: what the first of a case needs, and what each leaves behind.

Implements docs/protocol/probe.md §9.4. A request and its follow-up are stored in one transaction with their evidence; who
approved stands in the internal log, in a commitment: the partner is told of the request, not of our four eyes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from comity.core import canonical
from comity.core.cases.messages import MAX_TEXT
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.codes.marks import Role
from comity.core.evidence.event import Event, Internal
from comity.core.instant import Instant
from comity.core.texts import typed
from comity.core.watch.anomalies import Anomaly, Sign, is_late
from comity.core.watch.follow_up import MIN_REASON, Clearance, Emergency, Held, Person, clearance
from comity.errors import InputError, Refused
from comity.services import erasures
from comity.services.context import Actor, ActorKind, Node
from comity.services.evidence.record import record
from comity.services.watch.raised import raise_anomaly
from comity.services.watch.remembered import case_pseudonym, case_word
from comity.storage.models.watch import FollowUp, FollowUpState
from comity.storage.watch import follow_ups as rows
from comity.storage.watch import looks

UID_BYTES = 16

SENT = "follow-up-sent"
"""Kind of the journal's lines that say which follow-up left, and as which thread."""


@dataclass(frozen=True, slots=True, repr=False)
class FoundIn:
    """A reference that a request cites: in which case, by which search, whose.

    Args:
        case: keyed word. search, searched: empty when no search of ours is known to have found it.
        searched: as the search keeps it (`core.watch.follow_up.searchers`).
        first: nothing in the case was followed up at this partner before.
    """

    partner: ServiceId
    regime: Regime
    case: str
    search: str
    searched: str
    first: bool


@dataclass(frozen=True, slots=True, repr=False)
class Cleared:
    """A follow-up that may leave, and by what."""

    found: FoundIn
    asks: Actor
    by: Clearance
    approver: str
    emergency: Emergency | None = None


def found_in(node: Node, partner: ServiceId, regime: Regime, case: str, reference: str) -> FoundIn:
    """Return what is known of a reference that a request is to cite."""
    word, search = case_word(node, regime, partner, case), ""
    for row in looks.of_case(node.alias, partner, case_pseudonym(node, partner, case.strip())):
        cited = {one["reference"] for one in (row.outcome or {}).get("references", ())}
        if reference in cited:
            search = row.rid
            break
    searched = looks.asker_of(node.alias, search) if search else ""
    first = not rows.was_followed(node.alias, partner, regime.value, word)
    return FoundIn(partner, regime, word, search, searched, first)


def clear(
    node: Node, actor: Actor, found: FoundIn, second: Actor | None, emergency: Emergency | None
) -> Cleared | Held:
    """Return a follow-up that may leave now, or why it may not.

    Held: ``follow-up.second``: a second person has to approve it; ``follow-up.same``: that is no second person;
    ``case.approver``; ``override.unconfirmed``.

    Raises:
        InputError: ``override.reason``.
    """
    if emergency is not None:
        typed(emergency.reason, "override.reason", least=MIN_REASON, most=MAX_TEXT)
    asks = _person(actor, found.regime)
    decided = clearance(
        # What no search of the case has found was approved by nobody: one approval opens one case.
        first=found.first or not found.search,
        asks=asks,
        searched=found.searched,
        second=None if second is None else _person(second, found.regime),
        emergency=emergency,
        now=node.clock(),
    )
    if isinstance(decided, Held):
        return decided
    approver = ""
    if decided is not Clearance.LATER:
        approver = actor.name if second is None else second.name
    return Cleared(found, actor, decided, approver, emergency if decided is Clearance.EMERGENCY else None)


def keep_followed(node: Node, cleared: Cleared, thread: str, waited: str) -> None:
    """Note that a follow-up leaves, in the transaction of its request.

    Args:
        waited: identifier under which it waited; empty when it did not.

    Raises:
        Refused: ``follow-up.decided``: somebody else has decided on it meanwhile.
    """
    now, found = node.clock(), cleared.found
    values: dict[str, Any] = {
        "state": FollowUpState.SENT,
        "first": found.first,
        "search": found.search,
        "approved_by": cleared.approver,
        "decided_at": now,
        "thread": thread,
        "content": None,
    }
    if waited:
        row = waiting_row(node, waited, found.regime)
        # A restored backup must not let it wait, and leave, once more.
        erasures.journal(node, SENT, [f"{waited}/{thread}"])
        rows.change(node.alias, row, **values)
    else:
        row = _row(node, found, cleared.asks.name, now)
        for name, value in values.items():
            setattr(row, name, value)
        rows.add(node.alias, row)
    told = {"thread": thread, "asked_by": row.asked_by, "approved_by": cleared.approver}
    facts: dict[str, str | int] = {"follow_up": row.uid, "by": cleared.by.value}
    if cleared.emergency is not None:
        facts["ground"] = cleared.emergency.ground.value
        told["reason"] = cleared.emergency.reason
        _tell(node, cleared, row.uid, now)
    committed = canonical.encode(told)
    record(node, Internal(), Event("follow-up.sent", now, facts, committed, erase_key=row.uid))


def waiting_row(node: Node, uid: str, *regimes: Regime) -> FollowUp:
    """Return a follow-up that waits, locked to the end of the running transaction.

    Raises:
        InputError: ``follow-up.unknown``, also for one of another regime.
        Refused: ``follow-up.decided``.
    """
    row = rows.named(node.alias, uid, [regime.value for regime in regimes], lock=True)
    if row is None:
        raise InputError("follow-up.unknown")
    if row.state != FollowUpState.WAITING:
        raise Refused("follow-up.decided")
    return row


def keep_waiting(node: Node, actor: Actor, found: FoundIn, content: dict[str, Any]) -> str:
    """Store a follow-up that waits for a second person, in the running transaction, and return its identifier."""
    now = node.clock()
    row = _row(node, found, actor.name, now)
    row.state, row.first, row.search, row.content = FollowUpState.WAITING, True, found.search, content
    rows.add(node.alias, row)
    facts: dict[str, str | int] = {"follow_up": row.uid, "regime": row.regime}
    committed = canonical.encode({"follow_up": row.uid, "asked_by": actor.name, **content})
    record(node, Internal(), Event("follow-up.waiting", now, facts, committed, erase_key=row.uid))
    return row.uid


def decline(node: Node, row: FollowUp, by: str, ground: str, reason: str = "") -> None:
    """Note that a follow-up does not leave; what it said is erased. In the running transaction."""
    now = node.clock()
    rows.change(node.alias, row, state=FollowUpState.DECLINED, approved_by=by, decided_at=now, content=None)
    facts: dict[str, str | int] = {"follow_up": row.uid, "ground": ground}
    committed = canonical.encode({"follow_up": row.uid, "by": by, "reason": reason})
    record(node, Internal(), Event("follow-up.declined", now, facts, committed, erase_key=row.uid))


def _row(node: Node, found: FoundIn, asks: str, now: Instant) -> FollowUp:
    return FollowUp(
        uid=node.random(UID_BYTES).hex(),
        partner=found.partner,
        regime=found.regime.value,
        case=found.case,
        asked_by=asks,
        asked_at=now,
    )


def _person(actor: Actor, regime: Regime) -> Person:
    approver = actor.kind is ActorKind.OFFICER and (regime, Role.APPROVER) in actor.roles
    return Person(actor.name, approver)


def _tell(node: Node, cleared: Cleared, uid: str, now: Instant) -> None:
    """Put an emergency before the data-protection officer, in the same transaction: none completes untold."""
    if cleared.emergency is None:
        return
    found = cleared.found
    searches = (found.search,) if found.search else ()
    late = int(is_late(now))
    told = Anomaly(Sign.EMERGENCY, 1, searches, uid, late, cleared.emergency.ground.value)
    raise_anomaly(node, found.regime, cleared.asks.name, told, now, partner=found.partner)
