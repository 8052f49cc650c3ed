"""Unix sockets of the node: private, reachable under any path length, with the other side's user checked."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from comity.errors import NodeError

MAX_PATH_BYTES = 100
"""`sun_path` has 108 bytes; a longer path is reached through a descriptor of its folder."""

_CREDENTIALS = struct.Struct("3i")


@contextmanager
def short_path(path: Path) -> Iterator[str]:
    """Return a name of the socket that fits `sun_path`, valid inside the block."""
    if len(os.fsencode(path)) <= MAX_PATH_BYTES:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def verify_same_user(connection: socket.socket) -> None:
    """Refuse a connection whose other end is another user's.

    Raises:
        NodeError: ``keys.other-user``.
    """
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, user, _ = _CREDENTIALS.unpack(raw)
    if user != os.geteuid():
        raise NodeError("keys.other-user")


def listen_private(path: Path) -> socket.socket:
    """Listen on a new socket with mode 0600, replacing one that a dead process left."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        with short_path(path) as name:
            listener.bind(name)
    finally:
        os.umask(mask)
    listener.listen(64)
    return listener


def connect_private(path: Path, timeout: float) -> socket.socket:
    """Connect to a socket of this user.

    Raises:
        OSError: nobody listens.
        NodeError: ``keys.other-user``.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout)
        with short_path(path) as name:
            connection.connect(name)
        verify_same_user(connection)
    except (OSError, NodeError):
        connection.close()
        raise
    return connection
