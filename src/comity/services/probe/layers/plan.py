"""What of the register changed since the layers that a partner has: found from our own database, without any token.

Implements docs/protocol/probe.md §7.3. A record is changed when its version or the categories of data that its tokens may
use are others than when it was placed; it is gone when the law or the agreement no longer lets the partner find it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from comity.core.codes.exchange import PurposeGroup, Regime, ServiceId
from comity.core.codes.marks import DataCategory
from comity.core.probe.query import Query
from comity.core.probe.retrieval import padded
from comity.core.probe.rules.commonness import Commonness, count
from comity.core.probe.rules.naming import pairs
from comity.core.probe.rules.tokens import names_of
from comity.core.register.subject import Subject
from comity.services.context import Node
from comity.services.probe.describe import describe
from comity.services.probe.permit import FindableBy
from comity.services.register.read import stream_findable
from comity.storage.indexes import layers as rows
from comity.storage.models.probe import ProbeIndex

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
        description: None when nothing of it makes a token.
    """

    uid: str
    version: int
    permitted: str
    description: Query | None


@dataclass
class Plan:
    """What the next layer has to bring and to take.

    Args:
        room: changes that fit in a delta.
        changed: new and changed records; none are kept once they do not fit.
        changes: how many there are.
        gone: identifiers of records that can no longer be found.
        replaced: labels of the rows that changed records have so far.
        buried: labels that are gone already and that no layer lists yet.
        both: of two names together how many bear them, by their hash.
        known: how common names are now; what a base says, and no delta.
        digest: of what can be found: identifiers, versions, categories.
    """

    room: int
    changed: list[Change] = field(default_factory=list)
    changes: int = 0
    gone: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    buried: list[str] = field(default_factory=list)
    both: Counter[int] = field(default_factory=Counter)
    known: Commonness = field(default_factory=Commonness)
    digest: str = ""

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

    def take(self, change: Change, label: str) -> None:
        """Note a change of the row with a label; once there are more than fit, none are kept: all are read again then."""
        self.changes += 1
        self.changed.append(change)
        if label:
            self.replaced.append(label)
        if self.changes > self.room:
            self.changed.clear()
            self.replaced.clear()


def make_plan(
    node: Node,
    partner: ServiceId,
    regime: Regime,
    group: PurposeGroup,
    epoch: int,
    layers: list[ProbeIndex],
) -> Plan:
    """Compare the register with what a partner has.

    Args:
        node: this node.
        partner: for whom.
        regime: of the records.
        group: purpose group.
        epoch: present epoch.
        layers: of the index that the partner has in this epoch, the base first; none when it has none.
    """
    scope = (partner, regime.value, group.value)
    since = layers[0].version if layers else 0
    plan = Plan(room_in(layers))
    single: Counter[str] = Counter()
    seen: set[str] = set()
    persons, digest = 0, hashlib.sha256()
    for page in _pages(changes(node, partner, regime, group)):
        placed = rows.placed(node.alias, scope, epoch, since, [one.uid for one in page]) if layers else {}
        for one in page:
            digest.update(f"{one.uid}|{one.version}|{one.permitted}\n".encode())
            if one.description is not None:
                persons += 1
                single.update(names_of(one.description))
                plan.both[both_of(one.description)] += 1
            row = placed.get(one.uid)
            seen.add(one.uid)
            if row is None or (row.version, row.permitted) != (one.version, one.permitted):
                plan.take(one, "" if row is None else row.label)
    if layers:
        present = rows.placed_subjects(node.alias, scope, epoch, since)
        plan.gone = [uid for uid in present if uid not in seen]
        plan.buried = rows.unlisted(node.alias, scope, epoch)
    plan.known, plan.digest = count(persons, single), digest.hexdigest()
    return plan


def changes(node: Node, partner: ServiceId, regime: Regime, group: PurposeGroup) -> Iterator[Change]:
    """Yield every record that the partner may find, as it is now."""
    findable = FindableBy(node, partner, regime, group)
    for uid, version, subject in stream_findable(node, regime, partner, group):
        data = findable.permitted(subject)
        if data:
            yield _change(uid, version, subject, data)


def both_of(description: Query) -> int:
    """Return a number for the likeliest reading of the two names of a person, the same for equal names in one process."""
    found = [pairs(one.given, one.family)[:1] for one in description.names]
    return hash(next((one[0].value for one in found if one), ()))


def room_in(layers: list[ProbeIndex]) -> int:
    """Return how many changes the deltas of a base may still take; 0 without a base."""
    if not layers:
        return 0
    return max(LEAST, layers[0].records // SHARE) - sum(layer.changes for layer in layers)


def _change(uid: str, version: int, subject: Subject, data: Collection[DataCategory]) -> Change:
    permitted = hashlib.sha256(",".join(sorted(data)).encode()).hexdigest()[:16]
    return Change(uid, version, permitted, describe(subject, frozenset(data)))


def _pages(found: Iterable[Change]) -> Iterator[list[Change]]:
    one = iter(found)
    while page := list(islice(one, PAGE)):
        yield page
