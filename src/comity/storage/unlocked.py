"""Keys that stay in this process's memory while the node is open: they come from the vault, never from a file.

No configuration, environment variable or command line carries them. The process that opens the node sets them before
Django is set up; connections and sealed fields read them at each use.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from comity.errors import NodeError

KEY_BYTES = 32


class KeysByAlias:
    """One key for each database alias, in this process only.

    Args:
        locked: code of the error when a key is asked for that was never set.
    """

    def __init__(self, locked: str) -> None:
        self._locked = locked
        self._held: dict[str, bytes] = {}

    def keep(self, alias: str, key: bytes) -> None:
        """Keep the key of an alias, 32 random bytes.

        Raises:
            ValueError: the key is not 32 bytes, or is all zeros.
        """
        if len(key) != KEY_BYTES or not any(key):
            raise ValueError("a key is 32 random bytes")
        self._held[alias] = bytes(key)

    def of(self, alias: str) -> bytes:
        """Return the key of an alias.

        Raises:
            NodeError: the code given, when it was never set.
        """
        try:
            return self._held[alias]
        except KeyError:
            raise NodeError(self._locked, alias=alias) from None


_database = KeysByAlias("database.locked")
set_database_key = _database.keep
"""Keep the raw key of an alias's encrypted file."""

database_key = _database.of
"""Return the raw key of an alias's encrypted file; NodeError ``database.locked``."""

_process_secret = secrets.token_bytes(KEY_BYTES)


def web_secret(alias: str = "default") -> str:
    """Return what Django signs sessions and forms with: derived from the database key, the same in each process.

    Without an open database it is random, so that nothing signed with it outlives the process.
    """
    try:
        root = database_key(alias)
    except NodeError:
        root = _process_secret
    return hmac.new(root, b"comity/1 web sessions", hashlib.sha256).hexdigest()
