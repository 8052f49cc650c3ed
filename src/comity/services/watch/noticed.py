"""Notices which searches stand out, and lets the data-protection officer settle each with a reason.

Implements docs/protocol/probe.md §9.5 and §9.6. Source: Directive (EU) 2016/680 Art. 25(2), 34; Regulation (EU) 2024/982
Art. 33. Rules:
- what stands out is decided by the core over keyed words; who searched stands in a seal, whom for nowhere;
- the data-protection officer and the auditor see it; the data-protection officer settles it, nobody in its own cause;
- it is raised again when there is twice as much of it, also after it was settled.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.core.evidence.event import Event, Internal
from comity.core.instant import Instant, write_instant
from comity.core.watch.anomalies import WINDOW, Look, Usual, anomalies
from comity.core.watch.follow_up import searchers
from comity.errors import InputError, Refused
from comity.services.context import Actor, ActorKind, Node
from comity.services.evidence.erase import destroy_salt
from comity.services.evidence.record import record
from comity.services.oversight.look import KIND, overseen_regimes
from comity.services.register.accountable import keep_statement, stated
from comity.services.watch.raised import raise_anomaly
from comity.services.watch.remembered import KEPT
from comity.storage.models.watch import SearchAnomaly, SearchLook
from comity.storage.transaction import atomic
from comity.storage.watch import anomalies as rows
from comity.storage.watch import looks
from comity.transport.channel import Channels

ANOMALIES_KEPT = timedelta(days=1095)
"""How long a settled anomaly is kept; as long as the justifications that it is about."""

AT_ONCE = 200
_DAY = timedelta(days=1)
_seen: dict[str, tuple[int, Instant]] = {}
"""Up to which number the searches of a node were looked at, and when, in this process."""


class Outcome(StrEnum):
    """How an anomaly was settled."""

    LAWFUL = "lawful"
    REMINDED = "reminded"
    REPORTED = "reported"


@dataclass(frozen=True, slots=True)
class View:
    """An anomaly as those see it who oversee; nobody who was searched for stands in it.

    Args:
        searches: identifiers of searches, by which their justifications are opened. late: how many outside hours of work.
        code: profession, or ground of an emergency. partner: for what concerns one.
    """

    uid: str
    regime: str
    sign: str
    asker: str
    count: int
    late: int
    code: str
    partner: str
    searches: tuple[str, ...]
    raised_at: Instant
    changed_at: Instant
    settled_at: Instant | None
    outcome: str

    def document(self) -> dict[str, Any]:
        """Return it as a JSON value."""
        return {
            "anomaly": self.uid,
            "regime": self.regime,
            "sign": self.sign,
            "asker": self.asker,
            "count": self.count,
            "outside_hours": self.late,
            "code": self.code,
            "partner": self.partner,
            "searches": list(self.searches),
            "raised_at": write_instant(self.raised_at),
            "changed_at": write_instant(self.changed_at),
            "settled_at": None if self.settled_at is None else write_instant(self.settled_at),
            "outcome": self.outcome,
        }


def watch_due(node: Node, channels: Channels) -> int:
    """Look at whoever searched since the last time, and forget what is old; how many anomalies were raised."""
    del channels
    now, home = node.clock(), str(node.config.home)
    # Whoever begins does not know for how long nobody has looked; what was told by then is no news.
    number, at = _seen.get(home, (0, now - WINDOW))
    since = min(at, now) - _DAY
    last, found = looks.askers(node.alias, number, since)
    raised = sum(_watch(node, Regime(regime), asker, now, since) for regime, asker in found)
    _seen[home] = last, now
    with atomic(node.alias):
        looks.forget(node.alias, now - KEPT)
    _erase_settled(node, now - ANOMALIES_KEPT)
    return raised


def listed(node: Node, actor: Actor, *, settled: bool = False) -> list[View]:
    """Return what stands out in the regimes that the actor oversees, newest first.

    Raises:
        Refused: ``actor.role``.
    """
    regimes = overseen_regimes(node, actor)
    if not regimes:
        raise Refused("actor.role")
    return [_view(row) for row in rows.listed(node.alias, [each.value for each in regimes], settled=settled)]


def settle(node: Node, actor: Actor, uid: str, outcome: Outcome, reason: str) -> None:
    """Settle an anomaly with a reason, which is kept sealed.

    Raises:
        InputError: ``watch.unknown``, also for one of another regime; ``register.reason``.
        Refused: ``watch.officer``: only a data-protection officer settles; ``watch.own``; ``watch.settled``.
    """
    regimes = {each.value for each in overseen_regimes(node, actor)}
    with atomic(node.alias):
        row = rows.by_uid(node.alias, uid)
        if row is None or row.regime not in regimes:
            raise InputError("watch.unknown")
        _require_officer(actor, row)
        now = node.clock()
        statement = stated(
            actor, reason, act="settle", subject=uid, regime=row.regime, outcome=outcome.value, sign=row.sign
        )
        rows.change(node.alias, row, settled_at=now, changed_at=now, outcome=outcome.value)
        facts: dict[str, str | int] = {"anomaly": uid, "outcome": outcome.value}
        trace = node.random(16).hex()
        committed = keep_statement(node, KIND, now, statement, trace)
        record(node, Internal(), Event("watch.settled", now, facts, committed, erase_key=trace))


def _require_officer(actor: Actor, row: SearchAnomaly) -> None:
    held = (Regime(row.regime), Role.DATA_PROTECTION_OFFICER) in actor.roles
    if actor.kind is not ActorKind.OFFICER or not held:
        raise Refused("watch.officer")
    askers = row.content.get("askers") or [row.content["asker"]]
    if any(actor.name.casefold() in searchers(each) for each in askers):
        raise Refused("watch.own")
    if row.settled_at is not None:
        raise Refused("watch.settled")


def _watch(node: Node, regime: Regime, asker: str, now: Instant, since: Instant) -> int:
    found = [look_of(row) for row in looks.of_asker(node.alias, regime.value, asker, since - WINDOW)]
    raised = 0
    for at in _moments(found, since):
        usual = _usual(node, regime, asker, at)
        for anomaly in anomalies([each for each in found if each.at <= at], usual, at):
            with atomic(node.alias):
                raised += raise_anomaly(node, regime, asker, anomaly, at)
    return raised


def _moments(found: Iterable[Look], since: Instant) -> list[Instant]:
    """Return the time of the last search of each day that may not have been looked at whole."""
    last: dict[object, Instant] = {}
    for look in found:
        if look.at >= since:
            last[look.at.date()] = max(look.at, last.get(look.at.date(), look.at))
    return sorted(last.values())


def _usual(node: Node, regime: Regime, asker: str, at: Instant) -> Usual:
    midnight = datetime.combine(at.date(), time(), tzinfo=UTC)
    counted = looks.days(node.alias, regime.value, midnight - WINDOW, midnight)
    own = [count for name, count in counted if name == asker]
    every = [count for _, count in counted]
    return Usual(*(sum(each) / len(each) if each else 0.0 for each in (own, every)))


def look_of(row: SearchLook) -> Look:
    """Return what the core looks at of a search."""
    return Look(
        row.rid,
        row.at,
        row.person,
        row.name,
        row.family,
        row.birth,
        row.after,
        row.document,
        row.cased,
        row.justified,
        row.profession,
        row.at_odds,
        row.second_name,
        row.second_family,
        row.asker,
    )


def _view(row: SearchAnomaly) -> View:
    content = row.content
    return View(
        uid=row.uid,
        regime=row.regime,
        sign=row.sign,
        asker=", ".join(content.get("askers") or [content["asker"]]),
        count=row.count,
        late=content["late"],
        code=content["code"],
        partner=content["partner"],
        searches=tuple(content["searches"]),
        raised_at=row.raised_at,
        changed_at=row.changed_at,
        settled_at=row.settled_at,
        outcome=row.outcome,
    )


def _erase_settled(node: Node, before: Instant) -> None:
    for row in rows.settled_before(node.alias, before, AT_ONCE):
        with atomic(node.alias):
            rows.drop(node.alias, row.uid)
            destroy_salt(node, row.uid)
            record(node, Internal(), Event("watch.erased", node.clock(), {"anomaly": row.uid}))
