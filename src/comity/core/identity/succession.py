"""Whether a renewed card may replace the one an administrator confirmed.

Implements docs/protocol/identity.md §1.4. It may, without new confirmation, if the newest signing key of each regime
that still holds in the confirmed card also signed the new one. A retiring key cannot renew: whoever steals it
cannot prolong it. All else needs the fingerprint confirmed again.
"""

from __future__ import annotations

from enum import StrEnum

from comity.core.codes.exchange import Regime
from comity.core.identity.card import Card, SignedCard, newest
from comity.core.instant import Instant
from comity.errors import PeerError


class Succession(StrEnum):
    """What a received card means for the one that is held."""

    SAME = "same"
    ACCEPTED = "accepted"
    NEEDS_CONFIRMATION = "needs-confirmation"


def succession(confirmed: Card, offered: SignedCard, now: Instant) -> Succession:
    """Decide what to do with a card of a service whose card was confirmed before.

    Args:
        confirmed: the card in force.
        offered: its signatures are verified by type.
        now: when it is decided.

    Raises:
        PeerError: ``card.other-service``; ``card.stale`` for an older card, or another one with the same sequence.
    """
    card = offered.card
    # 1. The same service, in the same world.
    if card.service != confirmed.service or card.demo != confirmed.demo:
        raise PeerError("card.other-service")
    # 2. Never backwards.
    if card.octets() == confirmed.octets():
        return Succession.SAME
    if card.sequence <= confirmed.sequence or card.issued < confirmed.issued:
        raise PeerError("card.stale")
    # 3. No regime appears or disappears by itself.
    if set(card.regimes) != set(confirmed.regimes):
        return Succession.NEEDS_CONFIRMATION
    # 4. In each regime, the newest key that still holds signed the new card.
    if all(_vouches(confirmed, card, Regime(name), now) for name in confirmed.regimes):
        return Succession.ACCEPTED
    return Succession.NEEDS_CONFIRMATION


def _vouches(confirmed: Card, card: Card, regime: Regime, now: Instant) -> bool:
    before, after = confirmed.regime_keys(regime), card.regime_keys(regime)
    if before is None or after is None:
        return False
    holding = [key for key in before.sign if key.holds(now)]
    if not holding:
        return False
    voucher = newest(holding)
    return any(key.public == voucher.public for key in after.sign)
