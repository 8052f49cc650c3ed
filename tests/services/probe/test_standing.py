"""Standing searches: made again when the index changes, counted, alike whatever is found, gone with the case."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.services.probe.land import KEEPER, MA, OFFICER, STRANGER, Land, fill
from tests.services.probe.test_batch import Killed, dying

from comity.core.cases.protection import CaseOutcome
from comity.core.codes.exchange import Purpose, Regime, ServiceId
from comity.core.codes.marks import Role
from comity.core.evidence.event import read_leaf
from comity.core.probe.query import read_query
from comity.errors import InputError, Refused
from comity.services.cases.conclude import conclude
from comity.services.context import Actor, ActorKind, Node
from comity.services.people import behalf
from comity.services.probe import ask as asking
from comity.services.probe.standing import keep
from comity.services.probe.standing.keep import StandingOrder, add, end, listed, show
from comity.services.probe.standing.run import run_due
from comity.services.probe.upkeep import fetch_due
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.probe import ProbeAnswered, ProbeAsked, ProbeStanding
from comity.storage.models.watch import SearchLook
from comity.storage.transaction import atomic
from comity.transport.channel import Channels

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])

HEAD = Actor("hind", ActorKind.OFFICER, frozenset({(Regime.POLICE, Role.HEAD_OF_DESK)}))
COLLEAGUE = Actor("bram", ActorKind.OFFICER, frozenset({(Regime.POLICE, Role.OFFICER)}))
NEWCOMER = ("Driss", "Amranitaghi", "1971-01-09", "Fès", "suspect", "")


@pytest.fixture(autouse=True)
def owners(monkeypatch: pytest.MonkeyPatch) -> dict[str, Actor]:
    """Accounts by name, as the worker looks them up at each run."""
    known = {OFFICER.name: OFFICER}
    monkeypatch.setattr(behalf, "named_actor", lambda _, name: known[name])
    return known


def order(land: Land, days: int = 60, **subject: str) -> StandingOrder:
    given = subject or {"given": "Driss", "family": "Amranitaghi", "dob": "1971-01-09"}
    until = land.be.clock() + timedelta(days=days)
    return StandingOrder(
        MA, land.agreement, Purpose.DRUGS, "BE-2026-17", read_query(given), until, "the reason"
    )


def added(land: Land, days: int = 60, **subject: str) -> str:
    return add(land.be, land.network.channels, OFFICER, order(land, days, **subject))


def runs(land: Land) -> int:
    """Let the worker of Belgium fetch what was announced and make the runs that are due."""
    fetch_due(land.be, land.network.channels)
    return run_due(land.be, land.network.channels)


def changed(land: Land, person: tuple[str, ...] = NEWCOMER, **later: int) -> None:
    """Let Morocco register somebody, and publish, a day later."""
    land.clock.forward(**(later or {"days": 1, "minutes": 1}))
    fill(land.ma, (person,))
    assert land.published().new


def leaves(alias: str, after: int = 0) -> list[tuple[str, tuple[str, ...], int]]:
    """Kind, names of the facts and length of each entry, in order."""
    found = []
    for entry in EvidenceEntry.objects.using(alias).filter(pk__gt=after).order_by("pk"):
        leaf = read_leaf(bytes(entry.leaf))
        found.append((leaf.kind, tuple(sorted(leaf.facts)), len(bytes(entry.leaf))))
    return found


def last(alias: str) -> int:
    newest = EvidenceEntry.objects.using(alias).order_by("-pk").first()
    return 0 if newest is None else newest.pk


class TestRuns:
    def test_it_asks_once_and_again_only_when_the_index_has_changed(self, land: Land) -> None:
        land.published()
        sid = added(land)
        assert [runs(land), runs(land)] == [1, 0]
        land.clock.forward(days=2)
        assert runs(land) == 0
        changed(land)
        assert [runs(land), runs(land)] == [1, 0]
        assert ProbeAnswered.objects.using("ma").count() == ProbeAsked.objects.using("be").count() == 2
        assert ProbeStanding.objects.using("be").get(sid=sid).runs == 2
        # A person who is asked for again is not enumerated: only the first run is remembered.
        first = ProbeAsked.objects.using("be").order_by("pk")[0]
        assert [look.rid for look in SearchLook.objects.using("be")] == [first.rid]
        assert not ProbeAsked.objects.using("be").filter(pending__isnull=False).exists()

    def test_a_new_hit_is_told_to_the_owner_once(self, land: Land) -> None:
        land.published()
        sid = added(land)
        runs(land)
        assert listed(land.be, OFFICER)[0].new == 0
        changed(land)
        runs(land)
        assert listed(land.be, OFFICER)[0].new == 1
        assert len(show(land.be, HEAD, sid)[1]) == 1
        _, new = show(land.be, OFFICER, sid)
        assert new[0]["result"] == "hit"
        assert show(land.be, OFFICER, sid)[1] == []
        changed(land, ("Hassan", "Mekkaouighi", "1960-04-04", "Fès", "suspect", ""))
        runs(land)
        assert (listed(land.be, OFFICER)[0].new, listed(land.be, OFFICER)[0].runs) == (0, 3)

    def test_every_epoch_asks_again_and_tells_anew(self, land: Land) -> None:
        land.published()
        sid = added(land, given="Zoulikha", family="Bourgheda", dob="1981-05-17")
        runs(land)
        assert len(show(land.be, OFFICER, sid)[1]) == 1
        land.clock.forward(days=31)
        land.published()
        assert runs(land) == 1
        assert len(show(land.be, OFFICER, sid)[1]) == 1

    def test_at_most_once_a_day(self, land: Land) -> None:
        land.published()
        added(land)
        runs(land)
        changed(land, hours=1)
        assert runs(land) == 0
        land.clock.forward(days=1)
        assert runs(land) == 1

    def test_found_or_not_the_evidence_has_one_shape(self, land: Land) -> None:
        land.published()
        shapes = []
        for subject in (
            {"given": "Zoulikha", "family": "Bourgheda", "dob": "1981-05-17"},
            {"given": "Hassan", "family": "Mekkaoui", "dob": "1960-04-04"},
        ):
            sid = added(land, **subject)
            before = last("be"), last("ma")
            assert runs(land) == 1
            shapes.append((leaves("be", before[0]), leaves("ma", before[1])))
            assert bool(listed(land.be, OFFICER)[0].new) == (subject["given"] == "Zoulikha")
            end(land.be, OFFICER, sid)
        assert shapes[0] == shapes[1]
        assert [kind for kind, _, _ in shapes[0][0]] == [
            "probe.asked",
            "probe.answer-verified",
            "probe.standing-run",
        ]
        openings = [len(str(row.opening)) for row in ProbeAnswered.objects.using("ma")]
        assert len(set(openings)) == 1

    @pytest.mark.parametrize(("name", "turn"), [("call", 1), ("call", 2), ("settle_each", 1)])
    def test_a_run_that_was_killed_is_taken_up_and_counted_once(
        self, land: Land, name: str, turn: int
    ) -> None:
        land.published()
        added(land)
        with pytest.MonkeyPatch.context() as patch:
            dying(patch, asking, name, after=True, turn=turn)
            with pytest.raises(Killed):
                runs(land)
        assert runs(land) == 1
        assert ProbeAnswered.objects.using("ma").count() == ProbeAsked.objects.using("be").count() == 1


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the calls that go to the partner for searches."""
    found, honest = list[str](), asking.call

    def noted(
        node: Node, channels: Channels, partner: ServiceId, regime: Regime, name: str, *more: Any
    ) -> Any:
        found.append(name)
        return honest(node, channels, partner, regime, name, *more)

    monkeypatch.setattr(asking, "call", noted)
    return found


