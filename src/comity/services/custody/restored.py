"""What a restored node takes back until a person decides (docs/recovery.md §2).

A backup brings back trust that was withdrawn after it: partners, officers, tokens. The journal tells what was withdrawn,
and that is withdrawn again; without a whole journal nobody knows, so that everybody is closed. Each is opened again by a
recorded act. The seeds of the private search are in no backup: its epochs end, and what is published next is
numbered above anything that partners can have seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from comity.core.instant import Instant
from comity.services.context import Actor, Node
from comity.services.custody import withdrawn as journal
from comity.services.custody.withdrawn import Withdrawn
from comity.services.partners.directory import PartnerState, all_partners
from comity.services.partners.stop import revoke_partner, suspend_partner
from comity.services.people import accounts, service_accounts
from comity.services.probe.answering.arrived import OVERLAP
from comity.storage import partners as partner_rows
from comity.storage import probe

COUNTED_FROM = datetime(2026, 1, 1, tzinfo=UTC)
"""Beginning of the numbers after a restore: hours of epochs, seconds of indexes. Both exceed any number counted from
one at the pace of the protocol, and stay within its limits until 2057."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What was closed: services of partners suspended and revoked, user names of officers, names of service accounts."""

    partners: tuple[str, ...]
    officers: tuple[str, ...]
    systems: tuple[str, ...]
    revoked: tuple[str, ...] = ()


def take_back(node: Node, actor: Actor, withdrawn: Withdrawn | None = None) -> TakenBack:
    """Withdraw again what was withdrawn after the backup, and end every epoch; in the transaction.

    What is closed already stays as it is, so that doing it again changes nothing.

    Args:
        node: the restored node.
        actor: who restores.
        withdrawn: what the journal tells; None when it is not whole: then every partner is suspended, every account
            closed, every service account ended.

    Raises:
        Refused: ``actor.role``.
    """
    # 1. Partners: nothing but protection flows, whatever agreements say.
    suspended, revoked = _partners(node, actor, withdrawn)
    # 2. Officers and tokens.
    officers = _officers(node, actor, withdrawn)
    systems = [
        one.name
        for one in service_accounts.listed(node)
        if one.state == "active" and (withdrawn is None or _account(node, withdrawn, one.name, journal.ENDED))
    ]
    for name in systems:
        service_accounts.revoke(node, actor, name)
    # 3. The private search: no seed came back, and no index of a partner.
    now = node.clock()
    probe.close_epochs(node.alias, now - OVERLAP)
    probe.set_floor(node.alias, *numbers_at(now))
    probe.fetch_again(node.alias)
    return TakenBack(suspended, officers, tuple(systems), revoked)


def numbers_at(now: Instant) -> tuple[int, int]:
    """Return the least numbers of an epoch and of an index after a restore at an instant."""
    passed = max(now - COUNTED_FROM, timedelta())
    return passed // timedelta(hours=1) + 2, passed // timedelta(seconds=1) + 2


def _partners(
    node: Node, actor: Actor, withdrawn: Withdrawn | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Suspend and revoke partners; return both lists. One whose card was renewed is suspended: its keys are old here."""
    suspended, revoked = [], []
    for one in all_partners(node):
        if withdrawn is not None and withdrawn.of(one.service, journal.REVOKED):
            if one.state is not PartnerState.REVOKED:
                revoke_partner(node, one.service, actor)
                revoked.append(one.service)
            continue
        if one.state is PartnerState.CONFIRMED and (
            withdrawn is None
            or withdrawn.of(one.service, journal.SUSPENDED)
            or withdrawn.renewed(one.service, _card(node, one.service))
        ):
            suspend_partner(node, one.service, actor)
            suspended.append(one.service)
    return tuple(suspended), tuple(revoked)


def _officers(node: Node, actor: Actor, withdrawn: Withdrawn | None) -> tuple[str, ...]:
    """Close accounts and drop second factors that were reset; return whom it closed."""
    kinds = (journal.CLOSED, journal.CHANGED, journal.RESET)
    closed = []
    for one in accounts.listed(node):
        if withdrawn is not None and _account(node, withdrawn, one.name, journal.RESET):
            accounts.reset_second_factor(node, actor, one.name)
        if one.active and (withdrawn is None or _account(node, withdrawn, one.name, *kinds)):
            accounts.disable(node, actor, one.name)
            closed.append(one.name)
    return tuple(closed)


def _account(node: Node, withdrawn: Withdrawn, name: str, *kinds: str) -> bool:
    return bool(withdrawn.of(journal.account_id(node, name), *kinds))


def _card(node: Node, service: str) -> bytes:
    row = partner_rows.read(node.alias, service)
    return b"" if row is None else row.card
