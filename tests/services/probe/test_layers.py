"""Base, deltas and tombstones: what changes reaches the asker, what is gone is found no more, and lies are refused."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from tests.federation.world import BE, MA
from tests.services.probe.land import GROUP, KEEPER, PEOPLE, Land, fill

from comity.core.codes.exchange import Regime
from comity.core.crypto.agent import ProbeKeyId, TokenType
from comity.core.crypto.voprf.layout import KeyClass
from comity.core.probe import recalled
from comity.core.probe.building import entries
from comity.core.probe.exchange import ProbeAnswer
from comity.core.probe.manifest import Manifest
from comity.core.probe.opening import Strength
from comity.errors import NodeError, PeerError, Refused
from comity.services.calls import Call
from comity.services.context import SYSTEM
from comity.services.custody.restored import take_back
from comity.services.exchange.deliver import deliver_due
from comity.services.partners.stop import resume_partner
from comity.services.probe import index, parts, replica
from comity.services.probe.building import fill as building
from comity.services.probe.index import publish, stored_manifest
from comity.services.probe.layers import recalled as told_
from comity.services.probe.replica import fetch
from comity.services.probe.resolve import resolve
from comity.services.probe.upkeep import destroy_keys, fetch_due, publish_due, rotate, sweep_replicas
from comity.services.register.erase import erase
from comity.services.register.read import stream_findable
from comity.services.register.state import lift_restriction, restrict
from comity.storage.indexes import layers
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.exchange import ExchangedMessage, OutboxRow
from comity.storage.models.probe import ProbeIndex, ProbePlaced, ProbeReplica, ProbeTombstone
from comity.storage.register.subjects import change_subject, subject_row
from comity.storage.transaction import atomic

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])

SCOPE = (BE, Regime.POLICE.value, GROUP.value)
KNOWN = {"given": "Zoulikha", "family": "Bourgheda", "dob": "1981-05-17"}
OTHER = {"given": "Noureddine", "family": "El Khalfaoui", "dob": "1974-11-30"}
LATE = {"given": "Rkia", "family": "Tahiri Jouti", "dob": "1972-03-21"}
LATER = ("Rkia", "Tahiri Jouti", "1972-03-21", "Salé", "suspect", "")


def people(*more: tuple[str, ...], **changed: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Return the people of the land, some changed (r0=…), and more."""
    return (*(changed.get(f"r{number}", one) for number, one in enumerate(PEOPLE)), *more)


def taken(land: Land) -> None:
    """Publish and let the asker fetch."""
    land.published()
    fetch(land.be, land.network.channels, MA, Regime.POLICE, GROUP)


def manifests(alias: str = "be") -> list[Manifest]:
    found = ProbeReplica if alias == "be" else ProbeIndex
    return [stored_manifest(row.manifest) for row in found.objects.using(alias).order_by("version")]


def uid_of(land: Land, **subject: str) -> str:
    return resolve(land.ma, land.ask(**subject).references[0].reference)