PEOPLE = (
    {"given": "Driss", "family": "Amranitaghi", "dob": "1971-01-09"},
    {"given": "Zoulikha", "family": "Bourgheda", "dob": "1981-05-17"},
    {"given": "Hassan", "family": "Mekkaoui", "dob": "1960-04-04"},
)


class TestTogether:
    def test_those_of_one_case_go_in_one_call(self, land: Land, calls: list[str]) -> None:
        land.published()
        sids = [added(land, **person) for person in PEOPLE]
        other = replace(order(land, **PEOPLE[0]), case="BE-2026-18")
        sids.append(add(land.be, land.network.channels, OFFICER, other))
        assert runs(land) == 4
        assert calls == ["probe-together", "probe-open-together", "probe", "probe-open"]
        assert [row.runs for row in ProbeStanding.objects.using("be").order_by("pk")] == [1] * 4
        assert ProbeAnswered.objects.using("ma").count() == 4, "each is counted"
        assert [each.new for each in listed(land.be, OFFICER)].count(1) == 1, "one was found"
        assert not ProbeAsked.objects.using("be").filter(pending__isnull=False).exists()
        assert len({row.rid for row in ProbeAsked.objects.using("be")}) == len(set(sids)) == 4

    def test_one_that_may_not_be_made_holds_up_no_other(
        self, land: Land, owners: dict[str, Actor], calls: list[str]
    ) -> None:
        land.published()
        owners[COLLEAGUE.name] = COLLEAGUE
        added(land, **PEOPLE[0])
        add(land.be, land.network.channels, COLLEAGUE, order(land, **PEOPLE[1]))
        added(land, **PEOPLE[2])
        owners[COLLEAGUE.name] = STRANGER
        assert runs(land) == 2
        assert calls == ["probe-together", "probe-open-together"]
        assert sorted(row.runs for row in ProbeStanding.objects.using("be")) == [0, 1, 1]

    def test_what_a_quota_leaves_is_put_off(self, land: Land, monkeypatch: pytest.MonkeyPatch) -> None:
        from comity.core.policy import decide

        land.published()
        for person in PEOPLE:
            added(land, **person)
        with monkeypatch.context() as patch:
            patch.setattr(decide, "_quotas", lambda *_: (2, 2))
            assert runs(land) == 2
        assert sorted(row.code for row in ProbeStanding.objects.using("be")) == ["", "", "quota.day"]
        assert ProbeAnswered.objects.using("ma").count() == 2
        land.clock.forward(hours=1)
        assert runs(land) == 1

    @pytest.mark.parametrize(("name", "turn"), [("call", 1), ("call", 2)])
    def test_killed_in_the_call_each_is_counted_once(self, land: Land, name: str, turn: int) -> None:
        land.published()
        for person in PEOPLE:
            added(land, **person)
        with pytest.MonkeyPatch.context() as patch:
            dying(patch, asking, name, after=True, turn=turn)
            with pytest.raises(Killed):
                runs(land)
        assert runs(land) == 3
        assert ProbeAnswered.objects.using("ma").count() == ProbeAsked.objects.using("be").count() == 3


