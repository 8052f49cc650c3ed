"""What a restored node takes back until a person decides (docs/recovery.md §2).

A backup brings back trust that was withdrawn after it: partners, officers, tokens. Who was closed is not known any more,
so that everybody is, and each is opened again by a recorded act. The seeds of the private search are in no backup: its
epochs end, and what is published next is numbered above anything that partners can have seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from comity.core.instant import Instant
from comity.services.context import Actor, Node
from comity.services.partners.directory import PartnerState, all_partners
from comity.services.partners.stop import suspend_partner
from comity.services.people import accounts, service_accounts
from comity.services.probe.answer import OVERLAP
from comity.storage import probe

COUNTED_FROM = datetime(2026, 1, 1, tzinfo=UTC)
"""Beginning of the numbers after a restore: hours of epochs, seconds of indexes. Both exceed any number counted from
one at the pace of the protocol, and stay within its limits until 2057."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What was closed: services of partners, user names of officers, names of service accounts."""

    partners: tuple[str, ...]
    officers: tuple[str, ...]
    systems: tuple[str, ...]


def take_back(node: Node, actor: Actor) -> TakenBack:
    """Suspend every partner, close every account, end every service account and every epoch; in the transaction.

    What is closed already stays as it is, so that doing it again changes nothing.

    Raises:
        Refused: ``actor.role``.
    """
    # 1. Partners: nothing but protection flows, whatever agreements say.
    partners = [one.service for one in all_partners(node) if one.state is PartnerState.CONFIRMED]
    for service in partners:
        suspend_partner(node, service, actor)
    # 2. Officers and tokens.
    officers = [one.name for one in accounts.listed(node) if one.active]
    for name in officers:
        accounts.disable(node, actor, name)
    systems = [one.name for one in service_accounts.listed(node) if one.state == "active"]
    for name in systems:
        service_accounts.revoke(node, actor, name)
    # 3. The private search: no seed came back, and no index of a partner.
    now = node.clock()
    probe.close_epochs(node.alias, now - OVERLAP)
    probe.set_floor(node.alias, *numbers_at(now))
    probe.fetch_again(node.alias)
    return TakenBack(tuple(partners), tuple(officers), tuple(systems))


def numbers_at(now: Instant) -> tuple[int, int]:
    """Return the least numbers of an epoch and of an index after a restore at an instant."""
    passed = max(now - COUNTED_FROM, timedelta())
    return passed // timedelta(hours=1) + 2, passed // timedelta(seconds=1) + 2
