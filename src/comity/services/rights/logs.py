"""Read the logs of processing, for one of the four uses that the law allows; that somebody read them is itself logged.

Implements docs/protocol/rights.md §8; rule L14. Source: LED Art. 25(1) (collection, alteration, consultation, disclosure,
combination, erasure, with justification, date, time, and as far as possible the person), 25(2) (verification of lawfulness,
self-monitoring, integrity and security, criminal proceedings: nothing else).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.core.evidence.event import Event, Internal, read_leaf
from comity.core.instant import Instant, write_instant
from comity.core.register.subject import UID
from comity.core.rights.codes import LogUse
from comity.errors import InputError, Refused
from comity.services.context import Actor, ActorKind, Node
from comity.services.evidence.record import record
from comity.services.register.accountable import stated
from comity.storage.evidence import entries
from comity.storage.register import subjects
from comity.storage.transaction import atomic

READERS = (Role.DATA_PROTECTION_OFFICER, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class LogLine:
    """One act on an entry of the register: what, when, who and why as far as its statement is kept."""

    kind: str
    at: Instant
    by: str
    reason: str

    def document(self) -> dict[str, Any]:
        """Return it as a JSON value."""
        return {"kind": self.kind, "at": write_instant(self.at), "by": self.by, "reason": self.reason}


def read_log(node: Node, actor: Actor, regime: Regime, subject: str, use: str, reason: str) -> list[LogLine]:
    """Return everything that was done with an entry of the register, oldest first.

    Args:
        use: one of `LogUse`; any other is refused.
        reason: why; kept with the statement of this reading.

    Raises:
        InputError: ``register.unknown``, ``register.reason``.
        Refused: ``actor.person``, ``actor.role``, ``log.use``.
    """
    if actor.kind is not ActorKind.OFFICER:
        raise Refused("actor.person")
    actor.require(regime, *READERS)
    if use not in {each.value for each in LogUse}:
        raise Refused("log.use")
    # Of an erased entry only the row says under which regime it was.
    row = subjects.subject_row(node.alias, subject) if UID.fullmatch(subject) else None
    if row is None or row.regime != regime:
        raise InputError("register.unknown")
    statement = stated(actor, reason, use=use)
    said = {(act.at, f"register.{act.kind}"): act.statement for act in subjects.acts_on(node.alias, subject)}
    found = []
    for each in entries.keyed(node.alias, subject):
        leaf = read_leaf(each.leaf)
        told = said.get((leaf.at, leaf.kind), {})
        found.append(LogLine(leaf.kind, leaf.at, str(told.get("by", "")), str(told.get("reason", ""))))
    with atomic(node.alias):
        now = node.clock()
        facts: dict[str, str | int] = {"subject": subject, "use": use, "entries": len(found)}
        record(node, Internal(), Event("log.read", now, facts, canonical.encode(statement)))
    return found
