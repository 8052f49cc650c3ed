"""What does not stay: keys of ended epochs, files of old indexes, searches of three years ago, old references."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from tests.services.probe.land import BE, GROUP, Land

from comity.core.codes.exchange import Regime
from comity.core.crypto.agent import ProbeKeyId
from comity.core.instant import Instant
from comity.errors import InputError, NodeError, Refused
from comity.services import erasures
from comity.services.exchange.deliver import deliver_due
from comity.services.probe import parts
from comity.services.probe.index import publish
from comity.services.probe.resolve import resolve
from comity.services.probe.upkeep import (
    destroy_keys,
    erase_references,
    erase_searches,
    fetch_due,
    sweep_replicas,
)
from comity.storage.models.cases import Case
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.probe import ProbeAsked, ProbeEpoch, ProbeReference

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])

KNOWN = {"given": "Zoulikha", "family": "Bourgheda", "dob": "1981-05-17"}
KEY = ProbeKeyId(BE, Regime.POLICE, GROUP, 1)


def _events(alias: str, kind: str) -> int:
    leaves = EvidenceEntry.objects.using(alias).values_list("leaf", flat=True)
    return sum(f'"{kind}"'.encode() in bytes(leaf) for leaf in leaves)


def _dated(land: Land, at: Instant) -> set[str]:
    """Give the files of the replica a time of the land's clock and return their names."""
    found = set()
    for path in parts.replica_folder(land.be).iterdir():
        os.utime(path, (at.timestamp(), at.timestamp()))
        found.add(path.name)
    return found


def _cited(land: Land, reference: str) -> Case:
    """Let a request of Belgium that cites a reference wait in Morocco for its answer."""
    now = land.clock()
    texts = dict.fromkeys(("agreement", "clause", "purpose", "urgency"), "x")
    row = Case(thread="ab" * 16, partner=BE, side="received", regime=Regime.POLICE.value, **texts)
    row.deadline_hours, row.opened_at, row.received_at, row.changed_at = 168, now, now, now
    row.request = {"reference": reference}
    row.save(using="ma")
    return row


class TestKeys:
    def test_destroyed_48_hours_after_the_epoch_and_not_before(self, land: Land) -> None:
        land.published()
        land.clock.forward(days=31, hours=23)
        assert destroy_keys(land.ma, land.network.channels) == 0
        assert land.ma.keys.evaluate_own(KEY, [b"token"])
        land.clock.forward(hours=1)
        assert destroy_keys(land.ma, land.network.channels) == 1
        with pytest.raises(NodeError, match=r"keys\.no-probe-key"):
            land.ma.keys.evaluate_own(KEY, [b"token"])
        assert bytes(ProbeEpoch.objects.using("ma").get().record_key) == b""
        # Once, and entered once.
        assert destroy_keys(land.ma, land.network.channels) == 0
        assert _events("ma", "probe.key-destroyed") == 1

    def test_the_next_epoch_keeps_its_key(self, land: Land) -> None:
        land.published()
        land.clock.forward(days=28)
        land.published()
        land.clock.forward(days=4)
        assert destroy_keys(land.ma, land.network.channels) == 1
        assert land.ma.keys.evaluate_own(ProbeKeyId(BE, Regime.POLICE, GROUP, 2), [b"token"])


class TestReplicas:
    def test_replaced_files_go_and_the_searchable_ones_stay(self, land: Land) -> None:
        land.published()
        assert fetch_due(land.be, land.network.channels) == 1
        old = _dated(land, land.clock())
        land.clock.forward(hours=2)
        assert sweep_replicas(land.be, land.network.channels) == 0
        # Announced and not fetched: the older one is still searched.
        publish(land.ma, BE, Regime.POLICE, GROUP, force=True)
        deliver_due(land.ma, land.network.channels)
        assert sweep_replicas(land.be, land.network.channels) == 0
        assert fetch_due(land.be, land.network.channels) == 1
        new = _dated(land, land.clock() - timedelta(hours=2)) - old
        assert sweep_replicas(land.be, land.network.channels) == len(old)
        assert {path.name for path in parts.replica_folder(land.be).iterdir()} == new
        assert land.ask(**KNOWN).references

    def test_files_of_an_ended_epoch_go(self, land: Land) -> None:
        land.published()
        fetch_due(land.be, land.network.channels)
        files = _dated(land, land.clock())
        land.clock.forward(days=30)
        assert sweep_replicas(land.be, land.network.channels) == len(files)
        with pytest.raises(InputError, match=r"probe\.no-index"):
            land.ask(**KNOWN)


