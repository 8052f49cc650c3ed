"""The asker's side as the library `voprf` has it: what our own is compared with."""

from __future__ import annotations

from collections.abc import Sequence

from voprf import ristretto

from comity.core.crypto.agent import Evaluation
from comity.core.crypto.oprf import ELEMENT_BYTES, MAX_BATCH, MAX_TOKEN_BYTES, PROOF_BYTES
from comity.errors import PeerError


class Blinding:
    """The asker's side of one batch: keeps the blinds in this process only, for one `finalize`."""

    def __init__(self, tokens: Sequence[bytes]) -> None:
        """Blind tokens (Blind, RFC 9497 §3.3.1).

        Args:
            tokens: 1 to `MAX_BATCH` tokens of 1 to 65,535 bytes.

        Raises:
            ValueError: a wrong number or size (a bug of the caller).
        """
        if not 1 <= len(tokens) <= MAX_BATCH or any(
            not 1 <= len(token) <= MAX_TOKEN_BYTES for token in tokens
        ):
            raise ValueError("a batch has 1 to 4,096 tokens of 1 to 65,535 bytes")
        pairs = [ristretto.Client.blind(token) for token in tokens]
        self._clients = [client for client, _ in pairs]
        self.elements = tuple(bytes(blinded.serialize()) for _, blinded in pairs)

    def finalize(self, answer: Evaluation, public: bytes) -> list[bytes]:
        """Check the proof and return the 64-byte outputs (Finalize, RFC 9497 §3.3.2); order kept.

        Args:
            answer: of the partner, hostile.
            public: the partner's 32-byte public key, from its signed manifest.

        Raises:
            PeerError: ``probe.batch-size``, ``probe.element``, ``probe.proof``.
        """
        # 1. As many elements as were sent, all of the right size.
        if len(answer.elements) != len(self._clients):
            raise PeerError("probe.batch-size", limit=len(self._clients))
        if len(answer.proof) != PROOF_BYTES or len(public) != ELEMENT_BYTES:
            raise PeerError("probe.element")
        if any(len(element) != ELEMENT_BYTES for element in answer.elements):
            raise PeerError("probe.element")
        # 2. Points of the group, none of them the identity.
        try:
            batch = ristretto.VerifiableBatchOutput.deserialize(answer.proof + b"".join(answer.elements))
            key = ristretto.PublicKey.deserialize(public)
        except ValueError:
            raise PeerError("probe.element") from None
        # 3. One proof over all of them. The library panics, outside `Exception`, where the proof is wrong.
        try:
            outputs = ristretto.Client.finalize_batch(self._clients, batch, key)
        except ValueError:
            raise PeerError("probe.proof") from None
        except BaseException as error:
            if type(error).__name__ != "PanicException":
                raise
            raise PeerError("probe.proof") from None
        return [bytes(output) for output in outputs]
