"""Which subject an opaque reference means; answered on the issuer's side only, and not once the subject is withdrawn.

Implements docs/protocol/probe.md §9.
"""

from __future__ import annotations

import re
from datetime import timedelta

from comity.core.codes.exchange import PurposeGroup, Regime, ServiceId
from comity.core.register.findable import hidden_by
from comity.errors import InputError, Refused
from comity.services.context import Node
from comity.services.register.read import held
from comity.storage import probe as rows

KEPT = timedelta(days=90)
"""How long after its epoch a reference is resolved."""

_REFERENCE = re.compile(r"^[0-9a-f]{32}$")


def resolve(node: Node, reference: str, *, partner: ServiceId | None = None) -> str:
    """Return the identifier of the subject that a reference means.

    Args:
        node: the node that issued the reference.
        reference: 32 hex digits, from a partner's request.
        partner: who cites it; a reference is good for the partner it was made for, and for nobody else.

    Raises:
        InputError: ``probe.reference-unknown``.
        Refused: ``probe.reference-expired``; ``probe.reference-recalled``: the subject was erased, or may not be found
            any more, whatever the reason. Whether it may be told anything is the policy's decision, not ours.
    """
    row = rows.reference(node.alias, reference) if _REFERENCE.fullmatch(reference) else None
    # 1. Ours, and made for this partner.
    if row is None or (partner is not None and row.partner != partner):
        raise InputError("probe.reference-unknown")
    scope = (row.partner, row.regime, row.group)
    epoch = rows.epoch(node.alias, scope, row.epoch)
    # 2. Not longer than 90 days after its epoch, or while a case is open that cited it by then.
    if epoch is None:
        raise Refused("probe.reference-expired")
    end = epoch.valid_before + KEPT
    if node.clock() >= end and reference not in rows.cited(node.alias, row.partner, end):
        raise Refused("probe.reference-expired")
    # 3. The law still lets the subject be found; why not is not said. The agreement may have ended: a request that was
    #    made in time is answered under its run-off clause.
    regime, group = Regime(row.regime), PurposeGroup(row.group)
    subject = held(node, row.subject).subject
    today = node.clock().date()
    if subject is None or hidden_by(subject, service=node.service, regime=regime, group=group, today=today):
        raise Refused("probe.reference-recalled")
    return row.subject
