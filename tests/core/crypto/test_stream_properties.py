"""Sealed streams: round trip, and any change of a chunk or of their order is noticed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core.crypto.stream import CHUNK_BYTES, open_stream, seal_stream
from comity.errors import InputError

KEY, SALT = b"k" * 32, b"s" * 32
sizes = st.sampled_from([0, 1, 100, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])


def _seal(plain: bytes, block: int = 10_000) -> list[bytes]:
    blocks = (plain[at : at + block] for at in range(0, len(plain), block))
    return list(seal_stream(KEY, SALT, b"test", blocks))


@given(sizes, st.sampled_from([1000, 70_000, 200_000]))
def test_round_trip_whatever_the_blocks(size: int, block: int) -> None:
    plain = bytes(size)
    sealed = _seal(plain, block)
    assert b"".join(open_stream(KEY, SALT, b"test", sealed)) == plain
    assert [len(chunk) for chunk in sealed[:-1]] == [CHUNK_BYTES + 16] * (len(sealed) - 1)


@given(sizes, st.data())
def test_any_change_is_noticed(size: int, data: st.DataObject) -> None:
    sealed = _seal(bytes(size))
    at = data.draw(st.integers(0, len(sealed) - 1))
    act = data.draw(st.sampled_from(["flip", "drop", "repeat", "swap"]))
    if act == "flip":
        where = data.draw(st.integers(0, len(sealed[at]) - 1))
        changed = bytearray(sealed[at])
        changed[where] ^= 1
        sealed[at] = bytes(changed)
    elif act == "drop":
        del sealed[at]
    elif act == "repeat":
        sealed.insert(at, sealed[at])
    else:
        sealed = [*sealed[1:], sealed[0]] if len(sealed) > 1 else []
    with pytest.raises(InputError, match=r"stream\.altered"):
        list(open_stream(KEY, SALT, b"test", sealed))


def test_other_key_salt_or_context() -> None:
    sealed = _seal(b"plain")
    for key, salt, context in ((b"x" * 32, SALT, b"test"), (KEY, b"x" * 32, b"test"), (KEY, SALT, b"other")):
        with pytest.raises(InputError):
            list(open_stream(key, salt, context, sealed))
    with pytest.raises(ValueError, match="32"):
        list(seal_stream(b"short", SALT, b"", [b""]))
