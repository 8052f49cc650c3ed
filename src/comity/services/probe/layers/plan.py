"""What of the register changed since the layers that a partner has: found from our own database, without any token.

Implements docs/protocol/probe.md §7.3. A record is changed when its version or the categories of data that its tokens may
use are others than when it was placed; it is gone when the law or the agreement no longer lets the partner find it. What
cannot have changed since the comparison before is not looked at (`since`).
"""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

import numpy as np

from comity.core.codes.marks import DataCategory
from comity.core.probe.query import Query
from comity.core.probe.retrieval import padded
from comity.core.probe.rules.commonness import Commonness, count
from comity.core.probe.rules.tokens import names_of
from comity.core.register.subject import Subject
from comity.services.context import Node
from comity.services.probe.describe import describe
from comity.services.probe.layers import since
from comity.services.probe.layers.bearers import Bearers
from comity.services.probe.layers.since import Compared
from comity.services.probe.permit import FindableBy
from comity.services.register.read import Considered, Found, considered_of, stream_considered
from comity.storage.indexes import layers as rows
from comity.storage.models.probe import ProbeIndex, ProbePlaced
from comity.storage.probe import Scope

PAGE = 500
SHARE = 10
"""A base is made anew when its deltas hold more than this part of it."""

LEAST = padded(0)
"""Changes that always fit in deltas: a layer has that many rows in any case."""


@dataclass(frozen=True, slots=True, repr=False)
class Change:
    """A record that no layer has as it is now.

    Args:
        uid: its identifier.
        version: of the record.
        permitted: digest of the categories of data that its tokens may use, 16 hex digits.
        subject: as the register holds it.
        data: categories of data that its tokens may use.
    """

    uid: str
    version: int
    permitted: str
    subject: Subject
    data: frozenset[DataCategory]

    @property
    def line(self) -> bytes:
        """Return what a digest of many is made of."""
        return f"{self.uid}|{self.version}|{self.permitted}\n".encode()

    @property
    def description(self) -> Query | None:
        """Return what it is indexed under, made at each call; None when nothing of it makes a token."""
        return describe(self.subject, self.data)


@dataclass
class Plan:
    """What the next layer has to bring and to take.

    Args:
        room: changes that fit in a delta.
        changed: identifiers of new and changed records; none are kept once they do not fit.
        changes: how many there are.
        gone: identifiers of records that can no longer be found.
        replaced: labels of the rows that changed records have so far.
        buried: labels that are gone already and that no layer lists yet.
        both: of two names together how many bear them.
        known: how common names are now; what a base says, and no delta.
        persons: how many can be found; 0 when names were not counted.
        counted: whether names were; otherwise `both` is that of the base, and `known` says nothing.
        digest: of what can be found, or of what the layer brings and takes: identifiers, versions, categories.
        compared: what the comparison has seen, for the next one.
    """

    room: int
    changed: list[str] = field(default_factory=list)
    changes: int = 0
    gone: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    buried: list[str] = field(default_factory=list)
    both: Bearers = field(default_factory=Bearers)
    known: Commonness = field(default_factory=Commonness)
    persons: int = 0
    counted: bool = True
    digest: str = ""
    compared: Compared = field(default_factory=lambda: Compared(0))

    @property
    def fits(self) -> bool:
        """Tell whether a delta holds all of it."""
        return self.weight <= self.room

    @property
    def weight(self) -> int:
        """Return how many records it brings or takes."""
        return self.changes + len(self.gone) + len(self.buried)

    @property
    def empty(self) -> bool:
        """Tell whether nothing has changed."""
        return not self.weight

    def compare(self, one: Change, row: ProbePlaced | None) -> bool:
        """Take a record that stands nowhere, or not as it is now; tell whether it was taken."""
        if row is not None and (row.version, row.permitted) == (one.version, one.permitted):
            return False
        self.take(one.uid, "" if row is None else row.label)
        return True

    def take(self, uid: str, label: str) -> None:
        """Note a change of the row with a label; once there are more than fit, none are kept: all are read again then."""
        self.changes += 1
        self.changed.append(uid)
        if label:
            self.replaced.append(label)
        if self.changes > self.room:
            self.changed.clear()
            self.replaced.clear()


def make_plan(
    node: Node,
    findable: FindableBy,
    epoch: int,
    layers: list[ProbeIndex],
    both: Bearers | None,
    progress: Callable[[int], None] = lambda done: None,
) -> Plan:
    """Compare the register with what a partner has.

    Args:
        node: this node.
        findable: who may be found by whom, of which regime and purpose group.
        epoch: present epoch.
        layers: of the index that the partner has in this epoch, the base first; none when it has none.
        both: what was counted of names for the base, enough for a delta; None counts them now.
        progress: is told how many records were read.
    """
    plan = Plan(room_in(layers), both=Bearers() if both is None else both, counted=both is None)
    partner, regime, group = findable.where
    has = _Has(node.alias, (partner, regime.value, group.value), epoch, layers[0].version if layers else None)
    kept = None
    if has.since is not None and not plan.counted:
        kept = since.kept(node, has.scope, epoch, has.since, findable)
    if kept is None:
        _compare_all(node, findable, has, plan, progress)
    else:
        plan.compared, keys = kept
        _compare_some(node, findable, has, plan, keys, progress)
    plan.compared.decided = dict(findable.decided)
    return plan


