"""Serves the keys on a Unix socket: one thread a connection, one answer a frame, same user only."""

from __future__ import annotations

import socket
import threading

from comity.errors import NodeError
from comity.keys.holder import VaultKeys
from comity.keys.operations import answer
from comity.transport.frames import FrameError, receive_frame, send_frame
from comity.transport.unix import verify_same_user


def serve(listener: socket.socket, holder: VaultKeys) -> None:
    """Accept connections until the listener is closed."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_converse, args=(connection, holder), daemon=True).start()


def _converse(connection: socket.socket, holder: VaultKeys) -> None:
    with connection:
        try:
            verify_same_user(connection)
            while (frame := receive_frame(connection)) is not None:
                send_frame(connection, *answer(holder, *frame))
        except (OSError, FrameError, NodeError):
            return
