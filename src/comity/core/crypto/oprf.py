"""Evaluation for the private search: VOPRF (RFC 9497), ristretto255-SHA512, verifiable mode.

Implements docs/protocol/identity.md §4. All sizes are checked here: the library takes short seeds and empty inputs
without a word.
"""

from __future__ import annotations

from collections.abc import Sequence

from voprf import ristretto

from comity.core import canonical
from comity.core.crypto.agent import Evaluation, ProbeKeyId
from comity.errors import PeerError

SEED_BYTES = 32
ELEMENT_BYTES = 32
PROOF_BYTES = 64
OUTPUT_BYTES = 64
MAX_BATCH = 4096
"""Blinded elements in one evaluation; RFC 9497 allows 65,535."""

MAX_TOKEN_BYTES = 65_535


def evaluator(seed: bytes, key: ProbeKeyId) -> ristretto.Evaluator:
    """Return the evaluator of a key: DeriveKeyPair (RFC 9497 §3.2.1) over its seed, bound to its identifier.

    Raises:
        ValueError: the seed has not 32 bytes.
    """
    if len(seed) != SEED_BYTES:
        raise ValueError("the seed of a probe key has 32 bytes")
    return ristretto.Evaluator.from_seed(seed, key_context(key))


def key_context(key: ProbeKeyId) -> bytes:
    """Return the canonical bytes that name a key."""
    return canonical.encode(
        {
            "class": key.key_class.value,
            "epoch": key.epoch,
            "group": key.group.value,
            "partner": key.partner,
            "regime": key.regime.value,
        }
    )


def public_key(holder: ristretto.Evaluator) -> bytes:
    """Return the 32-byte public key."""
    return bytes(holder.public_key.serialize())


def evaluate(holder: ristretto.Evaluator, blinded: Sequence[bytes]) -> Evaluation:
    """Evaluate blinded elements with one proof (BlindEvaluate, RFC 9497 §3.3.2).

    Raises:
        PeerError: ``probe.batch-size``, ``probe.element``.
    """
    return evaluate_read(holder, read(blinded))


def read(blinded: Sequence[bytes]) -> list[ristretto.BlindedInput]:
    """Return blinded elements as the library takes them: points other than the identity, in their one encoding.

    Raises:
        PeerError: ``probe.batch-size``, ``probe.element``.
    """
    if not 1 <= len(blinded) <= MAX_BATCH:
        raise PeerError("probe.batch-size", limit=MAX_BATCH)
    if any(len(element) != ELEMENT_BYTES for element in blinded):
        raise PeerError("probe.element")
    try:
        return [ristretto.BlindedInput.deserialize(element) for element in blinded]
    except ValueError:
        raise PeerError("probe.element") from None


def evaluate_read(holder: ristretto.Evaluator, blinded: Sequence[ristretto.BlindedInput]) -> Evaluation:
    """Evaluate elements that were read, with one proof.

    Raises:
        PeerError: ``probe.element``.
    """
    try:
        batch = holder.evaluate_batch(list(blinded))
    except ValueError:
        raise PeerError("probe.element") from None
    wire = bytes(batch.serialize())
    elements = wire[PROOF_BYTES:]
    parts = tuple(elements[at : at + ELEMENT_BYTES] for at in range(0, len(elements), ELEMENT_BYTES))
    return Evaluation(elements=parts, proof=wire[:PROOF_BYTES])


def evaluate_own(holder: ristretto.Evaluator, tokens: Sequence[bytes]) -> list[bytes]:
    """Return the 64-byte outputs of one's own tokens (Evaluate, RFC 9497 §3.3.1).

    Raises:
        ValueError: a token is empty or longer than 65,535 bytes.
    """
    if any(not 1 <= len(token) <= MAX_TOKEN_BYTES for token in tokens):
        raise ValueError("a token has 1 to 65,535 bytes")
    return [bytes(holder.evaluate_known_input(token)) for token in tokens]
