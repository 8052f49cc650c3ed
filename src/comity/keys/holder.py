"""The keys of the vault, kept in step with it: another keys process of this node may have changed the file."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from comity.core.crypto.local import LocalKeys, Secrets
from comity.storage.keystore.vault import Vault, seal_without_probes


class VaultKeys:
    """Gives out the keys of a vault, read again whenever the file was replaced.

    Args:
        vault: the file.
        root: the unlock key, 32 bytes.
    """

    def __init__(self, vault: Vault, root: bytes) -> None:
        self._vault = vault
        self._root = root
        self._lock = threading.RLock()
        self._mark = vault.mark()
        self._keys = LocalKeys(vault.read(), secrets.token_bytes, root=root, keep=self._keep)

    def reading(self) -> LocalKeys:
        """Return the keys as the vault holds them now."""
        if self._vault.mark() != self._mark:
            with self._lock:
                self._reload()
        return self._keys

    @contextmanager
    def changing(self) -> Iterator[LocalKeys]:
        """Return the keys for one change; no other thread or process changes the vault meanwhile."""
        with self._lock, self._vault.locked():
            self._reload()
            yield self._keys

    def backup(self) -> bytes:
        """Return the vault without the seeds of probe keys, wrapped as the vault is."""
        with self._lock, self._vault.locked():
            return seal_without_probes(self._root, self._vault.read())

    def _reload(self) -> None:
        mark = self._vault.mark()
        if mark != self._mark:
            self._keys.load(self._vault.read())
            self._mark = mark

    def _keep(self, held: Secrets) -> None:
        self._vault.write(held)
        self._mark = self._vault.mark()
