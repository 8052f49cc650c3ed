"""What the front passes on: one strict form of request, marked with the certificate."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.node.relay import MAX_BODY_BYTES, read_request


def read(octets: bytes) -> tuple[str, str, int] | None:
    return read_request(io.BytesIO(octets))


def test_the_allowed_forms() -> None:
    assert read(b"") is None
    assert read(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n") == ("GET", "/healthz", 0)
    assert read(b"POST /c/1/batch HTTP/1.1\r\nHost: x\r\ncontent-LENGTH: 12\r\n\r\n") == (
        "POST",
        "/c/1/batch",
        12,
    )


@pytest.mark.parametrize(
    "octets",
    [
        b"GET / HTTP/1.0\r\n\r\n",
        b"PUT / HTTP/1.1\r\n\r\n",
        b"GET /?a HTTP/1.1\r\n\r\n",
        b"GET http://x/ HTTP/1.1\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\n\n",
        b"GET / HTTP/1.1\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 1\r\n\r\n",
        b"POST / HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length : 1\r\n\r\n",
        b"POST / HTTP/1.1\r\n Content-Length: 1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1),
        b"POST / HTTP/1.1\r\nA: " + b"x" * 9000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + b"A: x\r\n" * 2000 + b"\r\n",
    ],
)
def test_everything_else_is_refused(octets: bytes) -> None:
    with pytest.raises(ValueError, match="."):
        read(octets)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(octets: bytes) -> None:
    try:
        found = read(octets)
    except ValueError:
        return
    assert found is None or found[0] in ("GET", "POST")
