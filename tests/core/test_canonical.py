from __future__ import annotations

import hashlib
from typing import Any

import pytest

from comity.core.canonical import decode, digest, encode
from comity.errors import PeerError

RFC_8785_INPUT = {
    "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": '€$\u000f\nA\'B"\\\\"/',
    "literals": [None, True, False],
}
RFC_8785_OUTPUT = (
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
    '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
)
"""RFC 8785 §3.2.2 and §3.2.4."""

RFC_8785_KEYS = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
"""RFC 8785 §3.2.3: order of the keys by UTF-16 code units, not by code points."""


def test_example_of_the_rfc() -> None:
    assert encode(RFC_8785_INPUT).decode() == RFC_8785_OUTPUT
    assert decode(RFC_8785_OUTPUT.encode()) == RFC_8785_INPUT


def test_order_of_keys_of_the_rfc() -> None:
    assert list(decode(encode(dict.fromkeys(reversed(RFC_8785_KEYS), 1)))) == RFC_8785_KEYS


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"", "json.malformed"),
        (b"nul", "json.malformed"),
        (b"{", "json.malformed"),
        (b"NaN", "json.malformed"),
        (b"[Infinity]", "json.malformed"),
        (b"[-Infinity]", "json.malformed"),
        (b"\xff\xfe", "json.malformed"),
        (b'"\xed\xa0\x80"', "json.malformed"),
        (b'\xef\xbb\xbf{"a":1}', "json.malformed"),
        (b"1" * 5000, "json.malformed"),
        (b'"\\ud800"', "json.not-canonical"),
        (b'{"b":1,"a":1}', "json.not-canonical"),
        (b'{"a": 1}', "json.not-canonical"),
        (b'{"a":1}\n', "json.not-canonical"),
        (b"1.0", "json.not-canonical"),
        (b"-0", "json.not-canonical"),
        (b"1e999", "json.not-canonical"),
        (b"10E1", "json.not-canonical"),
        (b"9007199254740993", "json.not-canonical"),
        (b'"\\u0041"', "json.not-canonical"),
        (b'"\\/"', "json.not-canonical"),
        (b'{"a":1,"a":1}', "json.duplicate-key"),
        (b'{"a":{"b":1,"\\u0062":2}}', "json.duplicate-key"),
        (b"[" * 100_000, "json.too-deep"),
        (b'{"a":' * 100_000, "json.too-deep"),
    ],
)
def test_hostile_documents(octets: bytes, code: str) -> None:
    with pytest.raises(PeerError) as caught:
        decode(octets)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 2**53, {1: "a"}, {"a": b"x"}, "\ud800", object()]
)
def test_what_has_no_canonical_form_is_a_bug(value: Any) -> None:
    with pytest.raises(ValueError, match=r".*"):
        encode(value)


@pytest.mark.parametrize("octets", [b'"\\"' * 300_000, b'"' * 900_000, b'"\\' * 400_000 + b"[" * 100])
def test_hostile_quotes_are_read_in_linear_time(octets: bytes) -> None:
    with pytest.raises(PeerError) as caught:
        decode(octets + b"[" * 30)
    assert caught.value.code in ("json.malformed", "json.too-deep")


def test_digest_is_sha_256() -> None:
    assert digest(b"abc") == hashlib.sha256(b"abc").hexdigest()
