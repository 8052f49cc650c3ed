"""The asker's local work after an answer: which outputs open which records, and how strong that is.

Implements docs/protocol/probe.md §4.7 and §8. Nothing here reaches the issuer but two points, whatever was found.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from comity.core.crypto.blob import open_blob
from comity.core.probe import judging
from comity.core.probe.index import KEY_BYTES, REFERENCE_BYTES, label_of, place_of, slot_of
from comity.core.probe.judging import Birth, Opened, Told, agreement, evidence, probability
from comity.core.probe.manifest import LABEL_BYTES, ROW_BYTES, Manifest
from comity.core.probe.query import Query
from comity.core.probe.retrieval import Words, lookup
from comity.core.probe.rules.profile import Field
from comity.core.probe.rules.tokens import Token
from comity.core.probe.rules.traces import Traces, compare
from comity.core.probe.sketch import read_sketch

MAX_CANDIDATES = 2
"""Records that one search may open; more means: give more data."""


class Strength(StrEnum):
    """What a search found."""

    HIT = "hit"
    POSSIBLE = "possible"
    MISS = "miss"
    INSUFFICIENT = "insufficient"


@dataclass(frozen=True, slots=True)
class Replica:
    """An index that was fetched and verified: a base with its deltas, or one of those deltas.

    Args:
        manifest: as signed.
        shards: words of each shard, shape (cells, 2).
        rows: the record table: labels, then blobs.
        gone: labels of rows of earlier layers that are gone, 8 bytes each; of a delta.
        later: the deltas on top of a base, in their order.
        at_hand: whether all shards are here; otherwise reading one may take its time.
    """

    manifest: Manifest
    shards: Sequence[Words]
    rows: bytes | memoryview
    gone: bytes | memoryview = b""
    later: tuple[Replica, ...] = ()
    at_hand: bool = True

    @property
    def layers(self) -> tuple[Replica, ...]:
        """Return the base and its deltas, oldest first."""
        return (self, *self.later)

    @property
    def newest(self) -> int:
        """Return the version of the newest layer."""
        return self.layers[-1].manifest.version

    def labels(self) -> NDArray[np.uint64]:
        """Return the labels in ascending order, shape (rows,)."""
        return np.frombuffer(self.rows, "<u8", self.manifest.rows)

    def blob(self, row: int) -> bytes:
        """Return the sealed reference and sketch of a row."""
        size = ROW_BYTES - LABEL_BYTES
        begin = LABEL_BYTES * self.manifest.rows + size * row
        return bytes(self.rows[begin : begin + size])


@dataclass(frozen=True, slots=True, repr=False)
class Candidate:
    """A record whose key was found.

    Args:
        key: K.
        row: in the record table.
        rules: which gave the key.
        layer: in which it lies, as its place among the layers.
        promise: evidence as far as it is known before the record is opened.
        among: how many records were found, this one included.
        most: evidence if what it holds agrees as well as it can.
    """

    key: bytes
    row: int
    rules: frozenset[str]
    layer: int = 0
    promise: float = 0.0
    among: int = 1
    most: float = 0.0


@dataclass(frozen=True, slots=True)
class Found:
    """One record that opened.

    Args:
        reference: opaque, 32 hex digits.
        rules: which opened it.
        probability: that it is the person, for searches of which one in ten asks for somebody registered.
    """

    reference: str
    rules: frozenset[str]
    probability: float = 0.0


def told_of(query: Query) -> Told:
    """Return what a query tells beside names."""
    births = query.births
    return Told(
        place=bool(query.places),
        parent=bool(query.parents),
        birth=Birth.DAY
        if any(one.day_month for one in births)
        else Birth.MONTH
        if any(one.month for one in births)
        else Birth.YEAR
        if births
        else Birth.NONE,
    )


def candidates(
    replica: Replica,
    tokens: Sequence[Token],
    outputs: Sequence[bytes],
    recalled: Set[bytes] = frozenset(),
) -> tuple[Candidate, ...]:
    """Return the records whose keys the outputs give in any layer and that are not gone, the likeliest first.

    Args:
        replica: the index.
        tokens: of the query.
        outputs: of the tokens, 64 bytes each.
        recalled: labels that the issuer states as gone since the newest layer.
    """
    profile = replica.manifest.rules
    rules: dict[tuple[int, bytes, int], set[str]] = {}
    slots = [profile.rule(token.rule).slots for token in tokens]
    for place, layer in enumerate(replica.layers):
        for at, key, row in _keys(layer, slots, outputs):
            rules.setdefault((place, key, row), set()).add(tokens[at].rule)
    found = [
        (key, row, frozenset(by), place)
        for (place, key, row), by in rules.items()
        if not _is_gone(replica, place, label_of(key), recalled)
    ]
    told = _told_by(frozenset[Field]().union(*(profile.rule(token.rule).fields for token in tokens)))
    made = [
        Candidate(*one, promise, len(found), promise + most)
        for one in found
        for promise, most in [_promise(replica.manifest, one[2], told, len(found))]
    ]
    return tuple(sorted(made, key=lambda one: (-one.most, one.key)))


def to_open(found: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Return the at most two candidates that promise most; none when so many are sure that a choice would say nothing."""
    worth = tuple(one for one in found if one.most >= judging.weights().possible)
    return () if is_crowded(found) else worth[:MAX_CANDIDATES]


def is_crowded(found: Sequence[Candidate]) -> bool:
    """Tell whether more records promise to be hits than may be opened."""
    return sum(one.promise >= judging.weights().hit for one in found) > MAX_CANDIDATES


