"""Who has not complied yet: for data-protection officers on both sides, with the age of each notice.

Implements docs/protocol/protection.md §8. Source: Directive (EU) 2016/680 Art. 7(3), 16(5)-(6), 34(c). Three kinds of
lines: a notice that we owe and for which no receipt has come; one that came, was applied at once, and that no person has
taken note of; and something that we released and that our register no longer holds so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import islice
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import Act, Regime
from comity.core.codes.marks import Role
from comity.core.evidence.event import Event, Internal
from comity.core.instant import Instant, write_instant
from comity.errors import InputError, Refused
from comity.services.cases.access import regimes_of
from comity.services.context import Actor, ActorKind, Node
from comity.services.evidence.record import record
from comity.services.exchange import status
from comity.services.protection.correct import is_outdated
from comity.storage.models.protection import Notice
from comity.storage.protection import notices, passages
from comity.storage.transaction import atomic

WATCHERS = (Role.DATA_PROTECTION_OFFICER, Role.HEAD_OF_DESK)
LIMIT = 500


class Waiting(StrEnum):
    """For whom a line waits."""

    PARTNER = "partner"
    OURSELVES = "ourselves"
    CORRECTION = "correction-due"


@dataclass(frozen=True, slots=True)
class Outstanding:
    """One line: who must still do what, since when; nothing in it describes a person.

    Args:
        notice: identifier of the notice, for `take_note`; None for a correction that nobody has ordered yet.
        state: how the message that carries it stands; None when none is under way.
        code: why the last attempt failed.
    """

    waiting: Waiting
    notice: int | None
    partner: str
    regime: str
    thread: str
    target: str | None
    act: str
    ground: str | None
    since: Instant
    age: timedelta
    attempts: int
    state: str | None
    code: str | None
    passed_on: bool

    def document(self) -> dict[str, Any]:
        """Return it as a JSON value; the age in whole hours."""
        return {
            "waiting": self.waiting.value,
            "notice": self.notice,
            "partner": self.partner,
            "regime": self.regime,
            "thread": self.thread,
            "message": self.target,
            "act": self.act,
            "ground": self.ground,
            "since": write_instant(self.since),
            "age_hours": int(self.age.total_seconds() // 3600),
            "attempts": self.attempts,
            "state": self.state,
            "code": self.code,
            "passed_on": self.passed_on,
        }


def outstanding(node: Node, actor: Actor) -> list[Outstanding]:
    """Return what is outstanding in the actor's regimes, the oldest first.

    Raises:
        Refused: ``actor.role``.
    """
    return outstanding_of(node, [Regime(each) for each in _regimes(node, actor, *WATCHERS)])


def outstanding_of(node: Node, under: Sequence[Regime]) -> list[Outstanding]:
    """Return what is outstanding under these regimes, the oldest first, for a caller whose right was checked."""
    regimes, now = [each.value for each in under], node.clock()
    lines = [_line(node, row, now) for row in notices.unsettled(node.alias, regimes, LIMIT)]
    outdated = (row for row in passages.overtaken(node.alias, regimes) if is_outdated(node, row))
    lines += [_due(row, now) for row in islice(outdated, LIMIT)]
    return sorted(lines, key=lambda line: (line.since, line.thread))


def take_note(node: Node, actor: Actor, notice: int) -> None:
    """Write down that a person has seen a notice that came and has looked after notes and prints.

    Raises:
        InputError: ``protection.unknown``, also for a notice of a regime in which the actor does not work.
        Refused: ``protection.person`` (no person), ``protection.settled``.
    """
    row = notices.notice(node.alias, notice)
    if row is None or row.direction != notices.IN or Regime(row.regime) not in regimes_of(node, actor):
        raise InputError("protection.unknown")
    if actor.kind not in (ActorKind.OFFICER, ActorKind.OPERATOR):
        raise Refused("protection.person")
    if row.settled_at is not None:
        raise Refused("protection.settled")
    now = node.clock()
    with atomic(node.alias):
        notices.change_notice(node.alias, row, settled_at=now)
        committed = canonical.encode({"actor": actor.name, "notice": notice})
        facts: dict[str, str | int] = {"thread": row.thread, "act": row.act}
        record(node, Internal(), Event("protection.noted", now, facts, committed))


def _regimes(node: Node, actor: Actor, *roles: Role) -> list[str]:
    if actor.kind is ActorKind.OPERATOR:
        return [regime.value for regime in node.config.regimes]
    found = [regime for regime in node.config.regimes if any((regime, role) in actor.roles for role in roles)]
    if not found:
        raise Refused("actor.role", regime=next(iter(node.config.regimes), Regime.POLICE).value)
    return [regime.value for regime in found]


def _line(node: Node, row: Notice, now: Instant) -> Outstanding:
    ours = row.direction == notices.OUT
    found = status.status(node, row.message) if ours and row.message is not None else None
    return Outstanding(
        waiting=Waiting.PARTNER if ours else Waiting.OURSELVES,
        notice=row.pk,
        partner=row.partner,
        regime=row.regime,
        thread=row.thread,
        target=row.target,
        act=row.act,
        ground=row.ground,
        since=row.opened_at,
        age=now - row.opened_at,
        attempts=row.attempts,
        state=None if found is None else found.standing.value,
        code=row.code or (None if found is None else found.code),
        passed_on=row.cause_id is not None,
    )


def _due(row: Any, now: Instant) -> Outstanding:
    return Outstanding(
        waiting=Waiting.CORRECTION,
        notice=None,
        partner=row.partner,
        regime=row.regime,
        thread=row.thread,
        target=row.message,
        act=Act.RECTIFY.value,
        ground=None,
        since=row.sent_at,
        age=now - row.sent_at,
        attempts=0,
        state=None,
        code=None,
        passed_on=False,
    )
