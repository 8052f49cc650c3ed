"""The retrieval table gives back what was put in, and noise for everything else."""

from __future__ import annotations

import secrets

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core.crypto.blob import open_blob, seal_blob
from comity.core.probe.retrieval import build, lookup, padded


@given(st.sets(st.integers(0, 2**64 - 1), max_size=400))
def test_every_key_decodes_to_its_value(chosen: set[int]) -> None:
    keys = np.array(sorted(chosen), dtype="<u8")
    values = np.frombuffer(secrets.token_bytes(16 * len(keys)), dtype="<u8").reshape(-1, 2)
    layout, octets = build(keys, values, padded(len(keys)), secrets.token_bytes)
    cells = np.frombuffer(octets, dtype="<u8").reshape(-1, 2)
    assert len(cells) == layout.cells
    assert (lookup(cells, keys, layout) == values).all()


def test_unknown_keys_decode_to_noise() -> None:
    keys = np.frombuffer(secrets.token_bytes(8 * 5000), dtype="<u8")
    values = np.zeros((5000, 2), dtype="<u8")
    layout, octets = build(keys, values, padded(5000), secrets.token_bytes)
    cells = np.frombuffer(octets, dtype="<u8").reshape(-1, 2)
    strangers = np.frombuffer(secrets.token_bytes(8 * 5000), dtype="<u8")
    found = lookup(cells, strangers, layout).tobytes()
    share = sum(byte.bit_count() for byte in found) / (8 * len(found))
    assert 0.49 < share < 0.51


def test_equal_keys_are_a_bug_of_the_caller() -> None:
    with pytest.raises(ValueError, match="distinct"):
        build(np.array([1, 1], dtype="<u8"), np.zeros((2, 2), dtype="<u8"), 64, secrets.token_bytes)


@given(st.integers(0, 10**7))
def test_sizes_are_padded_to_five_per_cent(count: int) -> None:
    size = padded(count)
    assert size >= max(64, count)
    assert size <= max(64, count * 1.05 + 2)


@given(
    st.binary(min_size=16, max_size=16),
    st.binary(min_size=16, max_size=16),
    st.sampled_from(
        [b"MA|BE|police|serious-crime|1|base|1", b"MA|BE|police|serious-crime|1|base|2", b"MA|FR|x|1"]
    ),
    st.sampled_from(
        [b"MA|BE|police|serious-crime|1|base|1", b"MA|BE|police|serious-crime|1|base|2", b"MA|FR|x|1"]
    ),
)
def test_no_key_and_nonce_seal_two_things(one: bytes, other: bytes, left: bytes, right: bytes) -> None:
    """With equal plaintexts the ciphertexts, hence the key streams, are equal only if key and context are."""
    same = seal_blob(one, left, bytes(24)) == seal_blob(other, right, bytes(24))
    assert same == ((one, left) == (other, right))


def test_a_blob_opens_in_its_own_context_only() -> None:
    key = secrets.token_bytes(16)
    sealed = seal_blob(key, b"one", bytes(24))
    assert open_blob(key, b"one", sealed) == bytes(24)
    assert open_blob(key, b"two", sealed) is None
    assert open_blob(bytes(16), b"one", sealed) is None