@dataclass(frozen=True, slots=True)
class _Has:
    """What a partner has: the layers of an epoch from a base on; none without one."""

    alias: str
    scope: Scope
    epoch: int
    since: int | None

    def placed(self, uids: Collection[str]) -> dict[str, ProbePlaced]:
        """Return where records stand."""
        return {} if self.since is None else rows.placed(self.alias, self.scope, self.epoch, self.since, uids)

    def every(self) -> Iterator[str]:
        """Yield the identifier of every record that stands there."""
        if self.since is not None:
            yield from rows.placed_subjects(self.alias, self.scope, self.epoch, self.since)

    def buried(self) -> list[str]:
        """Return the labels that are gone and that no layer lists yet."""
        return [] if self.since is None else rows.unlisted(self.alias, self.scope, self.epoch)


def _compare_all(
    node: Node, findable: FindableBy, has: _Has, plan: Plan, progress: Callable[[int], None]
) -> None:
    """Look at every record, and count names where that is wanted."""
    partner, regime, group = findable.where
    plan.compared = since.begin(node)
    single: Counter[str] = Counter()
    seen = array("Q")
    digest = hashlib.sha256()
    for page in _pages(stream_considered(node, regime, partner, group)):
        changes = list(_changes(findable, plan.compared, page))
        placed = has.placed([one.uid for one in changes])
        for one in changes:
            digest.update(one.line)
            if plan.counted and (description := one.description) is not None:
                plan.persons += 1
                single.update(names_of(description))
                plan.both.add(description)
            seen.append(_short(one.uid))
            plan.compare(one, placed.get(one.uid))
        progress(len(seen))
    plan.gone, plan.buried = list(_unseen(has.every(), seen)), has.buried()
    plan.known, plan.digest = count(plan.persons, single), digest.hexdigest()


def _compare_some(
    node: Node,
    findable: FindableBy,
    has: _Has,
    plan: Plan,
    keys: Sequence[int],
    progress: Callable[[int], None],
) -> None:
    """Look at the records of some primary keys; all others are as they were."""
    _, regime, group = findable.where
    digest = hashlib.sha256(b"since\n")
    for at in range(0, len(keys), PAGE):
        page = list(considered_of(node, regime, group, keys[at : at + PAGE]))
        for uid, _ in page:
            plan.compared.note(uid, None, frozenset())
        found = {one.uid: one for one in _changes(findable, plan.compared, [one for _, one in page if one])}
        placed = has.placed([uid for uid, _ in page])
        for uid, _ in page:
            if uid not in found and uid in placed:
                plan.gone.append(uid)
            elif uid in found and plan.compare(found[uid], placed.get(uid)):
                digest.update(found[uid].line)
        progress(at + len(page))
    plan.buried = has.buried()
    digest.update("\n".join((*plan.gone, "", *sorted(plan.buried))).encode())
    plan.digest = digest.hexdigest()


def _changes(findable: FindableBy, compared: Compared, page: Iterable[Considered]) -> Iterator[Change]:
    """Yield the records of a page that may be found, as they are now, and note those that wait for their day."""
    found: list[Found] = []
    for uid, version, subject, hidden in page:
        compared.note(uid, subject, hidden)
        if not hidden:
            found.append((uid, version, subject))
    yield from permitted(findable, found)


def permitted(findable: FindableBy, found: Iterable[Found]) -> Iterator[Change]:
    """Yield those records of which an agreement permits anything."""
    for uid, version, subject in found:
        data = findable.permitted(subject)
        if data:
            yield Change(uid, version, _digest_of(data), subject, data)


def room_in(layers: list[ProbeIndex]) -> int:
    """Return how many changes the deltas of a base may still take; 0 without a base."""
    if not layers:
        return 0
    return max(LEAST, layers[0].records // SHARE) - sum(layer.changes for layer in layers)


@lru_cache(256)
def _digest_of(data: frozenset[DataCategory]) -> str:
    return hashlib.sha256(",".join(sorted(data)).encode()).hexdigest()[:16]


def _pages(found: Iterable[Considered]) -> Iterator[list[Considered]]:
    one = iter(found)
    while page := list(islice(one, PAGE)):
        yield page


def _short(uid: str) -> int:
    """Return eight of the sixteen random bytes of an identifier."""
    return int(uid[:16], 16)


def _unseen(present: Iterable[str], seen: array[int]) -> Iterator[str]:
    """Yield those present that were not seen; that chance makes it miss one of ten million is less likely than 2^-40."""
    known = np.sort(np.frombuffer(seen.tobytes(), np.uint64))
    one = iter(present)
    while page := list(islice(one, PAGE)):
        wanted = np.array([_short(uid) for uid in page], np.uint64)
        at = np.minimum(np.searchsorted(known, wanted), max(len(known) - 1, 0))
        lost = known[at] != wanted if len(known) else np.ones(len(page), np.bool_)
        yield from (page[place] for place in np.flatnonzero(lost))
