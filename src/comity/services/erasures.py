"""Journals erasures and recalls outside the database, and carries them out again after a restore.

Implements docs/recovery.md §3. A backup brings back what was erased after it was made. Therefore every erasing act is
also written, before its transaction commits, to a file that no backup contains; a restored node does not serve before
every line of it was carried out again. If the transaction then fails, the line stays: what was ordered erased is erased
at the latest by a restore.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from comity.errors import NodeError
from comity.services.context import Node
from comity.storage.recovery import journal as file
from comity.storage.transaction import atomic, in_atomic

FOLDER = "journal"
FILE_NAME = "erasures.log"
MAX_IDS = 500

_KIND = re.compile(r"^[a-z]+(?:-[a-z]+)*$")
_ID = re.compile(r"^[A-Za-z0-9._:/-]{1,120}$")

Replay = Callable[[Node, Sequence[str]], object]
"""Erases things again, inside a transaction; those already gone or unknown are passed over."""

_replays: dict[str, Replay] = {}


def replays(kind: str) -> Callable[[Replay], Replay]:
    """Register the function that erases things of a kind again after a restore.

    Raises:
        ValueError: the kind has another function already.
    """

    def register(function: Replay) -> Replay:
        if _replays.setdefault(kind, function) is not function:
            raise ValueError(f"two replays of {kind}")
        return function

    return register


def journal_file(home: Path) -> Path:
    """Return the journal of a home; may be a link to another disk."""
    return home / FOLDER / FILE_NAME


def journal(node: Node, kind: str, ids: Iterable[str]) -> None:
    """Write erasures to the journal, in the transaction that carries them out; returns once they are on the disk.

    Args:
        node: this node.
        kind: a kind with a registered replay, e.g. ``subject``.
        ids: identifiers or digests; never personal data.

    Raises:
        RuntimeError: outside a transaction (a bug of the caller).
        ValueError: malformed kind or identifier (a bug of the caller).
        NodeError: ``journal.write``, ``journal.damaged``.
    """
    if not in_atomic(node.alias):
        raise RuntimeError("erasures are journaled inside the erasing transaction")
    found = tuple(ids)
    if not _KIND.fullmatch(kind) or not all(_ID.fullmatch(one) for one in found):
        raise ValueError("a journal holds kinds and identifiers only")
    for start in range(0, len(found), MAX_IDS):
        file.append(journal_file(node.config.home), kind, found[start : start + MAX_IDS], node.clock())


def position(home: Path) -> tuple[int, str]:
    """Return how many lines the journal has, and the digest of the last; (0, zeros) without one."""
    path = journal_file(home)
    count, digest = 0, file.START
    if path.exists():
        for line in file.lines(path):
            count, digest = line.number + 1, line.digest
    return count, digest


def replay(node: Node, after: tuple[int, str]) -> int:
    """Carry out again every line of the journal; return how many.

    All of them, not only those after the backup: erasing twice does no harm, and a line may have been written before
    a backup that its transaction committed after.

    Args:
        node: the restored node.
        after: `position` when the backup was made.

    Raises:
        NodeError: ``journal.damaged``; ``journal.other`` when it is not the journal of that backup, or is older;
            ``journal.unknown-kind``.
    """
    path = journal_file(node.config.home)
    if after[0] and not path.exists():
        raise NodeError("journal.missing", file=path.name)
    count, met = 0, after[0] == 0
    for line in list(file.lines(path)) if path.exists() else ():
        if line.kind not in _replays:
            raise NodeError("journal.unknown-kind", kind=line.kind)
        met = met or (line.number + 1 == after[0] and line.digest == after[1])
        with atomic(node.alias):
            _replays[line.kind](node, line.ids)
        count += 1
    if not met:
        raise NodeError("journal.other", file=path.name)
    return count
