"""Draft a plan under an agreement, sign it, and take the partner's signature. Implements docs/protocol/plan.md §2, §5.

A signature carries the whole plan, so that the first one proposes it. Attacks stopped: a plan between others, under an
agreement that is not theirs, or of another regime; a signature over other bytes, by another key, or backdated; a flood
of plans.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field, ValidationError

from comity.core import canonical
from comity.core.agreement.standing import State
from comity.core.agreement.written import Frozen, Moment
from comity.core.codes.exchange import Act, ServiceId
from comity.core.codes.marks import Role
from comity.core.crypto.agent import TokenType
from comity.core.crypto.encoding import from_text, to_text
from comity.core.crypto.signature import unverified_kid, verify_jws
from comity.core.evidence.event import Bilateral, Event, Internal
from comity.core.plan.followup import PLAN_SIGNATURE
from comity.core.plan.model import ActionPlan, open_plan, plan_hash, write_plan
from comity.core.plan.source import compile_plan, lost, read_plan_source
from comity.errors import InputError, NodeError, PeerError, Refused
from comity.services.agreements.standing import stored_standing
from comity.services.agreements.store import require_person
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.services.exchange.handlers import Message, handler
from comity.services.exchange.submit import Outgoing, submit
from comity.services.partners.directory import signing_keys
from comity.services.plans.follow import followed
from comity.services.plans.standing import find_plan, stored_plan
from comity.storage.models.plans import PlanSignature, StoredPlan
from comity.storage.plans import rows
from comity.storage.transaction import atomic

SIGNERS = (Role.ADMINISTRATOR, Role.HEAD_OF_DESK)
MAX_UNSIGNED = 20
MAX_LAG = timedelta(minutes=5)

_CLOSED = frozenset({State.ALTERED, State.EXPIRED, State.SUPERSEDED})


class SignatureBody(Frozen):
    """The plan, and the sender's signature over its canonical bytes."""

    document: Annotated[str, Field(max_length=400_000)]
    signature: Annotated[str, Field(max_length=400_000)]
    signed_at: Moment


def draft(node: Node, actor: Actor, agreement: str, source: str, predecessor: str | None = None) -> str:
    """Compile a plan under an agreement and keep it as a draft; return its hash.

    Args:
        source: TOML text. predecessor: code or hash of the plan that it succeeds; its open measures are carried over.

    Raises:
        InputError: ``plan.source``, ``plan.not-found``, ``agreement.not-found``.
        Refused: ``actor.person``, ``actor.role``, ``agreement.parties``, ``plan.agreement``.
    """
    require_person(actor)
    agreed = stored_standing(node, agreement)
    actor.require(agreed.agreement.regime, *SIGNERS)
    before = None
    if predecessor is not None:
        old = stored_plan(node, find_plan(node, predecessor))
        before = (old.hash, old.plan, followed(node, old).open_measures())
    plan = compile_plan(
        read_plan_source(source), agreement=agreed.agreement, agreement_hash=agreement, before=before
    )
    partner = _fitting(node, plan)
    octets = write_plan(plan)
    with atomic(node.alias):
        if _keep(node, plan, octets, partner):
            name = plan_hash(octets)
            committed = canonical.encode({"actor": actor.name, "plan": name})
            record(node, Internal(), Event("plan.drafted", node.clock(), {"plan": name}, committed))
    return plan_hash(octets)


def sign(node: Node, actor: Actor, plan: str) -> str:
    """Sign a plan for this service and send it with the signature; return the message.

    Raises:
        InputError: ``plan.not-found``.
        Refused: ``actor.person``, ``actor.role``, ``plan.signed``, ``plan.<state>``; ``plan.measure-lost`` when an
            open measure of the plan before is neither carried nor given up.
        NodeError: ``plan.damaged``.
    """
    require_person(actor)
    found = stored_plan(node, plan)
    regime = found.plan.regime
    actor.require(regime, *SIGNERS)
    state = found.state(node.clock())
    if state in _CLOSED:
        raise Refused(f"plan.{state.value}")
    if node.service in found.signed_at:
        raise Refused("plan.signed")
    _nothing_lost(node, found.plan)
    partner = _fitting(node, found.plan)
    # 1. Sign exactly the stored bytes, outside any transaction, and check what came back.
    octets = write_plan(found.plan)
    token = node.keys.sign(regime, TokenType.PLAN, [octets])[0]
    kid = unverified_kid(token)
    publics = {held.sign_kid: held.sign_public for held in node.keys.held_keys(regime)}
    if kid not in publics or verify_jws(token, typ=TokenType.PLAN, keys=publics).payload != octets:
        raise NodeError("plan.damaged")
    # 2. Signature, message and evidence in one transaction.
    at = node.clock()
    body = SignatureBody(document=to_text(octets), signature=token, signed_at=at)

    def within(_: str) -> None:
        row = PlanSignature(plan=plan, party=node.service, token=token, public_key=publics[kid], signed_at=at)
        if not rows.add_signature(node.alias, row):
            raise Refused("plan.signed")
        committed = canonical.encode({"actor": actor.name, "plan": plan})
        _witness(node, found.plan, partner, plan, node.service, committed)

    outgoing = Outgoing(
        partner=partner,
        regime=regime,
        kind=PLAN_SIGNATURE,
        act=Act.SIGN,
        body=body.model_dump(mode="json"),
        said=found.plan.model_dump(mode="json"),
    )
    return submit(node, outgoing, actor, within=within)


