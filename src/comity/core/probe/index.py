"""Building an index: from records to a retrieval table and a record table.

Implements docs/protocol/probe.md §5 and §6. The builder streams: a record is given once, its tokens are evaluated by
the caller in batches, and only numbers, never names, are kept until the tables are written.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from comity.core.crypto.blob import seal_blob
from comity.core.probe.manifest import ROW_BYTES
from comity.core.probe.profile import Profile
from comity.core.probe.retrieval import Layout, build, padded
from comity.core.probe.tokens import Token

KEY_BYTES = 16
REFERENCE_BYTES = 16
SKETCH_BYTES = 8
LABEL_BYTES = 8
SHARD_KEYS = 1 << 17

Random = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Part:
    """One file of an index: its bytes, and for a shard its layout."""

    octets: bytes
    layout: Layout | None = None

    @property
    def digest(self) -> str:
        """Name of the part."""
        return hashlib.sha256(self.octets).hexdigest()


@dataclass(frozen=True, slots=True)
class Built:
    """A finished index.

    Args:
        shards: parts of the retrieval table.
        records: the record table.
        rows: rows of the record table, padding included.
        entries: tokens stored.
        overflow: tokens dropped because too many records share them.
    """

    shards: tuple[Part, ...]
    records: Part
    rows: int
    entries: int
    overflow: int


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
    overflow: int = 0
    _locations: list[bytes] = field(default_factory=list)
    _values: list[bytes] = field(default_factory=list)
    _shards: list[int] = field(default_factory=list)
    _rows: list[bytes] = field(default_factory=list)
    _used: Counter[bytes] = field(default_factory=Counter)

    def add(
        self, key: bytes, reference: bytes, sketch: bytes, tokens: Sequence[Token], outputs: Sequence[bytes]
    ) -> None:
        """Add one record: its 16-byte K, reference and sketch, its tokens and their 64-byte outputs.

        Raises:
            ValueError: wrong sizes.
        """
        sizes = (len(key), len(reference), len(sketch), len(tokens))
        if sizes != (KEY_BYTES, REFERENCE_BYTES, SKETCH_BYTES, len(outputs)):
            raise ValueError("wrong sizes")
        # 1. One row: label and blob.
        self._rows.append(label_of(key) + seal_blob(key, self.context, reference + sketch))
        # 2. One cell value for each token that still has a free slot.
        for token, output in zip(tokens, outputs, strict=True):
            name = hashlib.sha256(output).digest()[:16]
            slot = self._used[name]
            if slot >= self.profile.rule(token.rule).slots:
                self.overflow += 1
                continue
            self._used[name] += 1
            location, pad = slot_of(output, slot)
            self._locations.append(location)
            self._values.append(xor(pad, key))
            self._shards.append(shard_word(output))

    def finish(self) -> Built:
        """Write the tables."""
        total = padded(len(self._locations))
        shards = max(1, -(-total // SHARD_KEYS))
        keys = np.frombuffer(b"".join(self._locations), dtype="<u8")
        values = np.frombuffer(b"".join(self._values), dtype="<u8").reshape(-1, 2)
        words = np.array(self._shards, dtype=np.uint64)
        chosen = (words * np.uint64(shards)) >> np.uint64(32)
        room = padded(-(-total // shards) + (0 if shards == 1 else 2048))
        parts = []
        for number in range(shards):
            own = chosen == np.uint64(number)
            layout, octets = build(keys[own], values[own], room, self.random)
            parts.append(Part(octets, layout))
        rows = padded(len(self._rows))
        table = [*self._rows, *(self.random(ROW_BYTES) for _ in range(rows - len(self._rows)))]
        records = Part(b"".join(sorted(table)))
        return Built(tuple(parts), records, rows, len(self._locations), self.overflow)


def label_of(key: bytes) -> bytes:
    """Return the label under which the row of a record key lies."""
    return hashlib.sha256(key + b"CP1R").digest()[:LABEL_BYTES]


def shard_word(output: bytes) -> int:
    """Return the 32-bit word that chooses the shard of a token."""
    return int.from_bytes(hashlib.sha512(output + b"CP1-shard").digest()[:4], "big")


def slot_of(output: bytes, slot: int) -> tuple[bytes, bytes]:
    """Return the 8-byte location and the 16-byte pad of a slot of a token."""
    found = hashlib.sha512(output + b"CP1-slot" + bytes([slot])).digest()
    return found[:8], found[8:24]


def xor(one: bytes, other: bytes) -> bytes:
    """Return the XOR of two byte strings of one length."""
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).to_bytes(len(one), "big")
