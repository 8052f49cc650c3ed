"""One proof that all elements of a batch were evaluated with the key of a public key (DLEQ, RFC 9497 §2.2).

Implements docs/protocol/probe.md §4.5 and §4.6, step 3. What it stops: a key of one's own for each asker (tagging), an evaluation with no
key, an answer to another batch, two elements changed for one another: the weights bind place and value of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha512

from comity.core.crypto.native.library import library, weighted_sum
from comity.core.crypto.voprf import sodium
from comity.core.crypto.voprf.sodium import Secret
from comity.core.crypto.voprf.suite import PROOF_BYTES, SEED_TAG, scalar_of, sized
from comity.errors import PeerError


def prove(
    key: Secret, public: bytes, blinded: Sequence[bytes], evaluated: Sequence[bytes], nonce: Secret
) -> bytes:
    """Return the proof, challenge and response of 32 bytes each (GenerateProof, RFC 9497 §2.2.1).

    Args:
        key: the private key.
        public: its public key.
        blinded: elements as they came, checked.
        evaluated: their evaluations, in the same order.
        nonce: a fresh random scalar, used for nothing else.

    Raises:
        ValueError: the nonce is zero or the elements are none (a bug of the caller).
    """
    # 1. The composite of the blinded elements; that of the evaluated ones is its multiple by the key.
    weights = _weights(public, blinded, evaluated)
    first = _certain(sodium.weighted_sum(weights, blinded))
    second = _certain(sodium.multiply(key, first))
    # 2. Commitments.
    third, fourth = _certain(sodium.multiply_generator(nonce)), _certain(sodium.multiply(nonce, first))
    # 3. Challenge and response.
    challenge = _challenge(public, first, second, third, fourth)
    product = sodium.times(challenge, key)
    response = sodium.minus(nonce, product)
    product.wipe()
    return challenge + response.revealed()


def verify(public: bytes, blinded: Sequence[bytes], evaluated: Sequence[bytes], proof: bytes) -> None:
    """Check a proof over elements that were checked (VerifyProof, RFC 9497 §2.2.2).

    Everything in it is public, so the compiled library may sum the composites. A fault of the machine there spoils a
    true proof; so where a proof is found wrong, libsodium is asked before the partner is accused.

    Raises:
        PeerError: ``probe.proof``.
    """
    # 1. Two canonical scalars.
    challenge, response = proof[: PROOF_BYTES // 2], proof[PROOF_BYTES // 2 :]
    if len(proof) != PROOF_BYTES or not (sodium.is_scalar(challenge) and sodium.is_scalar(response)):
        raise PeerError("probe.proof")
    weights, native = _weights(public, blinded, evaluated), library()
    # 2. Both composites, and the challenge over them is the one given.
    if native is not None:
        sums = (weighted_sum(native, weights, blinded), weighted_sum(native, weights, evaluated))
        if _holds(public, sums, challenge, response):
            return
    sums = (sodium.weighted_sum(weights, blinded), sodium.weighted_sum(weights, evaluated))
    if not _holds(public, sums, challenge, response):
        raise PeerError("probe.proof")


def _holds(public: bytes, sums: tuple[bytes | None, bytes | None], challenge: bytes, response: bytes) -> bool:
    """Tell whether a challenge is that of the commitments to which the response belongs."""
    first, second = sums
    if first is None or second is None:
        return False
    third = _sum(sodium.multiply_generator(response), sodium.multiply(challenge, public))
    fourth = _sum(sodium.multiply(response, first), sodium.multiply(challenge, second))
    if third is None or fourth is None:
        return False
    return _challenge(public, first, second, third, fourth) == challenge


def _weights(public: bytes, blinded: Sequence[bytes], evaluated: Sequence[bytes]) -> list[bytes]:
    """Return the weight of each element, which binds its place and value (ComputeComposites, RFC 9497 §2.2.1)."""
    seed = sha512(sized(public) + sized(SEED_TAG)).digest()
    return [
        scalar_of(sized(seed) + place.to_bytes(2, "big") + sized(one) + sized(other) + b"Composite")
        for place, (one, other) in enumerate(zip(blinded, evaluated, strict=True))
    ]


def _challenge(public: bytes, *points: bytes) -> bytes:
    return scalar_of(b"".join(map(sized, (public, *points))) + b"Challenge")


def _sum(one: bytes | None, other: bytes | None) -> bytes | None:
    return None if one is None or other is None else sodium.add(one, other)


def _certain(point: bytes | None) -> bytes:
    if point is None:
        raise ValueError("a zero scalar, or no point")
    return point
