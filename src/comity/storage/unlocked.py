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

_database: dict[str, bytes] = {}
_process_secret = secrets.token_bytes(KEY_BYTES)


def set_database_key(alias: str, key: bytes) -> None:
    """Keep the raw database key of one alias.

    Args:
        alias: Django database alias.
        key: 32 random bytes.

    Raises:
        ValueError: the key is not 32 bytes, or is all zeros.
    """
    _database[alias] = checked_key(key)


def database_key(alias: str) -> bytes:
    """Return the raw database key of an alias.

    Raises:
        NodeError: ``database.locked`` when it was never set.
    """
    try:
        return _database[alias]
    except KeyError:
        raise NodeError("database.locked", alias=alias) from None


def web_secret(alias: str = "default") -> str:
    """Return what Django signs sessions and forms with: derived from the database key, the same in each process.

    Without an open database it is random, so that nothing signed with it outlives the process.
    """
    root = _database.get(alias, _process_secret)
    return hmac.new(root, b"comity/1 web sessions", hashlib.sha256).hexdigest()


def checked_key(key: bytes) -> bytes:
    """Return the key if it can be one.

    Raises:
        ValueError: wrong length, or all zeros.
    """
    if len(key) != KEY_BYTES or not any(key):
        raise ValueError("a key is 32 random bytes")
    return bytes(key)