class TestSearches:
    def test_erased_after_three_years_with_their_salts(self, land: Land) -> None:
        land.published()
        rid = land.ask(**KNOWN).rid
        salts = EvidenceEntry.objects.using("be").filter(erase_key=rid, salt__isnull=False)
        assert salts.count() == 1
        land.clock.forward(days=1095)
        assert erase_searches(land.be, land.network.channels) == 0
        land.clock.forward(seconds=1)
        before = erasures.position(land.be.config.home)[0]
        assert erase_searches(land.be, land.network.channels) == 1
        assert not ProbeAsked.objects.using("be").exists()
        assert not salts.exists()
        assert erasures.position(land.be.config.home)[0] == before + 1
        assert erase_searches(land.be, land.network.channels) == 0
        assert _events("be", "probe.search-erased") == 1

    def test_erased_again_after_a_restore(self, land: Land) -> None:
        land.published()
        land.ask(**KNOWN)
        row = ProbeAsked.objects.using("be").get()
        land.clock.forward(days=1096)
        erase_searches(land.be, land.network.channels)
        row.save(using="be", force_insert=True)
        erasures.replay(land.be, (0, ""))
        assert not ProbeAsked.objects.using("be").exists()


class TestReferences:
    def test_erased_90_days_after_the_epoch(self, land: Land) -> None:
        land.published()
        count = ProbeReference.objects.using("ma").count()
        land.clock.forward(days=119)
        assert erase_references(land.ma, land.network.channels) == 0
        land.clock.forward(days=1)
        assert erase_references(land.ma, land.network.channels) == count > 1
        assert not ProbeReference.objects.using("ma").exists()
        assert bytes(ProbeEpoch.objects.using("ma").get().reference_key) == b""
        assert erase_references(land.ma, land.network.channels) == 0
        assert _events("ma", "probe.references-erased") == 1

    def test_what_an_open_case_cites_waits_for_it(self, land: Land) -> None:
        land.published()
        first, second = ProbeReference.objects.using("ma").order_by("pk")[:2]
        land.clock.forward(days=119)
        case = _cited(land, first.reference)
        land.clock.forward(days=2)
        with pytest.raises(Refused, match=r"probe\.reference-expired"):
            resolve(land.ma, second.reference, partner=BE)
        assert erase_references(land.ma, land.network.channels) > 0
        assert ProbeReference.objects.using("ma").get().reference == first.reference
        assert resolve(land.ma, first.reference, partner=BE) == first.subject
        case.closing = "cd" * 16
        case.save(using="ma")
        assert erase_references(land.ma, land.network.channels) == 1

    def test_a_case_opened_too_late_keeps_nothing(self, land: Land) -> None:
        land.published()
        found = ProbeReference.objects.using("ma").order_by("pk")[0]
        land.clock.forward(days=121)
        _cited(land, found.reference)
        with pytest.raises(Refused, match=r"probe\.reference-expired"):
            resolve(land.ma, found.reference, partner=BE)
        erase_references(land.ma, land.network.channels)
        assert not ProbeReference.objects.using("ma").exists()

    def test_erased_again_after_a_restore(self, land: Land) -> None:
        land.published()
        row = ProbeReference.objects.using("ma").order_by("pk")[0]
        land.clock.forward(days=121)
        erase_references(land.ma, land.network.channels)
        row.save(using="ma", force_insert=True)
        erasures.replay(land.ma, (0, ""))
        assert not ProbeReference.objects.using("ma").exists()