def evaluated(land: Land, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count what the node evaluates of its own tokens from now on."""
    counts: list[int] = []
    honest = land.ma.keys.evaluate_own

    def counting(key: ProbeKeyId, inputs: Any) -> Any:
        if key.key_class is not KeyClass.OPENING:
            counts.append(len(inputs))
        return honest(key, inputs)

    monkeypatch.setattr(land.ma.keys, "evaluate_own", counting)
    return counts


def silently_restricted(uid: str) -> None:
    """Change a subject in the register without a word to anybody."""
    row = subject_row("ma", uid)
    assert row is not None
    with atomic("ma"):
        change_subject("ma", row.pk, {"state": "restricted"})


class TestDeltas:
    def test_who_is_added_is_found_and_only_that_is_evaluated(
        self, land: Land, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        taken(land)
        assert land.ask(**LATE).strength is Strength.MISS
        before = ProbeIndex.objects.using("ma").get().entries
        fill(land.ma, people(LATER))
        counts = evaluated(land, monkeypatch)
        made = land.published()
        assert (made.new, made.records, made.version) == (True, 5, 2)
        assert 0 < sum(counts) <= 24 < before
        first, second = manifests()
        assert (second.layer, second.previous, second.common, second.persons) == (
            "delta",
            first.digest,
            {},
            0,
        )
        assert second.gone is not None
        assert second.gone.labels == 64
        assert second.rows == 64
        assert land.ask(**LATE).strength is Strength.HIT
        assert land.ask(**KNOWN).strength is Strength.HIT
        assert not land.published().new

    def test_who_changed_is_found_as_it_is_now_only(self, land: Land) -> None:
        taken(land)
        reference = land.ask(**KNOWN).references[0].reference
        fill(land.ma, people(r0=("Zoulikha", "Bourgheda", "1983-09-02", "Oujda", "suspect", "")))
        land.published()
        now = land.ask(given="Zoulikha", family="Bourgheda", dob="1983-09-02")
        assert now.strength is Strength.HIT
        assert [one.reference for one in now.references] == [reference]
        assert land.ask(**KNOWN).strength is not Strength.HIT
        placed = ProbePlaced.objects.using("ma").filter(subject=resolve(land.ma, reference))
        assert sorted(placed.values_list("layer", flat=True)) == [1, 2]
        assert not ProbeTombstone.objects.using("ma").exists()

    def test_between_publishing_and_fetching_the_old_version_is_still_found(self, land: Land) -> None:
        taken(land)
        fill(land.ma, people(r0=("Zoulikha", "Bourgheda", "1983-09-02", "Oujda", "suspect", "")))
        publish(land.ma, BE, Regime.POLICE, GROUP)
        assert land.ask(**KNOWN).strength is Strength.HIT

    @pytest.mark.parametrize("how", ["erased", "restricted", "tainted", "witness"])
    def test_who_is_gone_is_gone_at_once_and_in_the_next_layer(self, land: Land, how: str) -> None:
        taken(land)
        uid = uid_of(land, **KNOWN)
        if how == "erased":
            erase(land.ma, KEEPER, uid, "retention over")
        elif how == "restricted":
            restrict(land.ma, KEEPER, uid, "contested")
        else:
            category, taint = ("suspect", "asylum") if how == "tainted" else ("witness", "")
            fill(land.ma, people(r0=(*PEOPLE[0][:4], category, taint)))
        # 1. With the next answer, before anything is published.
        assert ProbeTombstone.objects.using("ma").get().listed is None
        assert land.ask(**KNOWN).strength is Strength.MISS
        assert land.ask(**OTHER).strength is Strength.HIT
        # 2. By the next layer, whose answers need not say it again.
        made = land.published()
        assert (made.version, made.records) == (2, 3)
        assert ProbeTombstone.objects.using("ma").get().listed == 2
        assert layers.gone_since("ma", SCOPE, 1, 2) == []
        assert land.ask(**KNOWN).strength is Strength.MISS
        assert land.ask(**OTHER).strength is Strength.HIT
        assert manifests()[-1].layer == "delta"

    def test_who_is_free_again_comes_back_under_another_key(self, land: Land) -> None:
        taken(land)
        uid = uid_of(land, **KNOWN)
        first = ProbePlaced.objects.using("ma").get(subject=uid).label
        restrict(land.ma, KEEPER, uid, "contested")
        land.published()
        lift_restriction(land.ma, KEEPER, uid, "settled")
        land.published()
        assert ProbePlaced.objects.using("ma").get(subject=uid).label != first
        assert land.ask(**KNOWN).strength is Strength.HIT

    def test_who_changed_and_then_goes_is_gone_from_every_layer(self, land: Land) -> None:
        taken(land)
        uid = uid_of(land, **KNOWN)
        fill(land.ma, people(r0=("Zoulikha", "Bourgheda", "1981-05-17", "Nador", "suspect", "")))
        publish(land.ma, BE, Regime.POLICE, GROUP)
        restrict(land.ma, KEEPER, uid, "contested")
        # The asker still has the base only.
        assert ProbeReplica.objects.using("be").count() == 1
        assert land.ask(**KNOWN).strength is Strength.MISS
        deliver_due(land.ma, land.network.channels)
        assert land.ask(**KNOWN).strength is Strength.MISS

    def test_what_the_agreement_takes_is_found_by_the_comparison(self, land: Land) -> None:
        taken(land)
        uid = uid_of(land, **KNOWN)
        # Nobody told those who watch: as when retention ends, or a clause narrows.
        silently_restricted(uid)
        assert land.ask(**KNOWN).strength is Strength.HIT
        assert land.published().version == 2
        assert land.ask(**KNOWN).strength is Strength.MISS


class TestBases:
    def test_a_tenth_of_the_base_makes_a_new_one(self, land: Land, monkeypatch: pytest.MonkeyPatch) -> None:
        from comity.services.probe.layers import plan

        taken(land)
        monkeypatch.setattr(plan, "LEAST", 1)
        fill(land.ma, people(LATER))
        land.published()
        fill(land.ma, people(LATER, ("Idriss", "Chakroun", "1966-06-06", "Safi", "suspect", "")))
        made = land.published()
        assert [one.layer for one in manifests()] == ["base", "delta", "base"]
        assert made.records == 6
        assert land.ask(**LATE).strength is Strength.HIT
        assert land.ask(given="Idriss", family="Chakroun", dob="1966-06-06").strength is Strength.HIT

    def test_an_old_base_is_still_told_what_is_gone_and_the_one_before_it_is_not(self, land: Land) -> None:
        taken(land)
        uid = uid_of(land, **KNOWN)
        publish(land.ma, BE, Regime.POLICE, GROUP, force=True)
        restrict(land.ma, KEEPER, uid, "contested")
        assert land.ask(**KNOWN).strength is Strength.MISS
        publish(land.ma, BE, Regime.POLICE, GROUP, force=True)
        with pytest.raises(Refused, match=r"probe\.layer"):
            land.ask(**OTHER)
        assert not ProbePlaced.objects.using("ma").filter(layer=1).exists()

    def test_a_new_epoch_is_a_base_and_recalls_reach_both_epochs(self, land: Land) -> None:
        taken(land)
        uid = uid_of(land, **KNOWN)
        land.clock.forward(days=28)
        publish(land.ma, BE, Regime.POLICE, GROUP)
        assert manifests("ma")[-1].layer == "base"
        restrict(land.ma, KEEPER, uid, "contested")
        assert sorted(ProbeTombstone.objects.using("ma").values_list("epoch", flat=True)) == [1, 2]
        assert land.ask(**KNOWN).strength is Strength.MISS

    def test_what_is_known_of_layers_ends_with_the_keys(self, land: Land) -> None:
        taken(land)
        erase(land.ma, KEEPER, uid_of(land, **KNOWN), "retention over")
        land.clock.forward(days=33)
        assert destroy_keys(land.ma, land.network.channels) == 1
        assert not ProbePlaced.objects.using("ma").exists()
        assert not ProbeTombstone.objects.using("ma").exists()

    def test_they_end_with_keys_that_others_may_know(self, land: Land) -> None:
        taken(land)
        rotate(land.ma, BE, Regime.POLICE, GROUP, SYSTEM, compromised=True)
        assert not ProbePlaced.objects.using("ma").filter(epoch=1).exists()
        assert ProbePlaced.objects.using("ma").filter(epoch=2).exists()

    def test_later_deltas_keep_a_pace_and_tombstones_do_not_wait(
        self, land: Land, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(index, "PROMPT", 1)
        taken(land)
        uid = uid_of(land, **KNOWN)
        for number in range(2):
            land.clock.forward(seconds=60)
            fill(
                land.ma,
                people(LATER, *(("Idriss", "Chakroun", "1966-06-06", "Safi", "suspect", ""),) * number),
            )
            publish_due(land.ma, land.network.channels)
        assert ProbeIndex.objects.using("ma").count() == 2
        land.clock.forward(seconds=60)
        silently_restricted(uid)
        assert publish_due(land.ma, land.network.channels) == 0
        assert land.ask(**KNOWN).strength is Strength.MISS
        land.clock.forward(days=1)
        assert publish_due(land.ma, land.network.channels) == 1
        assert manifests("ma")[-1].layer == "delta"

    def test_more_than_a_page_of_what_is_gone_does_not_wait(
        self, land: Land, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(index, "PROMPT", 0)
        taken(land)
        restrict(land.ma, KEEPER, uid_of(land, **KNOWN), "contested")
        land.clock.forward(seconds=60)
        assert not publish(land.ma, BE, Regime.POLICE, GROUP, paced=True).new
        monkeypatch.setattr(index, "PAGE", 0)
        assert publish(land.ma, BE, Regime.POLICE, GROUP, paced=True).new


def forged(land: Land, **changes: Any) -> None:
    """Announce the newest layer of the issuer with other words in its manifest, signed by it."""
    row = ProbeIndex.objects.using("ma").latest("version")
    manifest = stored_manifest(row.manifest)
    document = Manifest.model_validate({**manifest.model_dump(), **changes}, strict=False)
    token = land.ma.keys.sign(Regime.POLICE, TokenType.MANIFEST, [document.to_octets()])[0]
    from comity.core.codes.exchange import ServiceId
    from comity.services.exchange.handlers import Message

    message = Message.__new__(Message)
    for name, value in {
        "partner": ServiceId(MA),
        "regime": Regime.POLICE,
        "body": {"manifest": token, "group": GROUP.value},
        "sent_at": land.clock(),
        "received_at": land.clock(),
        "id": secrets.token_hex(16),
    }.items():
        object.__setattr__(message, name, value)
    with atomic("be"):
        replica.announced(land.be, message)


class TestHostileIssuer:
    @pytest.fixture
    def layered(self, land: Land) -> Land:
        """A base that the asker has, and a delta that it was not told of."""
        taken(land)
        fill(land.ma, people(LATER))
        publish(land.ma, BE, Regime.POLICE, GROUP)
        OutboxRow.objects.using("ma").all().delete()
        return land

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"previous": "ab" * 32}, "probe.manifest-chain"),
            ({"epoch": 2}, "probe.manifest-chain"),
            ({"valid_before": "2027-12-23T20:00:00.000Z"}, "probe.manifest-chain"),
            ({"version": 1}, "probe.manifest-old"),
            ({"previous": ""}, "probe.manifest-malformed"),
            ({"gone": None}, "probe.manifest-malformed"),
            ({"layer": "base"}, "probe.manifest-malformed"),
            ({"persons": 9}, "probe.manifest-malformed"),
        ],
    )
    def test_a_delta_of_anything_else_is_refused(
        self, layered: Land, changes: dict[str, Any], code: str
    ) -> None:
        with pytest.raises(PeerError, match=code.replace(".", r"\.")):
            forged(layered, **changes)
        assert ProbeReplica.objects.using("be").count() == 1
        forged(layered)
        assert ProbeReplica.objects.using("be").count() == 2

    def test_other_keys_than_those_of_the_base_are_refused(self, layered: Land) -> None:
        keys = dict(manifests("ma")[-1].keys)
        first, second, *_ = keys
        keys[first], keys[second] = keys[second], keys[first]
        with pytest.raises(PeerError, match=r"probe\.manifest-chain"):
            forged(layered, keys=keys)

    def test_a_gap_is_refused_and_mends_itself_by_a_new_base(self, layered: Land) -> None:
        fill(layered.ma, people(LATER, ("Idriss", "Chakroun", "1966-06-06", "Safi", "suspect", "")))
        layered.published()
        deliver_due(layered.ma, layered.network.channels)
        assert ProbeReplica.objects.using("be").count() == 1
        assert ExchangedMessage.objects.using("ma").filter(state="refused").exists()
        fill(layered.ma, people(LATER))
        restrict(layered.ma, KEEPER, uid_of(layered, **OTHER), "contested")
        layered.published()
        assert [one.layer for one in manifests()] == ["base", "base"]
        assert layered.ask(**LATE).strength is Strength.HIT

    def test_an_altered_list_of_what_is_gone_is_refused(self, layered: Land) -> None:
        forged(layered)
        gone = manifests()[-1].gone
        assert gone is not None
        target = parts.index_folder(layered.ma) / gone.digest
        octets = target.read_bytes()
        target.write_bytes(bytes([octets[0] ^ 1]) + octets[1:])
        with pytest.raises(PeerError, match=r"probe\.part-wrong"):
            fetch(layered.be, layered.network.channels, MA, Regime.POLICE, GROUP)
        target.write_bytes(octets)
        fetch(layered.be, layered.network.channels, MA, Regime.POLICE, GROUP)
        assert layered.ask(**LATE).strength is Strength.HIT

    def test_a_base_under_a_delta_that_vanished_is_a_fault_of_this_node(self, layered: Land) -> None:
        forged(layered)
        fetch(layered.be, layered.network.channels, MA, Regime.POLICE, GROUP)
        replica._mapped.cache_clear()
        (parts.replica_folder(layered.be) / manifests()[0].records).unlink()
        with pytest.raises(NodeError, match=r"probe\.part-missing"):
            layered.ask(**LATE)


class TestTombstones:
    def lying(self, land: Land, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
        from comity.services.probe.answering import arrived

        honest = told_.told

        def liar(*asked: Any) -> recalled.Tombstones:
            true = honest(*asked)
            head = true.head.model_copy(update=changes.get("head", {}))
            return true.model_copy(update={"head": head, **{k: v for k, v in changes.items() if k != "head"}})

        monkeypatch.setattr(arrived, "told", liar)

    @pytest.mark.parametrize(
        "changes",
        [
            {"labels": ("ab" * 8,) * 64},
            {"head": {"digest": "ab" * 32}},
            {"head": {"layer": 7}},
            {"head": {"count": 128}},
        ],
    )
    def test_a_list_that_is_not_the_one_of_its_head_is_refused(
        self, land: Land, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
    ) -> None:
        taken(land)
        self.lying(land, monkeypatch, **changes)
        with pytest.raises((PeerError, Refused), match=r"probe\.(tombstones|request-malformed)"):
            land.ask(**KNOWN)

    def test_an_answer_without_them_is_refused(self, land: Land, monkeypatch: pytest.MonkeyPatch) -> None:
        taken(land)
        honest = ProbeAnswer.to_json

        def without(self: ProbeAnswer) -> dict[str, Any]:
            return {name: value for name, value in honest(self).items() if name != "tombstones"}

        monkeypatch.setattr(ProbeAnswer, "to_json", without)
        with pytest.raises(PeerError, match=r"probe\.answer-malformed"):
            land.ask(**KNOWN)

    def test_more_than_a_page_is_asked_for(self, land: Land) -> None:
        taken(land)
        stones = [
            ProbeTombstone(
                partner=SCOPE[0],
                regime=SCOPE[1],
                group=SCOPE[2],
                epoch=1,
                label=secrets.token_hex(8),
                layer=1,
                at=land.clock(),
            )
            for _ in range(150)
        ]
        ProbeTombstone.objects.using("ma").bulk_create(stones)
        restrict(land.ma, KEEPER, uid_of(land, **KNOWN), "contested")
        before = len(land.network.seen)
        assert land.ask(**KNOWN).strength is Strength.MISS
        assert len(land.network.seen) - before == 2 + 2
        assert land.ask(**OTHER).strength is Strength.HIT

    def test_an_unknown_page_group_or_epoch_is_refused(self, land: Land) -> None:
        taken(land)
        usual = {"v": 1, "group": GROUP.value, "epoch": 1, "layer": 1, "page": 0}

        def asked(**changes: Any) -> Any:
            call = Call(secrets.token_hex(16), BE, Regime.POLICE, land.clock(), {**usual, **changes}, b"")
            return told_.tell_more(land.ma, call)[0]

        assert len(asked()["labels"]) == 64
        for changes, code in (
            ({"page": 1}, "request-malformed"),
            ({"page": -1}, "request-malformed"),
            ({"more": 1}, "request-malformed"),
            ({"group": "everything"}, "group"),
            ({"epoch": 2}, "epoch"),
        ):
            with pytest.raises(PeerError, match=rf"probe\.{code}"):
                asked(**changes)

    def test_hidden_while_the_layer_is_built(self, land: Land, monkeypatch: pytest.MonkeyPatch) -> None:
        from comity.storage.models.register import RegisterSubject

        uid = RegisterSubject.objects.using("ma").order_by("pk")[0].uid
        honest = index.make_plan

        def late(*asked: Any) -> Any:
            made = honest(*asked)
            # Once, however many chunks there are: primary keys of PostgreSQL go on from test to test.
            wanted = iter(list(stream_findable(land.ma, Regime.POLICE, BE, GROUP)))
            monkeypatch.setattr(building, "stream_findable", lambda *_, **__: wanted)
            restrict(land.ma, KEEPER, uid, "contested")
            return made

        monkeypatch.setattr(building, "STEP", 1)
        monkeypatch.setattr(index, "make_plan", late)
        land.published()
        assert land.ask(**KNOWN).strength is Strength.MISS

    def test_each_recall_leaves_a_count_and_no_name(self, land: Land) -> None:
        taken(land)
        uid = uid_of(land, **KNOWN)
        erase(land.ma, KEEPER, uid, "retention over")
        leaves = [bytes(row.leaf) for row in EvidenceEntry.objects.using("ma").all()]
        found = [leaf for leaf in leaves if b"probe.recalled" in leaf]
        assert len(found) == 1
        assert uid.encode() not in found[0]


class TestCrashes:
    def test_a_killed_build_leaves_nothing_and_seals_nothing_twice(
        self, land: Land, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        taken(land)
        fill(land.ma, people(LATER))
        sealed: list[bytes] = []
        honest = entries.seal_blob

        def spy(key: bytes, *rest: bytes) -> bytes:
            sealed.append(key)
            return honest(key, *rest)

        monkeypatch.setattr(entries, "seal_blob", spy)
        with monkeypatch.context() as patch:
            patch.setattr(index, "store", lambda *_: (_ for _ in ()).throw(RuntimeError("killed")))
            with pytest.raises(RuntimeError):
                publish(land.ma, BE, Regime.POLICE, GROUP)
        assert ProbeIndex.objects.using("ma").count() == 1
        made = land.published()
        assert made.version == 2
        assert ProbePlaced.objects.using("ma").filter(layer=2).count() == 1
        assert len(sealed) == 1
        assert land.ask(**LATE).strength is Strength.HIT

    def test_a_restored_issuer_begins_a_base_of_another_epoch(self, land: Land) -> None:
        taken(land)
        fill(land.ma, people(LATER))
        taken(land)
        layered = ProbeIndex.objects.using("ma").filter(version=2)
        layered.delete()
        ProbePlaced.objects.using("ma").filter(layer=2).delete()
        for key_class in KeyClass:
            land.ma.keys.destroy_probe_key(ProbeKeyId(BE, Regime.POLICE, GROUP, 1, key_class))
        with atomic("ma"):
            take_back(land.ma, KEEPER)
        resume_partner(land.ma, BE, KEEPER)
        land.published()
        newest = manifests()[-1]
        assert (newest.layer, newest.epoch > 1) == ("base", True)
        assert land.ask(**LATE).strength is Strength.HIT

    def test_a_restored_asker_gets_a_whole_index_again(self, land: Land) -> None:
        taken(land)
        fill(land.ma, people(LATER))
        taken(land)
        # Rolled back to the base; the next delta finds a gap, the one after is a base.
        ProbeReplica.objects.using("be").filter(version=2).delete()
        fill(land.ma, people(LATER, ("Idriss", "Chakroun", "1966-06-06", "Safi", "suspect", "")))
        land.published()
        deliver_due(land.ma, land.network.channels)
        fill(land.ma, people(LATER, ("Idriss", "Chakroun", "1966-06-07", "Safi", "suspect", "")))
        taken(land)
        assert [one.layer for one in manifests()] == ["base", "base"]
        assert land.ask(given="Idriss", family="Chakroun", dob="1966-06-07").strength is Strength.HIT

    def test_files_of_every_layer_in_use_stay(self, land: Land) -> None:
        taken(land)
        fill(land.ma, people(LATER))
        taken(land)
        land.clock.forward(days=2)
        fill(land.ma, people(LATER, ("Idriss", "Chakroun", "1966-06-06", "Safi", "suspect", "")))
        taken(land)
        assert sweep_replicas(land.be, land.network.channels) == 0
        assert fetch_due(land.be, land.network.channels) == 0
        assert land.ask(**KNOWN).strength is Strength.HIT
        kept = {path.name for path in parts.index_folder(land.ma).iterdir()}
        assert all(set(one.parts()) <= kept for one in manifests("ma"))


def test_an_index_of_before_layers_is_followed_by_a_base(land: Land) -> None:
    """An index whose records were never placed, as one made before layers were, is followed by a base."""
    taken(land)
    ProbePlaced.objects.using("ma").all().delete()
    fill(land.ma, people(LATER))
    land.published()
    assert [one.layer for one in manifests()] == ["base", "base"]
    assert land.ask(**LATE).strength is Strength.HIT
