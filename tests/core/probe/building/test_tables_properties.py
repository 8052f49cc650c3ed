"""The streamed builder writes what the builder in memory writes, however its records are cut into chunks and buckets."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.probe import in_memory as in_memory_builder
from tests.core.probe.in_memory import Built, IndexBuilder

from comity.core.probe.building import tables
from comity.core.probe.building.entries import (
    ENTRY,
    LOT_BYTES,
    ROW,
    Evaluated,
    build_of,
    drawn,
    encoded,
    in_buckets,
)
from comity.core.probe.building.tables import Sources, record_table, shards, tally
from comity.core.probe.index import Part
from comity.core.probe.retrieval import padded
from comity.core.probe.rules.profile import CP1
from comity.core.probe.rules.tokens import Token

SEED = b"\7" * 32
CONTEXT = b"MA.police|BE.police|police|serious-crime|1|base|1"


def records(count: int, shared: int, seed: int) -> list[Evaluated]:
    """Return records of which many share tokens; some have none."""
    draw = random.Random(seed)
    return [
        Evaluated(
            key=draw.randbytes(16),
            opening=draw.randbytes(64),
            reference=draw.randbytes(16),
            sketch=bytes(8),
            rules=bytes(rules := [draw.randrange(len(CP1.rules)) for _ in range(draw.randrange(6))]),
            outputs=[hashlib.sha512(bytes([draw.randrange(shared), rule])).digest() for rule in rules],
        )
        for _ in range(count)
    ]


def in_memory(found: list[Evaluated]) -> Built:
    """Return what the builder in memory makes of the same lots, the same fill and the same padding."""
    lots = [
        hashlib.shake_128(SEED + b"CP1-lots" + one.key).digest(LOT_BYTES * len(one.rules)) for one in found
    ]
    wide = np.frombuffer(b"".join(lots), "<u4").astype("<u8").tobytes()
    builder = IndexBuilder(CP1, CONTEXT, _scripted(wide, padded(len(found)) - len(found)))
    for one in found:
        tokens = [Token(CP1.rules[rule].id, b"") for rule in one.rules]
        builder.add(one.key, one.opening, one.reference, one.sketch, tokens, one.outputs)
    return builder.finish()


def _scripted(lots: bytes, padding: int) -> Callable[[int], bytes]:
    """Return a source that gives lots, then the fill of each shard, then the padding."""
    calls = iter(range(1 << 20))

    def random_(size: int) -> bytes:
        number = next(calls)
        if number == 0:
            return lots
        if size == 8 * padding:
            return drawn(SEED, "labels", size)
        if size == 40 * padding:
            return drawn(SEED, "blobs", size)
        return drawn(SEED, f"fill|{number - 1}", size)

    return random_


def streamed(
    found: list[Evaluated], step: int, buckets: int
) -> tuple[list[Part], bytes, int, dict[str, int]]:
    """Return what the streamed builder makes of chunks and buckets."""
    runs = [
        in_buckets(*encoded(SEED, CONTEXT, found[at : at + step]), buckets)
        for at in range(0, len(found), step)
    ]
    sources = Sources(
        SEED,
        CP1,
        buckets,
        len(found),
        lambda bucket: np.frombuffer(b"".join(entries[bucket] for entries, _ in runs), ENTRY),
        lambda bucket: np.frombuffer(b"".join(rows[bucket] for _, rows in runs), ROW),
    )
    counted = tally(sources)
    table = b"".join(record_table(sources, counted))
    return list(shards(sources, counted)), table, counted.kept, counted.overflow


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 60),
    st.integers(1, 40),
    st.integers(0, 99),
    st.integers(1, 70),
    st.integers(1, 9),
)
def test_the_same_tables_as_in_memory(count: int, shared: int, seed: int, step: int, buckets: int) -> None:
    found = records(count, shared, seed)
    built = in_memory(found)
    parts, table, kept, overflow = streamed(found, step, buckets)
    assert (kept, overflow) == (built.entries, built.overflow)
    assert table == built.records.octets
    assert [(one.digest, one.layout) for one in parts] == [(one.digest, one.layout) for one in built.shards]


def test_several_shards_however_they_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shards and buckets end in different places; a shard whose entries come from two buckets is one shard."""
    monkeypatch.setattr(tables, "SHARD_KEYS", 64)
    monkeypatch.setattr(in_memory_builder, "SHARD_KEYS", 64)
    found = records(500, 120, 3)
    built = in_memory(found)
    assert len(built.shards) > 8
    for step, buckets in ((500, 1), (7, 3), (64, 16), (100, 5), (500, 40)):
        parts, table, kept, _ = streamed(found, step, buckets)
        assert [(one.digest, one.layout) for one in parts] == [
            (one.digest, one.layout) for one in built.shards
        ]
        assert (table, kept) == (built.records.octets, built.entries)


@given(
    st.binary(min_size=16, max_size=16),
    st.binary(min_size=8, max_size=8),
    st.integers(0, 23),
    st.integers(1, 255),
)
def test_another_plaintext_is_another_build(reference: bytes, sketch: bytes, at: int, flip: int) -> None:
    """The key of a row changes with what it seals, so that none seals two things when a build is taken up."""
    altered = bytearray(reference + sketch)
    altered[at] ^= flip
    other = build_of(SEED, bytes(altered[:16]), bytes(altered[16:]))
    assert build_of(SEED, reference, sketch) != other
    assert build_of(b"\1" * 32, reference, sketch) != build_of(SEED, reference, sketch)
