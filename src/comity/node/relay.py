"""Passes the requests of one partner's connection on, each with the digest of its certificate.

Implements docs/protocol/identity.md §6.2. The head of a request is read strictly and written anew, so that what is
behind cannot read it in another way: a method and a plain path, at most one length, no chunks, nothing else of the
client's own headers.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable
from typing import BinaryIO

CLIENT_HEADER = "X-Comity-Client"
"""Digest of the client's certificate; only the front can set it."""

SILENCE_SECONDS = 60.0
MAX_HEAD_BYTES = 8192
MAX_BODY_BYTES = 8 * 1024 * 1024
CHUNK = 1 << 16

_REQUEST = re.compile(rb"(GET|POST) (/[A-Za-z0-9/._-]{0,200}) HTTP/1\.1\r\n")
_LENGTH = re.compile(rb"[0-9]{1,10}")
_FORBIDDEN = frozenset({b"transfer-encoding", b"upgrade", b"expect", b"trailer"})


def relay(client: ssl.SSLSocket, server: socket.socket, share: str, trusted: Callable[[], bool]) -> None:
    """Carry requests and answers until one side ends, is silent for `SILENCE_SECONDS`, or sends what is not allowed.

    Args:
        client: the partner's connection.
        server: the way to what is behind.
        share: digest of the client's certificate, hex.
        trusted: whether that certificate still counts; asked before each request is passed on.
    """
    client.settimeout(SILENCE_SECONDS)
    server.settimeout(SILENCE_SECONDS)
    with client.makefile("rb") as asked, server.makefile("rb") as answered:
        while True:
            request = read_request(asked)
            if request is None or not trusted():
                return
            method, path, length = request
            head = f"{method} {path} HTTP/1.1\r\nHost: node\r\n{CLIENT_HEADER}: {share}\r\n"
            if method == "POST":
                head += f"Content-Type: application/octet-stream\r\nContent-Length: {length}\r\n"
            server.sendall(head.encode("ascii") + b"\r\n")
            _carry(asked, server, length)
            _answer(answered, client)


def read_request(reader: BinaryIO) -> tuple[str, str, int] | None:
    """Return method, path and length of the body of the next request; None at the end.

    Raises:
        ValueError: not in the one form that is allowed.
    """
    line = reader.readline(MAX_HEAD_BYTES)
    if not line:
        return None
    found = _REQUEST.fullmatch(line)
    if found is None:
        raise ValueError("request line")
    length = _length(reader)
    if length is None and found[1] == b"POST":
        raise ValueError("length")
    if (length or 0) > (MAX_BODY_BYTES if found[1] == b"POST" else 0):
        raise ValueError("length")
    return found[1].decode("ascii"), found[2].decode("ascii"), length or 0


def _length(reader: BinaryIO) -> int | None:
    """Read the headers and return the stated length."""
    left, length = MAX_HEAD_BYTES, None
    while (line := reader.readline(left)) != b"\r\n":
        left -= len(line)
        name, colon, value = line.partition(b":")
        name = name.lower()
        if left <= 0 or not colon or not line.endswith(b"\r\n") or name.strip() != name or name in _FORBIDDEN:
            raise ValueError("headers")
        if name == b"content-length":
            if length is not None or not _LENGTH.fullmatch(value.strip()):
                raise ValueError("length")
            length = int(value)
    return length


def _answer(reader: BinaryIO, client: ssl.SSLSocket) -> None:
    """Pass one answer of the server behind on; it states its length."""
    status = reader.readline(MAX_HEAD_BYTES)
    head, length = [status], 0
    while True:
        line = reader.readline(MAX_HEAD_BYTES)
        head.append(line)
        if line in (b"\r\n", b""):
            break
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":", 1)[1])
    client.sendall(b"".join(head))
    _carry(reader, client, length)
    if not status.startswith(b"HTTP/1.1 ") or line == b"":
        raise ValueError("answer")


def _carry(source: BinaryIO, target: socket.socket, length: int) -> None:
    left = length
    while left:
        octets = source.read1(min(left, CHUNK))  # type: ignore[attr-defined]  # a buffered reader has it
        if not octets:
            raise ValueError("cut")
        target.sendall(octets)
        left -= len(octets)
