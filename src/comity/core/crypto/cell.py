"""Seal one value of one database column with AES-256-GCM (NIST SP 800-38D).

- Wire: version (1 byte, 0x01), nonce (12), ciphertext, tag (16).
- The key of a column is HMAC-SHA256(field key, "comity/1 cell " + context), so that the bound of 2^32 random nonces
  counts per column.
- The context (``table.column``) is also the associated data: a value moved to another column does not open. A value
  swapped between two rows of one column does; the evidence log is what shows that.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from comity.errors import NodeError

VERSION = b"\x01"
NONCE_BYTES = 12
TAG_BYTES = 16
KEY_BYTES = 32


def seal_cell(key: bytes, context: str, plaintext: bytes, nonce: bytes) -> bytes:
    """Return the sealed form of a value.

    Args:
        key: field key of the node, 32 bytes.
        context: ``table.column``.
        plaintext: the value.
        nonce: 12 fresh random bytes, never used again.

    Raises:
        ValueError: the key or the nonce has the wrong length.
    """
    if len(nonce) != NONCE_BYTES:
        raise ValueError("a nonce is 12 random bytes")
    return VERSION + nonce + _column(key, context).encrypt(nonce, plaintext, context.encode())


def open_cell(key: bytes, context: str, sealed: bytes) -> bytes:
    """Return the value of a sealed cell.

    Raises:
        NodeError: ``storage.sealed`` when the bytes were altered, moved, or sealed with another key.
    """
    if sealed[:1] != VERSION or len(sealed) < 1 + NONCE_BYTES + TAG_BYTES:
        raise NodeError("storage.sealed", column=context)
    nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return _column(key, context).decrypt(nonce, body, context.encode())
    except InvalidTag:
        raise NodeError("storage.sealed", column=context) from None


@lru_cache(maxsize=512)
def _column(key: bytes, context: str) -> AESGCM:
    if len(key) != KEY_BYTES:
        raise ValueError("a field key is 32 bytes")
    return AESGCM(hmac.new(key, b"comity/1 cell " + context.encode(), hashlib.sha256).digest())
