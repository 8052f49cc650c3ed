"""Lay the first follow-up of a case before a second person, who lets it leave or declines it.

Implements docs/protocol/probe.md §9.4. Rules:
- who asked is asked again, with the roles of now: a closed account asks nothing any more;
- the policy decides anew when it leaves;
- reading what waits is recorded; what was declined, or waited too long, is erased.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from comity.core import canonical
from comity.core.cases.messages import RequestBody
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.codes.marks import Role
from comity.core.evidence.event import Event, Internal
from comity.core.instant import Instant, write_instant
from comity.core.register.words import fold
from comity.core.texts import typed
from comity.core.watch.follow_up import Emergency, searchers
from comity.errors import InputError, Refused
from comity.services import erasures
from comity.services.agreements.standing import stored_standing
from comity.services.cases.access import ASKERS, may_read, require_approver
from comity.services.cases.request import Ready, send_request
from comity.services.context import Actor, ActorKind, Node
from comity.services.evidence.erase import destroy_salt
from comity.services.evidence.record import record
from comity.services.people.behalf import acting_for
from comity.services.people.service_accounts import Scope
from comity.services.watch.follow_ups import SENT, decline, found_in, keep_waiting, waiting_row
from comity.storage.models.watch import FollowUp, FollowUpState
from comity.storage.transaction import atomic
from comity.storage.watch import follow_ups as rows
from comity.transport.channel import Channels

WAITS = timedelta(days=7)
"""How long a follow-up waits for a second person."""

KEPT = timedelta(days=1095)
"""How long it is kept which hit was followed up, and who approved it."""

AT_ONCE = 200
MAX_REASON = 1000


@dataclass(frozen=True, slots=True)
class Waiting:
    """A follow-up; nothing in it describes a person.

    Args:
        case: our own reference of the case, for who may read cases; empty for others, and once it was decided.
        mine: whoever looks has asked for it. decidable: whoever looks may let it leave.
    """

    uid: str
    partner: str
    regime: str
    state: str
    asked_by: str
    approved_by: str
    asked_at: Instant
    thread: str
    case: str
    mine: bool
    decidable: bool

    def document(self) -> dict[str, Any]:
        """Return it as a JSON value."""
        return {
            "follow_up": self.uid,
            "partner": self.partner,
            "regime": self.regime,
            "state": self.state,
            "asked_by": self.asked_by,
            "approved_by": self.approved_by,
            "asked_at": write_instant(self.asked_at),
            "thread": self.thread,
            "case": self.case,
        }


def lay_before(node: Node, actor: Actor, ready: Ready) -> str:
    """Store a follow-up that waits for a second person, and return its identifier.

    Raises:
        InputError: ``follow-up.reference``: it cites none.
    """
    if ready.body.reference is None:
        raise InputError("follow-up.reference")
    regime = ready.standing.agreement.regime
    found = found_in(node, ready.partner, regime, ready.body.case, ready.body.reference)
    content = {
        "agreement": ready.standing.hash,
        "clause": ready.clause.id,
        "body": ready.body.json_body(),
        "searched": found.searched,
    }
    with atomic(node.alias):
        return keep_waiting(node, actor, found, content)


def listed(node: Node, actor: Actor) -> list[Waiting]:
    """Return what waits for a second person: to approvers that of their regimes, to others their own."""
    found = rows.waiting(node.alias, _regimes(node, actor))
    return [_view(actor, row) for row in found if _sees(actor, row)]


def state(node: Node, actor: Actor, uid: str) -> Waiting:
    """Return how a follow-up stands, to whoever asked for it or may decide on it.

    Raises:
        InputError: ``follow-up.unknown``.
    """
    return _view(actor, _own(node, actor, uid))


def read(node: Node, actor: Actor, uid: str) -> tuple[Waiting, dict[str, Any]]:
    """Return a follow-up that waits with the request that it is, for who may read cases; reading it is recorded.

    Raises:
        InputError: ``follow-up.unknown``.
        Refused: ``follow-up.decided``.
    """
    row = _own(node, actor, uid)
    if row.state != FollowUpState.WAITING:
        raise Refused("follow-up.decided")
    committed = canonical.encode({"actor": actor.name, "follow_up": uid})
    with atomic(node.alias):
        event = Event("follow-up.read", node.clock(), {"follow_up": uid}, committed, erase_key=uid)
        record(node, Internal(), event)
    return _view(actor, row), dict(row.content["body"]) if may_read(actor, Regime(row.regime)) else {}


def approve(node: Node, actor: Actor, uid: str) -> str:
    """Let a follow-up leave, as a second person, and return its thread.

    Raises:
        InputError: ``follow-up.unknown``.
        Refused: ``follow-up.decided``, ``follow-up.same``, ``case.approver``, ``officer.disabled``, or the policy's ground.
    """
    row = _own(node, actor, uid)
    require_approver(actor, Regime(row.regime))
    return _let_go(node, row, acting_for(node, row.asked_by, Scope.REQUEST), second=actor)


def send_at_once(node: Node, actor: Actor, uid: str, emergency: Emergency) -> str:
    """Let one's own follow-up leave without a second person, and return its thread; overseers are told in the same act.

    Raises:
        InputError: ``follow-up.unknown``, also for somebody else's; ``override.reason``.
        Refused: ``follow-up.decided``, ``case.approver``, ``override.unconfirmed``, or the policy's ground.
    """
    row = _own(node, actor, uid)
    if row.asked_by != actor.name:
        raise InputError("follow-up.unknown")
    return _let_go(node, row, actor, emergency=emergency)


def _let_go(
    node: Node,
    row: FollowUp,
    asks: Actor,
    *,
    second: Actor | None = None,
    emergency: Emergency | None = None,
) -> str:
    if row.state != FollowUpState.WAITING:
        raise Refused("follow-up.decided")
    content = row.content
    standing = stored_standing(node, content["agreement"])
    clause = next(each for each in standing.agreement.clauses if each.id == content["clause"])
    body = RequestBody.model_validate(content["body"])
    ready = Ready(ServiceId(row.partner), standing, clause, body)
    return send_request(node, asks, ready, second=second, emergency=emergency, waited=row.uid)


def turn_down(node: Node, actor: Actor, uid: str, reason: str) -> None:
    """Decline a follow-up with a reason, as a second person; or take back one's own. What it said is erased.

    Raises:
        InputError: ``follow-up.unknown``, ``register.reason``.
        Refused: ``follow-up.decided``, ``case.approver``.
    """
    row = _own(node, actor, uid)
    if row.asked_by != actor.name:
        require_approver(actor, Regime(row.regime))
    why = typed(reason, "register.reason", least=3, most=MAX_REASON)
    with atomic(node.alias):
        waiting = waiting_row(node, uid, Regime(row.regime))
        ground = "taken-back" if row.asked_by == actor.name else "declined"
        erasures.journal(node, "follow-up", [uid])
        decline(node, waiting, actor.name, ground, why)


def end_of_case(node: Node, actor: Actor, regimes: Collection[Regime], case: str) -> int:
    """Decline what waits for a case that has ended, in the running transaction; how many. What it said is erased.

    Args:
        case: our own reference, folded.
    """
    found = [
        row
        for row in rows.waiting(node.alias, [regime.value for regime in regimes])
        if fold(str((row.content or {}).get("body", {}).get("case", ""))) == case
    ]
    for row in found:
        erasures.journal(node, "follow-up", [row.uid])
        decline(node, waiting_row(node, row.uid, Regime(row.regime)), actor.name, "case-ended")
    return len(found)


def end_waiting(node: Node, channels: Channels) -> int:
    """End what waited too long for a second person, and forget what is old; how many ended."""
    del channels
    now = node.clock()
    due = rows.waiting_before(node.alias, now - WAITS, AT_ONCE)
    for row in due:
        with atomic(node.alias):
            erasures.journal(node, "follow-up", [row.uid])
            decline(node, waiting_row(node, row.uid, Regime(row.regime)), "", "expired")
    for row in rows.decided_before(node.alias, now - KEPT, AT_ONCE):
        with atomic(node.alias):
            rows.drop(node.alias, row.uid)
            destroy_salt(node, row.uid)
            record(node, Internal(), Event("follow-up.erased", now, {"follow_up": row.uid}))
    return len(due)


@erasures.replays("follow-up")
def decline_again(node: Node, names: Sequence[str]) -> None:
    """Erase what waits again though it was declined, since a restored backup brought it back."""
    for uid in names:
        row = rows.named(node.alias, uid, [regime.value for regime in node.config.regimes], lock=True)
        if row is not None and row.state == FollowUpState.WAITING:
            decline(node, row, "", "restored")


@erasures.replays(SENT)
def sent_before(node: Node, names: Sequence[str]) -> None:
    """Note of what waits again that it left, since a restored backup was made before; what it said is erased."""
    for name in names:
        uid, _, thread = name.partition("/")
        row = rows.named(node.alias, uid, [regime.value for regime in node.config.regimes], lock=True)
        if row is None or row.state != FollowUpState.WAITING:
            continue
        now = node.clock()
        values = {"state": FollowUpState.SENT, "decided_at": now, "thread": thread, "content": None}
        rows.change(node.alias, row, **values)
        facts: dict[str, str | int] = {"follow_up": uid, "by": "restore"}
        committed = canonical.encode({"follow_up": uid, "thread": thread})
        record(node, Internal(), Event("follow-up.sent", now, facts, committed, erase_key=uid))


def _own(node: Node, actor: Actor, uid: str) -> FollowUp:
    row = rows.named(node.alias, uid, _regimes(node, actor))
    if row is None or not _sees(actor, row):
        raise InputError("follow-up.unknown")
    return row


def _sees(actor: Actor, row: FollowUp) -> bool:
    return row.asked_by == actor.name or _approves(actor, row) or actor.kind is ActorKind.OPERATOR


def _approves(actor: Actor, row: FollowUp) -> bool:
    return actor.kind is ActorKind.OFFICER and (Regime(row.regime), Role.APPROVER) in actor.roles


def _regimes(node: Node, actor: Actor) -> list[str]:
    if actor.kind is ActorKind.OPERATOR:
        return [regime.value for regime in node.config.regimes]
    return sorted({regime.value for regime, role in actor.roles if role in ASKERS})


def _view(actor: Actor, row: FollowUp) -> Waiting:
    mine = row.asked_by == actor.name
    content = row.content or {}
    searched = content.get("searched", "")
    named = may_read(actor, Regime(row.regime)) or mine
    return Waiting(
        uid=row.uid,
        partner=row.partner,
        regime=row.regime,
        state=row.state,
        asked_by=row.asked_by,
        approved_by=row.approved_by,
        asked_at=row.asked_at,
        thread=row.thread,
        case=str(content.get("body", {}).get("case", "")) if named else "",
        mine=mine,
        decidable=_approves(actor, row) and not mine and actor.name.casefold() not in searchers(searched),
    )
