"""The inbox: what waits for this service, case by case, each with its owner, its clock and what is to be done.

Implements docs/protocol/cases.md §7. Who holds a case is ours alone; the partner never sees it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from comity.core import canonical
from comity.core.cases.clock import Clock, ClockState
from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.core.evidence.event import Event, Internal
from comity.core.instant import Instant, write_instant
from comity.errors import Refused
from comity.services.cases.access import READERS, known_case, regimes_of
from comity.services.cases.thread.todo import Todo, todos
from comity.services.clocks.course import clocks_at
from comity.services.context import Actor, ActorKind, Node
from comity.services.evidence.record import record
from comity.storage import cases as rows
from comity.storage import people
from comity.storage.models.cases import Case
from comity.storage.protection import waiting
from comity.storage.transaction import atomic

_ORDER = {
    ClockState.OVERDUE: 0,
    ClockState.DUE_SOON: 1,
    ClockState.OPEN: 2,
    ClockState.CLARIFYING: 3,
    ClockState.WAITING: 4,
    ClockState.REJECTED: 5,
    ClockState.RECALLED: 6,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the inbox; nothing in it describes a person.

    Args:
        unread: the officer has not opened it since it last changed; None for who is no officer.
        reason_due: the deadline was missed here and the partner has not been told why.
        todo: what waits for this service in it; nothing when all of it waits for the partner.
    """

    thread: str
    side: str
    partner: str
    regime: str
    purpose: str
    clause: str
    urgency: str
    opened_at: Instant
    changed_at: Instant
    owner: str | None
    unread: bool | None
    clock: Clock
    reason_due: bool
    todo: tuple[Todo, ...]

    def document(self) -> dict[str, Any]:
        """Return it as a JSON value."""
        return {
            "thread": self.thread,
            "side": self.side,
            "partner": self.partner,
            "regime": self.regime,
            "purpose": self.purpose,
            "clause": self.clause,
            "urgency": self.urgency,
            "opened_at": write_instant(self.opened_at),
            "changed_at": write_instant(self.changed_at),
            "owner": self.owner,
            "unread": self.unread,
            "clock": clock_document(self.clock),
            "reason_due": self.reason_due,
            "todo": [each.value for each in self.todo],
        }


def inbox(node: Node, actor: Actor, *, limit: int = 200) -> list[Entry]:
    """Return the cases in which something waits for this service, the most pressing first."""
    return list_cases(node, actor, waiting_only=True, limit=limit)


def list_cases(
    node: Node,
    actor: Actor,
    *,
    side: str | None = None,
    open_only: bool = False,
    waiting_only: bool = False,
    limit: int = 200,
) -> list[Entry]:
    """Return cases of the actor's regimes, the most pressing first.

    Args:
        side: ``asked``, ``received``, ``gave`` or ``told``; None for all.
        open_only: without those that are closed and in which nothing waits for this service.
        waiting_only: only those in which something waits for this service.
    """
    regimes = [regime.value for regime in regimes_of(node, actor)]
    if open_only or waiting_only:
        open_too = not waiting_only
        found = waiting.pressing_cases(node.alias, regimes, side=side, open_too=open_too, limit=limit)
    else:
        found = rows.cases(node.alias, regimes, side=side, limit=limit)
    return [each for each in _entries(node, actor, found) if each.todo or not waiting_only]


def unread_outcomes(node: Node, actor: Actor, *, limit: int = 200) -> list[Entry]:
    """Return what became of the actor's own requests and has not been read, the latest first.

    A request that nobody holds, such as one of a case system, is shown to the heads of desk, as its reminders are.
    """
    account = people.officer_named(node.alias, actor.name) if actor.kind is ActorKind.OFFICER else None
    if account is None:
        return []
    regimes = [regime.value for regime in regimes_of(node, actor)]
    unowned = [each for each in regimes if (Regime(each), Role.HEAD_OF_DESK) in actor.roles]
    found = waiting.unread_outcomes(node.alias, regimes, unowned, account, node.clock(), limit=limit)
    return entries_of(node, found, people.read_marks(node.alias, account, [row.thread for row in found]))


def entries_of(node: Node, found: Sequence[Case], read: dict[str, Instant] | None) -> list[Entry]:
    """Return the lines of cases in their order, in a number of queries that does not grow with theirs.

    Args:
        read: when the officer last opened threads; None for who is no officer.
    """
    clocks = clocks_at(node, found, node.clock())
    due = todos(node, found, clocks)
    return [_entry(row, read, clocks[row.thread], due[row.thread]) for row in found]


def _entries(node: Node, actor: Actor, found: Sequence[Case]) -> list[Entry]:
    entries = entries_of(node, found, _read_marks(node, actor, [row.thread for row in found]))
    return sorted(
        entries, key=lambda e: (_ORDER.get(e.clock.state, 9), e.clock.deadline or e.opened_at, e.thread)
    )


def _entry(row: Case, read: dict[str, Instant] | None, clock: Clock, due: tuple[Todo, ...]) -> Entry:
    seen = None if read is None else read.get(row.thread)
    return Entry(
        thread=row.thread,
        side=row.side,
        partner=row.partner,
        regime=row.regime,
        purpose=row.purpose,
        clause=row.clause,
        urgency=row.urgency,
        opened_at=row.opened_at,
        changed_at=row.changed_at,
        owner=row.owner,
        unread=None if read is None else seen is None or seen < row.changed_at,
        clock=clock,
        reason_due=Todo.EXPLAIN in due,
        todo=due,
    )


def assign(node: Node, actor: Actor, thread: str, owner: Actor | None, *, handed_over: bool = False) -> None:
    """Give a case to an officer, or to nobody.

    Officers take cases for themselves and give up their own; the head of desk distributes.

    Args:
        handed_over: with a note, so that its owner may give it to a colleague too.

    Raises:
        InputError: ``case.unknown``.
        Refused: ``actor.role``, ``case.owner`` when the owner does not work in the regime.
    """
    row = known_case(node, actor, thread)
    regime = Regime(row.regime)
    to = None if owner is None else owner.name
    own = {row.owner, to} <= {None, actor.name} or (handed_over and row.owner == actor.name)
    if own and actor.kind is ActorKind.OFFICER:
        actor.require(regime, *READERS)
    else:
        actor.require(regime, Role.HEAD_OF_DESK)
    if owner is not None and not any((regime, role) in owner.roles for role in READERS):
        raise Refused("case.owner", regime=regime.value)
    now = node.clock()
    with atomic(node.alias):
        rows.update_case(node.alias, row, now, owner=to)
        committed = canonical.encode({"actor": actor.name, "owner": to, "thread": thread})
        record(node, Internal(), Event("case.assigned", now, {"thread": thread}, committed))


def clock_document(clock: Clock) -> dict[str, Any]:
    """Return a clock as a JSON value; the time left in whole seconds."""
    return {
        "state": clock.state.value,
        "deadline": None if clock.deadline is None else write_instant(clock.deadline),
        "left_seconds": None if clock.left is None else int(clock.left.total_seconds()),
        "late": clock.late,
        "sent_in_time": clock.sent_in_time,
        "answer_underway": clock.answer_underway,
        "extended_hours": int(clock.extended.total_seconds()) // 3600,
        "beyond_calendar": clock.beyond_calendar,
    }


def _read_marks(node: Node, actor: Actor, threads: list[str]) -> dict[str, Instant] | None:
    account = people.officer_named(node.alias, actor.name) if actor.kind is ActorKind.OFFICER else None
    return None if account is None else people.read_marks(node.alias, account, threads)
