"""Suspends, resumes and revokes a partner: unilateral, effective at once; what only protects still flows.

Implements docs/protocol/identity.md §1.5. The directory reads the state at each use. Each act has its line in the
journal, so that a restore does not bring back trust that was withdrawn.
"""

from __future__ import annotations

from comity.core.codes.exchange import ServiceId
from comity.core.evidence.event import Event, Internal
from comity.errors import InputError
from comity.services.context import Actor, Node
from comity.services.custody import withdrawn
from comity.services.erasures import journal, journal_opened
from comity.services.evidence.record import record
from comity.services.partners.directory import PartnerState, PartnerView, view
from comity.services.people.actors import require_administrator
from comity.storage import partners
from comity.storage.transaction import atomic

_FROM = {
    PartnerState.SUSPENDED: (PartnerState.CONFIRMED,),
    PartnerState.CONFIRMED: (PartnerState.SUSPENDED,),
    PartnerState.REVOKED: (PartnerState.PENDING, PartnerState.CONFIRMED, PartnerState.SUSPENDED),
}
_EVENTS = {
    PartnerState.SUSPENDED: "partner.suspended",
    PartnerState.CONFIRMED: "partner.resumed",
    PartnerState.REVOKED: "partner.revoked",
}

_JOURNALED = {PartnerState.SUSPENDED: withdrawn.SUSPENDED, PartnerState.REVOKED: withdrawn.REVOKED}


def suspend_partner(node: Node, service: ServiceId, actor: Actor) -> PartnerView:
    """Stop working with a partner until resumed.

    Raises:
        InputError: ``partner.unknown``, ``partner.state``.
        Refused: ``actor.role``.
    """
    return _move(node, service, PartnerState.SUSPENDED, actor)


def resume_partner(node: Node, service: ServiceId, actor: Actor) -> PartnerView:
    """Work with a suspended partner again; its confirmed card still holds.

    Raises:
        InputError: ``partner.unknown``, ``partner.state``.
        Refused: ``actor.role``.
    """
    return _move(node, service, PartnerState.CONFIRMED, actor)


def revoke_partner(node: Node, service: ServiceId, actor: Actor) -> PartnerView:
    """Stop working with a partner; only adding and confirming its card anew ends it.

    Raises:
        InputError: ``partner.unknown``, ``partner.state``.
        Refused: ``actor.role``.
    """
    return _move(node, service, PartnerState.REVOKED, actor)


def _move(node: Node, service: ServiceId, state: PartnerState, actor: Actor) -> PartnerView:
    require_administrator(actor)
    now = node.clock()
    with atomic(node.alias):
        row = partners.lock(node.alias, service)
        if row is None:
            raise InputError("partner.unknown")
        if PartnerState(row.state) not in _FROM[state]:
            raise InputError("partner.state", state=row.state)
        if state is PartnerState.CONFIRMED:
            journal_opened(node, withdrawn.RESUMED, service)
        else:
            journal(node, _JOURNALED[state], [service])
        row.state = state.value
        partners.save(node.alias, row, now)
        record(node, Internal(), Event(_EVENTS[state], now, {"partner": service}, actor.name.encode()))
        return view(row)
