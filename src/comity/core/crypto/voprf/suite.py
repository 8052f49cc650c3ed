"""The suite ristretto255-SHA512 of RFC 9497 in verifiable mode: its constants, hashes to the group and to scalars.

Implements docs/protocol/probe.md §4.1, suite ``voprf-ristretto255-sha512``. Everything here is public; the secret
counterparts of these hashes stand beside what they are for.
"""

from __future__ import annotations

import hashlib
from typing import Final

from comity.core.crypto.voprf import sodium
from comity.core.crypto.voprf.sodium import WIDE_BYTES

SEED_BYTES: Final = 32
PROOF_BYTES: Final = 64
OUTPUT_BYTES: Final = 64
MAX_BATCH: Final = 4096
"""Elements under one proof; RFC 9497 allows 65,535."""

MAX_INPUT_BYTES: Final = 65_535

CONTEXT: Final = b"OPRFV1-\x01-ristretto255-SHA512"
"""contextString for mode 0x01 (RFC 9497 §3.1, §4.1)."""

GROUP_TAG: Final = b"HashToGroup-" + CONTEXT
SCALAR_TAG: Final = b"HashToScalar-" + CONTEXT
KEY_TAG: Final = b"DeriveKeyPair" + CONTEXT
SEED_TAG: Final = b"Seed-" + CONTEXT

_BLOCK: Final = bytes(128)


def element_of(octets: bytes) -> bytes:
    """Return the point of an input (HashToGroup, RFC 9497 §4.1).

    Raises:
        ValueError: empty or longer than 65,535 bytes, or of no use: it maps to the identity.
    """
    if not 1 <= len(octets) <= MAX_INPUT_BYTES:
        raise ValueError("an input has 1 to 65,535 bytes")
    point = sodium.from_uniform(expand(octets, GROUP_TAG))
    if point == sodium.IDENTITY:
        raise ValueError("an input that maps to the identity")
    return point


def scalar_of(octets: bytes) -> bytes:
    """Return the scalar of a public transcript (HashToScalar, RFC 9497 §4.1)."""
    return sodium.reduced(expand(octets, SCALAR_TAG))


def expand(octets: bytes, tag: bytes) -> bytes:
    """Return 64 uniform bytes (expand_message_xmd with SHA-512, RFC 9380 §5.3.1, one block)."""
    ending = suffix(tag)
    first = hashlib.sha512(_BLOCK + octets + WIDE_BYTES.to_bytes(2, "big") + b"\0" + ending).digest()
    return hashlib.sha512(first + b"\1" + ending).digest()


def expand_secret(tag: bytes, *parts: bytes | sodium.Buffer) -> sodium.Buffer:
    """Return `expand` of secret parts, in a buffer that the caller wipes."""
    ending = suffix(tag)
    first = sodium.digest_secret(_BLOCK, *parts, WIDE_BYTES.to_bytes(2, "big") + b"\0" + ending)
    found = sodium.digest_secret(first, b"\1" + ending)
    sodium.wipe(first)
    return found


def suffix(tag: bytes) -> bytes:
    """Return DST_prime (RFC 9380 §5.3.1)."""
    return tag + bytes([len(tag)])


def sized(octets: bytes) -> bytes:
    """Return bytes preceded by their length in two bytes."""
    return len(octets).to_bytes(2, "big") + octets


def output_of(octets: bytes, element: bytes) -> bytes:
    """Return the 64-byte output of an input and its unblinded element (RFC 9497 §3.3.1, last step)."""
    return hashlib.sha512(sized(octets) + sized(element) + b"Finalize").digest()
