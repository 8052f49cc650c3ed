"""One proof that all elements of a batch were evaluated with the key of a public key (DLEQ, RFC 9497 §2.2).

Implements docs/protocol/probe.md §4.5 and §4.6, step 3. What it stops: a key of one's own for each asker (tagging), an evaluation with no
key, an answer to another batch, two elements changed for one another: the weights bind place and value of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha512

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
    [first] = _composites(public, blinded, evaluated, [blinded])
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

    Raises:
        PeerError: ``probe.proof``.
    """
    challenge, response = proof[: PROOF_BYTES // 2], proof[PROOF_BYTES // 2 :]
    # 1. Two canonical scalars.
    if len(proof) != PROOF_BYTES or not (sodium.is_scalar(challenge) and sodium.is_scalar(response)):
        raise PeerError("probe.proof")
    # 2. Both composites.
    first, second = _composites(public, blinded, evaluated, [blinded, evaluated])
    # 3. The commitments that the response belongs to.
    third = _sum(sodium.multiply_generator(response), sodium.multiply(challenge, public))
    fourth = _sum(sodium.multiply(response, first), sodium.multiply(challenge, second))
    # 4. The challenge over them is the one given.
    if third is None or fourth is None or _challenge(public, first, second, third, fourth) != challenge:
        raise PeerError("probe.proof")


def _composites(
    public: bytes, blinded: Sequence[bytes], evaluated: Sequence[bytes], wanted: Sequence[Sequence[bytes]]
) -> list[bytes]:
    """Return weighted sums of elements (ComputeComposites, RFC 9497 §2.2.1)."""
    seed = sha512(sized(public) + sized(SEED_TAG)).digest()
    weights = [
        scalar_of(sized(seed) + place.to_bytes(2, "big") + sized(one) + sized(other) + b"Composite")
        for place, (one, other) in enumerate(zip(blinded, evaluated, strict=True))
    ]
    found = []
    for elements in wanted:
        total: bytes | None = sodium.IDENTITY
        for weight, element in zip(weights, elements, strict=True):
            total = _sum(total, sodium.multiply(weight, element))
        if total is None:
            raise PeerError("probe.proof")
        found.append(total)
    return found


def _challenge(public: bytes, *points: bytes) -> bytes:
    return scalar_of(b"".join(map(sized, (public, *points))) + b"Challenge")


def _sum(one: bytes | None, other: bytes | None) -> bytes | None:
    return None if one is None or other is None else sodium.add(one, other)


def _certain(point: bytes | None) -> bytes:
    if point is None:
        raise ValueError("a zero scalar, or no point")
    return point
