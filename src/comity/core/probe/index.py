"""What the tables of an index are made of: where an output puts its cells, which label a record key has.

Implements docs/protocol/probe.md §5 and §6. `building` makes the tables, `opening` reads them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from comity.core.probe.manifest import LABEL_BYTES
from comity.core.probe.retrieval import Layout, padded

KEY_BYTES = 16
REFERENCE_BYTES = 16
SEED_BYTES = 32

Random = Callable[[int], bytes]
Octets = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Part:
    """One file of an index: its bytes, and for a shard its layout."""

    octets: bytes
    layout: Layout | None = None

    @property
    def digest(self) -> str:
        """Name of the part."""
        return hashlib.sha256(self.octets).hexdigest()


def gone_part(labels: Collection[bytes], random: Random) -> tuple[Part, int]:
    """Return the part that lists the labels of rows that are gone, and how many it lists: sorted, padded with random ones."""
    own = b"".join(sorted(set(labels)))
    count = padded(len(own) // LABEL_BYTES)
    filled = own + random(count * LABEL_BYTES - len(own))
    return Part(np.sort(np.frombuffer(filled, "<u8")).tobytes()), count


def label_of(key: bytes) -> bytes:
    """Return the label under which the row of a record key lies: a little-endian number."""
    return hashlib.sha256(key + b"CP1R").digest()[:LABEL_BYTES]


def place_of(output: bytes, context: bytes) -> tuple[bytes, bytes]:
    """Return what an output says of where its cells lie: 4 bytes that choose the shard, and the 32-byte seed of its slots.

    Bound to the version of the index: were the same triple of cells to hold the same value in two versions, whoever
    keeps both would find all such triples by their XOR, without a key (docs/protocol/probe-attacks.md A14).

    Args:
        output: y, 64 bytes.
        context: `Manifest.blob_context`.
    """
    found = hashlib.sha512(output + b"CP1-place" + context).digest()
    return found[:4], found[4 : 4 + SEED_BYTES]


def slot_of(seed: bytes, slot: int) -> bytes:
    """Return the 8-byte location of a slot and, behind it, its 16-byte pad."""
    return hashlib.sha512(seed + b"CP1-slot" + bytes([slot])).digest()[:24]


def located(seeds: Octets, slots: Octets) -> tuple[NDArray[np.uint64], Octets]:
    """Return locations, shape (entries,), and pads, shape (entries, 16)."""
    octets = seeds.tobytes()
    places = b"".join(
        slot_of(octets[at * SEED_BYTES : (at + 1) * SEED_BYTES], slot)
        for at, slot in enumerate(slots.tolist())
    )
    table = np.frombuffer(places, np.uint8).reshape(-1, 24)
    locations = np.ascontiguousarray(table[:, :8]).view("<u8").reshape(-1)
    return locations, np.ascontiguousarray(table[:, 8:])
