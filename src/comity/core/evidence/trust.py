"""Which keys of the cards in an export are believed.

Implements docs/protocol/evidence.md §10. Cards follow each other by succession (`core.identity.succession`); a card that
does not follow starts a new chain. With an anchor for a service, only the chains that contain an anchor count, so
that keys invented by whoever made the export count for nothing. Without one, all count, and the reader is shown
the fingerprints to compare.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.identity.card import Card, SignedCard, open_signed_card
from comity.core.identity.fingerprint import fingerprint, same_fingerprint
from comity.core.identity.succession import Succession, succession
from comity.core.instant import Instant, read_instant
from comity.errors import InputError, PeerError

SKEW = timedelta(minutes=5)
"""How far two honest clocks may differ."""


@dataclass(frozen=True, slots=True)
class Anchors:
    """What the reader of an export knows from elsewhere: cards, and fingerprints in words."""

    cards: tuple[bytes, ...] = ()
    fingerprints: tuple[str, ...] = ()

    def holds(self, signed: SignedCard) -> bool:
        """Tell whether a card is one of those known."""
        return signed.octets in self.cards or any(
            same_fingerprint(signed.card, words) for words in self.fingerprints
        )


@dataclass(frozen=True, slots=True)
class Party:
    """A service as an export shows it: its latest card, the words of it, whether the reader knew it."""

    service: ServiceId
    name: str
    words: tuple[str, ...]
    anchored: bool


class Keyring:
    """The believed keys of every service in an export."""

    def __init__(self, octets: Sequence[bytes], anchors: Anchors) -> None:
        """Open the cards and follow their chains.

        Raises:
            InputError: ``evidence.card`` for a card that does not open; ``evidence.anchor`` for an anchor that fits no
                card, or cards of a service whose chain has none of its anchors.
        """
        signed = [_open(one) for one in octets]
        services: dict[ServiceId, list[SignedCard]] = {}
        for one in signed:
            services.setdefault(one.card.service_id, []).append(one)
        self.parties: dict[ServiceId, Party] = {}
        self._cards: dict[ServiceId, list[Card]] = {}
        used = 0
        for service, cards in services.items():
            chains = _chains(sorted(cards, key=lambda one: one.card.sequence))
            found = [chain for chain in chains if any(anchors.holds(one) for one in chain)]
            used += sum(1 for chain in found for one in chain if anchors.holds(one))
            believed = found or chains
            latest = believed[-1][-1].card
            self._cards[service] = [one.card for chain in believed for one in chain]
            self.parties[service] = Party(service, latest.name, tuple(fingerprint(latest)), bool(found))
        if (anchors.cards or anchors.fingerprints) and not used:
            raise InputError("evidence.anchor")

    def keys(self, service: ServiceId, regime: Regime) -> Mapping[str, bytes]:
        """Return the signing keys of a service and regime, by key identifier."""
        found: dict[str, bytes] = {}
        for card in self._cards.get(service, ()):
            held = card.regime_keys(regime)
            found |= {key.kid: key.octets for key in held.sign} if held else {}
        return found

    def held(self, service: ServiceId, regime: Regime, kid: str, at: Instant) -> bool:
        """Tell whether the latest card that names a key lets it hold at an instant, within `SKEW`."""
        for card in reversed(self._cards.get(service, ())):
            held = card.regime_keys(regime)
            for key in held.sign if held else ():
                if key.kid == kid:
                    return read_instant(key.not_before) - SKEW <= at < read_instant(key.not_after) + SKEW
        return False


def _open(octets: bytes) -> SignedCard:
    try:
        return open_signed_card(octets)
    except PeerError as error:
        raise InputError("evidence.card", reason=error.code) from None


def _chains(cards: list[SignedCard]) -> list[list[SignedCard]]:
    chains: list[list[SignedCard]] = []
    for one in cards:
        if chains and _follows(chains[-1][-1].card, one):
            chains[-1].append(one)
        else:
            chains.append([one])
    return chains


def _follows(before: Card, offered: SignedCard) -> bool:
    try:
        return succession(before, offered, offered.card.issued) in (Succession.SAME, Succession.ACCEPTED)
    except PeerError:
        return False
