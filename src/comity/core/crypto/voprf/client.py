"""The side that asks: blinds inputs with given scalars, checks the proof, unblinds.

Implements docs/protocol/probe.md §4.6, steps 1 to 4. Blinds come from outside (RFC 9497 draws them at random): in a search they derive
from the seed to which the asker is committed, see `seeded`. No step branches on a blind: scalars are multiplied and
inverted by libsodium, or by the compiled library (`native.multiples`), in constant time and never become Python numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

from comity.core.crypto.agent import Evaluation
from comity.core.crypto.native.multiples import multiples
from comity.core.crypto.voprf import proof, sodium
from comity.core.crypto.voprf.sodium import Secret
from comity.core.crypto.voprf.suite import element_of, output_of
from comity.errors import PeerError


def blind(token: bytes, scalar: Secret) -> bytes:
    """Return the 32-byte blinded element of a token (Blind, RFC 9497 §3.3.1).

    Raises:
        ValueError: the token is empty or too long, or the scalar zero.
    """
    found = sodium.multiply(scalar, element_of(token))
    if found is None:
        raise ValueError("a blind of zero")
    return found


def blind_each(tokens: Sequence[bytes], scalars: Sequence[Secret]) -> list[bytes]:
    """Return the blinded elements of tokens, each with its own scalar; as `blind`."""
    elements = []
    for found in multiples(scalars, [element_of(token) for token in tokens]):
        if found is None:
            raise ValueError("a blind of zero")
        elements.append(found)
    return elements


def verify_evaluation(blinded: Sequence[bytes], answer: Evaluation, public: bytes) -> None:
    """Refuse an answer that was not made with the public key, of all of these elements in this order.

    Args:
        blinded: what was sent.
        answer: of the partner, hostile.
        public: the partner's public key, from its signed manifest.

    Raises:
        PeerError: ``probe.batch-size``, ``probe.element``, ``probe.proof``.
    """
    # 1. As many elements as were sent.
    if len(answer.elements) != len(blinded) or not blinded:
        raise PeerError("probe.batch-size", limit=len(blinded))
    # 2. Points of the group, none of them the identity; the key too.
    if not all(map(sodium.is_element, (public, *answer.elements))):
        raise PeerError("probe.element")
    # 3. One proof over all of them.
    proof.verify(public, blinded, answer.elements, answer.proof)


def unblind(tokens: Sequence[bytes], scalars: Sequence[Secret], evaluated: Sequence[bytes]) -> list[bytes]:
    """Return the 64-byte outputs of tokens from their verified evaluations (Finalize, RFC 9497 §3.3.1).

    Raises:
        ValueError: lengths differ, or a blind is zero (a bug of the caller).
    """
    inverted, outputs = inverses(scalars), []
    for token, found in zip(tokens, multiples(inverted, evaluated), strict=True):
        if found is None:
            raise ValueError("no verified element")
        outputs.append(output_of(token, found))
    for scalar in inverted:
        scalar.wipe()
    return outputs


def inverses(scalars: Sequence[Secret]) -> list[Secret]:
    """Return the inverses of scalars at the price of one: all products up to each, then back (P. L. Montgomery 1987).

    Raises:
        ValueError: one of them is zero.
    """
    if not scalars:
        return []
    # 1. Products of the first, of the first two, and so on.
    products = [scalars[0]]
    for scalar in scalars[1:]:
        products.append(sodium.times(products[-1], scalar))
    # 2. The inverse of the whole, from which each one is split off at the end.
    left = sodium.inverse(products[-1])
    found: list[Secret] = []
    for place in range(len(scalars) - 1, 0, -1):
        found.append(sodium.times(left, products[place - 1]))
        left = sodium.times(left, scalars[place])
    found.append(left)
    return found[::-1]
