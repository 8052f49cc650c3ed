"""Writes the tables of a build to the disk, part by part, and completes its manifest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from comity.core.probe.building import tables
from comity.core.probe.building.entries import drawn
from comity.core.probe.index import gone_part
from comity.core.probe.manifest import DELTA, Gone, Manifest, Shard
from comity.services.context import Node
from comity.services.probe import parts
from comity.services.probe.building.state import Build


@dataclass(frozen=True, slots=True)
class Written:
    """A layer whose parts are on the disk.

    Args:
        manifest: complete, not yet signed.
        entries: tokens stored.
        overflow: tokens dropped because too many records share them.
    """

    manifest: Manifest
    entries: int
    overflow: int


def write(node: Node, build: Build, gone: Sequence[bytes], progress: Callable[[int, int], None]) -> Written:
    """Write all parts of a layer; the same build writes the same parts.

    Args:
        node: this node.
        build: filled.
        gone: labels of rows below a delta that are gone.
        progress: is told how many parts of how many are written.

    Raises:
        NodeError: ``probe.disk``, ``probe.run-altered``.
    """
    folder, runs = parts.index_folder(node), build.runs
    sources = tables.Sources(
        build.seed, build.draft.rules, build.row.buckets, runs.records(), runs.entries, runs.rows
    )
    counted = tables.tally(sources)
    made = []
    # 1. The retrieval table, shard by shard.
    for part in tables.shards(sources, counted):
        parts.write_part(folder, part.digest, part.octets)
        if part.layout is not None:
            layout = part.layout
            shard = Shard(
                digest=part.digest, seed=layout.seed, segment=layout.segment, segments=layout.segments
            )
            made.append(shard)
        progress(len(made), counted.shards + 1)
    # 2. The record table.
    records = parts.write_stream(folder, tables.record_table(sources, counted))
    progress(counted.shards + 1, counted.shards + 1)
    changed = {"shards": tuple(made), "records": records, "rows": counted.rows}
    # 3. A delta says which rows below it are gone.
    if build.draft.layer == DELTA:
        part, listed = gone_part(gone, lambda size: drawn(build.seed, "gone", size))
        parts.write_part(folder, part.digest, part.octets)
        changed["gone"] = Gone(digest=part.digest, labels=listed)
    manifest = build.draft.model_copy(update=changed)
    return Written(manifest, counted.kept, sum(counted.overflow.values()))