class TestRefused:
    def test_a_quota_puts_it_off(self, land: Land, monkeypatch: pytest.MonkeyPatch) -> None:
        from comity.core.policy import decide

        land.published()
        added(land)
        with monkeypatch.context() as patch:
            patch.setattr(decide, "_quotas", lambda *_: (0, 0))
            assert runs(land) == 0
        assert listed(land.be, OFFICER)[0].code == "quota.day"
        assert runs(land) == 0
        land.clock.forward(hours=1)
        assert runs(land) == 1
        assert listed(land.be, OFFICER)[0].code == ""

    def test_an_owner_who_lost_the_role_searches_no_more(self, land: Land, owners: dict[str, Actor]) -> None:
        land.published()
        added(land)
        owners[OFFICER.name] = STRANGER
        assert runs(land) == 0
        assert not ProbeAsked.objects.using("be").exists()
        assert listed(land.be, HEAD)[0].code == "actor.role"

    @pytest.mark.parametrize(("days", "code"), [(0, "probe.standing-until"), (400, "probe.standing-until")])
    def test_a_case_ends_some_day_within_a_year(self, land: Land, days: int, code: str) -> None:
        land.published()
        with pytest.raises(InputError) as refused:
            added(land, days)
        assert refused.value.code == code

    def test_names_alone_are_not_enough(self, land: Land) -> None:
        land.published()
        with pytest.raises(InputError, match=r"probe\.standing-insufficient"):
            added(land, given="Zoulikha", family="Bourgheda")

    def test_a_quota_that_is_used_up_takes_none(self, land: Land, monkeypatch: pytest.MonkeyPatch) -> None:
        from comity.core.policy import decide

        land.published()
        monkeypatch.setattr(decide, "_quotas", lambda *_: (0, 0))
        with pytest.raises(Refused, match=r"quota\.day"):
            added(land)
        assert not ProbeStanding.objects.using("be").exists()

    def test_who_sees_whose(self, land: Land) -> None:
        land.published()
        with pytest.raises(Refused, match=r"actor\.role"):
            add(land.be, land.network.channels, STRANGER, order(land))
        sid = added(land)
        assert [len(listed(land.be, each)) for each in (OFFICER, HEAD, KEEPER, COLLEAGUE, STRANGER)] == [
            1,
            1,
            1,
            0,
            0,
        ]
        with pytest.raises(InputError, match=r"probe\.standing-unknown"):
            end(land.be, COLLEAGUE, sid)
        with pytest.raises(InputError, match=r"probe\.standing-unknown"):
            show(land.be, OFFICER, "0" * 32)

    def test_whoever_looks_leaves_an_entry(self, land: Land) -> None:
        land.published()
        sid = added(land)
        for actor in (OFFICER, HEAD, KEEPER):
            before = EvidenceEntry.objects.using("be").count()
            show(land.be, actor, sid)
            [row] = EvidenceEntry.objects.using("be").order_by("id")[before:]
            assert read_leaf(bytes(row.leaf)).kind == "probe.standing-consulted"


