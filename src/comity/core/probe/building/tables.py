"""From entries and rows to the tables of an index, one shard and one range of labels after the other.

Implements docs/protocol/probe.md §5 and §6. At no time is more than a bucket in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from comity.core.probe.building.entries import ENTRY, ROW, Array, bucket_of, drawn
from comity.core.probe.index import Part, located
from comity.core.probe.manifest import LABEL_BYTES, ROW_BYTES
from comity.core.probe.retrieval import build, padded
from comity.core.probe.rules.profile import Profile

SHARD_KEYS: Final = 1 << 17
_SPARE: Final = 2048
"""Room in a shard beyond its share, when there are several: their sizes differ by chance."""

Bucket = Callable[[int], Array]
"""Returns the entries, or the rows, of a bucket."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What was collected.

    Args:
        seed: of the build.
        profile: rules; say how many records may share a token.
        buckets: how many there are.
        records: how many have a row.
        entries, rows: of a bucket, in the order in which records came.
    """

    seed: bytes
    profile: Profile
    buckets: int
    records: int
    entries: Bucket
    rows: Bucket


@dataclass(slots=True)
class Tally:
    """What is in a table: entries that have a slot, and of each rule how many have none; records."""

    kept: int = 0
    records: int = 0
    overflow: dict[str, int] = field(default_factory=dict)

    @property
    def shards(self) -> int:
        """Number of shards."""
        return max(1, -(-padded(self.kept) // SHARD_KEYS))

    @property
    def room(self) -> int:
        """Keys for which each shard has room: a size that says nothing beyond steps of 5 %."""
        share = -(-padded(self.kept) // self.shards)
        return padded(share + (0 if self.shards == 1 else _SPARE))

    @property
    def rows(self) -> int:
        """Rows of the record table, padding included."""
        return padded(self.records)


def tally(sources: Sources) -> Tally:
    """Count what the tables will hold."""
    found = Tally(records=sources.records)
    limits = _limits(sources.profile)
    dropped = np.zeros(len(limits), np.int64)
    for bucket in range(sources.buckets):
        entries = sources.entries(bucket)
        fits = _slots(entries) < limits[entries["rule"]]
        dropped += np.bincount(entries["rule"][~fits], minlength=len(limits))
        found.kept += int(fits.sum())
    found.overflow = {
        rule.id: int(number) for rule, number in zip(sources.profile.rules, dropped, strict=True) if number
    }
    return found


def shards(sources: Sources, counted: Tally) -> Iterator[Part]:
    """Yield the parts of the retrieval table, in their order.

    Args:
        sources: what was collected.
        counted: from `tally`.
    """
    limits, waiting, number = _limits(sources.profile), np.empty(0, ENTRY), 0
    slots = np.empty(0, np.uint8)
    for bucket in range(sources.buckets):
        # 1. All who share a token lie in one bucket, so their slots are known; what has none is left out.
        entries = sources.entries(bucket)
        own = _slots(entries)
        fits = own < limits[entries["rule"]]
        waiting = np.concatenate([waiting, entries[fits]])
        slots = np.concatenate([slots, own[fits].astype(np.uint8)])
        # 2. Shards that no later bucket adds to.
        chosen = bucket_of(waiting["word"], 32, counted.shards)
        end = counted.shards * (bucket + 1) // sources.buckets
        while number < end:
            mine = chosen == np.uint64(number)
            yield _shard(sources.seed, number, waiting[mine], slots[mine], counted.room)
            number += 1
        later = chosen >= np.uint64(number)
        waiting, slots = waiting[later], slots[later]


def record_table(sources: Sources, counted: Tally) -> Iterator[bytes]:
    """Yield the record table: labels in ascending order, then the blobs in the order of their labels."""
    padding = _padding(sources.seed, counted.rows - counted.records)
    ranges = bucket_of(padding["label"], 64, sources.buckets)

    def ordered(bucket: int) -> Array:
        rows = np.concatenate([sources.rows(bucket), padding[ranges == np.uint64(bucket)]])
        return rows[np.argsort(rows["label"], kind="stable")]

    for column in ROW.names or ():
        for bucket in range(sources.buckets):
            yield ordered(bucket)[column].tobytes()


def _limits(profile: Profile) -> Array:
    return np.array([rule.slots for rule in profile.rules])


def _slots(entries: Array) -> Array:
    """Return the rank of each entry among those of its token: by lot."""
    first = np.ascontiguousarray(entries["seed"][:, :8]).view("<u8").reshape(-1)
    order = np.lexsort((entries["lot"], first))
    count = len(entries)
    begins = np.flatnonzero(np.concatenate([[True], first[order][1:] != first[order][:-1]])[:count])
    ranks = np.arange(count) - np.repeat(begins, np.diff(np.append(begins, count)))
    found = np.empty(count, np.int64)
    found[order] = ranks
    return found


def _shard(seed: bytes, number: int, entries: Array, slots: Array, room: int) -> Part:
    locations, pads = located(entries["seed"], slots)
    # In the order of their locations: the table must not depend on how the records came.
    order = np.argsort(locations, kind="stable")
    values = (pads ^ entries["key"])[order].view("<u8").reshape(-1, 2)
    layout, octets = build(locations[order], values, room, lambda size: drawn(seed, f"fill|{number}", size))
    return Part(octets, layout)


def _padding(seed: bytes, count: int) -> Array:
    found = np.empty(count, ROW)
    found["label"] = np.frombuffer(drawn(seed, "labels", LABEL_BYTES * count), "<u8")
    blobs = drawn(seed, "blobs", (ROW_BYTES - LABEL_BYTES) * count)
    found["blob"] = np.frombuffer(blobs, np.uint8).reshape(count, ROW_BYTES - LABEL_BYTES)
    return found
