"""Offer a partner a list of numbers to compare its own with: hidden, for one comparison, for a week.

Implements docs/protocol/overlap.md §2. A named person offers it; the process that answers the partner reads the list and not
the register.
"""

from __future__ import annotations

from datetime import timedelta

from comity.core.codes.exchange import Purpose, ServiceId
from comity.core.evidence.event import Bilateral, Event
from comity.core.overlap.points import SEED_BYTES, hide, padded
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.services.overlap.listed import basis_of, listed, require_counter, written
from comity.services.register.accountable import keep_statement, stated
from comity.storage.models.overlaps import OverlapOffer
from comity.storage.register import overlaps as rows
from comity.storage.transaction import atomic

OFFERED = timedelta(days=7)
"""How long a list can be compared with."""


def offer(
    node: Node, actor: Actor, partner: ServiceId, agreement: str, purpose: Purpose, reason: str
) -> OverlapOffer:
    """Offer a list and return it; an earlier one that was not compared with goes.

    Args:
        agreement: hash. reason: why; kept sealed for oversight.

    Raises:
        InputError: ``agreement.not-found``, ``overlap.too-few``, ``overlap.too-many``, ``register.reason``.
        Refused: ``overlap.person``, ``actor.role``, ``partner.*``, ``overlap.regime``, or the policy's code.
    """
    basis = basis_of(node, partner, agreement, purpose)
    require_counter(actor, basis.regime)
    statement = stated(actor, reason, partner=partner, purpose=purpose.value)
    entries = listed(node, partner, basis, purpose)
    seed = node.random(SEED_BYTES)
    hidden = hide(seed, list(entries))
    row = OverlapOffer(
        uid=node.random(16).hex(),
        partner=partner,
        regime=basis.regime.value,
        purpose=purpose.value,
        agreement=agreement,
        size=padded(len(entries)),
        points=hidden.points,
        secret={"seed": seed.hex(), "places": list(hidden.places), "entries": written(entries)},
        offered_at=node.clock(),
    )
    with atomic(node.alias):
        now = node.clock()
        for earlier in rows.offers(node.alias, (partner, row.regime, row.purpose)):
            if earlier.used_at is None:
                rows.empty_offer(node.alias, earlier.pk)
        rows.add_offer(node.alias, row)
        kept = keep_statement(node, "overlap-offered", now, statement)
        facts: dict[str, str | int] = {
            "offer": row.uid,
            "agreement": agreement,
            "purpose": purpose.value,
            "size": row.size,
        }
        record(node, Bilateral(partner, basis.regime), Event("overlap.offered", now, facts, kept))
    return row
