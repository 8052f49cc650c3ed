"""`KeyAgent` over the socket of the `keys` process; used by every other process of the node.

Implements docs/protocol/identity.md §5. One connection a thread, made again when the keys process was restarted: all
operations may be repeated. Any number of payloads goes in one round trip.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from comity.core.codes.exchange import Regime
from comity.core.crypto.agent import Evaluation, HeldKeys, KeyState, ProbeKeyId, Sealed, TokenType
from comity.errors import ComityError, InputError, NodeError, PeerError
from comity.transport.frames import FrameError, receive_frame, send_frame
from comity.transport.unix import connect_private

TIMEOUT_SECONDS = 60.0
_CHUNK = 4096
_FAULTS: dict[str, type[ComityError]] = {"peer": PeerError, "input": InputError, "node": NodeError}


class SocketKeys:
    """The keys of a node, held by another process.

    Args:
        path: its socket.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()

    def ping(self) -> bool:
        """Tell whether the keys process answers."""
        try:
            self._call({"op": "ping"})
        except NodeError:
            return False
        return True

    def sign(self, regime: Regime, typ: TokenType, payloads: Sequence[bytes]) -> list[str]:
        """Sign payloads as compact JWS with the active key; order kept."""
        head = {"op": "sign", "regime": regime.value, "typ": typ.value}
        return [token.decode("ascii") for token in self._many(head, payloads)]

    def sign_note(self, regime: Regime, texts: Sequence[bytes]) -> list[bytes]:
        """Sign the texts of notes with the active key."""
        return self._many({"op": "sign_note", "regime": regime.value}, texts)

    def open(self, regime: Regime, sealed: Sequence[Sealed]) -> list[bytes | None]:
        """Open sealed contents; None where the key is unknown or the bytes were altered."""
        head = {"op": "open", "regime": regime.value, "kids": [one.kid for one in sealed]}
        answer, blobs = self._call(head, [part for one in sealed for part in (one.ciphertext, one.info)])
        return [blob if good else None for good, blob in zip(answer["good"], blobs, strict=True)]

    def create_probe_key(self, key: ProbeKeyId) -> bytes:
        """Create (or find) a probe key; its public key."""
        return self._call({"op": "create_probe_key", "key": write_key(key)})[1][0]

    def evaluate(self, key: ProbeKeyId, blinded: Sequence[bytes]) -> Evaluation:
        """Evaluate blinded elements and prove it."""
        return self.evaluate_each([(key, blinded)])[0]

    def evaluate_each(self, batches: Sequence[tuple[ProbeKeyId, Sequence[bytes]]]) -> list[Evaluation]:
        """Evaluate batches, each with its key and its proof, in one round trip."""
        sizes = [len(blinded) for _, blinded in batches]
        head = {"op": "evaluate", "keys": [write_key(key) for key, _ in batches], "sizes": sizes}
        answers = iter(self._call(head, [element for _, blinded in batches for element in blinded])[1])
        return [Evaluation(proof=next(answers), elements=tuple(islice(answers, size))) for size in sizes]

    def evaluate_own(self, key: ProbeKeyId, tokens: Sequence[bytes]) -> list[bytes]:
        """Return the 64-byte outputs for one's own tokens."""
        return self._many({"op": "evaluate_own", "key": write_key(key)}, tokens)

    def destroy_probe_key(self, key: ProbeKeyId) -> None:
        """Destroy a probe key."""
        self._call({"op": "destroy_probe_key", "key": write_key(key)})

    def held_keys(self, regime: Regime) -> list[HeldKeys]:
        """Return the public halves of all pairs of a regime, oldest first."""
        return _read_held(*self._call({"op": "held_keys", "regime": regime.value}))

    def sign_as(self, regime: Regime, kid: str, typ: TokenType, payload: bytes) -> str:
        """Sign with a given key of the regime."""
        head = {"op": "sign_as", "regime": regime.value, "kid": kid, "typ": typ.value}
        return self._call(head, [payload])[1][0].decode("ascii")

    def create_keys(self, regime: Regime) -> HeldKeys:
        """Create the next pair of a regime, or find the one that waits."""
        return _read_held(*self._call({"op": "create_keys", "regime": regime.value}))[0]

    def activate_keys(self, regime: Regime) -> HeldKeys:
        """Let the waiting pair sign."""
        return _read_held(*self._call({"op": "activate_keys", "regime": regime.value}))[0]

    def destroy_keys(self, regime: Regime, sign_kid: str) -> None:
        """Destroy a retiring pair."""
        self._call({"op": "destroy_keys", "regime": regime.value, "kid": sign_kid})

    def derived(self, label: str) -> bytes:
        """Return a 32-byte key derived from the unlock key."""
        return self._call({"op": "derived", "label": label})[1][0]

    def backup_vault(self) -> bytes:
        """Return the vault for a backup: wrapped as ever, without the seeds of probe keys."""
        return self._call({"op": "backup_vault"})[1][0]

    def _many(self, head: dict[str, Any], blobs: Sequence[bytes]) -> list[bytes]:
        answers: list[bytes] = []
        for at in range(0, len(blobs), _CHUNK):
            answers += self._call(head, blobs[at : at + _CHUNK])[1]
        return answers

    def _call(self, head: dict[str, Any], blobs: Sequence[bytes] = ()) -> tuple[dict[str, Any], list[bytes]]:
        answer = self._exchange(head, blobs)
        if answer is None:
            self._forget()
            answer = self._exchange(head, blobs)
        if answer is None:
            self._forget()
            raise NodeError("keys.unreachable")
        found, parts = answer
        if "error" in found:
            raise _FAULTS.get(found["fault"], NodeError)(found["error"], **found["facts"])
        return found, parts

    def _exchange(
        self, head: dict[str, Any], blobs: Sequence[bytes]
    ) -> tuple[dict[str, Any], list[bytes]] | None:
        try:
            connection = self._connection()
            send_frame(connection, head, blobs)
            return receive_frame(connection)
        except (OSError, FrameError):
            return None

    def _connection(self) -> socket.socket:
        """Return this thread's connection; a child process never uses its parent's."""
        held: _Link | None = getattr(self._local, "held", None)
        if held is None or held.pid != os.getpid():
            held = self._local.held = _Link(connect_private(self._path, TIMEOUT_SECONDS))
        return held.connection

    def _forget(self) -> None:
        self._local.held = None


class _Link:
    """A connection that is closed when its thread ends or forgets it."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection, self.pid = connection, os.getpid()

    def __del__(self) -> None:
        self.connection.close()


def write_key(key: ProbeKeyId) -> list[str | int]:
    """Return the form of a probe key's identifier in a frame."""
    return [key.partner, key.regime.value, key.group.value, key.epoch, key.key_class.value]


def _read_held(head: dict[str, Any], blobs: list[bytes]) -> list[HeldKeys]:
    return [
        HeldKeys(sign_kid, blobs[2 * at], seal_kid, blobs[2 * at + 1], KeyState(state))
        for at, (sign_kid, seal_kid, state) in enumerate(head["held"])
    ]
