"""An issuer and an asker in one process, over the real protocol: blind, evaluate, verify, open."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from comity.core.codes.exchange import PurposeGroup, Regime, ServiceId
from comity.core.crypto.agent import ProbeKeyId
from comity.core.crypto.blob import record_key
from comity.core.crypto.encoding import to_text
from comity.core.crypto.local import LocalKeys
from comity.core.probe import exchange
from comity.core.probe.index import Built, IndexBuilder
from comity.core.probe.manifest import Manifest, Shard
from comity.core.probe.opening import Found, Replica, Strength, judge, open_records
from comity.core.probe.profile import CP0
from comity.core.probe.query import Query
from comity.core.probe.tokens import index_tokens, query_tokens

KEY = ProbeKeyId(ServiceId("BE.police"), Regime.POLICE, PurposeGroup.SERIOUS_CRIME, 1)


@dataclass
class Simulation:
    """A published index, the key behind it, and which reference is which record."""

    keys: LocalKeys
    replica: Replica
    built: Built
    uids: dict[str, str]

    def search(self, query: Query) -> tuple[Strength, tuple[Found, ...], tuple[Found, ...]]:
        """Ask through the protocol; strength, the references that count, and all that opened."""
        tokens = query_tokens(CP0, query)
        asked = exchange.ask(CP0, tokens, secrets.token_bytes)
        evaluation = self.keys.evaluate(KEY, asked.blinding.elements)
        answer = exchange.ProbeAnswer(
            rid="0" * 32,
            epoch=1,
            day="2026-11-23",
            today=1,
            in_case=1,
            elements=tuple(to_text(element) for element in evaluation.elements),
            proof=to_text(evaluation.proof),
        )
        outputs = exchange.outputs(asked, answer, self.keys.create_probe_key(KEY))
        found = open_records(self.replica, asked.tokens, outputs)
        day_known = any(birth.day_month for birth in query.births)
        strength, counted = judge(CP0, found, day_known=day_known)
        return strength, counted, found


def manifest_of(built: Built, public: bytes, *, version: int = 1) -> Manifest:
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
        profile="cp0",
        key=to_text(public),
        shards=shards,
        records=built.records.digest,
        rows=built.rows,
        created="2026-11-23T20:00:00.000Z",
        valid_before="2026-12-23T20:00:00.000Z",
    )


CONTEXT = b"MA.police|BE.police|police|serious-crime|1|base|1"


def simulate(records: Iterable[tuple[str, Query]]) -> Simulation:
    """Publish an index of records."""
    keys = LocalKeys.generate([Regime.POLICE], secrets.token_bytes)
    public = keys.create_probe_key(KEY)
    builder = IndexBuilder(CP0, CONTEXT, secrets.token_bytes)
    uids: dict[str, str] = {}
    epoch_key = secrets.token_bytes(32)
    for uid, record in records:
        tokens = index_tokens(CP0, record)
        reference = secrets.token_bytes(16)
        uids[reference.hex()] = uid
        outputs = keys.evaluate_own(KEY, [token.octets for token in tokens])
        builder.add(record_key(epoch_key, uid, 1), reference, bytes([3]) + bytes(7), tokens, outputs)
    built = builder.finish()
    shards = tuple(np.frombuffer(part.octets, dtype="<u8").reshape(-1, 2) for part in built.shards)
    replica = Replica(manifest_of(built, public), shards, built.records.octets)
    return Simulation(keys, replica, built, uids)
