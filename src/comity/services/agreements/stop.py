"""Suspend or terminate an agreement: unilateral, at once, on every path; resume what this service suspended.

Implements docs/protocol/agreement.md §10. The stop binds this node in the transaction that records it, whether or not
the partner can be reached. Recalls and erasures still flow. Only who suspended resumes, and each its own suspension.
"""

from __future__ import annotations

from comity.core.agreement.messages import RESUMPTION, STOP, ResumptionBody, StopBody
from comity.core.agreement.standing import AgreementStanding, State, StopKind
from comity.core.codes.exchange import Act
from comity.core.codes.marks import Role
from comity.core.instant import Instant
from comity.errors import Refused
from comity.services.agreements import store
from comity.services.agreements.standing import stored_standing
from comity.services.context import Actor, Node
from comity.services.exchange.submit import Outgoing, submit
from comity.storage import agreements as rows
from comity.storage.models.agreements import StoredStop
from comity.storage.transaction import atomic

_ACTS = {StopKind.SUSPEND: Act.SUSPEND, StopKind.TERMINATE: Act.TERMINATE}
_EVENTS = {StopKind.SUSPEND: "agreement.suspended", StopKind.TERMINATE: "agreement.terminated"}


def suspend(node: Node, actor: Actor, agreement: str, reason: str) -> str | None:
    """Suspend an agreement; see `stop`."""
    return stop(node, actor, agreement, StopKind.SUSPEND, reason)


def terminate(node: Node, actor: Actor, agreement: str, reason: str) -> str | None:
    """Terminate an agreement for good; see `stop`."""
    return stop(node, actor, agreement, StopKind.TERMINATE, reason)


def stop(node: Node, actor: Actor, agreement: str, kind: StopKind, reason: str) -> str | None:
    """Stop an agreement now and tell the partner.

    Args:
        reason: free text, sealed, never sent.

    Returns:
        The message id; None when the partner may not be written to (revoked), the stop binding all the same.

    Raises:
        InputError: ``agreement.not-found``.
        Refused: ``actor.person``, ``actor.role``, ``agreement.terminated``, ``agreement.stopped``.
    """
    at = node.clock()
    found = _living(node, actor, agreement, at)
    regime, partner = found.agreement.regime, store.counterpart(node, found.agreement)
    outgoing = Outgoing(
        partner=partner,
        regime=regime,
        kind=STOP,
        act=_ACTS[kind],
        body=StopBody(agreement=agreement, kind=kind, at=at).json_body(),
        agreement=agreement,
    )

    def within(_: str) -> None:
        _bind(node, actor, found, kind, at, reason)

    try:
        return submit(node, outgoing, actor, within=within)
    except Refused as refusal:
        # A partner that may not be written to any more must not keep us from stopping.
        if not refusal.code.startswith("partner."):
            raise
    with atomic(node.alias):
        _bind(node, actor, found, kind, at, reason)
    return None


def resume(node: Node, actor: Actor, agreement: str) -> str:
    """End this service's own suspension now and tell the partner, which must be open to messages.

    A suspension by the partner stays: it is the partner's to end.

    Returns:
        The message id.

    Raises:
        InputError: ``agreement.not-found``.
        Refused: ``actor.person``, ``actor.role``, ``agreement.terminated``, ``agreement.not-suspended``,
            ``partner.*``.
    """
    at = node.clock()
    found = _living(node, actor, agreement, at)
    regime, partner = found.agreement.regime, store.counterpart(node, found.agreement)
    if rows.suspended_since(node.alias, agreement, node.service) is None:
        raise Refused("agreement.not-suspended")
    outgoing = Outgoing(
        partner=partner,
        regime=regime,
        kind=RESUMPTION,
        act=Act.RESUME,
        body=ResumptionBody(agreement=agreement, at=at).json_body(),
        agreement=agreement,
    )

    def within(_: str) -> None:
        if not store.end_suspension(node, agreement, node.service, at):
            raise Refused("agreement.not-suspended")
        kind = "agreement.resumed"
        store.witness(node, partner, regime, kind, agreement, by=node.service, actor=actor)

    return submit(node, outgoing, actor, within=within)


def _living(node: Node, actor: Actor, agreement: str, at: Instant) -> AgreementStanding:
    """Return an agreement of this service that is not terminated, for a person who may stop and resume it."""
    store.require_person(actor)
    found = stored_standing(node, agreement)
    actor.require(found.agreement.regime, Role.ADMINISTRATOR, Role.HEAD_OF_DESK)
    store.counterpart(node, found.agreement)
    if found.state(at) is State.TERMINATED:
        raise Refused("agreement.terminated")
    return found


def _bind(
    node: Node, actor: Actor, found: AgreementStanding, kind: StopKind, at: Instant, reason: str
) -> None:
    row = StoredStop(agreement=found.hash, kind=kind.value, by=node.service, at=at, reason=reason)
    if not store.bind_stop(node, row):
        raise Refused("agreement.stopped")
    partner = store.counterpart(node, found.agreement)
    store.witness(
        node, partner, found.agreement.regime, _EVENTS[kind], found.hash, by=node.service, actor=actor
    )