@handler(PLAN_SIGNATURE, {Act.SIGN})
def receive_signature(node: Node, message: Message) -> None:
    """Store the partner's signature, and the plan if it is new, after verifying it over the exact bytes.

    Raises:
        PeerError: ``plan.malformed``, ``plan.parties``, ``plan.agreement``, ``plan.time``, ``plan.too-many``,
            ``signature.*``.
    """
    body = _open(message.body)
    octets = from_text(body.document)
    plan = open_plan(octets)
    # 1. Between us two, of this regime, under an agreement of ours.
    if set(plan.parties) != {node.service, message.partner} or plan.regime != message.regime:
        raise PeerError("plan.parties")
    try:
        _fitting(node, plan)
    except (Refused, InputError) as error:
        raise PeerError(error.code) from None
    # 2. Signed when it says, by a key of the partner that was valid then, over exactly these bytes.
    if not body.signed_at <= message.sent_at <= body.signed_at + MAX_LAG:
        raise PeerError("plan.time")
    keys = signing_keys(node, message.partner, message.regime, body.signed_at)
    if verify_jws(body.signature, typ=TokenType.PLAN, keys=keys).payload != octets:
        raise PeerError("plan.malformed", field="signature")
    # 3. Store both; a second signature of the same party changes nothing.
    name = plan_hash(octets)
    if rows.plan_row(node.alias, name) is None:
        if rows.unsigned_count(node.alias, message.partner, node.service) >= MAX_UNSIGNED:
            raise PeerError("plan.too-many", limit=MAX_UNSIGNED)
        _keep(node, plan, octets, message.partner)
    row = PlanSignature(
        plan=name,
        party=message.partner,
        token=body.signature,
        public_key=keys[unverified_kid(body.signature)],
        signed_at=body.signed_at,
    )
    if rows.add_signature(node.alias, row):
        _witness(node, plan, message.partner, name, message.partner, None)


def _fitting(node: Node, plan: ActionPlan) -> ServiceId:
    """Return the other party of a plan that fits the agreement it names.

    Raises:
        InputError: ``agreement.not-found``.
        Refused: ``plan.agreement``.
    """
    agreed = stored_standing(node, plan.agreement).agreement
    partner = plan.other(node.service)
    within = agreed.valid_from <= plan.valid_from and (
        agreed.valid_before is None or plan.valid_before <= agreed.valid_before
    )
    if partner is None or (agreed.parties, agreed.regime) != (plan.parties, plan.regime) or not within:
        raise Refused("plan.agreement")
    return partner


def _nothing_lost(node: Node, plan: ActionPlan) -> None:
    if plan.predecessor is None:
        return
    old = stored_plan(node, plan.predecessor)
    missing = lost(old.plan, followed(node, old).open_measures(), plan)
    if missing:
        raise Refused("plan.measure-lost", measure=missing[0])


def _keep(node: Node, plan: ActionPlan, octets: bytes, partner: str) -> bool:
    row = StoredPlan(
        hash=plan_hash(octets),
        code=plan.code,
        agreement=plan.agreement,
        regime=plan.regime.value,
        partner=partner,
        predecessor=plan.predecessor,
        document=octets,
        stored_at=node.clock(),
    )
    return rows.add_plan(node.alias, row)


def _witness(
    node: Node, plan: ActionPlan, partner: ServiceId, name: str, by: str, committed: bytes | None
) -> None:
    facts: dict[str, str | int] = {"plan": name, "by": by}
    record(node, Bilateral(partner, plan.regime), Event("plan.signed", node.clock(), facts, committed))


def _open(body: Mapping[str, Any]) -> SignatureBody:
    try:
        return SignatureBody.model_validate(dict(body))
    except ValidationError:
        raise PeerError("plan.malformed", field="body") from None
