"""The journal of erasures and withdrawals: an append-only file outside the database and outside its backups.

Implements docs/recovery.md §3. A line is canonical JSON with the digest of the line before it. It holds identifiers and
digests only. A line that a crash cut short was never promised to anybody and is dropped by the next append.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comity.core import canonical
from comity.core.instant import Instant, read_instant, write_instant
from comity.errors import NodeError, PeerError

START = "0" * 64
_MODE = 0o600


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One erasure or withdrawal: what kind of thing, which ones, when."""

    number: int
    kind: str
    ids: tuple[str, ...]
    digest: str
    at: Instant


def append(path: Path, kind: str, ids: tuple[str, ...], at: Instant) -> None:
    """Append a line and flush it to the disk.

    Raises:
        NodeError: ``journal.write``, ``journal.damaged``.
    """
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE)
        with os.fdopen(handle, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            last = _last(file.fileno())
            number, before = (0, START) if last is None else (last.number + 1, last.digest)
            line = {"at": write_instant(at), "before": before, "ids": list(ids), "kind": kind, "n": number}
            file.seek(0, os.SEEK_END)
            file.write(canonical.encode(line) + b"\n")
            file.flush()
            os.fsync(file.fileno())
            if number == 0:
                _flush_folder(path.parent)
    except OSError:
        raise NodeError("journal.write", file=path.name) from None


def count(path: Path) -> int:
    """Return how many lines a journal has, reading its end only.

    Raises:
        NodeError: ``journal.write``, ``journal.damaged``.
    """
    try:
        if not path.exists():
            return 0
        with path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            last = _last(file.fileno())
    except OSError:
        raise NodeError("journal.write", file=path.name) from None
    return 0 if last is None else last.number + 1


def lines(path: Path) -> Iterator[JournalLine]:
    """Yield the lines of a journal, each checked against the one before.

    Raises:
        NodeError: ``journal.missing``, ``journal.damaged``.
    """
    before, number = START, 0
    try:
        with path.open("rb") as file:
            for octets in file:
                if not octets.endswith(b"\n"):
                    return
                found = _read(octets, before)
                if found.number != number:
                    raise NodeError("journal.damaged", line=number + 1)
                yield found
                before, number = found.digest, number + 1
    except OSError:
        raise NodeError("journal.missing", file=path.name) from None


def _read(octets: bytes, before: str | None) -> JournalLine:
    try:
        value: Any = canonical.decode(octets[:-1])
        digest, at = hashlib.sha256(octets).hexdigest(), read_instant(value["at"])
        found = JournalLine(value["n"], value["kind"], tuple(value["ids"]), digest, at)
        if before is not None and value["before"] != before:
            raise NodeError("journal.damaged", line=found.number + 1)
    except (PeerError, KeyError, TypeError):
        raise NodeError("journal.damaged") from None
    return found


def _last(handle: int) -> JournalLine | None:
    """Return the last whole line, dropping what a crash left behind it."""
    size = os.fstat(handle).st_size
    tail, start = b"", size
    while start > 0:
        step = min(4096, start)
        start -= step
        tail = os.pread(handle, step, start) + tail
        end = tail.rfind(b"\n")
        if end < 0:
            continue
        begin = tail.rfind(b"\n", 0, end)
        if begin >= 0 or start == 0:
            os.ftruncate(handle, start + end + 1)
            return _read(tail[begin + 1 : end + 1], None)
    os.ftruncate(handle, 0)
    return None


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
