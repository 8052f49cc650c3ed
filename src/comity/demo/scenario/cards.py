"""Cards of nodes that no administrator set up: made, signed, and confirmed as if both had compared their twelve words."""

from __future__ import annotations

from datetime import timedelta

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.crypto.agent import TokenType
from comity.core.crypto.encoding import to_text
from comity.core.crypto.local import LocalKeys
from comity.core.identity.card import SUITES, Card, PublishedKey, RegimeKeys, sign_card
from comity.core.instant import Instant, write_instant
from comity.demo.scenario.databases import REGIMES, URL
from comity.services.context import Node
from comity.storage import partners

YEAR = timedelta(days=365)


def make_card(
    service: ServiceId, keys: LocalKeys, at: Instant, tls: str, *, sequence: int = 1, demo: bool = True
) -> tuple[Card, bytes]:
    """Return a service's card and its signed bytes.

    Args:
        at: its keys hold from a year before to a year after. tls: certificate, PEM. demo: bears the mark of demonstrations.
    """

    def published(kid: str, public: bytes) -> PublishedKey:
        since, until = write_instant(at - YEAR), write_instant(at + YEAR)
        return PublishedKey(kid=kid, public=to_text(public), not_before=since, not_after=until)

    regimes = {
        regime.value: RegimeKeys(
            sign=tuple(published(h.sign_kid, h.sign_public) for h in keys.held_keys(regime)),
            seal=tuple(published(h.seal_kid, h.seal_public) for h in keys.held_keys(regime)),
        )
        for regime in REGIMES
    }
    card = Card(
        service=service,
        name=service,
        country=service[:2],
        sequence=sequence,
        issued_at=write_instant(at),
        demo=demo,
        endpoint=URL,
        tls=tls,
        suites=SUITES,
        regimes=regimes,
    )

    def sign(regime: Regime, kid: str, payload: bytes) -> str:
        return keys.sign_as(regime, kid, TokenType.CARD, payload)

    return card, sign_card(card, sign)


def introduce(node: Node, card: Card, octets: bytes, at: Instant, *, state: str = "confirmed") -> None:
    """Let a node know another one."""
    row = partners.add(node.alias, card, octets, state, at)
    if state != "pending":
        row.confirmed_at = at
        partners.save(node.alias, row, at)
