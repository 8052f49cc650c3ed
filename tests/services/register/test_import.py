from __future__ import annotations

from pathlib import Path

import pytest
from tests.services.register.desk import (
    HEAD,
    KEEPER,
    OFFICER,
    PARTNER,
    STRANGER,
    Clock,
    files,
    order,
    service,
    table,
)

from comity.core.codes.exchange import Purpose, PurposeGroup, Regime
from comity.core.instant import Instant
from comity.core.register.subject import SubjectState
from comity.errors import InputError, Refused
from comity.services.context import Node
from comity.services.register import import_ as import_module
from comity.services.register.erase import erase
from comity.services.register.import_ import import_register
from comity.services.register.lock import alone
from comity.services.register.order import Format, ImportReport, ImportState
from comity.services.register.read import held, stream_findable, subject
from comity.services.register.search import search
from comity.services.register.state import restrict
from comity.services.register.status import all_reports, errors
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.register import RegisterAct, RegisterSubject

pytestmark = pytest.mark.django_db(databases=["be"])

THREE = table("1,Amina,Tazi,1980-02-03", "2,Karim,Bensalah,1975", "3,Jan,Peeters,1990-05-06")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def node(tmp_path: Path, clock: Clock) -> Node:
    return service(tmp_path, clock)


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module, "CHUNK", 2)


def _load(node: Node, octets: bytes, source: str = "own") -> ImportReport:
    return import_register(node, KEEPER, order(source=source), files(octets))


def _uids(node: Node) -> dict[str, tuple[str, int]]:
    """Family name to identifier and version."""
    rows = RegisterSubject.objects.using(node.alias).exclude(state="erased")
    found = {}
    for row in rows:
        family = next(name.text for name in subject(node, row.uid).names if name.role == "family")
        found[family] = (row.uid, row.version)
    return found


class TestRowsIn:
    def test_stores_every_good_row(self, node: Node) -> None:
        report = _load(node, THREE)
        assert (report.state, report.counts.rows, report.counts.new, report.faults) == (
            ImportState.DONE,
            3,
            3,
            0,
        )
        assert report.types == {"person": 3}

    def test_bad_rows_are_listed_and_good_ones_kept(self, node: Node) -> None:
        octets = table("1,Amina,Tazi,1980-13-03", "2,Karim,Bensalah,1975", ",Jan,Peeters,", "4,a,b", "2,x,y,")
        report = _load(node, octets)
        assert (report.counts.rows, report.counts.new, report.counts.refused) == (5, 1, 4)
        assert sorted(errors(node, report.uid[:8])) == [
            (2, "dob", "no-date", ""),
            (4, "id", "missing", ""),
            (5, "", "too-few-cells", ""),
            (6, "id", "repeated-id", ""),
        ]

    def test_a_row_error_never_repeats_a_value(self, node: Node) -> None:
        report = _load(node, table("77,Xylophonia,Zebra,not-a-date"))
        shown = repr(list(errors(node, report.uid))) + repr(all_reports(node))
        assert "Xylophonia" not in shown
        assert "not-a-date" not in shown

    def test_progress_counts_up(self, node: Node) -> None:
        seen: list[int] = []
        import_register(node, KEEPER, order(), files(THREE), lambda counts: seen.append(counts.rows))
        assert seen == [2, 3]

    def test_who_imported_is_kept_sealed(self, node: Node) -> None:
        report = _load(node, THREE)
        act = RegisterAct.objects.using("be").get(kind="import")
        assert act.statement == {"by": "os:keeper", "import": report.uid}

    def test_each_committed_chunk_has_its_evidence(self, node: Node) -> None:
        _load(node, THREE)
        leaves = [bytes(entry.leaf) for entry in EvidenceEntry.objects.using("be").order_by("pk")]
        assert sum(b"register.imported" in leaf for leaf in leaves) == 2
        assert not any(b"Tazi" in leaf or b"keeper" in leaf for leaf in leaves)


class TestAgain:
    def test_the_same_file_changes_nothing(self, node: Node, clock: Clock) -> None:
        _load(node, THREE)
        before = _uids(node)
        changed_at = set(RegisterSubject.objects.using("be").values_list("changed_at", flat=True))
        clock.move(days=40)
        report = _load(node, THREE)
        assert (report.counts.unchanged, report.counts.new, report.counts.changed) == (3, 0, 0)
        assert _uids(node) == before
        assert set(RegisterSubject.objects.using("be").values_list("changed_at", flat=True)) == changed_at

    def test_a_changed_row_gets_a_new_version_under_its_identifier(self, node: Node, clock: Clock) -> None:
        _load(node, THREE)
        uid, version = _uids(node)["Tazi"]
        ends = subject(node, uid).marks.erase_at
        clock.move(days=10)
        report = _load(node, THREE.replace(b"1980-02-03", b"1981-02-03"))
        assert (report.counts.changed, report.counts.unchanged) == (1, 2)
        assert held(node, uid).version == version + 1
        assert subject(node, uid).births[0].text() == "1981-02-03"
        assert subject(node, uid).marks.erase_at == ends
        assert not search(node, OFFICER, Regime.POLICE, "Tazi 1980", "test of the index").subjects

    def test_a_changed_row_does_not_lift_a_restriction(self, node: Node) -> None:
        _load(node, THREE)
        uid, _ = _uids(node)["Tazi"]
        restrict(node, HEAD, uid, "contested by the person")
        _load(node, THREE.replace(b"1980-02-03", b"1981-02-03"))
        assert held(node, uid).state is SubjectState.RESTRICTED

    def test_an_erased_subject_does_not_come_back(self, node: Node) -> None:
        _load(node, THREE)
        erase(node, HEAD, _uids(node)["Tazi"][0], "order of the authority")
        report = _load(node, THREE)
        assert (report.counts.refused, report.counts.unchanged) == (1, 2)
        assert [reason for _, _, reason, _ in errors(node, report.uid)] == ["erased-here"]

    def test_what_left_the_source_is_counted(self, node: Node) -> None:
        _load(node, THREE)
        assert _load(node, table("1,Amina,Tazi,1980-02-03")).absent == 2

    def test_sources_do_not_meet(self, node: Node) -> None:
        _load(node, THREE)
        assert _load(node, THREE, "other").counts.new == 3