def open_records(
    replica: Replica, chosen: Sequence[Candidate], openings: Sequence[bytes], query: Query
) -> tuple[Found, ...]:
    """Return the records that open, the likeliest first.

    What does not open as it should is no record, and no error: the asker would do something else after it, which would tell
    its issuer that it was found. Each of the two costs as much work, whether there is one or not.

    Args:
        replica: the index.
        chosen: from `to_open`.
        openings: F2 of each, 64 bytes.
        query: that was asked.
    """
    profile, told, found = replica.manifest.rules, told_of(query), []
    for one, opening in zip(chosen, openings, strict=True):
        layer = replica.layers[one.layer]
        opened = open_blob(one.key + opening, layer.manifest.blob_context, layer.blob(one.row))
        salt = bytes(REFERENCE_BYTES) if opened is None else opened[:REFERENCE_BYTES]
        sketch = None if opened is None else read_sketch(opened[REFERENCE_BYTES:])
        if sketch is None:
            compare(query, Traces(), True, salt)
            continue
        weighed = evidence(
            agreement(profile, one.rules),
            told,
            Opened(sketch, compare(query, sketch.traces, sketch.day, salt)),
            candidates=one.among,
            persons=replica.manifest.persons,
        )
        found.append(Found(salt.hex(), one.rules, round(probability(weighed), 4)))
    for _ in range(MAX_CANDIDATES - len(chosen)):
        compare(query, Traces(), True, bytes(REFERENCE_BYTES))
    return tuple(sorted(found, key=lambda one: (-one.probability, one.reference)))


def judge(found: Sequence[Found], *, crowded: bool) -> tuple[Strength, tuple[Found, ...]]:
    """Return the strength of what opened, and the references that count for it.

    Args:
        found: from `open_records`.
        crowded: more records were worth opening than may be opened.
    """
    weight = judging.weights()
    sure = tuple(one for one in found if one.probability >= round(probability(weight.hit), 4))
    if sure:
        return Strength.HIT, sure
    likely = tuple(one for one in found if one.probability >= round(probability(weight.possible), 4))
    if likely or crowded:
        return Strength.POSSIBLE, likely
    return Strength.MISS, ()


def _is_gone(replica: Replica, place: int, label: bytes, recalled: Set[bytes]) -> bool:
    """Tell whether a row of a layer is gone: a later layer lists its label, or the issuer has recalled it since."""
    if label in recalled:
        return True
    wanted = np.frombuffer(label, "<u8")[0]
    for layer in replica.layers[place + 1 :]:
        listed = np.frombuffer(layer.gone, "<u8")
        at = int(np.searchsorted(listed, wanted))
        if at < len(listed) and listed[at] == wanted:
            return True
    return False


def _told_by(fields: Set[Field]) -> Told:
    """Return what a query tells beside names, from the fields that its tokens conjoin."""
    births = ((Field.DAY_MONTH, Birth.DAY), (Field.MONTH, Birth.MONTH), (Field.YEAR, Birth.YEAR))
    birth = next((birth for field, birth in births if field in fields), Birth.NONE)
    return Told(place=Field.PLACE in fields, parent=Field.PARENT in fields, birth=birth)


def _promise(manifest: Manifest, rules: Set[str], told: Told, candidates: int) -> tuple[float, float]:
    """Return the evidence before a record is opened, and what opening it can add at most."""
    agreed = agreement(manifest.rules, rules)
    return (
        evidence(agreed, told, candidates=candidates, persons=manifest.persons),
        judging.most(agreed, told),
    )


def _keys(layer: Replica, slots: Sequence[int], outputs: Sequence[bytes]) -> list[tuple[int, bytes, int]]:
    """Return the record keys in the slots of tokens, each with the number of its token and the row that its label names.

    Args:
        layer: that is read, each shard at once.
        slots: how many each token has.
        outputs: of the tokens, 64 bytes each.
    """
    # 1. Which slots of which shard are whose.
    context = layer.manifest.blob_context
    owners: list[int] = []
    octets: list[bytes] = []
    shards: dict[int, list[int]] = {}
    for at, (count, output) in enumerate(zip(slots, outputs, strict=True)):
        word, seed = place_of(output, context)
        number = (int.from_bytes(word, "big") * len(layer.shards)) >> 32
        shards.setdefault(number, []).extend(range(len(owners), len(owners) + count))
        owners += [at] * count
        octets += [slot_of(seed, slot) for slot in range(count)]
    # 2. Their cells, and what the pads leave of them.
    places = np.frombuffer(b"".join(octets), np.uint8).reshape(-1, 24)
    locations = np.ascontiguousarray(places[:, :8]).view("<u8").reshape(-1)
    cells = np.empty((len(owners), 2), "<u8")
    for number, chosen in shards.items():
        layout = layer.manifest.shards[number].layout
        cells[chosen] = lookup(layer.shards[number], locations[chosen], layout)
    padded = np.ascontiguousarray(places[:, 8:]) ^ cells.view(np.uint8).reshape(-1, KEY_BYTES)
    joined = padded.tobytes()
    keys = [joined[at : at + KEY_BYTES] for at in range(0, len(joined), KEY_BYTES)]
    # 3. Those whose label stands in the record table.
    wanted, labels = np.frombuffer(b"".join(map(label_of, keys)), "<u8"), layer.labels()
    rows = np.minimum(np.searchsorted(labels, wanted), len(labels) - 1)
    return [(owners[at], keys[at], int(rows[at])) for at in np.flatnonzero(labels[rows] == wanted)]
