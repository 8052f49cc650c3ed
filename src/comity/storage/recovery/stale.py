"""Where a backup's copy of the database lies for a moment, and what becomes of the copy of a backup that was killed.

A copy is encrypted as the database is, but holds what is erased afterwards. Whoever copies holds a shared lock; whoever
gets the lock alone knows that every copy still there is nobody's, and removes it: at the next backup and at the start.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

LOCK_FILE = "backup.lock"
_COPIES = "backup-*.sqlite*"


@contextmanager
def copy_place(run: Path) -> Iterator[Path]:
    """Give the path of a copy, which is removed at the end; the copies of killed backups are removed first."""
    run.mkdir(mode=0o700, exist_ok=True)
    with _lock_file(run) as lock:
        _sweep(run, lock)
        fcntl.flock(lock, fcntl.LOCK_SH)
        copy = run / f"backup-{os.getpid()}.sqlite"
        copy.unlink(missing_ok=True)
        try:
            yield copy
        finally:
            copy.unlink(missing_ok=True)


def remove_stale_copies(run: Path) -> int:
    """Remove the copies of killed backups; none while a backup is at work. Return how many."""
    if not any(run.glob(_COPIES)):
        return 0
    with _lock_file(run) as lock:
        return _sweep(run, lock)


def _lock_file(run: Path) -> IO[bytes]:
    return open(run / LOCK_FILE, "ab", opener=_private)


def _sweep(run: Path, lock: IO[bytes]) -> int:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 0
    found = list(run.glob(_COPIES))
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)
