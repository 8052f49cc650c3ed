"""What the rest of the node may ask of the holder of the private keys.

The `keys` process implements it over a Unix socket; `comity.core.crypto.local` implements it in memory for tests and
inside the `keys` process. Whoever calls must already have decided that the act is permitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from comity.core.codes.exchange import PurposeGroup, Regime, ServiceId
from comity.core.crypto.voprf.layout import KeyClass


class TokenType(StrEnum):
    """Allow-list of the ``typ`` header: a signature for one use is never valid for another."""

    CONTENT = "comity-content+jws"
    BATCH = "comity-batch+jws"
    RECEIPT = "comity-receipt+jws"
    CALL = "comity-call+jws"
    RETURN = "comity-return+jws"
    AGREEMENT = "comity-agreement+jws"
    MANIFEST = "comity-manifest+jws"
    CARD = "comity-card+jws"
    PLAN = "comity-plan+jws"
    LETTER = "comity-letter+jws"


@dataclass(frozen=True, slots=True)
class Sealed:
    """What only this service can open: ciphertext, the info that binds its header, and the key it was sealed to."""

    kid: str
    ciphertext: bytes
    info: bytes


@dataclass(frozen=True, slots=True)
class ProbeKeyId:
    """One VOPRF key: per partner, regime, purpose group, epoch and class of tokens."""

    partner: ServiceId
    regime: Regime
    group: PurposeGroup
    epoch: int
    key_class: KeyClass = KeyClass.CONJUNCTION


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A verifiable batch evaluation (RFC 9497 mode 1): 32-byte elements and one 64-byte proof."""

    elements: tuple[bytes, ...]
    proof: bytes


class KeyState(StrEnum):
    """Where a key stands in its life: made, in use, giving way to its successor."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRING = "retiring"


@dataclass(frozen=True, slots=True)
class HeldKeys:
    """One signing key and one sealing key that were made together, public halves only."""

    sign_kid: str
    sign_public: bytes
    seal_kid: str
    seal_public: bytes
    state: KeyState


class KeyAgent(Protocol):
    """The holder of the private keys of one node."""

    def sign(self, regime: Regime, typ: TokenType, payloads: Sequence[bytes]) -> list[str]:
        """Sign payloads as compact JWS (Ed25519, RFC 9864) with the active signing key; order kept."""
        ...

    def sign_note(self, regime: Regime, texts: Sequence[bytes]) -> list[bytes]:
        """Sign texts as C2SP signed notes: raw 64-byte Ed25519 signatures with the active signing key."""
        ...

    def open(self, regime: Regime, sealed: Sequence[Sealed]) -> list[bytes | None]:
        """Open sealed contents; None where the key is unknown or the bytes were altered."""
        ...

    def create_probe_key(self, key: ProbeKeyId) -> bytes:
        """Create (or find) the VOPRF key and return its 32-byte public key."""
        ...

    def evaluate(self, key: ProbeKeyId, blinded: Sequence[bytes]) -> Evaluation:
        """Evaluate blinded 32-byte elements and prove it."""
        ...

    def evaluate_each(self, batches: Sequence[tuple[ProbeKeyId, Sequence[bytes]]]) -> list[Evaluation]:
        """Evaluate batches, each with its key and its proof; order kept, all of them or none."""
        ...

    def evaluate_own(self, key: ProbeKeyId, tokens: Sequence[bytes]) -> list[bytes]:
        """Return the 64-byte outputs for one's own tokens, for the index."""
        ...

    def destroy_probe_key(self, key: ProbeKeyId) -> None:
        """Destroy the key's seed; its outputs can never be computed again."""
        ...

    def held_keys(self, regime: Regime) -> list[HeldKeys]:
        """Return the public halves of all keys of a regime, oldest first."""
        ...

    def sign_as(self, regime: Regime, kid: str, typ: TokenType, payload: bytes) -> str:
        """Sign with a given key, active or not: for the card, which all signing keys sign."""
        ...

    def create_keys(self, regime: Regime) -> HeldKeys:
        """Create the next signing and sealing key (or find those already waiting); they open, but do not sign yet."""
        ...

    def activate_keys(self, regime: Regime) -> HeldKeys:
        """Let the next keys sign; the active ones become retiring and still open."""
        ...

    def destroy_keys(self, regime: Regime, sign_kid: str) -> None:
        """Destroy a retiring signing key and the sealing key made with it."""
        ...

    def derived(self, label: str) -> bytes:
        """Return a 32-byte key derived from the unlock key (labels of `derive.Label`, except the vault's)."""
        ...
