"""Signatures: compact JWS (RFC 7515) with Ed25519 (RFC 9864), and raw Ed25519 (RFC 8032) over signed notes.

Implements docs/protocol/identity.md §2. Rules:

- one algorithm, ``Ed25519``; one header form, ``{"alg","kid","typ"}`` in canonical JSON, nothing else;
- ``typ`` must be exactly the type that the caller expects: a signature for one use is never valid for another;
- the key is chosen by ``kid`` among the keys the caller trusts, never taken from the token;
- a note contains a line feed and a JWS signing input never does, so that neither passes for the other.

Attacks stopped: algorithm confusion, ``none``, embedded keys (``jwk``, ``jku``, ``x5u``), unknown critical headers,
detached or unencoded payloads (``b64``), cross-use replay, malleable encodings, keys of small order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from comity.core import canonical
from comity.core.crypto.agent import TokenType
from comity.core.crypto.encoding import KID_LENGTH, from_text, to_text
from comity.errors import PeerError

ALGORITHM = "Ed25519"
PUBLIC_BYTES = 32
SIGNATURE_BYTES = 64
MAX_HEADER_BYTES = 128
MAX_PAYLOAD_BYTES = 4 * 1024 * 1024
MAX_TOKEN_BYTES = MAX_PAYLOAD_BYTES // 3 * 4 + 512

_HEADER_KEYS = {"alg", "kid", "typ"}
_KID = re.compile(rf"^[0-9a-f]{{{KID_LENGTH}}}$")
_SMALL_ORDER = frozenset(
    bytes.fromhex(text)
    for text in (
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    )
)
"""Encodings of the points of small order, sign bit cleared: under such a key one signature fits many texts."""


@dataclass(frozen=True, slots=True)
class VerifiedJws:
    """A payload whose signature was verified, and the key that made it."""

    kid: str
    payload: bytes


def check_public(public: bytes) -> None:
    """Refuse bytes that are not a usable Ed25519 public key.

    Raises:
        PeerError: ``signature.key``.
    """
    if len(public) != PUBLIC_BYTES or public[:31] + bytes([public[31] & 0x7F]) in _SMALL_ORDER:
        raise PeerError("signature.key")


def sign_jws(private: Ed25519PrivateKey, kid: str, typ: TokenType, payload: bytes) -> str:
    """Sign a payload as compact JWS.

    Raises:
        ValueError: the payload is over `MAX_PAYLOAD_BYTES`, or the kid malformed (a bug of the caller).
    """
    if len(payload) > MAX_PAYLOAD_BYTES or not _KID.fullmatch(kid):
        raise ValueError("payload too large or malformed key identifier")
    signed = f"{_write_header(kid, typ)}.{to_text(payload)}"
    return f"{signed}.{to_text(private.sign(signed.encode('ascii')))}"


def verify_jws(token: str, *, typ: TokenType, keys: Mapping[str, bytes]) -> VerifiedJws:
    """Verify a compact JWS and return its payload.

    Args:
        token: hostile text.
        typ: the one use that is accepted here.
        keys: key identifier to raw 32-byte public key; the caller has checked that each is trusted at this time.

    Raises:
        PeerError: ``signature.malformed``, ``signature.algorithm``, ``signature.type``, ``signature.unknown-key``,
            ``signature.key``, ``signature.bad``.
    """
    # 1. Size and form, before anything is decoded.
    if len(token) > MAX_TOKEN_BYTES or not token.isascii():
        raise PeerError("signature.malformed")
    parts = token.split(".")
    if len(parts) != 3:
        raise PeerError("signature.malformed")
    # 2. The header: exactly the three allowed members.
    kid, found = _read_header(parts[0])
    if found != typ.value:
        raise PeerError("signature.type")
    # 3. The parts have one encoding each.
    try:
        payload, signature = from_text(parts[1]), from_text(parts[2])
    except PeerError:
        raise PeerError("signature.malformed") from None
    if len(signature) != SIGNATURE_BYTES:
        raise PeerError("signature.malformed")
    # 4. The key: one that the caller trusts.
    public = keys.get(kid)
    if public is None:
        raise PeerError("signature.unknown-key", kid=kid)
    check_public(public)
    # 5. The signature over header and payload (RFC 7515 §5.2).
    try:
        _opened(public).verify(signature, token[: token.rindex(".")].encode("ascii"))
    except InvalidSignature:
        raise PeerError("signature.bad", kid=kid) from None
    return VerifiedJws(kid, payload)


def unverified_kid(token: str) -> str:
    """Return the key identifier that a token names, before anything is verified; only to look the key up.

    Raises:
        PeerError: ``signature.malformed``, ``signature.algorithm``.
    """
    if len(token) > MAX_TOKEN_BYTES or not token.isascii():
        raise PeerError("signature.malformed")
    return _read_header(token.split(".", 1)[0])[0]


def sign_note(private: Ed25519PrivateKey, text: bytes) -> bytes:
    """Return the raw 64-byte signature of a note's text (C2SP signed-note).

    Raises:
        ValueError: the text does not end in a line feed, which keeps it apart from a JWS.
    """
    if not text.endswith(b"\n"):
        raise ValueError("the text of a note ends in a line feed")
    return private.sign(text)


def verify_note(text: bytes, signature: bytes, public: bytes) -> None:
    """Verify the raw signature of a note's text.

    Raises:
        PeerError: ``signature.malformed``, ``signature.key``, ``signature.bad``.
    """
    if not text.endswith(b"\n") or len(signature) != SIGNATURE_BYTES:
        raise PeerError("signature.malformed")
    check_public(public)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except (InvalidSignature, ValueError):
        raise PeerError("signature.bad") from None


@lru_cache(maxsize=256)
def _write_header(kid: str, typ: TokenType) -> str:
    return to_text(canonical.encode({"alg": ALGORITHM, "kid": kid, "typ": typ.value}))


@lru_cache(maxsize=256)
def _read_header(segment: str) -> tuple[str, str]:
    """Return kid and typ of a header that has exactly the allowed form."""
    if len(segment) > MAX_HEADER_BYTES * 2:
        raise PeerError("signature.malformed")
    try:
        header = canonical.decode(from_text(segment), limit=MAX_HEADER_BYTES, depth=1)
    except PeerError:
        raise PeerError("signature.malformed") from None
    if not isinstance(header, dict) or set(header) != _HEADER_KEYS:
        raise PeerError("signature.malformed")
    if header["alg"] != ALGORITHM:
        raise PeerError("signature.algorithm")
    kid, typ = header["kid"], header["typ"]
    if not isinstance(kid, str) or not isinstance(typ, str) or not _KID.fullmatch(kid):
        raise PeerError("signature.malformed")
    return kid, typ


@lru_cache(maxsize=256)
def _opened(public: bytes) -> Ed25519PublicKey:
    try:
        return Ed25519PublicKey.from_public_bytes(public)
    except ValueError:
        raise PeerError("signature.key") from None