class TestEnd:
    def test_it_ends_with_the_case_and_the_description_goes(self, land: Land) -> None:
        land.published()
        sid = added(land, days=3)
        runs(land)
        changed(land, days=4)
        assert runs(land) == 0
        row = ProbeStanding.objects.using("be").get(sid=sid)
        assert (row.ground, row.content, row.findings) == ("case-ended", None, None)
        assert ProbeAsked.objects.using("be").count() == 1

    def test_a_case_that_was_concluded_is_searched_for_no_more(self, land: Land) -> None:
        land.published()
        sid = added(land)
        runs(land)
        assert conclude(land.be, HEAD, "be-2026 17", CaseOutcome.ACQUITTED, "judgment").ended == 1
        row = ProbeStanding.objects.using("be").get(sid=sid)
        assert (row.content, row.ground) == (None, "case-ended")
        changed(land)
        assert runs(land) == 0
        with pytest.raises(InputError, match=r"case\.unknown"):
            conclude(land.be, HEAD, "BE-2026-17", CaseOutcome.ACQUITTED, "judgment")

    def test_ended_by_a_person_once(self, land: Land) -> None:
        land.published()
        sid = added(land)
        end(land.be, HEAD, sid)
        with pytest.raises(Refused, match=r"probe\.standing-ended"):
            end(land.be, HEAD, sid)
        assert runs(land) == 0
        row = ProbeStanding.objects.using("be").get(sid=sid)
        assert (row.ground, row.content) == ("ended", None)

    def test_a_run_under_way_leaves_nothing_when_it_ends(self, land: Land) -> None:
        land.published()
        sid = added(land)
        with pytest.MonkeyPatch.context() as patch:
            dying(patch, asking, "call", after=True)
            with pytest.raises(Killed):
                runs(land)
        end(land.be, OFFICER, sid)
        assert not ProbeAsked.objects.using("be").filter(pending__isnull=False).exists()

    def test_a_restored_backup_does_not_bring_it_back(self, land: Land) -> None:
        land.published()
        sid = added(land)
        with atomic("be"):
            keep.end_again(land.be, [sid, "0" * 32])
        with atomic("be"):
            keep.end_again(land.be, [sid])
        assert ProbeStanding.objects.using("be").get(sid=sid).content is None

    def test_what_is_left_is_erased_after_three_years(self, land: Land) -> None:
        land.published()
        added(land, days=3)
        land.clock.forward(days=4)
        runs(land)
        land.clock.forward(days=1096)
        runs(land)
        assert not ProbeStanding.objects.using("be").exists()
        kept = [entry for entry in EvidenceEntry.objects.using("be") if entry.salt is not None]
        assert not [one for one in kept if b"standing" in bytes(one.leaf)]

    def test_no_leaf_holds_a_description_or_the_case(self, land: Land) -> None:
        land.published()
        sid = added(land)
        runs(land)
        show(land.be, OFFICER, sid)
        end(land.be, OFFICER, sid)
        written = b"".join(bytes(entry.leaf) for entry in EvidenceEntry.objects.using("be"))
        for word in (b"Driss", b"Amrani", b"1971", b"BE-2026-17", b"reason", OFFICER.name.encode()):
            assert word not in written
