from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import assume, given
from hypothesis import strategies as st

from comity.core.canonical import MAX_DEPTH, decode, digest, encode
from comity.errors import PeerError

SAFE = 2**53 - 1
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
FLOATS = st.floats(allow_nan=False, allow_infinity=False).filter(lambda one: not SAFE < abs(one) < 1e21)
SCALARS = st.none() | st.booleans() | st.integers(-SAFE, SAFE) | FLOATS | TEXT
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_round_trip(value: Any) -> None:
    octets = encode(value)
    assert decode(octets) == value
    assert encode(decode(octets)) == octets


@given(VALUES)
def test_agrees_with_the_library_of_the_rfc(value: Any) -> None:
    assert encode(value) == rfc8785.dumps(value)


@given(st.integers(SAFE + 1, 10**21 - 1).map(float).filter(lambda one: one < 1e21))
def test_float_that_cannot_be_read_back_is_not_written(value: float) -> None:
    with pytest.raises(ValueError, match="cannot be read back"):
        encode({"n": [value]})


@given(st.dictionaries(TEXT, st.integers(-SAFE, SAFE), min_size=2, max_size=6))
def test_order_of_insertion_does_not_matter(value: dict[str, int]) -> None:
    assert encode(dict(reversed(value.items()))) == encode(value)


@given(st.dictionaries(TEXT, st.integers(0, 9), min_size=2, max_size=6))
def test_keys_stand_in_the_order_of_their_utf16_code_units(value: dict[str, int]) -> None:
    """RFC 8785 §3.2.3."""
    keys = list(json.loads(encode(value)))
    assert keys == sorted(keys, key=lambda key: key.encode("utf-16-be"))


@given(VALUES, st.sampled_from([b" ", b"\n", b"\t"]), st.data())
def test_added_blank_is_refused(value: Any, blank: bytes, draw: st.DataObject) -> None:
    octets = encode(value)
    at = draw.draw(st.integers(0, len(octets)))
    changed = octets[:at] + blank + octets[at:]
    try:
        assert decode(changed) != value  # inside a string the blank is a character like any other
    except PeerError as error:
        assert error.code in ("json.not-canonical", "json.malformed")


@given(VALUES, st.data())
def test_altered_byte_never_reads_as_the_same(value: Any, draw: st.DataObject) -> None:
    octets = bytearray(encode(value))
    octets[draw.draw(st.integers(0, len(octets) - 1))] ^= draw.draw(st.integers(1, 255))
    try:
        again = decode(bytes(octets))
    except PeerError as error:
        assert error.code.startswith("json.")
    else:
        assert encode(again) == bytes(octets)
        assert digest(bytes(octets)) != digest(encode(value))


@given(st.binary(max_size=60))
def test_noise_reads_canonically_or_not_at_all(octets: bytes) -> None:
    try:
        value = decode(octets)
    except PeerError as error:
        assert error.code.startswith("json.")
    else:
        assert encode(value) == octets


@given(TEXT, st.integers(0, 9), st.integers(0, 9))
def test_duplicate_key_is_refused(key: str, first: int, second: int) -> None:
    name = encode(key).decode()
    with pytest.raises(PeerError) as caught:
        decode(f"{{{name}:{first},{name}:{second}}}".encode())
    assert caught.value.code == "json.duplicate-key"


@given(st.integers(1, 400), st.sampled_from("[{"))
def test_depth_is_bounded(depth: int, kind: str) -> None:
    octets = (b"[" * depth + b"]" * depth) if kind == "[" else (b'{"a":' * depth + b"1" + b"}" * depth)
    if depth <= MAX_DEPTH:
        assert encode(decode(octets)) == octets
        return
    with pytest.raises(PeerError) as caught:
        decode(octets)
    assert caught.value.code == "json.too-deep"


@given(st.text(st.sampled_from('[]{}"\\a'), max_size=80))
def test_brackets_inside_strings_are_not_depth(text: str) -> None:
    assert decode(encode([text])) == [text]


@given(VALUES, st.integers(1, 40))
def test_size_is_bounded(value: Any, limit: int) -> None:
    octets = encode(value)
    assume(len(octets) > limit)
    with pytest.raises(PeerError) as caught:
        decode(octets, limit=limit)
    assert caught.value.code == "json.too-large"
