"""Puts an agreement's exact bytes into the store, whoever brought them."""

from __future__ import annotations

from comity.core import canonical
from comity.core.agreement.model import Agreement, agreement_hash
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.evidence.event import Bilateral, Event
from comity.core.instant import Instant
from comity.errors import Refused
from comity.services.context import Actor, ActorKind, Node
from comity.services.evidence.record import record
from comity.storage import agreements as rows
from comity.storage.models.agreements import StoredAgreement


def keep(
    node: Node, agreement: Agreement, octets: bytes, *, partner: ServiceId, proposed_at: Instant | None
) -> bool:
    """Store an agreement's bytes inside the running transaction; False when they were already known.

    Args:
        proposed_at: signed time of the partner's proposal; None for our own draft.
    """
    row = StoredAgreement(
        hash=agreement_hash(octets),
        code=agreement.code,
        regime=agreement.regime.value,
        partner=partner,
        predecessor=agreement.predecessor,
        document=octets,
        stored_at=node.clock(),
        proposed_by=partner if proposed_at is not None else None,
        proposed_at=proposed_at,
    )
    return rows.add_agreement(node.alias, row)


def counterpart(node: Node, agreement: Agreement) -> ServiceId:
    """Return the other party of an agreement in which this service is one.

    Raises:
        Refused: ``agreement.parties``, ``agreement.regime`` when the regime is none of this node's.
    """
    other = agreement.other(node.service)
    if other is None:
        raise Refused("agreement.parties")
    if agreement.regime not in node.config.regimes:
        raise Refused("agreement.regime", regime=agreement.regime.value)
    return other


def require_person(actor: Actor) -> None:
    """Refuse unless a person acts: an agreement is never signed or stopped by a program.

    Raises:
        Refused: ``actor.person``.
    """
    if actor.kind not in (ActorKind.OFFICER, ActorKind.OPERATOR):
        raise Refused("actor.person")


def witness(
    node: Node, partner: ServiceId, regime: Regime, kind: str, agreement: str, *, by: str, actor: Actor | None
) -> None:
    """Record an act on an agreement; who did it stands only in the erasable part.

    Args:
        by: service that acted.
        actor: our own person; None when the partner acted.
    """
    committed = None if actor is None else canonical.encode({"actor": actor.name, "agreement": agreement})
    event = Event(kind, node.clock(), {"agreement": agreement, "by": by}, committed)
    record(node, Bilateral(partner, regime), event)
