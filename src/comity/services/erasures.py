"""Journals erasures, recalls and withdrawals outside the database, and carries them out again after a restore.

Implements docs/recovery.md §3. A backup brings back what was erased after it was made. Therefore every erasing act is
also written, before its transaction commits, to a file that no backup contains; a restored node does not serve before
every line of it was carried out again. If the transaction then fails, the line stays: what was ordered erased is erased
at the latest by a restore.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

from comity.errors import NodeError
from comity.services.context import Node
from comity.storage.recovery import journal as file
from comity.storage.transaction import alone, among_others, atomic, in_atomic, on_commit

FOLDER = "journal"
FILE_NAME = "erasures.log"
MAX_IDS = 500
GENESIS = "begun"
"""Kind of the first line, written when a home is made: a journal without any erasure is told from a lost one."""

KEPT = "kept"
"""Kind of the line that is written at fixed times, so that a restore can say until when the journal was kept."""

_LOCK = "journal"
_KIND = re.compile(r"^[a-z]+(?:-[a-z]+)*$")
_ID = re.compile(r"^[A-Za-z0-9._:/-]{1,160}$")

Replay = Callable[[Node, Sequence[str]], object]
"""Erases things again, inside a transaction; those already gone or unknown are passed over."""

_replays: dict[str, Replay] = {}
_passed: set[str] = {GENESIS, KEPT}


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


def pass_over(kinds: Iterable[str]) -> None:
    """Name kinds that `replay` passes over, because they are read another way."""
    _passed.update(kinds)


def journal_file(home: Path) -> Path:
    """Return the journal of a home; may be a link to another disk."""
    return home / FOLDER / FILE_NAME


def begin(node: Node) -> None:
    """Write the first line of a journal that has none; nothing happens to one that has begun.

    Raises:
        NodeError: ``journal.write``, ``journal.damaged``.
    """
    path = journal_file(node.config.home)
    if position(node.config.home)[0] == 0:
        file.append(path, GENESIS, (node.service,), node.clock())


def keep(node: Node) -> int:
    """Write that the journal is kept at this time, if it has begun; returns the number of lines written."""
    path = journal_file(node.config.home)
    if file.count(path) == 0:
        return 0
    file.append(path, KEPT, (), node.clock())
    return 1


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
    found = _checked(kind, ids)
    among_others(node.alias, _LOCK)
    for start in range(0, len(found), MAX_IDS):
        file.append(journal_file(node.config.home), kind, found[start : start + MAX_IDS], node.clock())


def journal_opened(node: Node, kind: str, one: str) -> None:
    """Write to the journal that one thing was opened again, once the transaction that opens it has committed.

    A closing is written before its commit, an opening after: whatever fails in between, a restore finds closed what
    may be closed. The line also holds how many lines there were while the thing was being opened, so that it undoes
    no closing that came later but was written before it.

    Args:
        node: this node.
        kind: what was opened.
        one: its identifier; the caller holds it locked.

    Raises:
        RuntimeError, ValueError, NodeError: as `journal`.
    """
    if not in_atomic(node.alias):
        raise RuntimeError("openings are journaled inside their transaction")
    path = journal_file(node.config.home)
    ids = _checked(kind, (one, str(file.count(path))))
    on_commit(node.alias, lambda: file.append(path, kind, ids, node.clock()))


def settled_position(node: Node) -> tuple[int, str]:
    """Return `position` at an instant at which every line belongs to a transaction that has ended.

    What a backup that begins now does not hold has its line after this position.

    Raises:
        NodeError: ``journal.damaged``.
    """
    with atomic(node.alias):
        alone(node.alias, _LOCK)
        return position(node.config.home)


def _checked(kind: str, ids: Iterable[str]) -> tuple[str, ...]:
    found = tuple(ids)
    if not _KIND.fullmatch(kind) or not all(_ID.fullmatch(one) for one in found):
        raise ValueError("a journal holds kinds and identifiers only")
    return found


def lines_after(home: Path, count: int) -> list[file.JournalLine]:
    """Return the lines of the journal of a home from a number on.

    Raises:
        NodeError: ``journal.missing``, ``journal.damaged``.
    """
    return [line for line in file.lines(journal_file(home)) if line.number >= count]


def carry_out_again(node: Node, kind: str, ids: Sequence[str]) -> None:
    """Erase or restrict again, in the running transaction, what has come back although the journal names it."""
    _replays[kind](node, ids)


def lines_of(node: Node, kinds: Collection[str]) -> list[file.JournalLine]:
    """Return the lines of some kinds, in order; none where there is no journal.

    Raises:
        NodeError: ``journal.damaged``.
    """
    path = journal_file(node.config.home)
    return [line for line in file.lines(path) if line.kind in kinds] if path.exists() else []


def position(home: Path) -> tuple[int, str]:
    """Return how many lines the journal has, and the digest of the last; (0, zeros) without one."""
    path = journal_file(home)
    count, digest = 0, file.START
    if path.exists():
        for line in file.lines(path):
            count, digest = line.number + 1, line.digest
    return count, digest


def is_whole(home: Path, after: tuple[int, str]) -> bool:
    """Say whether the journal of a home goes at least as far as it did at a position.

    Raises:
        NodeError: ``journal.missing``, ``journal.damaged``.
    """
    return _covers(list(file.lines(journal_file(home))), after)


def replay(node: Node, after: tuple[int, str], *, incomplete: bool = False) -> int:
    """Carry out again every line of the journal that erases, recalls or stops something; return how many.

    All of them, not only those after the backup: erasing twice does no harm, and a line may have been written before
    a backup that its transaction committed after.

    Args:
        node: the restored node.
        after: `position` when the backup was made.
        incomplete: an administrator's decision to go on with a journal that is older than the backup.

    Raises:
        NodeError: ``journal.missing``, ``journal.damaged``; ``journal.other`` when it is not the journal of that
            backup, or is older; ``journal.unknown-kind``.
    """
    path = journal_file(node.config.home)
    # 1. The whole journal is looked at before anything is done: it goes at least as far as the backup knew it.
    found = list(file.lines(path))
    if not found or not (incomplete or _covers(found, after)):
        raise NodeError("journal.other", file=path.name)
    for line in found:
        if line.kind not in _replays and line.kind not in _passed:
            raise NodeError("journal.unknown-kind", kind=line.kind)
    # 2. Line after line, each in a transaction.
    done = [line for line in found if line.kind in _replays]
    for line in done:
        with atomic(node.alias):
            _replays[line.kind](node, line.ids)
    return len(done)


def _covers(found: Sequence[file.JournalLine], after: tuple[int, str]) -> bool:
    """Say whether a journal holds the line that was its last at a position."""
    count, digest = after
    return count == 0 or (len(found) >= count and found[count - 1].digest == digest)
