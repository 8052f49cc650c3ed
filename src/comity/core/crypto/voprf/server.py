"""The side that holds the key: derives it, evaluates blinded elements with a proof, evaluates its own tokens.

Implements docs/protocol/probe.md §4.1 and §4.5. The library of `core.crypto.oprf` does the same by default; this one takes the
nonce of the proof from outside, so that vectors can be made, and is its cross-check: the tests compare them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from comity.core.crypto.agent import Evaluation
from comity.core.crypto.voprf import proof, sodium
from comity.core.crypto.voprf.sodium import Secret
from comity.core.crypto.voprf.suite import (
    KEY_TAG,
    MAX_BATCH,
    SEED_BYTES,
    element_of,
    expand_secret,
    output_of,
    sized,
)
from comity.errors import PeerError


@dataclass(frozen=True, slots=True, repr=False)
class KeyPair:
    """A private key with its 32-byte public key."""

    private: Secret
    public: bytes


def derive_key_pair(seed: bytes, context: bytes) -> KeyPair:
    """Return the key pair of a 32-byte seed (DeriveKeyPair, RFC 9497 §3.2.1).

    Raises:
        ValueError: the seed has not 32 bytes.
    """
    if len(seed) != SEED_BYTES:
        raise ValueError("the seed of a probe key has 32 bytes")
    for counter in range(256):
        private = sodium.reduced_secret(expand_secret(KEY_TAG, seed, sized(context), bytes([counter])))
        public = sodium.multiply_generator(private)
        if public is not None:
            return KeyPair(private, public)
    raise ValueError("no key in 256 attempts")


def evaluate(pair: KeyPair, blinded: Sequence[bytes], nonce: Secret) -> Evaluation:
    """Evaluate blinded elements with one proof (BlindEvaluate, RFC 9497 §3.3.2).

    Args:
        pair: the key.
        blinded: 32-byte elements of the partner, hostile.
        nonce: a fresh random scalar for the proof; it is wiped.

    Raises:
        PeerError: ``probe.batch-size``, ``probe.element``.
    """
    # 1. As many as one proof covers, each a point other than the identity.
    check_elements(blinded)
    # 2. Multiples by the key; of an order that is prime, so none is the identity.
    evaluated = []
    for element in blinded:
        found = sodium.multiply(pair.private, element)
        if found is None:
            raise PeerError("probe.element")
        evaluated.append(found)
    # 3. One proof over all of them.
    proved = proof.prove(pair.private, pair.public, blinded, evaluated, nonce)
    nonce.wipe()
    return Evaluation(tuple(evaluated), proved)


def evaluate_own(pair: KeyPair, tokens: Sequence[bytes]) -> list[bytes]:
    """Return the 64-byte outputs of one's own tokens (Evaluate, RFC 9497 §3.3.1).

    Raises:
        ValueError: a token is empty or longer than 65,535 bytes.
    """
    outputs = []
    for token in tokens:
        found = sodium.multiply(pair.private, element_of(token))
        if found is None:
            raise ValueError("no key")
        outputs.append(output_of(token, found))
    return outputs


def check_elements(elements: Sequence[bytes]) -> None:
    """Refuse an empty or too large batch, and bytes that are no canonical point other than the identity.

    Raises:
        PeerError: ``probe.batch-size``, ``probe.element``.
    """
    if not 1 <= len(elements) <= MAX_BATCH:
        raise PeerError("probe.batch-size", limit=MAX_BATCH)
    if not all(map(sodium.is_element, elements)):
        raise PeerError("probe.element")
