"""An issuer and an asker in one process, over the real protocol: blind, evaluate, verify, open."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from tests.core.probe.in_memory import Built, IndexBuilder

from comity.core.codes.exchange import PurposeGroup, Regime, ServiceId
from comity.core.crypto.agent import ProbeKeyId
from comity.core.crypto.blob import record_key
from comity.core.crypto.encoding import to_text
from comity.core.crypto.local import LocalKeys
from comity.core.crypto.voprf.layout import OPENINGS, KeyClass, SlotLayout
from comity.core.probe import exchange
from comity.core.probe.manifest import Manifest, Shard, key_classes
from comity.core.probe.opening import (
    Candidate,
    Found,
    Replica,
    Strength,
    candidates,
    is_crowded,
    judge,
    open_records,
    to_open,
)
from comity.core.probe.query import Query
from comity.core.probe.recalled import Tombstones, head_of, padded_labels, page_of
from comity.core.probe.rules.commonness import Commonness, count
from comity.core.probe.rules.profile import CP1
from comity.core.probe.rules.tokens import bearers, index_tokens, names_of, query_tokens
from comity.core.probe.sketch import sketch_of

UNKNOWN = Commonness()
_PADDED = padded_labels((), bytes(32), 1)
NOTHING_GONE = Tombstones(head=head_of(_PADDED, 1), labels=page_of(_PADDED, 0))
KEY = ProbeKeyId(ServiceId("BE.police"), Regime.POLICE, PurposeGroup.SERIOUS_CRIME, 1)


@dataclass
class Simulation:
    """A published index, the key behind it, and which reference is which record."""

    keys: LocalKeys
    replica: Replica
    built: Built
    uids: dict[str, str]

    def search(self, query: Query) -> tuple[Strength, tuple[Found, ...], tuple[Candidate, ...]]:
        """Ask through the protocol; strength, the references that count, and all whose keys were found."""
        manifest = self.replica.manifest
        tokens = query_tokens(CP1, manifest.commonness, query)
        asked = exchange.ask(CP1, tokens, seed := secrets.token_bytes(32))
        elements, proofs = self._evaluated(CP1.layout, asked.blinding.elements)
        answer = exchange.ProbeAnswer(
            rid="0" * 32,
            epoch=1,
            day="2026-11-23",
            today=1,
            in_case=1,
            elements=elements,
            proofs=proofs,
            tombstones=NOTHING_GONE,
        )
        found = candidates(self.replica, *exchange.outputs(CP1, asked, answer, manifest.publics))
        chosen = to_open(found)
        blinding = exchange.ask_openings([one.key for one in chosen], seed)
        elements, proofs = self._evaluated(OPENINGS, blinding.elements)
        made = exchange.OpeningAnswer(rid="0" * 32, elements=elements, proofs=proofs)
        openings = exchange.openings(blinding, made, manifest.publics)
        opened = open_records(self.replica, chosen, openings, query)
        strength, counted = judge(opened, crowded=is_crowded(found))
        return strength, counted, found

    def _evaluated(
        self, layout: SlotLayout, points: Sequence[bytes]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        elements, proofs = [], []
        for key_class, places in layout.ranges():
            made = self.keys.evaluate(key_of(key_class), points[places.start : places.stop])
            elements += [to_text(element) for element in made.elements]
            proofs.append(to_text(made.proof))
        return tuple(elements), tuple(proofs)


def key_of(key_class: KeyClass) -> ProbeKeyId:
    """Return the key of a class."""
    return replace(KEY, key_class=key_class)


def manifest_of(built: Built, keys: LocalKeys, known: Commonness = UNKNOWN, *, version: int = 1) -> Manifest:
    """Return the manifest of a built index."""
    shards = tuple(
        Shard(
            digest=part.digest,
            seed=part.layout.seed,
            segment=part.layout.segment,
            segments=part.layout.segments,
        )
        for part in built.shards
        if part.layout is not None
    )
    return Manifest(
        issuer="MA.police",
        partner="BE.police",
        regime="police",
        group="serious-crime",
        epoch=1,
        version=version,
        profile="cp1",
        keys={one: to_text(keys.create_probe_key(key_of(one))) for one in key_classes(CP1)},
        persons=known.persons,
        common=dict(known.listed),
        shards=shards,
        records=built.records.digest,
        rows=built.rows,
        created="2026-11-23T20:00:00.000Z",
        valid_before="2026-12-23T20:00:00.000Z",
    )


BUILD = bytes(16)
CONTEXT = b"MA.police|BE.police|police|serious-crime|1|base|1"


def simulate(records: Iterable[tuple[str, Query]]) -> Simulation:
    """Publish an index of records."""
    keys = LocalKeys.generate([Regime.POLICE], secrets.token_bytes)
    people = list(records)
    known = count(len(people), bearers(names_of(record) for _, record in people))
    for key_class in key_classes(CP1):
        keys.create_probe_key(key_of(key_class))
    builder = IndexBuilder(CP1, CONTEXT, secrets.token_bytes)
    uids: dict[str, str] = {}
    epoch_key = secrets.token_bytes(32)
    for uid, record in people:
        tokens = index_tokens(CP1, known, record)
        reference = secrets.token_bytes(16)
        uids[reference.hex()] = uid
        outputs = [
            keys.evaluate_own(key_of(CP1.rule(token.rule).key_class), [token.octets])[0] for token in tokens
        ]
        key = record_key(epoch_key, uid, 1, BUILD)
        opening = keys.evaluate_own(key_of(KeyClass.OPENING), [key])[0]
        builder.add(key, opening, reference, sketch_of(record, 1, reference).to_octets(), tokens, outputs)
    built = builder.finish()
    shards = tuple(np.frombuffer(part.octets, dtype="<u8").reshape(-1, 2) for part in built.shards)
    return Simulation(
        keys, Replica(manifest_of(built, keys, known), shards, built.records.octets), built, uids
    )
