"""The register searched: across scripts, with reasons, kept up with every change, found again after a restart."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.services.register.desk import HEAD, KEEPER, OFFICER, STRANGER, Clock, files, order, service, table

from comity.core.codes.exchange import Regime
from comity.core.match.register.described import Description
from comity.core.match.register.index import RegisterIndex
from comity.core.names.skeleton import skeletons as skeletons_of
from comity.core.probe.words import read_words
from comity.core.register.subject import SubjectState
from comity.errors import InputError, NodeError, Refused
from comity.services.context import Node
from comity.services.register.erase import erase
from comity.services.register.finding import holder, snapshot
from comity.services.register.finding.duplicates import duplicates
from comity.services.register.finding.find import Findings, find
from comity.services.register.import_ import import_register
from comity.services.register.state import restrict
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.register import RegisterAct, RegisterSubject

pytestmark = pytest.mark.django_db(databases=["be"])

WHY = "file 12, check of identity"
HEADER = "id,given,family,given_ar,family_ar,dob,pob,sex,document,phone"
LIST = table(
    "1,Rachid,El Amrani,,,1981-04-12,Nador,M,passport:MA:AB 123456,",
    "2,Samira,El Amrani,,,1981-04-12,Nador,F,,",
    "3,,,رشيد,العمراني,1959-11-30,فاس,M,,",
    "4,Wim,Claes,,,1990-05-05,Gent,M,,+32470123456",
    header=HEADER,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def node(tmp_path: Path, clock: Clock) -> Node:
    holder.forget("be")
    node = service(tmp_path, clock)
    import_register(node, KEEPER, order(), files(LIST))
    return node


def asked(node: Node, words: str) -> Findings:
    return find(node, OFFICER, Regime.POLICE, read_words(words), WHY)


def first(found: Findings) -> str:
    subject = found.clusters[0].members[0].held.subject
    assert subject is not None
    return " ".join(subject.full_names())


def test_the_person_is_found_in_another_script_and_it_says_why(node: Node) -> None:
    found = asked(node, "رشيد العمراني، 1981-04-12، الناظور")
    assert first(found) == "Rachid El Amrani"
    best = found.clusters[0]
    assert best.probability > 0.9
    reasons = {one.feature: one.agreement for one in best.members[0].reasons}
    assert reasons["birth"] == "exact"
    assert reasons["place"] == "same"
    assert sum(cluster.probability for cluster in found.clusters) <= 1.0


def test_a_common_name_alone_asks_for_more(node: Node, clock: Clock) -> None:
    clock.move(minutes=1)
    namesakes = (f"{number},Mohamed,Alaoui,,,19{number}-02-03,Nador,M,," for number in range(40, 99))
    import_register(node, KEEPER, order(source="namesakes"), files(table(*namesakes, header=HEADER)))
    found = asked(node, "محمد العلوي")
    assert found.too_many
    assert found.clusters == ()
    assert first(asked(node, "محمد العلوي 1957-02-03")) == "Mohamed Alaoui"


def test_a_number_alone_finds(node: Node) -> None:
    assert first(asked(node, "AB-123456")) == "Rachid El Amrani"


@pytest.mark.parametrize("typed", ["0470-12-34-56", "+32470123456", "0032470123456"])
def test_a_telephone_is_found_however_it_is_written(node: Node, typed: str) -> None:
    assert first(asked(node, typed)) == "Wim Claes"


def test_a_number_alone_finds_in_a_large_register_too() -> None:
    index = RegisterIndex()
    for one in range(2000):
        index.add(
            one + 1, Description(names=(f"Jan {chr(97 + one % 26)}ovelaer",), numbers=(f"AB{one:06d}",))
        )
    hits = index.search(Description(numbers=("AB 000042",)), prior=0.1).hits
    assert [hit.identity for hit in hits] == [43]
    assert hits[0].probability > 0.9
    index.add(9000, Description(names=("Piet Maes",), numbers=("AB000042",)))
    shared = index.search(Description(numbers=("AB 000042",)), prior=0.1).hits
    assert {hit.identity for hit in shared} == {43, 9000}
    assert all(hit.probability < 0.5 for hit in shared)


def test_a_name_that_many_share_is_not_said_to_be_nobodys() -> None:
    index = RegisterIndex()
    for one in range(60):
        index.add(
            one + 1, Description(names=("Mohamed Alaoui",), births=((1950 + one % 40, 5, one % 28 + 1),))
        )
    found = index.search(Description(names=("Mohamed Alaoui",)), prior=0.1)
    assert not found.hits
    assert found.too_many
    stranger = index.search(Description(names=("Mohamed Verbruggen",), births=((1901, 2, 3),)), prior=0.1)
    assert not stranger.hits
    assert not stranger.too_many


def test_nobody_is_found_who_is_not_there(node: Node) -> None:
    assert asked(node, "Pieter Janssens, 1970-02-03").clusters == ()
    assert asked(node, "Wim Janssens 1944").clusters == ()


def test_nothing_to_compare_is_said(node: Node) -> None:
    with pytest.raises(InputError, match=r"probe\.subject-empty"):
        asked(node, "1981-04-12")


def test_who_may_not_read_may_not_search_and_a_reason_is_needed(node: Node) -> None:
    with pytest.raises(Refused, match=r"actor\.role"):
        find(node, STRANGER, Regime.POLICE, read_words("Rachid El Amrani"), WHY)
    with pytest.raises(InputError, match=r"register\.reason"):
        find(node, OFFICER, Regime.POLICE, read_words("Rachid El Amrani"), " ")


def test_the_search_is_kept_for_oversight_and_no_name_stands_in_the_log(node: Node) -> None:
    asked(node, "Rachid El Amrani 1981-04-12")
    act = RegisterAct.objects.using("be").get(kind="searched")
    assert "Amrani" in act.statement["query"]
    assert act.statement["reason"] == WHY
    for entry in EvidenceEntry.objects.using("be").all():
        assert "Amrani" not in str(entry.__dict__)


def test_changes_are_taken_in(node: Node, clock: Clock) -> None:
    asked(node, "Rachid El Amrani")
    uid = RegisterSubject.objects.using("be").order_by("pk")[0].uid
    clock.move(minutes=5)
    restrict(node, HEAD, uid, WHY)
    words = read_words("Rachid El Amrani 1981-04-12")
    seen = find(node, HEAD, Regime.POLICE, words, WHY).clusters[0].members[0]
    assert (seen.held.uid, seen.held.state) == (uid, SubjectState.RESTRICTED)
    found = find(node, OFFICER, Regime.POLICE, words, WHY)
    assert all(member.held.uid != uid for cluster in found.clusters for member in cluster.members)
    clock.move(minutes=5)
    import_register(node, KEEPER, order(), files(LIST.replace(b"Wim,Claes", b"Guillaume,Verbruggen")))
    assert first(asked(node, "Guillaume Verbruggen 1990")) == "Guillaume Verbruggen"
    assert all(cluster.probability < 0.5 for cluster in asked(node, "Wim Claes 1990-05-05").clusters)
    clock.move(minutes=5)
    erase(node, HEAD, uid, WHY)
    assert all(
        member.held.uid != uid
        for cluster in asked(node, "Rachid El Amrani 1981-04-12 Nador").clusters
        for member in cluster.members
    )


def test_one_person_twice_stands_together(node: Node, clock: Clock) -> None:
    clock.move(minutes=1)
    other = table("9,Rachid,Elamrani,,,1981-04-12,Nador,M,,", header=HEADER)
    import_register(node, KEEPER, order(source="other"), files(other))
    found = asked(node, "Rachid El Amrani 1981-04-12, Nador")
    assert len(found.clusters[0].members) == 2
    assert found.clusters[0].probability > 0.9


def test_what_two_lists_share_is_told_and_nothing_is_joined(node: Node, clock: Clock) -> None:
    clock.move(minutes=1)
    other = table(
        "9,Rachid,Elamrani,,,1981-04-12,Nador,M,,", "10,Hugo,Pauwels,,,1971-02-03,Gent,M,,", header=HEADER
    )
    report = import_register(node, KEEPER, order(source="other"), files(other))
    found = duplicates(node, KEEPER, Regime.POLICE, WHY, imported=report.uid)
    rows = RegisterSubject.objects.using("be").order_by("pk").values_list("uid", flat=True)
    assert [{one.uid, one.other} for one in found] == [{rows[0], rows[4]}]
    assert duplicates(node, KEEPER, Regime.POLICE, WHY) == found
    assert RegisterSubject.objects.using("be").exclude(state="erased").count() == 6
    with pytest.raises(Refused, match=r"actor\.role"):
        duplicates(node, OFFICER, Regime.POLICE, WHY)


def test_three_copies_of_one_person_are_told_pair_by_pair(node: Node, clock: Clock) -> None:
    for source in ("second", "third"):
        clock.move(minutes=1)
        copy = table("9,Rachid,El Amrani,,,1981-04-12,Nador,M,,", header=HEADER)
        report = import_register(node, KEEPER, order(source=source), files(copy))
    assert len(duplicates(node, KEEPER, Regime.POLICE, WHY)) == 3
    assert len(duplicates(node, KEEPER, Regime.POLICE, WHY, imported=report.uid)) == 2


def test_the_index_is_found_again_after_a_restart(
    node: Node, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = asked(node, "رشيد العمراني 1981-04-12")
    assert snapshot.due(node, Regime.POLICE)
    assert snapshot.write(node, Regime.POLICE) == 4
    assert not snapshot.due(node, Regime.POLICE)
    holder.forget("be")
    taken: list[int] = []
    monkeypatch.setattr(holder, "_take", lambda *given: taken.append(1) or len(given[3]))
    assert snapshot.load(node, Regime.POLICE)
    assert len(holder.held(node, Regime.POLICE).index) == 4
    after = asked(node, "رشيد العمراني 1981-04-12")
    assert [one.probability for one in after.clusters] == [one.probability for one in before.clusters]


def test_the_file_holds_no_name_in_the_clear_and_a_damaged_one_is_passed_over(node: Node) -> None:
    asked(node, "Rachid El Amrani")
    snapshot.write(node, Regime.POLICE)
    path = next((node.config.data / "register").glob("*.index"))
    octets = path.read_bytes()
    assert b"mrani" not in octets
    assert os.stat(path).st_mode & 0o777 == 0o600
    path.write_bytes(octets[:-9] + bytes(9))
    holder.forget("be")
    assert not snapshot.load(node, Regime.POLICE)
    assert first(asked(node, "Rachid El Amrani 1981-04-12")) == "Rachid El Amrani"


def test_a_file_newer_than_a_restored_database_is_not_believed(node: Node) -> None:
    asked(node, "Rachid El Amrani")
    snapshot.write(node, Regime.POLICE)
    RegisterSubject.objects.using("be").order_by("pk").first().delete()  # type: ignore[union-attr]  # it is there
    holder.forget("be")
    found = asked(node, "Rachid El Amrani 1981-04-12")
    assert len(holder.held(node, Regime.POLICE).index) == 3
    assert all(cluster.members[0].held.subject is not None for cluster in found.clusters)


def test_a_file_whose_versions_are_not_those_of_the_database_is_not_believed(
    node: Node, clock: Clock
) -> None:
    before = list(RegisterSubject.objects.using("be").order_by("pk"))
    clock.move(minutes=5)
    import_register(node, KEEPER, order(), files(LIST.replace(b"Wim,Claes", b"Guillaume,Verbruggen")))
    assert first(asked(node, "Guillaume Verbruggen 1990")) == "Guillaume Verbruggen"
    snapshot.write(node, Regime.POLICE)
    for row in before:
        row.save(using="be")
    holder.forget("be")
    assert first(asked(node, "Wim Claes 1990-05-05")) == "Wim Claes"


def test_who_left_the_regime_after_the_search_is_not_shown(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(node, "Wim Claes 1990-05-05")
    monkeypatch.setattr(holder, "_read_on", lambda *_: None)
    RegisterSubject.objects.using("be").update(regime=Regime.RETURN_IDENTIFICATION.value)
    assert asked(node, "Wim Claes 1990-05-05").clusters == ()


def test_a_full_disk_leaves_no_half_written_file(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "no space")

    asked(node, "Wim Claes")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NodeError, match=r"register\.index-disk"):
        snapshot.write(node, Regime.POLICE)
    assert list((node.config.data / "register").iterdir()) == []


def test_what_is_erased_is_not_written(node: Node, clock: Clock) -> None:
    asked(node, "Rachid El Amrani")
    clock.move(minutes=5)
    uid = RegisterSubject.objects.using("be").order_by("pk")[3].uid
    erase(node, HEAD, uid, WHY)
    asked(node, "Rachid El Amrani")
    snapshot.write(node, Regime.POLICE)
    kept = holder.held(node, Regime.POLICE).index.persons
    assert "claes" not in kept.interned.kept().letters
    assert "Gent" not in kept.place_texts.texts
    skeletons = holder.held(node, Regime.POLICE).index.keys.skeletons
    assert skeletons_of("claes")[0] not in skeletons
    assert skeletons_of("rachid")[0] in skeletons
    again = table("4,Wim,Claes,,,1990-05-05,Gent,M,,", "5,Rachida,Claes,,,1991-05-05,Gent,F,,", header=HEADER)
    clock.move(minutes=5)
    import_register(node, KEEPER, order(source="other"), files(again))
    assert first(asked(node, "Rachida Claes 1991-05-05")) == "Rachida Claes"
    assert first(asked(node, "Wim Claes 1990-05-05")) == "Wim Claes"
    assert first(asked(node, "Rachid El Amrani 1981-04-12")) == "Rachid El Amrani"


def test_a_process_that_lags_takes_what_the_worker_wrote(
    node: Node, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind = holder.held(node, Regime.POLICE)
    asked(node, "Wim Claes")
    clock.move(minutes=5)
    more = table(*(f"{number},Hugo,Pauwels,,,19{number},Gent,M,," for number in range(50, 60)), header=HEADER)
    import_register(node, KEEPER, order(source="more"), files(more))
    holder.forget("be")
    assert snapshot.keep(node, Regime.POLICE, 1000) == 14
    monkeypatch.setitem(holder._held, ("be", Regime.POLICE), behind)
    monkeypatch.setattr(holder, "PAGE", 2)
    monkeypatch.setattr(holder.caught_up, "__kwdefaults__", {"most": 3, "progress": lambda _: None})
    assert len(behind.index) == 4
    assert first(asked(node, "Hugo Pauwels 1955")) == "Hugo Pauwels"


def test_nothing_of_a_removed_record_stays_in_memory(node: Node, clock: Clock) -> None:
    asked(node, "Wim Claes")
    clock.move(minutes=5)
    erase(node, HEAD, RegisterSubject.objects.using("be").order_by("pk")[3].uid, WHY)
    asked(node, "Rachid El Amrani")
    index = holder.held(node, Regime.POLICE).index
    assert index.removed == 0
    assert "claes" not in index.persons.interned.kept().letters


def test_too_much_to_take_in_is_refused_and_goes_on(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holder, "PAGE", 2)
    monkeypatch.setattr(
        holder.caught_up, "__kwdefaults__", {**(holder.caught_up.__kwdefaults__ or {}), "most": 1}
    )
    with pytest.raises(Refused, match=r"register\.index-behind"):
        asked(node, "Wim Claes 1990-05-05")
    with pytest.raises(Refused, match=r"register\.index-behind"):
        asked(node, "Wim Claes 1990-05-05")
    assert first(asked(node, "Wim Claes 1990-05-05")) == "Wim Claes"
