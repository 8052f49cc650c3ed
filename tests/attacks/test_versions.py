"""Whoever keeps several versions of an index, or collects answers: intersection, three-cell XOR, accumulation."""

from __future__ import annotations

import secrets

import numpy as np
import pytest
from tests.attacks.registers import Words, cells, labels, people
from tests.core.probe.in_memory import IndexBuilder
from tests.core.probe.simulated import BUILD, CONTEXT, Simulation, key_of, manifest_of, simulate
from tests.services.probe.land import BE, GROUP, MA, Land, fill

from comity.core.codes.exchange import Regime
from comity.core.crypto.blob import record_key
from comity.core.crypto.voprf.layout import KeyClass
from comity.core.probe.opening import Replica, Strength, candidates, open_records
from comity.core.probe.query import Query
from comity.core.probe.retrieval import build, layout_for
from comity.core.probe.rules.profile import CP1
from comity.core.probe.rules.tokens import Token, index_tokens, query_tokens
from comity.core.probe.sketch import sketch_of
from comity.services.exchange.deliver import deliver_due
from comity.services.probe.index import EPOCH, publish, stored_manifest
from comity.services.probe.replica import fetch, open_replica
from comity.storage.models.probe import ProbeReference, ProbeReplica

PERSONS = 60


@pytest.fixture(scope="module")
def register() -> list[tuple[str, Query]]:
    return people(PERSONS, 5)


@pytest.fixture(scope="module")
def first(register: list[tuple[str, Query]]) -> Simulation:
    return simulate(register)


def outputs(simulation: Simulation, tokens: list[Token]) -> list[bytes]:
    keys = simulation.keys
    return [keys.evaluate_own(key_of(CP1.rule(one.rule).key_class), [one.octets])[0] for one in tokens]


def version(first: Simulation, register: list[tuple[str, Query]], number: int) -> Simulation:
    """Publish the register again in the same epoch: the same keys, the same record keys, another version."""
    known = first.replica.manifest.commonness
    context = CONTEXT.rsplit(b"|", 1)[0] + f"|{number}".encode()
    builder = IndexBuilder(CP1, context, secrets.token_bytes)
    epoch_key = b"\6" * 32
    for uid, record in register:
        tokens = index_tokens(CP1, known, record)
        key = record_key(epoch_key, uid, 1, BUILD)
        opening = first.keys.evaluate_own(key_of(KeyClass.OPENING), [key])[0]
        reference = uid.encode().ljust(16, b".")
        sketch = sketch_of(record, 1, reference).to_octets()
        builder.add(key, opening, reference, sketch, tokens, outputs(first, tokens))
    built = builder.finish()
    shards = tuple(np.frombuffer(part.octets, dtype="<u8").reshape(-1, 2) for part in built.shards)
    manifest = manifest_of(built, first.keys, known, version=number)
    return Simulation(first.keys, Replica(manifest, shards, built.records.octets), built, {})


def triples(left: Words, right: Words, segment: int) -> int:
    """Count the triples of cells, one in each of three neighbouring segments, whose XOR is the same in two tables.

    An attack without any key: what is stored in both under one place shows, because 128 bits do not agree by chance.
    """
    difference = left ^ right
    known = {(int(a), int(b)): at for at, (a, b) in enumerate(difference)}
    found = 0
    for begin in range(0, len(difference) - 2 * segment, segment):
        own = difference[begin : begin + segment]
        following = difference[begin + segment : begin + 2 * segment]
        for one in own:
            for a, b in one ^ following:
                at = known.get((int(a), int(b)))
                found += at is not None and begin + 2 * segment <= at < begin + 3 * segment
    return found


class TestTwoVersions:
    def test_no_cell_and_no_blob_is_shared_within_an_epoch(
        self, first: Simulation, register: list[tuple[str, Query]]
    ) -> None:
        second, third = (version(first, register, number) for number in (2, 3))
        rows = [{one.replica.blob(at) for at in range(one.replica.manifest.rows)} for one in (second, third)]
        tables = [{tuple(map(int, cell)) for cell in cells(one)} for one in (second, third)]
        assert rows[0] & rows[1] == set()
        assert tables[0] & tables[1] == set()

    def test_three_cells_of_two_versions_agree_nowhere(
        self, first: Simulation, register: list[tuple[str, Query]]
    ) -> None:
        second, third = (version(first, register[:20], number) for number in (2, 3))
        segment = second.replica.manifest.shards[0].segment
        assert third.replica.manifest.shards[0].segment == segment
        assert triples(cells(second), cells(third), segment) == 0

    def test_control_without_the_version_in_the_place_every_stored_entry_would_show(self) -> None:
        """What the table did before: the same keys and values in two tables, each filled at random anew."""
        rng = np.random.default_rng(3)
        keys = rng.integers(1 << 63, size=200, dtype=np.uint64)
        values = rng.integers(1 << 63, size=(200, 2), dtype=np.uint64)
        tables = [
            np.frombuffer(build(keys, values, 200, secrets.token_bytes)[1], "<u8").reshape(-1, 2)
            for _ in range(2)
        ]
        # Sums of three entries that share cells agree too.
        assert triples(*tables, layout_for(200, 0).segment) >= 200

    def test_labels_of_unchanged_records_stay_within_an_epoch(
        self, first: Simulation, register: list[tuple[str, Query]]
    ) -> None:
        """What remained with one key a record: labels count who stayed. The service draws keys for each build."""
        second, third = version(first, register, 2), version(first, register[10:], 3)
        assert len(labels(second) & labels(third)) == PERSONS - 10


