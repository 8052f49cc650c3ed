"""Puts an agreement's exact bytes into the store, whoever brought them."""

from __future__ import annotations

from collections.abc import Sequence

from comity.core import canonical
from comity.core.agreement.model import Agreement, agreement_hash
from comity.core.agreement.standing import StopKind
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.evidence.event import Bilateral, Event, Internal
from comity.core.instant import Instant, read_instant, write_instant
from comity.errors import Refused
from comity.services.context import Actor, ActorKind, Node
from comity.services.erasures import journal, journal_opened, replays
from comity.services.evidence.record import record
from comity.storage import agreements as rows
from comity.storage.models.agreements import StoredAgreement, StoredStop

STOPPED, RESUMED = "agreement-stopped", "agreement-resumed"


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


def bind_stop(node: Node, row: StoredStop) -> bool:
    """Store a stop, with its line in the journal; False when this party has stopped the agreement so already."""
    if not rows.add_stop(node.alias, row):
        return False
    journal(node, STOPPED, [f"{row.agreement}/{row.kind}/{row.by}/{write_instant(row.at)}"])
    return True


def end_suspension(node: Node, agreement: str, by: ServiceId, until: Instant) -> bool:
    """End the suspension of a party, with its line in the journal; False when there is none, or it began later."""
    if not rows.end_suspension(node.alias, agreement, by, until):
        return False
    journal_opened(node, RESUMED, f"{agreement}/{by}/{write_instant(until)}")
    return True


@replays(STOPPED)
def stop_again(node: Node, names: Sequence[str]) -> None:
    """Stop agreements that a restored backup knew as open; those it does not know are passed over."""
    for name in names:
        agreement, kind, by, since = name.split("/")
        at = read_instant(since)
        known = rows.agreement_row(node.alias, agreement) is not None
        if not known or rows.was_stopped(node.alias, agreement, kind, by, at):
            continue
        row = StoredStop(agreement=agreement, kind=StopKind(kind).value, by=by, at=at, reason=None)
        if rows.add_stop(node.alias, row):
            facts: dict[str, str | int] = {"agreement": agreement, "stop": kind, "party": by}
            record(node, Internal(), Event("agreement.stop-restored", node.clock(), facts))


@replays(RESUMED)
def resume_again(node: Node, names: Sequence[str]) -> None:
    """End suspensions that were ended after the backup; one that began at the same instant or later stays."""
    agreement, by, ended = names[0].split("/")
    until, since = read_instant(ended), rows.suspended_since(node.alias, agreement, by)
    if since is not None and since < until and rows.end_suspension(node.alias, agreement, by, until):
        facts: dict[str, str | int] = {"agreement": agreement, "party": by}
        record(node, Internal(), Event("agreement.resumption-restored", node.clock(), facts))
