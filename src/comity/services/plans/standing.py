"""How the plans stand, read from the database at each use. Implements docs/protocol/plan.md §2."""

from __future__ import annotations

from dataclasses import replace

from comity.core.agreement.standing import State, Successor
from comity.core.crypto.agent import TokenType
from comity.core.crypto.encoding import key_id
from comity.core.crypto.signature import verify_jws
from comity.core.plan.model import open_plan, plan_hash
from comity.core.plan.standing import PlanStanding
from comity.errors import InputError, NodeError, PeerError
from comity.services.context import Node
from comity.storage.models.plans import StoredPlan
from comity.storage.plans import rows


def all_plans(node: Node) -> list[PlanStanding]:
    """Return every plan known here, newest first."""
    return [_joined(node, row) for row in rows.plan_rows(node.alias)]


def stored_plan(node: Node, plan: str) -> PlanStanding:
    """Return the standing of a plan that must be known.

    Raises:
        InputError: ``plan.not-found``.
        NodeError: ``plan.damaged``.
    """
    row = rows.plan_row(node.alias, plan)
    if row is None:
        raise InputError("plan.not-found")
    return _joined(node, row)


def find_plan(node: Node, text: str) -> str:
    """Return the hash of the plan that a code or the beginning of a hash names; one in force is preferred.

    Raises:
        InputError: ``plan.not-found``.
    """
    found = [_joined(node, row) for row in rows.named_plans(node.alias, text.strip())]
    if not found:
        raise InputError("plan.not-found")
    now = node.clock()
    active = [each for each in found if each.state(now) is State.IN_FORCE]
    return (active or found)[0].hash


def _joined(node: Node, row: StoredPlan) -> PlanStanding:
    alone = _alone(node, row)
    heirs = []
    for each in rows.successor_rows(node.alias, row.hash):
        heir = _alone(node, each)
        since = heir.in_force_from()
        alike = (heir.plan.parties, heir.plan.regime) == (alone.plan.parties, alone.plan.regime)
        if since is not None and alike and since < heir.plan.valid_before:
            heirs.append(Successor(heir.hash, since))
    return replace(alone, successors=tuple(heirs))


def _alone(node: Node, row: StoredPlan) -> PlanStanding:
    octets = bytes(row.document)
    try:
        plan = open_plan(octets)
    except PeerError:
        raise NodeError("plan.damaged") from None
    signed = rows.signatures(node.alias, row.hash)
    intact = plan_hash(octets) == row.hash and all(
        _verified(octets, each.token, bytes(each.public_key)) and each.party in plan.parties
        for each in signed
    )
    return PlanStanding(plan, row.hash, {each.party: each.signed_at for each in signed}, intact)


def _verified(octets: bytes, token: str, public: bytes) -> bool:
    """Whether a stored signature is over exactly these bytes."""
    try:
        return verify_jws(token, typ=TokenType.PLAN, keys={key_id(public): public}).payload == octets
    except PeerError:
        return False