@pytest.mark.django_db(databases=["be", "ma", "third"])
class TestEpochs:
    def test_two_epochs_share_no_label_cell_or_reference(self, land: Land) -> None:
        kept = [self.seen(land)]
        land.clock.forward(seconds=EPOCH.total_seconds())
        land.published()
        kept.append(self.seen(land))
        for part in range(2):
            assert kept[0][part]
            assert kept[0][part] & kept[1][part] == set()
        references = ProbeReference.objects.using("ma").values_list("epoch", "reference")
        by_epoch = [{ref for number, ref in references if number == epoch} for epoch in (1, 2)]
        assert by_epoch[0]
        assert by_epoch[0] & by_epoch[1] == set()

    def test_two_versions_of_one_epoch_share_no_cell(self, land: Land) -> None:
        kept = self.seen(land)
        fill(land.ma, (("Karima", "Outaleb", "1988-08-08", "Taza", "suspect", ""),))
        land.published()
        assert ProbeReplica.objects.using("be").count() == 2
        delta = self.seen(land)
        publish(land.ma, BE, Regime.POLICE, GROUP, force=True)
        deliver_due(land.ma, land.network.channels)
        whole = self.seen(land)
        assert ProbeReplica.objects.using("be").count() == 3
        for first, second in ((kept, delta), (kept, whole), (delta, whole)):
            # Keys are drawn for each build: not even the labels of unchanged records stay.
            assert first[0] & second[0] == first[1] & second[1] == set()

    @staticmethod
    def seen(land: Land) -> tuple[set[int], set[tuple[int, int]]]:
        """Return the labels and the cells of the newest layer."""
        fetch(land.be, land.network.channels, MA, Regime.POLICE, GROUP)
        replica = open_replica(land.be, ProbeReplica.objects.using("be").order_by("-version")[0]).layers[-1]
        found = {tuple(map(int, cell)) for shard in replica.shards for cell in np.asarray(shard)}
        return {int(label) for label in replica.labels()}, found  # type: ignore[return-value]  # pairs


class TestAccumulation:
    def test_outputs_of_many_searches_open_what_each_opens_alone(
        self, first: Simulation, register: list[tuple[str, Query]]
    ) -> None:
        """No token of pairs, so nothing combines: the union of all is the union of each."""
        assert KeyClass.PAIR not in {key_class for key_class, _ in CP1.layout.slots}
        asked = [*(query for _, query in register[:8]), *(query for _, query in people(8, 99))]
        alone: set[bytes] = set()
        collected: list[Token] = []
        for query in asked:
            tokens = [
                one
                for own in query_tokens(CP1, first.replica.manifest.commonness, query).values()
                for one in own
            ]
            alone |= {one.key for one in candidates(first.replica, tokens, outputs(first, tokens))}
            collected += tokens
        together = candidates(first.replica, collected, outputs(first, collected))
        assert {one.key for one in together} == alone
        assert len(alone) == 8

    def test_outputs_once_obtained_test_the_same_person_to_the_end_of_the_epoch(
        self, first: Simulation, register: list[tuple[str, Query]]
    ) -> None:
        """What remains: somebody asked for once can be watched through later versions of the epoch, uncounted."""
        uid, query = register[0]
        before = version(first, register[1:], 2)
        tokens = [
            one
            for own in query_tokens(CP1, before.replica.manifest.commonness, query).values()
            for one in own
        ]
        kept = outputs(first, tokens)
        assert candidates(before.replica, tokens, kept) == ()
        after = version(first, register, 3)
        appeared = candidates(after.replica, tokens, kept)
        assert [one.key for one in appeared] == [record_key(b"\6" * 32, uid, 1, BUILD)]
        # The record itself stays shut: F2 of its key was never evaluated.
        assert open_records(after.replica, appeared, [secrets.token_bytes(64)], query) == ()

    def test_not_beyond_the_epoch(self, first: Simulation, register: list[tuple[str, Query]]) -> None:
        query = register[0][1]
        tokens = [
            one for own in query_tokens(CP1, first.replica.manifest.commonness, query).values() for one in own
        ]
        other = simulate(register)  # other keys, as in the next epoch
        assert candidates(other.replica, tokens, outputs(first, tokens)) == ()


@pytest.mark.django_db(databases=["be", "ma", "third"])
def test_a_replaced_version_is_searched_no_more(land: Land) -> None:
    """The asker's node uses the newest only; an old one is of use to who keeps it by hand."""
    fill(land.ma, (("Karima", "Outaleb", "1988-08-08", "Taza", "suspect", ""),))
    assert land.ask(given="Karima", family="Outaleb", dob="1988-08-08").strength is Strength.MISS
    land.published()
    assert land.ask(given="Karima", family="Outaleb", dob="1988-08-08").strength is Strength.HIT
    newest = ProbeReplica.objects.using("be").order_by("-version")[0]
    assert stored_manifest(newest.manifest).version == newest.version
