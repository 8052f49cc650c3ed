"""Canonical JSON: what is signed is exactly what is sent (RFC 8785).

Received JSON is accepted only if it is byte for byte its own canonical form, is not too large or too deep, and
has no duplicate key, so that two nodes cannot read two things in one document.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import rfc8785

from comity.errors import PeerError

MAX_DEPTH = 24
MAX_BYTES = 1_048_576
MAX_INTEGER = 2**53 - 1

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
"""A JSON string, or the rest of the document where it never ends: each quote is looked at once."""

_SIMPLE = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
"""Writes the canonical form of values without fractions and with ASCII names, five times faster."""


def encode(value: Any) -> bytes:
    """Return the canonical bytes of a JSON value.

    Raises:
        ValueError: the value has no canonical form (a bug of the caller).
    """
    if _is_simple(value):
        try:
            return _SIMPLE.encode(value).encode()
        except UnicodeEncodeError as error:
            raise ValueError(str(error)) from None
    if _has_great_float(value):
        raise ValueError("a whole number beyond 2^53 - 1 cannot be read back")
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as error:
        raise ValueError(str(error)) from None


def decode(octets: bytes, *, limit: int = MAX_BYTES, depth: int = MAX_DEPTH) -> Any:
    """Return the JSON value of canonical bytes.

    Args:
        octets: UTF-8 JSON, hostile.
        limit: greatest length in bytes.
        depth: greatest nesting of arrays and objects.

    Raises:
        PeerError: ``json.too-large``, ``json.too-deep``, ``json.malformed``, ``json.duplicate-key``,
            ``json.not-canonical``.
    """
    check_limits(octets, limit=limit, depth=depth)
    try:
        value = json.loads(octets.decode("utf-8"), object_pairs_hook=_pairs, parse_constant=_no_constant)
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise PeerError("json.malformed") from None
    try:
        same = encode(value) == octets
    except (ValueError, RecursionError):
        same = False
    if not same:
        raise PeerError("json.not-canonical")
    return value


def check_limits(octets: bytes, *, limit: int, depth: int) -> None:
    """Refuse canonical bytes of our own that another node would refuse to read.

    Args:
        octets: what `encode` returned.
        limit: greatest length in bytes.
        depth: greatest nesting of arrays and objects.

    Raises:
        PeerError: ``json.too-large``, ``json.too-deep``.
    """
    if len(octets) > limit:
        raise PeerError("json.too-large", limit=limit)
    _check_depth(octets, depth)


def digest(octets: bytes) -> str:
    """Return the SHA-256 of bytes as 64 lower-case hex digits."""
    return hashlib.sha256(octets).hexdigest()


def _is_simple(value: Any) -> bool:
    """Tell whether the standard library's encoder writes the canonical form of a value.

    Fractions have another form there (RFC 8785 §3.2.2.3), and names beyond ASCII another order (§3.2.3).
    """
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int:
        return bool(-MAX_INTEGER <= value <= MAX_INTEGER)
    if kind is dict:
        for name, part in value.items():
            if type(name) is not str or not name.isascii() or not (type(part) is str or _is_simple(part)):
                return False
        return True
    if kind is list or kind is tuple:
        return all(type(part) is str or _is_simple(part) for part in value)
    return isinstance(value, str)


def _has_great_float(value: Any) -> bool:
    """Tell whether a float would be written as a whole number that no reader takes back (RFC 8785 §3.2.2.3)."""
    if isinstance(value, float):
        return value.is_integer() and MAX_INTEGER < abs(value) < 1e21
    if isinstance(value, dict):
        return any(map(_has_great_float, value.values()))
    return isinstance(value, list | tuple) and any(map(_has_great_float, value))


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise PeerError("json.duplicate-key")
    return found


def _no_constant(_: str) -> Any:
    raise PeerError("json.malformed")


def _check_depth(octets: bytes, limit: int) -> None:
    """Refuse deep nesting before a recursive parser sees it (RFC 8259 §9)."""
    if octets.count(b"[") + octets.count(b"{") <= limit:
        return
    level = 0
    for octet in _STRING.sub(b"", octets):
        if octet in b"[{":
            level += 1
            if level > limit:
                raise PeerError("json.too-deep", limit=limit)
        elif octet in b"]}":
            level -= 1
