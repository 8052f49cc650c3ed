"""Remind the owner of a case, then the substitute, then the head of desk, at declared parts of the time.

Implements docs/protocol/clocks.md §3. Whoever was asked is reminded of its own answer; whoever asked for an identification
of the partner's, before the date and after it: with each line of the overdue list (identification.md §7) stands a reminder
that names the same deadline, for it follows from the same clock. Reminders stand at the desk and the console until the officer opens the case; none
is mailed, and neither log nor evidence names whom they reached. A case without an owner, or an owner without a
substitute, reminds the heads of desk: somebody always is. Whose account was closed, or who works under the regime no more,
is no owner in this sense, and no substitute.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comity.core import canonical
from comity.core.cases.reminders import PLAIN, Step, core_steps_reached, days_over, steps_reached
from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.core.evidence.event import Event, Internal
from comity.core.instant import Instant, write_instant
from comity.errors import Refused
from comity.services.cases.access import READERS
from comity.services.clocks.core_data import core_clocks
from comity.services.clocks.course import clocks_at
from comity.services.context import Actor, ActorKind, Node
from comity.services.evidence.record import record
from comity.storage import cases as rows
from comity.storage import clocks, people
from comity.storage.models.cases import Case
from comity.storage.models.clocks import CaseReminder
from comity.storage.transaction import atomic

AT_ONCE = 500
AWAITED = (Regime.RETURN_IDENTIFICATION,)
"""Regimes under which whoever asked is reminded, too."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """What an officer is told: which case, how far its time has gone, whose it is.

    Args:
        side: ``received`` when our answer is due, ``asked`` when the partner's is.
        deadline: as the clock stands now. days_over: whole days since.
    """

    thread: str
    step: Step
    raised_at: Instant
    partner: str
    owner: str | None
    side: str
    deadline: Instant | None
    days_over: int

    def document(self) -> dict[str, Any]:
        """Return it as a JSON value."""
        return {
            "thread": self.thread,
            "step": self.step.value,
            "raised_at": write_instant(self.raised_at),
            "partner": self.partner,
            "owner": self.owner,
            "side": self.side,
            "deadline": None if self.deadline is None else write_instant(self.deadline),
            "days_over": self.days_over,
        }


def remind(node: Node) -> int:
    """Remind whoever has not been reminded of an open case yet, and return how many were; for the worker."""
    declared = node.config.reminders
    awaited = [regime for regime in node.config.regimes if regime in AWAITED]
    done = _remind_side(node, rows.RECEIVED, node.config.regimes, declared.parts)
    return done + _remind_side(node, rows.ASKED, awaited, declared.waiting_parts)


def _remind_side(node: Node, side: str, regimes: Collection[Regime], parts: Mapping[Step, float]) -> int:
    heads = {regime: _heads(node, regime) for regime in regimes}
    working = {regime: _working(node, regime) for regime in regimes}
    named = [regime.value for regime in regimes]
    done, last = 0, 0
    while found := clocks.running(node.alias, side, last, AT_ONCE, named):
        last = found[-1].pk
        known = clocks.reminded(node.alias, [row.thread for row in found])
        read = clocks_at(node, found, node.clock())
        core = core_clocks(node, found, node.clock()) if side == rows.RECEIVED else {}
        for row in found:
            reached = steps_reached(read[row.thread], parts)
            if row.thread in core and core[row.thread].left is not None:
                reached += core_steps_reached(core[row.thread], parts)
            for step in (each for each in reached if (row.thread, each.value) not in known):
                regime = Regime(row.regime)
                whom = _whom(node, row, PLAIN.get(step, step), heads[regime])
                there = [name for name in whom if name in working[regime]]
                done += _remind(node, row, step, there or sorted(working[regime].intersection(heads[regime])))
    return done


def reminders(node: Node, actor: Actor) -> list[Reminder]:
    """Return the reminders of an officer for cases that are open and that it has not opened since, newest first."""
    if actor.kind is not ActorKind.OFFICER:
        return []
    regimes = {regime.value for regime, role in actor.roles if role in READERS}
    found = []
    for row in clocks.reminders_for(node.alias, actor.name):
        case = rows.find_case(node.alias, row.thread, row.partner)
        if case is not None and case.regime in regimes:
            found.append((row, case))
    return _reminders(node, found)


def reminders_of(node: Node, regime: Regime, limit: int = AT_ONCE) -> list[Reminder]:
    """Return of what anybody was reminded in cases of a regime that are open, for a caller whose right was checked.

    Returns:
        One line for each case, with the last step that was reached; the newest first.
    """
    found: dict[str, Reminder] = {}
    for each in _reminders(node, clocks.reminders_under(node.alias, regime.value, limit)):
        found.setdefault(each.thread, each)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class StandingIn:
    """Who stands in for an officer under one regime, and who could."""

    officer: str
    regime: Regime
    substitute: str | None
    others: tuple[str, ...]


def standing_in(node: Node, actor: Actor) -> list[StandingIn]:
    """Return who stands in for whom, as far as somebody may change it: an officer for itself, a head of desk for the desk."""
    named = {(row.officer, row.regime): row.substitute for row in clocks.substitutes(node.alias)}
    found = []
    for regime in node.config.regimes:
        working = sorted(_working(node, regime))
        mine = working if (regime, Role.HEAD_OF_DESK) in actor.roles else {actor.name}.intersection(working)
        for officer in mine:
            others = tuple(each for each in working if each != officer)
            found.append(StandingIn(officer, regime, named.get((officer, regime.value)), others))
    return found


def put_substitute(
    node: Node, actor: Actor, officer: Actor, regime: Regime, substitute: Actor | None
) -> None:
    """Name who stands in for an officer under one regime, or nobody.

    An officer names its own substitute; the head of desk and the operator anybody's.

    Raises:
        Refused: ``actor.role``; ``clock.substitute`` when one of the two does not work in the regime, or both are one.
    """
    if actor.name == officer.name and actor.kind is ActorKind.OFFICER:
        actor.require(regime, *READERS)
    else:
        actor.require(regime, Role.HEAD_OF_DESK)
    if substitute is not None and (
        substitute.name == officer.name or not all(_works(each, regime) for each in (officer, substitute))
    ):
        raise Refused("clock.substitute", regime=regime.value)
    now = node.clock()
    named = None if substitute is None else substitute.name
    committed = canonical.encode({"actor": actor.name, "officer": officer.name, "substitute": named})
    with atomic(node.alias):
        clocks.put_substitute(node.alias, officer.name, regime.value, named)
        record(node, Internal(), Event("people.substitute-named", now, {"regime": regime.value}, committed))


def _reminders(node: Node, found: Sequence[tuple[CaseReminder, Case]]) -> list[Reminder]:
    now = node.clock()
    cases = [case for _, case in found]
    read = clocks_at(node, cases, now) if found else {}
    core = core_clocks(node, cases, now)
    shown = []
    for row, case in found:
        clock = core.get(case.thread) if Step(row.step) in PLAIN else read[case.thread]
        if clock is None or clock.left is None:
            # The core data were told meanwhile.
            continue
        due = clock.deadline
        over = days_over(due, now)
        shown.append(
            Reminder(row.thread, Step(row.step), row.raised_at, row.partner, case.owner, case.side, due, over)
        )
    return shown


def _works(officer: Actor, regime: Regime) -> bool:
    return any((regime, role) in officer.roles for role in READERS)


def _heads(node: Node, regime: Regime) -> list[str]:
    wanted = (regime, Role.HEAD_OF_DESK)
    accounts = people.all_officers(node.alias)
    return [account.username for account in accounts if wanted in people.roles_of(account)]


def _working(node: Node, regime: Regime) -> set[str]:
    """Return who has an account that is open and reads the cases of a regime."""
    accounts = (account for account in people.all_officers(node.alias) if account.is_active)
    wanted = {(regime, role) for role in READERS}
    return {account.username for account in accounts if wanted.intersection(people.roles_of(account))}


def _whom(node: Node, row: Case, step: Step, heads: list[str]) -> list[str]:
    owner = None if row.owner is None else str(row.owner)
    if owner is None or step is Step.HEAD:
        return heads
    if step is Step.OWNER:
        return [owner]
    substitute = clocks.substitute_of(node.alias, owner, row.regime)
    standing_in = [] if substitute is None else [substitute]
    if step is Step.MISSED or step is Step.AGAIN:
        # Of who waits, whoever stands in can take it up with the partner as well.
        return [owner, *(standing_in if row.side == rows.ASKED else []), *heads]
    return standing_in or heads


def _remind(node: Node, row: Case, step: Step, names: list[str]) -> int:
    now = node.clock()
    done = 0
    with atomic(node.alias):
        for name in dict.fromkeys(names):
            new = CaseReminder(
                thread=row.thread, partner=row.partner, step=step.value, officer=name, raised_at=now
            )
            done += clocks.add_reminder(node.alias, new)
        if done:
            committed = canonical.encode({"reminded": sorted(names)})
            facts: dict[str, str | int] = {"thread": row.thread, "step": step.value}
            record(node, Internal(), Event("case.reminded", now, facts, committed))
    return done
