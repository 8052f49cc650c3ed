"""Blobs of the record table of a private index: one key for each version of each record in each index.

Implements docs/protocol/probe.md §6. The nonce is always zero, so no key may ever seal two plaintexts: a property test
shows that the key changes with everything that the plaintext depends on.
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_ZERO_NONCE = bytes(12)


def record_key(epoch_key: bytes, uid: str, version: int, build: bytes) -> bytes:
    """Return the 16-byte key K of one version of a record in one layer of one epoch.

    Args:
        epoch_key: of the epoch.
        uid: identifier of the record.
        version: of the record.
        build: random bytes drawn for each build of a layer, so that neither a build that was killed nor a record that
            leaves an index and comes back ever uses a key twice.
    """
    return hmac.digest(epoch_key, f"{uid}|{version}|".encode() + build, hashlib.sha256)[:16]


def seal_blob(key: bytes, context: bytes, plaintext: bytes) -> bytes:
    """Seal the blob of a record.

    Args:
        key: K and, behind it, F2.
        context: what the key is bound to.
        plaintext: reference and sketch.

    The nonce is zero: the key must be bound to everything that can change the plaintext, which `context` (partner,
    layer, version) and K (record, its version, epoch) do.
    """
    return _cipher(key, context).encrypt(_ZERO_NONCE, plaintext, context)


def open_blob(key: bytes, context: bytes, sealed: bytes) -> bytes | None:
    """Return the plaintext of a blob, or None when the key or the context is another."""
    try:
        return _cipher(key, context).decrypt(_ZERO_NONCE, sealed, context)
    except InvalidTag:
        return None


def _cipher(key: bytes, context: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(
        HKDF(algorithm=SHA256(), length=32, salt=None, info=b"comity/1 probe blob|" + context).derive(key)
    )
