"""Frames between a process of the node and its keys process: one JSON head and any number of byte strings.

A frame is: length of the rest (4 bytes, big-endian), length of the head (4), the head (JSON), then for each byte
string its length (4) and its bytes. Both ends run under one user on one machine; the limits stop mistakes.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Sequence
from typing import Any

MAX_FRAME_BYTES = 256 * 1024 * 1024

_LENGTH = struct.Struct(">I")


class FrameError(Exception):
    """The connection ended within a frame, or the frame is malformed."""


def send_frame(connection: socket.socket, head: dict[str, Any], blobs: Sequence[bytes] = ()) -> None:
    """Send one frame."""
    text = json.dumps(head, separators=(",", ":")).encode()
    parts = [_LENGTH.pack(len(text)), text]
    for blob in blobs:
        parts += (_LENGTH.pack(len(blob)), blob)
    body = b"".join(parts)
    if len(body) > MAX_FRAME_BYTES:
        raise ValueError("frame too large: send fewer at once")
    connection.sendall(_LENGTH.pack(len(body)) + body)


def receive_frame(connection: socket.socket) -> tuple[dict[str, Any], list[bytes]] | None:
    """Receive one frame; None when the other side ended between two frames.

    Raises:
        FrameError: cut or malformed.
    """
    start = _receive(connection, _LENGTH.size, may_end=True)
    if start is None:
        return None
    (length,) = _LENGTH.unpack(start)
    if length > MAX_FRAME_BYTES:
        raise FrameError
    body = _receive(connection, length, may_end=False) or b""
    parts = _split(body)
    try:
        head = json.loads(parts[0])
    except (ValueError, IndexError):
        raise FrameError from None
    if not isinstance(head, dict):
        raise FrameError
    return head, parts[1:]


def _split(body: bytes) -> list[bytes]:
    parts: list[bytes] = []
    at = 0
    while at < len(body):
        if at + _LENGTH.size > len(body):
            raise FrameError
        (length,) = _LENGTH.unpack_from(body, at)
        at += _LENGTH.size
        if at + length > len(body):
            raise FrameError
        parts.append(body[at : at + length])
        at += length
    return parts


def _receive(connection: socket.socket, length: int, *, may_end: bool) -> bytes | None:
    octets = bytearray()
    while len(octets) < length:
        part = connection.recv(min(length - len(octets), 1 << 20))
        if not part:
            if may_end and not octets:
                return None
            raise FrameError
        octets += part
    return bytes(octets)
