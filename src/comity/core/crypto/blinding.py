"""The asker's side of the private search: VOPRF client (RFC 9497, ristretto255-SHA512, verifiable mode), and blobs.

Implements docs/protocol/probe.md §4 (blind, finalize) and §6 (blobs). The blinds live in this process only: the
library can neither inject nor export them, so a search that was interrupted is asked anew.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from voprf import ristretto

from comity.core.crypto.agent import Evaluation
from comity.core.crypto.oprf import ELEMENT_BYTES, MAX_TOKEN_BYTES, PROOF_BYTES
from comity.errors import PeerError

_ZERO_NONCE = bytes(12)


@dataclass(frozen=True, slots=True, repr=False)
class Blinded:
    """Blinded tokens, and the blinds that only `finalize` uses."""

    elements: tuple[bytes, ...]
    clients: tuple[ristretto.Client, ...]


def blind(tokens: Sequence[bytes]) -> Blinded:
    """Blind tokens with fresh random blinds (Blind, RFC 9497 §3.3.2).

    Raises:
        ValueError: a token is empty or too long.
    """
    if any(not 1 <= len(token) <= MAX_TOKEN_BYTES for token in tokens):
        raise ValueError("a token has 1 to 65,535 bytes")
    made = [ristretto.Client.blind(token) for token in tokens]
    return Blinded(tuple(bytes(point.serialize()) for _, point in made), tuple(client for client, _ in made))


def finalize(blinded: Blinded, evaluation: Evaluation, public: bytes) -> list[bytes]:
    """Verify the proof against the key and return the 64-byte outputs (Finalize, RFC 9497 §3.3.2).

    Raises:
        PeerError: ``probe.proof``: another key, an altered element or a forged proof. Nothing of the answer is used.
    """
    sizes = {len(element) for element in evaluation.elements}
    if len(evaluation.elements) != len(blinded.elements) or sizes != {ELEMENT_BYTES}:
        raise PeerError("probe.proof")
    if len(evaluation.proof) != PROOF_BYTES:
        raise PeerError("probe.proof")
    wire = evaluation.proof + b"".join(evaluation.elements)
    try:
        batch = ristretto.VerifiableBatchOutput.deserialize(wire)
        key = ristretto.PublicKey.deserialize(public)
        return [bytes(out) for out in ristretto.Client.finalize_batch(list(blinded.clients), batch, key)]
    except ValueError:
        raise PeerError("probe.proof") from None


def record_key(epoch_key: bytes, uid: str, version: int) -> bytes:
    """Return the 16-byte key K of one version of a record in one epoch."""
    return hmac.digest(epoch_key, f"{uid}|{version}".encode(), hashlib.sha256)[:16]


def seal_blob(key: bytes, context: bytes, plaintext: bytes) -> bytes:
    """Seal the blob of a record.

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
