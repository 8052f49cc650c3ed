"""What ends, what waits, and whether the clocks agree: the figures behind `comity check`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from comity.core.crypto.agent import KeyState
from comity.core.crypto.certificate import certificate_expiry
from comity.core.identity.card import Card
from comity.core.instant import Instant, read_instant
from comity.services.context import Node
from comity.services.custody.tls import certificate_file, read_certificate
from comity.services.partners.directory import PartnerState, all_partners
from comity.storage import partners
from comity.storage.exchange.status import disputed

CLOCK_SPAN = timedelta(hours=24)


def expiries(node: Node) -> Iterator[tuple[str, Instant]]:
    """Yield what ends, by name: the newest own pair of each regime, the certificates, the partners' newest keys."""
    for regime in node.config.regimes:
        rows = partners.own_keys(node.alias, regime, [KeyState.ACTIVE.value, KeyState.NEXT.value])
        if rows:
            yield f"keys.{regime.value}", max(row.not_after for row in rows)
    if certificate_file(node.config).exists():
        yield "tls/certificate.pem", certificate_expiry(read_certificate(node.config))
    for view in all_partners(node):
        if view.state is PartnerState.CONFIRMED:
            yield f"partner.{view.service}.tls", certificate_expiry(view.card.tls)
            yield from _partner_keys(view.card)


def waiting_cards(node: Node) -> list[str]:
    """Return the partners whose card waits for an administrator's confirmation."""
    views = all_partners(node)
    return [
        f"partner.{view.service}"
        for view in views
        if view.offered is not None or view.state is PartnerState.PENDING
    ]


def late_clock(node: Node) -> int:
    """Return how many of our messages got, in the last 24 hours, a receipt whose time cannot be: a clock is wrong.

    Older ones stay disputed in their cases; of the clocks as they are now they say nothing.
    """
    return len(disputed(node.alias, node.clock() - CLOCK_SPAN))


def _partner_keys(card: Card) -> Iterator[tuple[str, Instant]]:
    for name, keys in card.regimes.items():
        yield f"partner.{card.service}.{name}", max(read_instant(key.not_after) for key in keys.sign)