class _Killed(BaseException):
    """Stands for SIGKILL: nothing catches it."""


class TestKilled:
    def _die_after(self, chunks: int) -> object:
        left = [chunks]

        def progress(_: object) -> None:
            left[0] -= 1
            if not left[0]:
                raise _Killed

        return progress

    def test_goes_on_where_it_was_committed(self, node: Node) -> None:
        many = table(*(f"{n},Amina,Tazi{n}," for n in range(9)), "9,,,", "1,Amina,Twice,")
        with pytest.raises(_Killed):
            import_register(node, KEEPER, order(), files(many), self._die_after(2))  # type: ignore[arg-type]  # a stand-in of the test
        assert all_reports(node)[0].state is ImportState.INTERRUPTED
        with alone(node):
            assert all_reports(node)[0].state is ImportState.RUNNING
        report = _load(node, many)
        assert report.resumed
        assert (report.counts.rows, report.counts.new, report.counts.refused) == (11, 9, 2)
        assert len(all_reports(node)) == 1
        assert RegisterSubject.objects.using("be").count() == 9

    def test_dying_inside_a_chunk_loses_only_that_chunk(
        self, node: Node, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real, calls = import_module.record, [0]

        def dying(*args: object) -> None:
            calls[0] += 1
            if calls[0] == 3:
                raise _Killed
            real(*args)  # type: ignore[arg-type]  # a stand-in of the test

        monkeypatch.setattr(import_module, "record", dying)
        with pytest.raises(_Killed):
            _load(node, THREE)
        assert RegisterSubject.objects.using("be").count() == 2
        monkeypatch.setattr(import_module, "record", real)
        report = _load(node, THREE)
        assert (report.counts.rows, report.counts.new) == (3, 3)

    def test_another_file_abandons_it(self, node: Node) -> None:
        with pytest.raises(_Killed):
            import_register(node, KEEPER, order(), files(THREE), self._die_after(1))  # type: ignore[arg-type]  # a stand-in of the test
        _load(node, THREE + b"4,New,Person,\n")
        assert [report.state for report in all_reports(node)] == [ImportState.DONE, ImportState.ABANDONED]


class TestRefused:
    def test_a_file_without_header(self, node: Node) -> None:
        with pytest.raises(InputError, match="register.header"):
            _load(node, b"given,family\nAmina,Tazi\n")
        assert all_reports(node)[0].failure == "register.header"

    def test_rows_before_a_broken_end_stay(self, node: Node) -> None:
        xml = b"<CONSOLIDATED_LIST><INDIVIDUALS>" + b"".join(
            f"<INDIVIDUAL><DATAID>{n}</DATAID><FIRST_NAME>A{n}</FIRST_NAME></INDIVIDUAL>\n".encode()
            for n in range(5)
        )
        with pytest.raises(InputError, match="register.xml"):
            import_register(node, KEEPER, order(Format.UN), files(xml + b"<broken"))
        report = all_reports(node)[0]
        assert (report.state, report.counts.new) == (ImportState.FAILED, 5)

    def test_an_actor_without_role(self, node: Node) -> None:
        with pytest.raises(Refused, match="actor.role"):
            import_register(node, STRANGER, order(), files(THREE))

    def test_a_purpose_of_another_regime(self, node: Node) -> None:
        wrong = order().__class__(**{**order().__dict__, "purposes": (Purpose.IDENTIFICATION,)})
        with pytest.raises(Refused, match="register.purpose"):
            import_register(node, KEEPER, wrong, files(THREE))

    def test_two_at_once(self, node: Node) -> None:
        with alone(node), pytest.raises(Refused, match="register.busy"):
            _load(node, THREE)


class TestFindable:
    def test_streams_only_what_a_partner_may_find(self, node: Node) -> None:
        octets = table(
            "1,Amina,Tazi,1980,,",
            "2,Witness,One,1980,witness,",
            "3,Asylum,Seeker,1980,,asylum",
            "4,Young,Person,2015,,",
            header="id,given,family,dob,category,taints",
        )
        assert _load(node, octets).counts.new == 4
        found = list(stream_findable(node, Regime.POLICE, PARTNER, PurposeGroup.SERIOUS_CRIME))
        assert [item[2].names[0].text for item in found] == ["Amina"]
        assert not list(stream_findable(node, Regime.POLICE, PARTNER, PurposeGroup.WANTED))
        assert not list(
            stream_findable(node, Regime.RETURN_IDENTIFICATION, PARTNER, PurposeGroup.SERIOUS_CRIME)
        )

    def test_a_restricted_one_leaves_with_a_new_version(self, node: Node) -> None:
        _load(node, THREE)
        uid, version = _uids(node)["Tazi"]
        assert restrict(node, HEAD, uid, "contested by the person") == version + 1
        found = stream_findable(node, Regime.POLICE, PARTNER, PurposeGroup.SERIOUS_CRIME)
        assert uid not in {item[0] for item in found}


def test_clock_is_the_nodes(node: Node, clock: Clock) -> None:
    _load(node, THREE)
    created: Instant = held(node, _uids(node)["Tazi"][0]).created_at
    assert created == clock.now
