"""The vault: all private keys of a node in one file, wrapped with AES-256-GCM under a key of the unlock key.

Implements docs/protocol/identity.md §5. Replaced as a whole: written beside, flushed to the disk, renamed, and the
folder flushed, so that after any crash either the old or the new keys are there. Imports no Django: only the `keys`
process and the creation of a node read it.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import PurposeGroup, Regime, ServiceId
from comity.core.crypto.agent import KeyState, ProbeKeyId
from comity.core.crypto.cell import NONCE_BYTES, open_cell, seal_cell
from comity.core.crypto.derive import Label, derive
from comity.core.crypto.encoding import from_text, to_text
from comity.core.crypto.local import PairSecret, ProbeSecret, Secrets
from comity.core.crypto.voprf.layout import KeyClass
from comity.errors import ComityError, NodeError

MAGIC = b"comity-vault/1\n"
_CONTEXT = "vault.keys"
_MODE = 0o600


class Vault:
    """The vault of one node.

    Args:
        path: the file.
        root: the unlock key, 32 bytes.
    """

    def __init__(self, path: Path, root: bytes) -> None:
        self._path = path
        self._key = derive(root, Label.VAULT)

    def write(self, secrets_: Secrets) -> None:
        """Replace the content durably.

        Raises:
            NodeError: ``vault.write``.
        """
        sealed = seal_cell(self._key, _CONTEXT, write_secrets(secrets_), secrets.token_bytes(NONCE_BYTES))
        try:
            replace_file(self._path, MAGIC + sealed)
        except OSError:
            raise NodeError("vault.write", file=self._path.name) from None

    def read(self) -> Secrets:
        """Return the content.

        Raises:
            NodeError: ``vault.missing``; ``vault.key`` when the unlock key is not this vault's or the file was altered.
        """
        try:
            octets = self._path.read_bytes()
        except OSError:
            raise NodeError("vault.missing", file=self._path.name) from None
        if not octets.startswith(MAGIC):
            raise NodeError("vault.key", file=self._path.name)
        try:
            return read_secrets(open_cell(self._key, _CONTEXT, octets[len(MAGIC) :]))
        except (ComityError, KeyError, TypeError, ValueError):
            raise NodeError("vault.key", file=self._path.name) from None

    def mark(self) -> tuple[int, int, int]:
        """Return what changes whenever the file is replaced: inode, time of change (ns), size (bytes).

        Raises:
            NodeError: ``vault.missing``.
        """
        try:
            found = self._path.stat()
        except OSError:
            raise NodeError("vault.missing", file=self._path.name) from None
        return found.st_ino, found.st_mtime_ns, found.st_size

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from changing the vault during a read-change-write."""
        with open(self._path.with_suffix(".lock"), "a", opener=_private) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def seal_without_probes(root: bytes, held: Secrets) -> bytes:
    """Return the bytes of a vault with the same keys but without any probe key's seed, which no backup may hold."""
    plain = write_secrets(Secrets(pairs=held.pairs))
    return MAGIC + seal_cell(derive(root, Label.VAULT), _CONTEXT, plain, secrets.token_bytes(NONCE_BYTES))


def replace_file(path: Path, octets: bytes) -> None:
    """Write a file with mode 0600 atomically and durably."""
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE)
    with os.fdopen(handle, "wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_secrets(held: Secrets) -> bytes:
    """Return the plain bytes of the keys, for wrapping."""
    return canonical.encode(
        {
            "pairs": [
                {
                    "regime": pair.regime.value,
                    "seal": to_text(pair.seal),
                    "sign": to_text(pair.sign),
                    "state": pair.state.value,
                }
                for pair in held.pairs
            ],
            "probes": [
                {
                    "class": probe.key.key_class.value,
                    "epoch": probe.key.epoch,
                    "group": probe.key.group.value,
                    "partner": probe.key.partner,
                    "regime": probe.key.regime.value,
                    "seed": to_text(probe.seed),
                }
                for probe in held.probes
            ],
        }
    )


def read_secrets(octets: bytes) -> Secrets:
    """Return the keys of their plain bytes; raises KeyError, TypeError, ValueError or PeerError on any flaw."""
    document: dict[str, Any] = canonical.decode(octets, limit=64 * 1024 * 1024)
    return Secrets(
        pairs=tuple(
            PairSecret(
                Regime(one["regime"]), from_text(one["sign"]), from_text(one["seal"]), KeyState(one["state"])
            )
            for one in document["pairs"]
        ),
        probes=tuple(
            ProbeSecret(
                ProbeKeyId(
                    ServiceId(one["partner"]),
                    Regime(one["regime"]),
                    PurposeGroup(one["group"]),
                    one["epoch"],
                    KeyClass(one["class"]),
                ),
                from_text(one["seed"]),
            )
            for one in document["probes"]
        ),
    )


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, _MODE)
