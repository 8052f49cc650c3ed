"""What a record adds to an index: entries of the retrieval table and a row of the record table, as arrays.

Implements docs/protocol/probe.md §5 and §6. Nothing here names anybody; but whoever has entries has the record keys, so
that they are kept sealed until the tables are written (ADR 27). All that is drawn while an index is built follows from
one secret seed: a build that is taken up again after a crash makes the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from comity.core.crypto.blob import seal_blob
from comity.core.probe.index import KEY_BYTES, REFERENCE_BYTES, SEED_BYTES, label_of, place_of
from comity.core.probe.manifest import LABEL_BYTES, ROW_BYTES
from comity.core.probe.sketch import SKETCH_BYTES

DRAWN_BYTES: Final = 32
"""Octets of the seed of a build."""

LOT_BYTES: Final = 4

Array = NDArray[Any]

ENTRY: Final = np.dtype(
    [
        ("word", ">u4"),
        ("seed", "u1", SEED_BYTES),
        ("key", "u1", KEY_BYTES),
        ("lot", "<u4"),
        ("rule", "u1"),
    ]
)
"""One token of one record: its place, the record's key, its lot among those who share the token, its rule by number."""

ROW: Final = np.dtype([("label", "<u8"), ("blob", "u1", ROW_BYTES - LABEL_BYTES)])
"""One record: label and blob."""


@dataclass(frozen=True, slots=True, repr=False)
class Evaluated:
    """A record whose tokens were evaluated.

    Args:
        key: its K, 16 bytes.
        opening: F2, the 64-byte output of K under the key of openings.
        reference: opaque, 16 bytes.
        sketch: 8 bytes.
        rules: of its tokens, by number, one byte each.
        outputs: of its tokens, 64 bytes each.
    """

    key: bytes
    opening: bytes
    reference: bytes
    sketch: bytes
    rules: bytes
    outputs: Sequence[bytes]


def drawn(seed: bytes, purpose: str, size: int) -> bytes:
    """Return bytes that nobody can tell from random ones without the seed (SHAKE-256, FIPS 202).

    Args:
        seed: of the build, 32 bytes.
        purpose: what they are for; equal purposes give equal bytes.
        size: how many.
    """
    if len(seed) != DRAWN_BYTES:
        raise ValueError("the seed of a build has 32 bytes")
    return hashlib.shake_256(b"comity/1 probe build|" + seed + purpose.encode()).digest(size)


def build_of(seed: bytes, reference: bytes, sketch: bytes) -> bytes:
    """Return the 16 bytes of a build from which, among others, a record's key is made.

    They differ with everything that the row seals, so that a build that is taken up again when the register has changed
    seals nothing new under a key that has sealed something.
    """
    return drawn(seed, f"key|{reference.hex()}|{sketch.hex()}", 16)


def encoded(seed: bytes, context: bytes, records: Iterable[Evaluated]) -> tuple[Array, Array]:
    """Return the entries and the rows of records, in their order.

    Args:
        seed: of the build.
        context: `Manifest.blob_context` of the manifest to be.
        records: evaluated.

    Raises:
        ValueError: wrong sizes.
    """
    entries, rows = bytearray(), bytearray()
    for one in records:
        sizes = (len(one.key), len(one.reference), len(one.sketch), len(one.rules))
        if sizes != (KEY_BYTES, REFERENCE_BYTES, SKETCH_BYTES, len(one.outputs)):
            raise ValueError("wrong sizes")
        # 1. One row: label and blob.
        rows += label_of(one.key)
        rows += seal_blob(one.key + one.opening, context, one.reference + one.sketch)
        # 2. One entry for each token; which slot it gets is decided by lot when all are known.
        lots = hashlib.shake_128(seed + b"CP1-lots" + one.key).digest(LOT_BYTES * len(one.rules))
        for at, output in enumerate(one.outputs):
            word, place = place_of(output, context)
            entries += word + place + one.key + lots[LOT_BYTES * at : LOT_BYTES * (at + 1)]
            entries.append(one.rules[at])
    return np.frombuffer(bytes(entries), ENTRY), np.frombuffer(bytes(rows), ROW)


def in_buckets(entries: Array, rows: Array, buckets: int) -> tuple[list[bytes], list[bytes]]:
    """Return the bytes of entries and rows of each bucket; within a bucket their order stays.

    Buckets are ranges: of the number that chooses the shard, and of the label. So a table can be written bucket by bucket.
    """
    return (
        _split(entries, bucket_of(entries["word"], 32, buckets), buckets),
        _split(rows, bucket_of(rows["label"], 64, buckets), buckets),
    )


def bucket_of(numbers: Array, bits: int, buckets: int) -> Array:
    """Return the bucket of each number of so many bits: ranges of equal size, in their order."""
    high = numbers.astype(np.uint64) >> np.uint64(bits - 32)
    return (high * np.uint64(buckets)) >> np.uint64(32)


def _split(found: Array, bucket: Array, buckets: int) -> list[bytes]:
    order = np.argsort(bucket, kind="stable")
    bounds = np.searchsorted(bucket[order], np.arange(buckets + 1, dtype=np.uint64))
    return [found[order[bounds[at] : bounds[at + 1]]].tobytes() for at in range(buckets)]
