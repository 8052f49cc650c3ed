"""Keys derived from a node's unlock key: HKDF-SHA256 (RFC 5869), one label a use, so that no key serves two uses."""

from __future__ import annotations

from enum import StrEnum

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ROOT_BYTES = 32


class Label(StrEnum):
    """What a derived key is for."""

    DATABASE = "database"
    VAULT = "vault"
    FIELDS = "fields"
    TLS = "tls"
    REGISTER_INDEX = "register-index"
    BACKUP = "backup"
    REGISTER_SNAPSHOT = "register-snapshot"
    JOURNAL = "journal"
    SEARCH_WATCH = "search-watch"


def derive(root: bytes, label: str) -> bytes:
    """Return the 32-byte key of a label.

    Args:
        root: the 32 bytes of the unlock key.
        label: a value of `Label`.

    Raises:
        ValueError: the root has not 32 bytes, or the label is unknown.
    """
    if len(root) != ROOT_BYTES:
        raise ValueError("an unlock key has 32 bytes")
    return HKDF(SHA256(), 32, salt=None, info=f"comity/1/{Label(label).value}".encode()).derive(root)
