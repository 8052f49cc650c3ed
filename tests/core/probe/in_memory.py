"""A builder that holds all in memory, as the first one of this project did: for small indexes of tests.

It shares with the streamed one what a cell, a row and a shard are, and nothing of how they are collected and ordered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from comity.core.crypto.blob import seal_blob
from comity.core.probe.index import KEY_BYTES, REFERENCE_BYTES, SEED_BYTES, Part, label_of, located, place_of
from comity.core.probe.manifest import LABEL_BYTES, ROW_BYTES
from comity.core.probe.retrieval import build, padded
from comity.core.probe.rules.profile import Profile
from comity.core.probe.rules.tokens import Token
from comity.core.probe.sketch import SKETCH_BYTES

SHARD_KEYS = 1 << 17

Random = Callable[[int], bytes]
Octets = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Built:
    """A finished index.

    Args:
        shards: parts of the retrieval table.
        records: the record table.
        rows: rows of the record table, padding included.
        entries: tokens stored.
        overflow: of each rule, tokens dropped because too many records share them.
    """

    shards: tuple[Part, ...]
    records: Part
    rows: int
    entries: int
    overflow: dict[str, int]


@dataclass
class IndexBuilder:
    """Collects records and writes the tables.

    Args:
        profile: rules; say how many records may share a token.
        context: `Manifest.blob_context` of the manifest to be.
        random: source of the fill and of the padding rows.
    """

    profile: Profile
    context: bytes
    random: Random
    _words: bytearray = field(default_factory=bytearray)
    _seeds: bytearray = field(default_factory=bytearray)
    _keys: bytearray = field(default_factory=bytearray)
    _rules: bytearray = field(default_factory=bytearray)
    _labels: bytearray = field(default_factory=bytearray)
    _blobs: bytearray = field(default_factory=bytearray)

    def add(
        self,
        key: bytes,
        opening: bytes,
        reference: bytes,
        sketch: bytes,
        tokens: Sequence[Token],
        outputs: Sequence[bytes],
    ) -> None:
        """Add one record.

        Args:
            key: its K, 16 bytes.
            opening: F2, the 64-byte output of K under the key of openings.
            reference: opaque, 16 bytes.
            sketch: 8 bytes.
            tokens: its tokens.
            outputs: of the tokens, 64 bytes each.

        Raises:
            ValueError: wrong sizes.
        """
        sizes = (len(key), len(reference), len(sketch), len(tokens))
        if sizes != (KEY_BYTES, REFERENCE_BYTES, SKETCH_BYTES, len(outputs)):
            raise ValueError("wrong sizes")
        # 1. One row: label and blob.
        self._labels += label_of(key)
        self._blobs += seal_blob(key + opening, self.context, reference + sketch)
        # 2. One entry for each token; which slot it gets is decided when all are known.
        numbers = {rule.id: number for number, rule in enumerate(self.profile.rules)}
        for token, output in zip(tokens, outputs, strict=True):
            word, seed = place_of(output, self.context)
            self._words += word
            self._seeds += seed
            self._rules.append(numbers[token.rule])
        self._keys += key * len(tokens)

    def finish(self) -> Built:
        """Write the tables."""
        slots, kept, overflow = self._slots()
        total = padded(len(kept))
        shards = max(1, -(-total // SHARD_KEYS))
        words = np.frombuffer(bytes(self._words), dtype=">u4").astype(np.uint64)[kept]
        chosen = (words * np.uint64(shards)) >> np.uint64(32)
        room = padded(-(-total // shards) + (0 if shards == 1 else 2048))
        seeds = np.frombuffer(self._seeds, np.uint8).reshape(-1, SEED_BYTES)
        keys = np.frombuffer(self._keys, np.uint8).reshape(-1, KEY_BYTES)
        parts = []
        for number in range(shards):
            own = kept[chosen == np.uint64(number)]
            locations, pads = located(seeds[own], slots[own])
            order = np.argsort(locations, kind="stable")
            values = (pads ^ keys[own])[order].view("<u8").reshape(-1, 2)
            layout, octets = build(locations[order], values, room, self.random)
            parts.append(Part(octets, layout))
        return Built(tuple(parts), *self._records(), len(kept), overflow)

    def _slots(self) -> tuple[Octets, NDArray[np.int64], dict[str, int]]:
        """Return the slot of every entry, the entries that have one, and of each rule how many have none.

        Which records get the slots of a token that too many share is decided by lot.
        """
        count = len(self._rules)
        seeds = np.frombuffer(self._seeds, np.uint8).reshape(-1, SEED_BYTES)
        first = np.ascontiguousarray(seeds[:, :8]).view("<u8").reshape(-1)
        lots = np.frombuffer(self.random(8 * count), "<u8")
        order = np.lexsort((lots, first))
        begins = np.flatnonzero(np.concatenate([[True], first[order][1:] != first[order][:-1]])[:count])
        ranks = np.arange(count) - np.repeat(begins, np.diff(np.append(begins, count)))
        slots = np.empty(count, np.int64)
        slots[order] = ranks
        rules = np.frombuffer(bytes(self._rules), np.uint8)
        limits = np.array([rule.slots for rule in self.profile.rules])
        fits = slots < limits[rules]
        dropped = np.bincount(rules[~fits], minlength=len(limits))
        overflow = {
            rule.id: int(number) for rule, number in zip(self.profile.rules, dropped, strict=True) if number
        }
        return slots.astype(np.uint8), np.flatnonzero(fits), overflow

    def _records(self) -> tuple[Part, int]:
        """Return the record table: labels in ascending order, then the blobs in the order of their labels."""
        count = len(self._labels) // LABEL_BYTES
        rows = padded(count)
        labels = self._labels + self.random(LABEL_BYTES * (rows - count))
        blobs = self._blobs + self.random((ROW_BYTES - LABEL_BYTES) * (rows - count))
        numbers = np.frombuffer(bytes(labels), "<u8")
        order = np.argsort(numbers, kind="stable")
        sorted_blobs = np.frombuffer(bytes(blobs), np.uint8).reshape(rows, -1)[order]
        return Part(numbers[order].tobytes() + sorted_blobs.tobytes()), rows
