"""Evaluates one's own tokens for the index, natively where possible (Evaluate, RFC 9497 §3.3.1).

Implements docs/protocol/probe.md §4.1. The compiled library is compared with the one that it replaces before a key is
used and on one token in ten thousand; a difference stops the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import CDLL, create_string_buffer
from hashlib import sha256
from typing import Final

from voprf import ristretto

from comity.core.crypto import oprf
from comity.core.crypto.oprf import OUTPUT_BYTES
from comity.core.crypto.voprf.server import derive_key_pair
from comity.errors import NodeError

TOKEN_BYTES: Final = 32
"""The compiled code takes tokens of this size only, which all of ours have."""

_TRIED: Final = 19
"""Tokens compared before a key is used; no multiple of eight, so that a part of a batch is tried too."""

_SAMPLED: Final = (1 << 32) // 10_000


class OwnTokens:
    """Evaluates tokens of this service with one key.

    Args:
        reference: the evaluator of the library.
        seed: the 32-byte seed of the same key.
        context: what the key is bound to.
        native: the compiled library; None evaluates by the reference alone.

    Raises:
        NodeError: ``probe.native-wrong``: the compiled library computes something else.
    """

    def __init__(
        self, reference: ristretto.Evaluator, seed: bytes, context: bytes, native: CDLL | None
    ) -> None:
        self._reference, self._native = reference, native
        if native is not None:
            self._private = derive_key_pair(seed, context).private
            tried = [sha256(bytes([number])).digest() for number in range(_TRIED)]
            if self._natively(native, tried) != oprf.evaluate_own(reference, tried):
                raise NodeError("probe.native-wrong")

    def evaluate(self, tokens: Sequence[bytes]) -> list[bytes]:
        """Return the 64-byte outputs of tokens, order kept.

        Raises:
            NodeError: ``probe.native-wrong``.
            ValueError: a token is empty or longer than 65,535 bytes.
        """
        if self._native is None or not tokens or any(len(token) != TOKEN_BYTES for token in tokens):
            return oprf.evaluate_own(self._reference, tokens)
        outputs = self._natively(self._native, tokens)
        # The first, and one in ten thousand: tokens are digests, so their first bytes choose at random.
        chosen = [
            at for at, token in enumerate(tokens) if at == 0 or int.from_bytes(token[:4], "big") < _SAMPLED
        ]
        expected = oprf.evaluate_own(self._reference, [tokens[at] for at in chosen])
        if [outputs[at] for at in chosen] != expected:
            raise NodeError("probe.native-wrong")
        return outputs

    def _natively(self, native: CDLL, tokens: Sequence[bytes]) -> list[bytes]:
        made = create_string_buffer(OUTPUT_BYTES * len(tokens))
        if native.comity_evaluate(self._private.buffer, b"".join(tokens), len(tokens), made) != 0:
            raise NodeError("probe.native-wrong")
        octets = bytes(made)
        return [octets[at : at + OUTPUT_BYTES] for at in range(0, len(octets), OUTPUT_BYTES)]
