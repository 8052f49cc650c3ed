"""Starts the keys process and speaks with it."""

from __future__ import annotations

import atexit
import contextlib
import secrets
import subprocess
import sys
from pathlib import Path

from comity.config import Config
from comity.errors import NodeError
from comity.services.custody.unlock import write_key
from comity.transport.keyagent import SocketKeys

SOCKET = "keys.sock"
STOP_SECONDS = 5


class KeysProcess:
    """A running keys process; ends when `stop` is called, or with this process however that ends.

    Args:
        config: of the node.
        root: the unlock key.
        socket: where it listens.

    Raises:
        NodeError: the code it gave for not starting, e.g. ``vault.key``.
    """

    def __init__(self, config: Config, root: bytes, socket: Path) -> None:
        socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        command = [sys.executable, "-m", "comity.keys", "--vault", str(config.vault), "--socket", str(socket)]
        self.socket = socket
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("pipes were asked for")
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(write_key(root).encode("ascii") + b"\n")
            self.process.stdin.flush()
        said = self.process.stdout.readline(128).decode("ascii", "replace").strip()
        self.process.stdout.close()
        if said != "ready":
            self.stop()
            raise NodeError(said or "keys.unreachable")

    def stop(self) -> None:
        """End the process and wait for it."""
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.close()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


_ephemeral: dict[Path, KeysProcess] = {}


def running_keys(config: Config) -> SocketKeys | None:
    """Return the keys of the node's running keys process, None if there is none."""
    keys = SocketKeys(config.run / SOCKET)
    return keys if keys.ping() else None


def ephemeral_keys(config: Config, root: bytes) -> SocketKeys:
    """Start a keys process that lives as long as this one, or find the one already started for this home.

    Raises:
        NodeError: ``vault.key`` and what else keeps it from starting.
    """
    held = _ephemeral.get(config.home)
    if held is None or held.process.poll() is not None:
        held = KeysProcess(config, root, config.run / f"keys-{secrets.token_hex(6)}.sock")
        _ephemeral[config.home] = held
    return SocketKeys(held.socket)


@atexit.register
def stop_ephemeral() -> None:
    """End every keys process that was started for this process alone."""
    while _ephemeral:
        _ephemeral.popitem()[1].stop()
