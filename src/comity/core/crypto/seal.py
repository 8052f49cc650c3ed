"""Sealing: HPKE (RFC 9180) with X-Wing (ML-KEM-768 + X25519), HKDF-SHA256, AES-256-GCM, one shot.

Implements docs/protocol/identity.md §3. Only the holder of the recipient's key can open; a later quantum computer
does not help. HPKE base mode does not authenticate the sender: sign what is sealed. What must be bound to the
ciphertext (the digest of its header) is passed as `info`.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import mlkem, x25519
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from comity.errors import PeerError

SUITE = "hpke-mlkem768x25519-hkdfsha256-aes256gcm"
"""Name of the suite in cards and agreements."""

MLKEM_PUBLIC_BYTES = 1184
X25519_PUBLIC_BYTES = 32
PUBLIC_BYTES = MLKEM_PUBLIC_BYTES + X25519_PUBLIC_BYTES
MLKEM_SEED_BYTES = 64
X25519_PRIVATE_BYTES = 32
PRIVATE_BYTES = MLKEM_SEED_BYTES + X25519_PRIVATE_BYTES
OVERHEAD_BYTES = 1136
"""Encapsulated key (1,120) and tag (16): how much longer a ciphertext is than its plaintext."""

MAX_INFO_BYTES = 65_536
MAX_PLAINTEXT_BYTES = 4 * 1024 * 1024

_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def seal(public: bytes, info: bytes, plaintext: bytes) -> bytes:
    """Seal a plaintext for the holder of a key.

    Args:
        public: 1,216 bytes: ML-KEM-768 encapsulation key, then X25519 public key.
        info: at most `MAX_INFO_BYTES`; opening succeeds only with the same.
        plaintext: at most `MAX_PLAINTEXT_BYTES`.

    Raises:
        PeerError: ``sealing.key``: the partner's key is unusable.
        ValueError: info or plaintext too large (a bug of the caller).
    """
    if len(info) > MAX_INFO_BYTES or len(plaintext) > MAX_PLAINTEXT_BYTES:
        raise ValueError("info or plaintext too large to seal")
    return _SUITE.encrypt(plaintext, open_public(public), info=info)


def unseal(private: MLKEM768X25519PrivateKey, info: bytes, ciphertext: bytes) -> bytes:
    """Open what was sealed for a key.

    Raises:
        PeerError: ``sealing.altered``: wrong key, wrong info, altered or oversize bytes.
    """
    if (
        len(info) > MAX_INFO_BYTES
        or not OVERHEAD_BYTES <= len(ciphertext) <= MAX_PLAINTEXT_BYTES + OVERHEAD_BYTES
    ):
        raise PeerError("sealing.altered")
    try:
        return _SUITE.decrypt(ciphertext, private, info=info)
    except (InvalidTag, ValueError):
        raise PeerError("sealing.altered") from None


@lru_cache(maxsize=64)
def open_public(public: bytes) -> MLKEM768X25519PublicKey:
    """Return the public key of its 1,216 bytes.

    Raises:
        PeerError: ``sealing.key``.
    """
    if len(public) != PUBLIC_BYTES or public[MLKEM_PUBLIC_BYTES:] == bytes(X25519_PUBLIC_BYTES):
        raise PeerError("sealing.key")
    try:
        return MLKEM768X25519PublicKey(
            mlkem.MLKEM768PublicKey.from_public_bytes(public[:MLKEM_PUBLIC_BYTES]),
            x25519.X25519PublicKey.from_public_bytes(public[MLKEM_PUBLIC_BYTES:]),
        )
    except ValueError:
        raise PeerError("sealing.key") from None


def open_private(private: bytes) -> MLKEM768X25519PrivateKey:
    """Return the private key of its 96 bytes: ML-KEM seed (64), X25519 scalar (32).

    Raises:
        ValueError: not 96 bytes.
    """
    if len(private) != PRIVATE_BYTES:
        raise ValueError("a sealing key has 96 bytes")
    return MLKEM768X25519PrivateKey(
        mlkem.MLKEM768PrivateKey.from_seed_bytes(private[:MLKEM_SEED_BYTES]),
        x25519.X25519PrivateKey.from_private_bytes(private[MLKEM_SEED_BYTES:]),
    )


def public_of(private: bytes) -> bytes:
    """Return the 1,216 public bytes of 96 private bytes."""
    mlkem_key = mlkem.MLKEM768PrivateKey.from_seed_bytes(private[:MLKEM_SEED_BYTES])
    x25519_key = x25519.X25519PrivateKey.from_private_bytes(private[MLKEM_SEED_BYTES:])
    return mlkem_key.public_key().public_bytes_raw() + x25519_key.public_key().public_bytes_raw()
