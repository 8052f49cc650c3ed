"""Adds, lists, shows and ends standing searches.

Implements docs/protocol/probe.md §8.4:
- one is added by who may search, for a case that ends, under an agreement that permits a search now;
- who is asked for stands in the seal only, and is erased when the search ends, whatever ends it;
- its owner and the heads of desk see it; what is new stays new until the owner has looked.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import Purpose, Regime, ServiceId
from comity.core.codes.marks import Role
from comity.core.evidence.event import Event, Internal
from comity.core.instant import Instant, write_instant
from comity.core.probe.query import Query
from comity.core.probe.rules.tokens import query_tokens
from comity.core.register.words import fold
from comity.core.watch.justified import NOTHING_SAID, Justification
from comity.errors import InputError, Refused
from comity.services import erasures
from comity.services.context import Actor, ActorKind, Node
from comity.services.evidence.erase import destroy_salt
from comity.services.evidence.record import record
from comity.services.probe.ask import fail, newest_replica, permitted, search_of
from comity.services.probe.batch.again import delivered, undelivered
from comity.services.probe.replica import open_replica
from comity.services.watch.remembered import case_pseudonym
from comity.storage import probe as rows
from comity.storage.models.probe import AskedState, ProbeStanding
from comity.storage.transaction import atomic
from comity.transport.channel import Channels

LONGEST = timedelta(days=366)
"""A case that lasts longer has its standing searches added anew, by a person."""


class Ground(StrEnum):
    """Why a standing search ended."""

    CASE_ENDED = "case-ended"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, repr=False)
class StandingOrder:
    """Whom to ask for whom, why, in which case, and until when the case lasts."""

    partner: ServiceId
    agreement: str
    purpose: Purpose
    case: str
    query: Query
    ends_at: Instant
    reason: str = ""
    said: Justification = NOTHING_SAID


@dataclass(frozen=True, slots=True)
class View:
    """A standing search without the person: whose, towards whom, how it stands, how many findings are new."""

    sid: str
    partner: str
    purpose: str
    owner: str
    case: str
    ends_at: Instant
    ended_at: Instant | None
    ground: str
    runs: int
    ran_at: Instant | None
    code: str
    new: int

    def document(self) -> dict[str, Any]:
        """Return it as a JSON value."""
        return {
            "standing": self.sid,
            "partner": self.partner,
            "purpose": self.purpose,
            "owner": self.owner,
            "case": self.case,
            "ends_at": write_instant(self.ends_at),
            "ended_at": None if self.ended_at is None else write_instant(self.ended_at),
            "ground": self.ground,
            "runs": self.runs,
            "ran_at": None if self.ran_at is None else write_instant(self.ran_at),
            "code": self.code,
            "new": self.new,
        }


def add(node: Node, channels: Channels, actor: Actor, order: StandingOrder) -> str:
    """Add a standing search and return its identifier; the worker makes the first run.

    Raises:
        InputError: ``probe.standing-until``: the case has ended, or lasts longer than `LONGEST`;
            ``probe.standing-insufficient``: no rule applies to the description; ``probe.case``, ``probe.no-index``.
        Refused: ``actor.role``, ``partner.*``, the policy's code, ``quota.*``.
    """
    now = node.clock()
    if not now < order.ends_at <= now + LONGEST:
        raise InputError("probe.standing-until", days=LONGEST.days)
    search = search_of(
        node,
        order.partner,
        order.agreement,
        order.purpose,
        order.case,
        order.query,
        actor,
        order.reason,
        order.said,
    )
    manifest = open_replica(node, newest_replica(node, channels, search)).manifest
    if not any(query_tokens(manifest.rules, manifest.commonness, order.query).values()):
        raise InputError("probe.standing-insufficient")
    permitted(node, search, case_pseudonym(node, order.partner, search.case))
    content = {
        "case": search.case,
        "reason": order.reason,
        "said": search.said.document(),
        "query": order.query.model_dump(mode="json"),
    }
    row = ProbeStanding(
        sid=node.random(16).hex(),
        partner=order.partner,
        regime=search.regime.value,
        purpose=order.purpose.value,
        agreement=order.agreement,
        owner=actor.name,
        added_at=now,
        ends_at=order.ends_at,
        next_at=now,
        content=content,
    )
    with atomic(node.alias):
        rows.add_standing(node.alias, row)
        committed = canonical.encode({**content, "actor": actor.name, "standing": row.sid})
        facts = {"standing": row.sid, "agreement": row.agreement, "until": write_instant(order.ends_at)}
        record(node, Internal(), Event("probe.standing-added", now, facts, committed, erase_key=row.sid))
    return row.sid


def listed(node: Node, actor: Actor) -> list[View]:
    """Return the standing searches of an actor, and to a head of desk those of its regimes; the latest first."""
    return [_view(row) for row in rows.standings(node.alias) if _sees(actor, row)]


def with_news(node: Node, actor: Actor) -> list[View]:
    """Return the standing searches of an actor, and of nobody else, that found something it has not looked at."""
    return [view for view in listed(node, actor) if view.owner == actor.name and view.new]


def show(node: Node, actor: Actor, sid: str) -> tuple[View, list[dict[str, Any]]]:
    """Return a standing search and what it found anew, which is new no more once its owner has looked.

    Whoever looks is recorded, the owner or a head of desk.

    Raises:
        InputError: ``probe.standing-unknown``: there is none, or none of this actor.
    """
    row = _own(node, actor, sid)
    findings = row.findings or {}
    new = list(findings.get("new", ()))
    if row.ended_at is None:
        with atomic(node.alias):
            if row.owner == actor.name:
                rows.settle_standing(node.alias, sid, findings={**findings, "new": []})
            committed = canonical.encode({"actor": actor.name, "standing": sid})
            event = Event(
                "probe.standing-consulted", node.clock(), {"standing": sid}, committed, erase_key=sid
            )
            record(node, Internal(), event)
    return _view(row), new


def end(node: Node, actor: Actor, sid: str) -> None:
    """End a standing search; who was asked for is erased.

    Raises:
        InputError: ``probe.standing-unknown``.
        Refused: ``probe.standing-ended``.
    """
    row = _own(node, actor, sid)
    if row.ended_at is not None:
        raise Refused("probe.standing-ended")
    _end(node, row, Ground.ENDED, actor)


def end_of_case(node: Node, actor: Actor, regimes: Collection[Regime], case: str) -> int:
    """End the standing searches of a case that has ended, whoever's they are, in the running transaction; how many.

    Args:
        case: our own reference, folded.
    """
    within = {regime.value for regime in regimes}
    over = [
        row
        for row in rows.standings(node.alias)
        if row.ended_at is None
        and row.regime in within
        and fold(str((row.content or {}).get("case", ""))) == case
    ]
    for row in over:
        _end(node, row, Ground.CASE_ENDED, actor)
    return len(over)


def end_expired(node: Node) -> int:
    """End the standing searches whose case has ended; how many."""
    over = rows.standings_over(node.alias, node.clock())
    for row in over:
        _end(node, row, Ground.CASE_ENDED, None)
    return len(over)


def erase_ended(node: Node, before: Instant, limit: int) -> int:
    """Erase what is left of standing searches that ended before an instant; how many."""
    due = rows.standings_ended_before(node.alias, before, limit)
    for row in due:
        with atomic(node.alias):
            rows.drop_standing(node.alias, row.sid)
            destroy_salt(node, row.sid)
            event = Event("probe.standing-erased", node.clock(), {"standing": row.sid, "ground": "retention"})
            record(node, Internal(), event)
    return len(due)


@erasures.replays("standing")
def end_again(node: Node, names: Sequence[str]) -> None:
    """End the standing searches that a restored backup brought back, in the running transaction."""
    for sid in names:
        row = rows.standing(node.alias, sid)
        if row is not None and row.ended_at is None:
            _settle_end(node, row, Ground.ENDED, None)


def _end(node: Node, row: ProbeStanding, ground: Ground, actor: Actor | None) -> None:
    with atomic(node.alias):
        erasures.journal(node, "standing", [row.sid])
        _settle_end(node, row, ground, actor)


def _settle_end(node: Node, row: ProbeStanding, ground: Ground, actor: Actor | None) -> None:
    now = node.clock()
    kept = {"content": None, "findings": None, "ended_at": now, "ground": ground.value}
    if rows.settle_standing(node.alias, row.sid, **kept):
        _drop_run(node, row)
        committed = None if actor is None else canonical.encode({"actor": actor.name, "standing": row.sid})
        facts: dict[str, str | int] = {"standing": row.sid, "ground": ground.value, "runs": row.runs}
        record(node, Internal(), Event("probe.standing-ended", now, facts, committed, erase_key=row.sid))


def run_name(row: ProbeStanding) -> dict[str, Any]:
    """Return what tells the next run of a standing search from every other search of this node."""
    return {"run": row.runs + 1, "standing": row.sid}


def _drop_run(node: Node, row: ProbeStanding) -> None:
    """Delete what a run that was stopped would be taken up with."""
    rid, begun = undelivered(node, run_name(row))
    if begun is not None and begun.state == AskedState.ANSWERED:
        delivered(node, rid)
    elif begun is not None:
        fail(node, begun, "probe.abandoned")


def _own(node: Node, actor: Actor, sid: str) -> ProbeStanding:
    row = rows.standing(node.alias, sid)
    if row is None or not _sees(actor, row):
        raise InputError("probe.standing-unknown")
    return row


def _sees(actor: Actor, row: ProbeStanding) -> bool:
    own = row.owner == actor.name and any(regime.value == row.regime for regime, _ in actor.roles)
    head = (Regime(row.regime), Role.HEAD_OF_DESK) in actor.roles
    return own or head or actor.kind is ActorKind.OPERATOR


def _view(row: ProbeStanding) -> View:
    return View(
        sid=row.sid,
        partner=row.partner,
        purpose=row.purpose,
        owner=row.owner,
        case=(row.content or {}).get("case", ""),
        ends_at=row.ends_at,
        ended_at=row.ended_at,
        ground=row.ground,
        runs=row.runs,
        ran_at=row.ran_at,
        code=row.code,
        new=len((row.findings or {}).get("new", ())),
    )
