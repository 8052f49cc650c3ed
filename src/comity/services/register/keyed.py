"""Keyed digests of the register: what stands in the database instead of names, identifiers and contents.

The key is derived from the node's field key; without it a copy of the database cannot be searched by guessing names.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable

from comity.core.codes.exchange import Regime
from comity.core.crypto.derive import Label, derive
from comity.services.context import Node
from comity.storage.fields import field_key

TOKEN_BYTES = 16


class Keyed:
    """Makes the keyed digests of one node."""

    def __init__(self, node: Node) -> None:
        self._key = derive(field_key(node.alias), Label.REGISTER_INDEX)

    def token(self, word: str) -> bytes:
        """Return the 16-byte token of a folded word."""
        return self._mac(b"word", word.encode())[:TOKEN_BYTES]

    def tokens(self, words: Iterable[str]) -> list[bytes]:
        """Return the tokens of folded words, each once."""
        return list(dict.fromkeys(self.token(word) for word in words))

    def source_key(self, regime: Regime, source: str, key: str) -> str:
        """Return the key of one row of one source under one regime, 64 hex digits."""
        return self._mac(b"source", f"{regime.value}\x00{source}\x00{key}".encode()).hex()

    def digest(self, octets: bytes) -> str:
        """Return the digest of a subject's content, 64 hex digits."""
        return self._mac(b"content", octets).hex()

    def _mac(self, use: bytes, octets: bytes) -> bytes:
        return hmac.digest(self._key, use + b"\x00" + octets, "sha256")
