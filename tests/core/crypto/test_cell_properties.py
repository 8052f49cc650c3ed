from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from comity.core.crypto.cell import open_cell, seal_cell
from comity.errors import NodeError

KEYS = st.binary(min_size=32, max_size=32)
NONCES = st.binary(min_size=12, max_size=12)


@given(KEYS, st.binary(max_size=200), NONCES)
def test_round_trip(key: bytes, plaintext: bytes, nonce: bytes) -> None:
    sealed = seal_cell(key, "t.c", plaintext, nonce)
    assert open_cell(key, "t.c", sealed) == plaintext
    assert len(sealed) == len(plaintext) + 29


@given(KEYS, st.binary(max_size=40), NONCES, st.data())
def test_any_altered_byte_is_refused(key: bytes, plaintext: bytes, nonce: bytes, draw: st.DataObject) -> None:
    sealed = bytearray(seal_cell(key, "t.c", plaintext, nonce))
    sealed[draw.draw(st.integers(0, len(sealed) - 1))] ^= draw.draw(st.integers(1, 255))
    with pytest.raises(NodeError, match="storage.sealed"):
        open_cell(key, "t.c", bytes(sealed))


@given(KEYS, NONCES, st.integers(0, 40))
def test_truncated_is_refused(key: bytes, nonce: bytes, kept: int) -> None:
    with pytest.raises(NodeError, match="storage.sealed"):
        open_cell(key, "t.c", seal_cell(key, "t.c", b"twelve bytes", nonce)[:kept])


def test_another_column_or_key_does_not_open() -> None:
    sealed = seal_cell(b"k" * 32, "t.c", b"x", b"n" * 12)
    for key, context in ((b"k" * 32, "t.d"), (b"l" * 32, "t.c")):
        with pytest.raises(NodeError, match="storage.sealed"):
            open_cell(key, context, sealed)


def test_is_aes_256_gcm_under_the_derived_key() -> None:
    """Independent reading of the wire form: version, nonce, AES-256-GCM with the context as associated data."""
    import hashlib
    import hmac

    sealed = seal_cell(b"k" * 32, "t.c", b"value", b"n" * 12)
    derived = hmac.new(b"k" * 32, b"comity/1 cell t.c", hashlib.sha256).digest()
    assert sealed[:13] == b"\x01" + b"n" * 12
    assert AESGCM(derived).decrypt(b"n" * 12, sealed[13:], b"t.c") == b"value"


@pytest.mark.parametrize(("key", "nonce"), [(b"k" * 31, b"n" * 12), (b"k" * 32, b"n" * 11)])
def test_wrong_lengths_are_bugs(key: bytes, nonce: bytes) -> None:
    with pytest.raises(ValueError, match="bytes"):
        seal_cell(key, "t.c", b"", nonce)
