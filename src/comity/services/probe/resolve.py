"""Which subject an opaque reference means; answered on the issuer's side only, and not once the subject is withdrawn.

Implements docs/protocol/probe.md §9.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from comity.core.codes.exchange import PurposeGroup, Regime, ServiceId
from comity.core.evidence.event import Event, Internal
from comity.core.instant import Instant
from comity.core.register.findable import hidden_by
from comity.errors import ComityError, InputError, Refused
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.services.register.accountable import keep_statement, require_reader, stated
from comity.services.register.read import held
from comity.storage import probe as rows
from comity.storage.models.probe import ProbeReference
from comity.storage.transaction import atomic

KEPT = timedelta(days=90)
"""How long after its epoch a reference is resolved."""

OF_A_COMPARISON = 0
"""Epoch of a reference that no search found but a comparison of numbers; it counts from its own time (overlap.md §4)."""

REFUSED = "refused"
"""Stands for the subject in the statement of a look-up that was refused."""

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
    # 2. Not longer than 90 days after its epoch, or while a case is open that cited it by then.
    ends = _given_until(node, row)
    if ends is None:
        raise Refused("probe.reference-expired")
    end = ends + KEPT
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


def _given_until(node: Node, row: ProbeReference) -> Instant | None:
    """Return until when a reference was given: the end of its epoch, or the time of its comparison."""
    if row.epoch == OF_A_COMPARISON:
        return row.created_at
    epoch = rows.epoch(node.alias, (row.partner, row.regime, row.group), row.epoch)
    return None if epoch is None else epoch.valid_before


@dataclass(frozen=True, slots=True)
class Meant:
    """The row of our register that a reference means, and for whom the reference was made.

    Args:
        uid: identifier of the subject; its present version, and the list it came from.
    """

    uid: str
    version: int
    source: str
    partner: str
    regime: str
    group: str
    epoch: int
    given_at: Instant


def consult_reference(
    node: Node, actor: Actor, reference: str, reason: str, *, partner: ServiceId | None = None
) -> Meant:
    """Tell a named person which subject a reference means; a refusal leaves the same evidence as an answer.

    The log holds who asked, why and for which reference as a commitment only; the statement is kept sealed with the
    register's other acts.

    Args:
        node: the node that issued the reference.
        actor: who may read the register under the reference's regime.
        reference: as a partner cites it.
        reason: why it is looked up.
        partner: who cites it, when that is to be checked.

    Raises:
        InputError: ``register.reason``, ``probe.reference-unknown``.
        Refused: ``actor.role``, ``probe.reference-expired``, ``probe.reference-recalled``.
    """
    statement = stated(actor, reason, reference=reference[:64])
    row = rows.reference(node.alias, reference) if _REFERENCE.fullmatch(reference) else None
    try:
        if row is None:
            raise InputError("probe.reference-unknown")
        require_reader(actor, Regime(row.regime))
        uid = resolve(node, reference, partner=partner)
    except ComityError as error:
        _record_consulted(node, statement, REFUSED, error.code)
        raise
    found = held(node, uid)
    _record_consulted(node, statement, uid, "resolved")
    return Meant(
        uid, found.version, found.source, row.partner, row.regime, row.group, row.epoch, row.created_at
    )


def _record_consulted(node: Node, statement: dict[str, str], uid: str, outcome: str) -> None:
    with atomic(node.alias):
        now = node.clock()
        committed = keep_statement(node, "reference-resolved", now, statement, uid)
        facts: dict[str, str | int] = {"outcome": outcome}
        record(node, Internal(), Event("probe.reference-resolved", now, facts, committed, erase_key=uid))
