"""Follow a plan up with the partner: states, decisions of working visits, points of contact.

Implements docs/protocol/plan.md §4. Each entry is a message; both nodes hold the same entries and fold them alike.
Attacks stopped: an entry on another's plan or measure, in another's name, on a plan that is not signed; a flood. Words
and names of officials protect nobody: they neither go to a suspended partner nor come from one, as signatures do not.
"""

from __future__ import annotations

from typing import Any

from comity.core import canonical
from comity.core.agreement.standing import State
from comity.core.codes.exchange import Act, ServiceId
from comity.core.codes.marks import Role
from comity.core.evidence.event import Bilateral, Event
from comity.core.instant import Instant
from comity.core.plan.followup import (
    PLAN_ENTRY,
    Entry,
    EntryBody,
    FollowUp,
    against,
    entry_faults,
    follow,
    open_entry,
)
from comity.core.plan.standing import PlanStanding
from comity.errors import PeerError, Refused
from comity.services.context import Actor, ActorKind, Node
from comity.services.evidence.record import record
from comity.services.exchange.handlers import Message, handler
from comity.services.exchange.receipts import on_receipt
from comity.services.exchange.submit import Outgoing, submit
from comity.services.plans.standing import stored_plan
from comity.storage.models.plans import PlanEntry
from comity.storage.plans import rows

WRITERS = (Role.HEAD_OF_DESK,)
MOST_ENTRIES = 2_000
"""Greatest number of entries of one party on one plan."""

_SIGNED = frozenset({State.NOT_YET_VALID, State.IN_FORCE, State.EXPIRED, State.SUPERSEDED})
"""A plan is followed up from its signature on, and after its end, until its visits are worked through."""


def followed(node: Node, found: PlanStanding) -> FollowUp:
    """Return what became of a plan."""
    every = [
        Entry(row.message, row.by, row.sent_at, EntryBody.model_validate(row.content))
        for row in rows.entries(node.alias, found.hash)
    ]
    return follow(found.plan, every)


def pending(node: Node, plan: str) -> int:
    """Return how many entries of ours wait for their receipt."""
    return sum(row.received_at is None for row in rows.entries(node.alias, plan))


def enter(node: Node, actor: Actor, plan: str, **said: Any) -> str:
    """Make an entry on a plan and tell the partner; return the message.

    Args:
        said: members of `EntryBody`, without the plan.

    Raises:
        InputError: ``plan.not-found``, ``plan.entry`` naming every member that is missing or wrong.
        Refused: ``actor.person``, ``actor.role``, ``plan.not-signed``, ``plan.not-the-owner`` and what else
            `against` names.
    """
    if actor.kind not in (ActorKind.OFFICER, ActorKind.OPERATOR):
        raise Refused("actor.person")
    found = stored_plan(node, plan)
    actor.require(found.plan.regime, *WRITERS)
    partner = found.plan.other(node.service)
    if partner is None or found.state(node.clock()) not in _SIGNED:
        raise Refused("plan.not-signed")
    given = {name: value for name, value in said.items() if value not in (None, "")}
    if "text" not in given:
        given.pop("language", None)
    faults = entry_faults(given, node.clock().date())
    if faults:
        raise faults.error("plan.entry")
    body = open_entry({"plan": plan, **given})
    code = against(found.plan, followed(node, found), node.service, body)
    if code is not None:
        raise Refused(code)
    written = body.model_dump(mode="json", exclude_none=True)

    def within(message: str) -> None:
        now = node.clock()
        _keep(node, partner, message, node.service, body, now, None)
        committed = canonical.encode({"actor": actor.name, "entry": written})
        _witness(node, found, partner, message, body, node.service, now, committed)

    outgoing = Outgoing(
        partner=partner, regime=found.plan.regime, kind=PLAN_ENTRY, act=Act.SIGN, body=written
    )
    return submit(node, outgoing, actor, within=within)


@handler(PLAN_ENTRY, {Act.SIGN})
def receive_entry(node: Node, message: Message) -> None:
    """Keep the partner's entry.

    Raises:
        PeerError: ``plan.malformed``, ``plan.unknown``, ``plan.too-many``, and what `against` names.
    """
    body = open_entry(message.body)
    row = rows.plan_row(node.alias, body.plan)
    if row is None or row.partner != message.partner or row.regime != message.regime.value:
        raise PeerError("plan.unknown")
    found = stored_plan(node, body.plan)
    if found.state(message.sent_at) not in _SIGNED:
        raise PeerError("plan.not-signed")
    if rows.entry_count(node.alias, body.plan, message.partner) >= MOST_ENTRIES:
        raise PeerError("plan.too-many", limit=MOST_ENTRIES)
    code = against(found.plan, followed(node, found), message.partner, body)
    if code is not None:
        raise PeerError(code)
    _keep(node, message.partner, message.id, message.partner, body, message.sent_at, message.received_at)
    committed = canonical.encode({"entry": body.model_dump(mode="json", exclude_none=True)})
    _witness(node, found, message.partner, message.id, body, message.partner, message.received_at, committed)


@on_receipt(PLAN_ENTRY)
def settle_entry(node: Node, message: str, received_at: Instant | None, code: str | None) -> None:
    """Write down that the partner holds an entry of ours, or has refused it."""
    rows.settle_entry(node.alias, message, node.service, received_at, code)


def _keep(
    node: Node,
    partner: str,
    message: str,
    by: str,
    body: EntryBody,
    sent_at: Instant,
    received_at: Instant | None,
) -> None:
    rows.add_entry(
        node.alias,
        PlanEntry(
            plan=body.plan,
            message=message,
            partner=partner,
            by=by,
            kind=body.entry.value,
            sent_at=sent_at,
            received_at=received_at,
            content=body.model_dump(mode="json", exclude_none=True),
        ),
    )


def _witness(
    node: Node,
    found: PlanStanding,
    partner: ServiceId,
    message: str,
    body: EntryBody,
    by: str,
    at: Instant,
    committed: bytes,
) -> None:
    facts: dict[str, str | int] = {
        "plan": found.hash,
        "message": message,
        "entry": body.entry.value,
        "by": by,
    }
    record(node, Bilateral(partner, found.plan.regime), Event("plan.entered", at, facts, committed))
