"""Reads the register in chunks, makes tokens, has them evaluated, and keeps what they give in runs.

The register is read and evaluations are asked for in this process only; the keys stay where they are. A chunk is a range of
primary keys for a base, a slice of what changed for a delta, so that the same chunks come again after a crash.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from comity.core.codes.exchange import PurposeGroup, Regime, ServiceId
from comity.core.crypto.agent import ProbeKeyId
from comity.core.crypto.blob import record_key
from comity.core.crypto.voprf.layout import KeyClass
from comity.core.probe.building.entries import Evaluated, build_of, encoded, in_buckets
from comity.core.probe.index import label_of
from comity.core.probe.manifest import DELTA
from comity.core.probe.query import Query
from comity.core.probe.rules.commonness import Commonness
from comity.core.probe.sketch import sketch_of
from comity.services.context import Node
from comity.services.probe.building.naming import Tokens, named, octets_of
from comity.services.probe.building.runs import Run
from comity.services.probe.building.state import Build
from comity.services.probe.layers.plan import Change, Plan, permitted
from comity.services.probe.layers.stored import Placed
from comity.services.probe.permit import FindableBy
from comity.services.register.read import Found, findable_of, last_key, stream_findable
from comity.storage.models.probe import ProbeEpoch

STEP = 4096
"""Primary keys, or changed records, in a chunk: what a crash costs."""

_AT_ONCE = 512
"""Records whose tokens are evaluated together."""

Reference = Callable[[ProbeEpoch, str], bytes]


@dataclass(frozen=True, slots=True, repr=False)
class Filling:
    """What a build is filled from.

    Args:
        build: under way.
        epoch: whose keys it has.
        findable: which data of whom may be used.
        known: what both sides are told of common names.
        plan: what the layer brings.
        reference: names a record for this partner.
        progress: is told how many records of how many are done.
    """

    build: Build
    epoch: ProbeEpoch
    findable: FindableBy
    known: Commonness
    plan: Plan
    reference: Reference
    progress: Callable[[int, int], None]

    @property
    def delta(self) -> bool:
        """Tell whether only what changed is taken."""
        return self.build.draft.layer == DELTA

    @property
    def total(self) -> int:
        """Return how many records there will be, as far as is known."""
        return self.plan.changes if self.delta else self.plan.persons


def fill(node: Node, filling: Filling) -> None:
    """Make every run that is not there yet.

    Raises:
        NodeError: ``probe.disk``, ``keys.*``, ``probe.native-wrong``.
    """
    draft, done = filling.build.draft, filling.build.runs.records()
    chunks = _chunks(node, filling)
    processes = min(len(os.sched_getaffinity(0)), -(-filling.total // STEP))
    for (number, found), tokens in named(draft.profile, filling.known, chunks, processes):
        run = _run(node, filling, found, tokens)
        filling.build.runs.write(number, run, node.random(32))
        done += len(found)
        filling.progress(min(done, filling.total), filling.total)


_Described = tuple[Change, Query | None]
_Chunk = tuple[tuple[int, list[_Described]], list[Query]]


def _chunks(node: Node, filling: Filling) -> Iterator[_Chunk]:
    """Yield the number and the records of each chunk that has no run, and their descriptions."""
    count = len(filling.plan.changed) if filling.delta else last_key(node)
    for number in range(-(-count // STEP)):
        if number in filling.build.runs:
            continue
        found = [(one, one.description) for one in permitted(filling.findable, _found(node, filling, number))]
        if found:
            yield (number, found), [description or Query() for _, description in found]


def _found(node: Node, filling: Filling, number: int) -> Iterator[Found]:
    draft, begin = filling.build.draft, number * STEP
    where = Regime(draft.regime), ServiceId(draft.partner), PurposeGroup(draft.group)
    if filling.delta:
        return findable_of(node, *where, filling.plan.changed[begin : begin + STEP])
    return stream_findable(node, *where, after=begin, upto=begin + STEP)


def _run(node: Node, filling: Filling, found: Sequence[_Described], tokens: Sequence[Tokens]) -> Run:
    placed: list[Placed] = []
    waiting: list[_Waiting] = []
    for (one, description), made in zip(found, tokens, strict=True):
        reference = filling.reference(filling.epoch, one.uid)
        if description is None or not made[0]:
            placed.append(Placed(one.uid, one.version, one.permitted, b"", reference))
            continue
        sketch = sketch_of(description, filling.plan.both.of(description), reference).to_octets()
        build = build_of(filling.build.seed, reference, sketch)
        key = record_key(bytes(filling.epoch.record_key), one.uid, one.version, build)
        placed.append(Placed(one.uid, one.version, one.permitted, label_of(key), reference))
        waiting.append(_Waiting(key, reference, sketch, made))
    records = _evaluated(node, filling, iter(waiting))
    entries, rows = encoded(filling.build.seed, filling.build.draft.blob_context, records)
    return Run(*in_buckets(entries, rows, filling.build.row.buckets), placed)


@dataclass(frozen=True, slots=True, repr=False)
class _Waiting:
    """A record whose tokens are not evaluated yet."""

    key: bytes
    reference: bytes
    sketch: bytes
    tokens: Tokens


def _evaluated(node: Node, filling: Filling, waiting: Iterator[_Waiting]) -> Iterator[Evaluated]:
    """Evaluate tokens, each with the key of its class, and record keys with that of openings."""
    draft = filling.build.draft
    classes = [rule.key_class for rule in draft.rules.rules]

    def outputs_of(key_class: KeyClass, octets: Sequence[bytes]) -> list[bytes]:
        where = ServiceId(draft.partner), Regime(draft.regime), PurposeGroup(draft.group)
        return node.keys.evaluate_own(ProbeKeyId(*where, draft.epoch, key_class), octets) if octets else []

    while some := list(islice(waiting, _AT_ONCE)):
        wanted: dict[KeyClass, set[bytes]] = {}
        for one in some:
            for rule, octets in zip(one.tokens[0], octets_of(one.tokens), strict=True):
                wanted.setdefault(classes[rule], set()).add(octets)
        outputs: dict[bytes, bytes] = {}
        for key_class, tokens in wanted.items():
            ordered = sorted(tokens)
            outputs.update(zip(ordered, outputs_of(key_class, ordered), strict=True))
        openings = outputs_of(KeyClass.OPENING, [one.key for one in some])
        for one, opening in zip(some, openings, strict=True):
            own = [outputs[octets] for octets in octets_of(one.tokens)]
            yield Evaluated(one.key, opening, one.reference, one.sketch, one.tokens[0], own)
