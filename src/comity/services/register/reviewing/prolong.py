"""Keep an entry of the register longer: a named head of desk decides, with reasons, before it ends.

Rule L3; `comity.core.register.review` says how far. The decision makes a new version of the entry and stands in the
internal log with both days; who decided and why is kept sealed for three years and committed to there. It is not
journaled: a restored backup has the earlier day, on which the entry ends unless it is decided again. Whoever of the
desk does nothing lets the worker erase (`services/register/erase.py`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.core.evidence.event import Event, Internal
from comity.core.register.review import DUE_WITHIN, ceiling, prolonged
from comity.core.register.subject import UID, open_subject
from comity.errors import InputError, Refused
from comity.services.context import Actor, ActorKind, Node
from comity.services.evidence.record import record
from comity.services.register.accountable import keep_statement, stated
from comity.services.register.followed import tell_watchers
from comity.storage.register import subjects as rows
from comity.storage.transaction import atomic

REVIEWERS = (Role.HEAD_OF_DESK,)
"""May keep an entry longer. The data-protection officer, who controls it, may not; nor a system, nor the operator."""

LISTED = 200


@dataclass(frozen=True, slots=True)
class Due:
    """An entry that ends soon: which, from where, when; nothing that describes anybody."""

    uid: str
    regime: Regime
    source: str
    ends: date

    def document(self) -> dict[str, Any]:
        """Return it as a JSON value."""
        return {
            "uid": self.uid,
            "regime": self.regime.value,
            "source": self.source,
            "ends": self.ends.isoformat(),
        }


def due(node: Node, regimes: Collection[Regime]) -> list[Due]:
    """Return the entries of some regimes that end within ninety days, the nearest first; at most two hundred."""
    today = node.clock().date()
    names = [regime.value for regime in regimes]
    found = rows.ending(node.alias, names, today, today + DUE_WITHIN, LISTED)
    return [Due(uid, Regime(regime), source, ends) for uid, regime, source, ends in found]


def due_for(node: Node, actor: Actor) -> list[Due]:
    """Return the entries that end soon under the regimes in which the actor decides on them.

    Raises:
        Refused: ``register.review-person``: the actor decides on none.
    """
    regimes = [each for each in node.config.regimes if _decides(actor, each)]
    if not regimes:
        raise Refused("register.review-person")
    return due(node, regimes)


def latest(node: Node) -> date:
    """Return the latest day to which a review of today may carry."""
    return ceiling(node.clock().date())


def prolong(node: Node, actor: Actor, uid: str, until: date, reason: str) -> int:
    """Keep an entry until another day and return its new version.

    Args:
        until: day on which it ends then. reason: why it is still needed; kept sealed for oversight.

    Raises:
        InputError: ``register.unknown``, ``register.erased``, ``register.reason``.
        Refused: ``register.review-person`` (no head of desk of the regime in person), ``register.review-barred``,
            ``register.review-late``, ``register.review-sooner``, ``register.review-ceiling``.
    """
    statement = stated(actor, reason, until=until.isoformat())
    with atomic(node.alias):
        row = rows.locked_subject_row(node.alias, uid) if UID.fullmatch(uid) else None
        if row is None:
            raise InputError("register.unknown")
        if row.content is None:
            raise InputError("register.erased")
        subject, now = open_subject(row.content), node.clock()
        if not _decides(actor, subject.marks.regime):
            raise Refused("register.review-person")
        kept = prolonged(subject, service=node.service, today=now.date(), until=until)
        committed = keep_statement(node, "reviewed", now, statement, uid)
        version = row.version + 1
        values = {"erase_at": until, "content": kept.to_octets(), "version": version, "changed_at": now}
        rows.change_subject(node.alias, row.pk, values)
        facts: dict[str, str | int] = {
            "subject": uid,
            "version": version,
            "ended": subject.marks.erase_at.isoformat(),
            "ends": until.isoformat(),
        }
        record(node, Internal(), Event("register.reviewed", now, facts, committed))
        tell_watchers(node, uid, kept)
    return version


def _decides(actor: Actor, regime: Regime) -> bool:
    return actor.kind is ActorKind.OFFICER and any((regime, role) in actor.roles for role in REVIEWERS)
