"""What the worker does for the private search: publish what changed, fetch what was announced, forget old answers."""

from __future__ import annotations

from datetime import timedelta

from comity.core.codes.exchange import PurposeGroup, Regime, ServiceId
from comity.errors import DeliveryError, PeerError, Refused
from comity.services.agreements.standing import in_force
from comity.services.context import Node
from comity.services.partners.directory import PartnerState, all_partners
from comity.services.probe.index import publish
from comity.services.probe.replica import fetch, waiting
from comity.storage import probe as rows
from comity.storage.transaction import atomic
from comity.transport.channel import Channels

ANSWERS_KEPT = timedelta(days=2)
"""How long an answer can be fetched again; it holds elements only, and says nothing about anybody."""


_seen: dict[tuple[str, str, str, str], object] = {}
"""What each scope looked like when it was last published or found unchanged, in this process."""


def publish_due(node: Node, channels: Channels) -> int:
    """Publish every index that an agreement permits and whose register has changed; the number published.

    Looked at again when a subject or the agreements changed, and once a day, since people come of age and retention
    ends.
    """
    del channels
    done = 0
    mark = (rows.register_mark(node.alias), node.clock().date())
    for regime in node.config.regimes:
        for view in all_partners(node):
            if view.state is not PartnerState.CONFIRMED:
                continue
            agreements = tuple(standing.hash for standing in in_force(node, view.service, regime))
            for group in PurposeGroup:
                scope = (str(node.config.home), view.service, regime.value, group.value)
                if not agreements or _seen.get(scope) == (mark, agreements):
                    continue
                published = _publish(node, view.service, regime, group)
                if published is not None:
                    done += published
                    _seen[scope] = (mark, agreements)
    return done


def fetch_due(node: Node, channels: Channels) -> int:
    """Fetch the indexes that partners announced; the number fetched. What fails is tried again next time."""
    done = 0
    for partner, regime, group in waiting(node):
        try:
            fetch(node, channels, partner, regime, group)
        except (DeliveryError, PeerError, Refused):
            continue
        done += 1
    return done


def forget_answers(node: Node, channels: Channels) -> int:
    """Forget answers that nobody will fetch again; the number forgotten. The counts stay."""
    del channels
    with atomic(node.alias):
        return rows.forget_answers(node.alias, node.clock() - ANSWERS_KEPT)


def _publish(node: Node, partner: ServiceId, regime: Regime, group: PurposeGroup) -> int | None:
    """Return whether a new index was published, as a number; None when it was refused, to be tried again."""
    try:
        return int(publish(node, partner, regime, group).new)
    except (Refused, PeerError):
        return None
