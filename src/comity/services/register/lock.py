"""One import at a time in a home: a file lock that the system gives back when the process ends, however it ends."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from comity.errors import Refused
from comity.services.context import Node

FILE_NAME = "register-import.lock"


@contextmanager
def alone(node: Node) -> Iterator[None]:
    """Hold the lock of the node's home during the block.

    Raises:
        Refused: ``register.busy`` while another process imports.
    """
    node.config.run.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (node.config.run / FILE_NAME).open("wb") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused("register.busy") from None
        yield


def busy(node: Node) -> bool:
    """Tell whether a process imports at this moment."""
    try:
        with alone(node):
            return False
    except Refused:
        return True
