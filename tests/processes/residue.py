"""Looks for what a search may have left in node processes: beside rows, files and memory, in decrypted pages."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from comity.core.crypto.derive import Label, derive
from comity.demo.scenario.residue import Needles, asked_tokens, found_in, in_files, in_memory, needles

__all__ = [
    "Needles",
    "asked_tokens",
    "decrypted_pages",
    "family",
    "found_in",
    "in_files",
    "in_memory",
    "needles",
]

PAGE = 4096
RESERVED = 80
"""SQLCipher 4: 16 bytes of initialisation vector and 64 of HMAC at the end of each page."""


def family(pid: int) -> list[int]:
    """Return a process and all its descendants: a server answers in children of its own."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid]
    for each in found:
        found += parents.get(each, [])
    return found


def decrypted_pages(database: Path, root: bytes) -> Iterator[bytes]:
    """Yield the plaintext of every page of an SQLCipher database and of its WAL, free pages and old frames included.

    Args:
        database: the main file.
        root: unlock key of the node; the database key is derived from it and used without stretching.
    """
    key = derive(root, Label.DATABASE)
    octets = database.read_bytes()
    for start in range(0, len(octets) - PAGE + 1, PAGE):
        yield _page(key, octets[start : start + PAGE], first=start == 0)
    journal = database.with_name(database.name + "-wal")
    if not journal.exists():
        return
    frames = journal.read_bytes()[32:]
    for start in range(0, len(frames) - PAGE - 23, PAGE + 24):
        (number,) = struct.unpack(">I", frames[start : start + 4])
        yield _page(key, frames[start + 24 : start + 24 + PAGE], first=number == 1)


def _page(key: bytes, page: bytes, *, first: bool) -> bytes:
    body = page[16 if first else 0 : PAGE - RESERVED]
    vector = page[PAGE - RESERVED : PAGE - RESERVED + 16]
    decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    return decryptor.update(body) + decryptor.finalize()
