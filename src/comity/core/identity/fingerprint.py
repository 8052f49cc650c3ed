"""The fingerprint of a card, in words that two people can read to each other.

Implements docs/protocol/identity.md §1.3: the first 128 bits of a SHA-256 over the identity and all signing keys, as
twelve words of the BIP-39 English list (the last carries a checksum of four bits).
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from mnemonic import Mnemonic

from comity.core import canonical
from comity.core.identity.card import Card

WORDS = 12
_DOMAIN = b"comity/1 fingerprint\n"


def fingerprint(card: Card) -> list[str]:
    """Return the twelve words of a card."""
    covered = {
        "country": card.country,
        "demo": card.demo,
        "keys": {name: sorted(key.public for key in keys.sign) for name, keys in card.regimes.items()},
        "service": card.service,
    }
    octets = hashlib.sha256(_DOMAIN + canonical.encode(covered)).digest()[:16]
    return str(_words().to_mnemonic(octets)).split(" ")


def same_fingerprint(card: Card, words: str) -> bool:
    """Tell whether words typed by a person are the card's; case and spacing do not matter."""
    return words.lower().replace("-", " ").replace(",", " ").split() == fingerprint(card)


@lru_cache(maxsize=1)
def _words() -> Mnemonic:
    return Mnemonic("english")
