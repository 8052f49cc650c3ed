"""Bytes as text: base64url without padding (RFC 4648 §5), in one form only.

A text is accepted only if it is exactly what `to_text` writes: no padding, no white space, no stray trailing bits.
Otherwise two different texts would mean the same bytes, and a digest over the text would prove nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

from comity.errors import PeerError

KID_LENGTH = 16
"""Hex digits of a key identifier."""


def to_text(octets: bytes) -> str:
    """Return bytes as base64url without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def from_text(text: str) -> bytes:
    """Return the bytes of a text that `to_text` wrote.

    Raises:
        PeerError: ``encoding.malformed``.
    """
    try:
        octets = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (UnicodeEncodeError, binascii.Error, ValueError):
        raise PeerError("encoding.malformed") from None
    if to_text(octets) != text:
        raise PeerError("encoding.malformed")
    return octets


def key_id(public: bytes) -> str:
    """Return the identifier of a public key: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:KID_LENGTH]
