"""The index of a register in the memory of one process: built from the database, kept up with it, found again after a crash.

When a process first reads on from a file, the number of persons and the sum of their versions must be those of the
database; otherwise (a backup was restored) everything is read anew. Whatever changes a subject changes its version and
its instant of change; before each search the index takes in what changed since. A row that was committed late is met because the last minute is read again until it has passed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np

from comity.core.codes.exchange import Regime
from comity.core.instant import Instant
from comity.core.match.growing import Growing
from comity.core.match.register.index import RegisterIndex
from comity.core.register.subject import SubjectKind, open_subject
from comity.errors import Refused
from comity.services.context import Node
from comity.services.register.finding.describe import of_subject
from comity.storage.register import changes

CATCH_UP = 20_000
"""Subjects that one search takes in before it refuses and leaves the rest to the worker."""

LATE = timedelta(seconds=60)
"""How long a transaction may last that changes subjects."""

LARGE, SWEEP = 50_000, 50
"""A register of at most so many persons is swept at once of what was removed; a larger one at one in fifty."""

PAGE = 500


@dataclass
class Held:
    """The index of one regime, how far it has read, and which version of each subject it holds (0: none)."""

    index: RegisterIndex = field(default_factory=RegisterIndex)
    position: Instant | None = None
    checked: Instant | None = None
    versions: Growing = field(default_factory=lambda: Growing(np.int32))
    lock: threading.RLock = field(default_factory=threading.RLock)
    changed: int = 0
    """Subjects taken in or out since it was last written."""

    def version(self, pk: int) -> int:
        """Return the version of a subject that is held, 0 for none."""
        return int(self.versions.filled[pk]) if pk < self.versions.size else 0

    def persons(self) -> tuple[int, int]:
        """Return how many persons are held, and the sum of their versions."""
        return len(self.index), int(self.versions.filled[self.index.identities()].sum(dtype=np.int64))

    def note(self, pk: int, version: int) -> None:
        """Note the version of a subject."""
        if pk >= self.versions.size:
            self.versions.add(np.zeros(pk + 1 - self.versions.size, dtype=np.int32))
        self.versions.filled[pk] = version


_held: dict[tuple[str, Regime], Held] = {}
_guard = threading.Lock()


def held(node: Node, regime: Regime) -> Held:
    """Return the index of a regime in this process, as it stands."""
    with _guard:
        return _held.setdefault((node.alias, regime), Held())


def newer(standing: Held, found: Held) -> bool:
    """Tell whether what was read from a file has read further than an index."""
    if found.position is None:
        return False
    if standing.position is None or found.position > standing.position:
        return True
    return found.position == standing.position and len(found.index) > len(standing.index)


def adopt(standing: Held, found: Held) -> bool:
    """Put what was read from a file in the place of an index that holds nothing yet; the caller has its lock."""
    standing.index, standing.position, standing.versions = found.index, found.position, found.versions
    return True


def forget(alias: str) -> None:
    """Drop what this process holds of a database."""
    with _guard:
        for key in [key for key in _held if key[0] == alias]:
            del _held[key]


def caught_up(
    node: Node,
    regime: Regime,
    *,
    most: int | None = CATCH_UP,
    progress: Callable[[int], None] = lambda _: None,
) -> Held:
    """Return the index of a regime with every committed change; the caller searches under its lock.

    Args:
        node: this node.
        regime: whose subjects.
        most: subjects that may be taken in; None for all.
        progress: called with the number of subjects taken in so far.

    Raises:
        Refused: ``register.index-behind`` when there were more; those taken in stay.
    """
    found = held(node, regime)
    with found.lock:
        _read_on(node, regime, found, most, progress)
        if found.checked is None and found.persons() != changes.persons(node.alias, regime.value):
            adopt(found, Held())
            _read_on(node, regime, found, most, progress)
        found.checked = node.clock()
        if found.index.removed > (len(found.index) // SWEEP if len(found.index) > LARGE else 0):
            found.index = found.index.swept()
    return found


def _read_on(
    node: Node, regime: Regime, found: Held, most: int | None, progress: Callable[[int], None]
) -> None:
    since = found.position
    if since is not None:
        since = min(since, (found.checked or since) - LATE)
    taken, after = 0, 0
    while page := changes.page(node.alias, since, after, PAGE):
        taken += _take(node, regime, found, page)
        progress(taken)
        since, after = page[-1].changed_at, page[-1].pk
        found.position = since if found.position is None else max(found.position, since)
        if most is not None and taken > most:
            raise Refused("register.index-behind")


def _take(node: Node, regime: Regime, found: Held, page: list[changes.Change]) -> int:
    """Take in the subjects of a page whose version is not held; return how many."""
    fresh = [change for change in page if change.version != found.version(change.pk)]
    wanted = [
        change.pk
        for change in fresh
        if change.regime == regime.value and change.kind == SubjectKind.PERSON.value and change.held
    ]
    contents = changes.contents(node.alias, wanted)
    for change in fresh:
        content = contents.get(change.pk)
        if content is None:
            found.index.remove(change.pk)
        else:
            found.index.add(change.pk, of_subject(open_subject(content)))
        found.note(change.pk, change.version)
    found.changed += len(fresh)
    return len(fresh)
