"""Bytes as text: base64url without padding (RFC 4648 §5), in one form only.

A text is accepted only if it is exactly what `to_text` writes: no padding, no white space, no stray trailing bits.
Otherwise two different texts would mean the same bytes, and a digest over the text would prove nothing.
"""

from __future__ import annotations

import binascii
import hashlib

from comity.errors import PeerError

KID_LENGTH = 16
"""Hex digits of a key identifier."""

_TO_TEXT, _FROM_TEXT = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")


def to_text(octets: bytes) -> str:
    """Return bytes as base64url without padding."""
    return binascii.b2a_base64(octets, newline=False).translate(_TO_TEXT, b"=").decode("ascii")


def from_text(text: str) -> bytes:
    """Return the bytes of a text that `to_text` wrote.

    Raises:
        PeerError: ``encoding.malformed``.
    """
    try:
        octets = binascii.a2b_base64(text.encode("ascii").translate(_FROM_TEXT) + b"=" * (-len(text) % 4))
    except ValueError:
        raise PeerError("encoding.malformed") from None
    if to_text(octets) != text:
        raise PeerError("encoding.malformed")
    return octets


def key_id(public: bytes) -> str:
    """Return the identifier of a public key: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:KID_LENGTH]
