"""A build that is killed goes on where it stood and ends with the same manifest; its files say nothing and are removed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest
from django.db import connections
from tests.federation.world import BE
from tests.services.probe.land import GROUP, KEEPER, PEOPLE, Land, fill

from comity.core.codes.exchange import Regime
from comity.core.probe.manifest import Manifest
from comity.core.probe.opening import Strength
from comity.core.probe.query import Query, read_query
from comity.core.probe.rules.commonness import Commonness
from comity.errors import NodeError
from comity.services.exchange.deliver import deliver_due
from comity.services.probe import index, parts
from comity.services.probe.building import bearers, naming, runs, state
from comity.services.probe.building import fill as filling
from comity.services.probe.building.runs import Run, Runs
from comity.services.probe.index import Stage, publish, stored_manifest
from comity.services.probe.layers import plan
from comity.services.probe.layers.stored import Placed
from comity.services.register.state import restrict
from comity.storage.models.probe import ProbeBuild, ProbeEpoch, ProbeIndex, ProbePlaced, ProbeTombstone

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])

KNOWN = {"given": "Zoulikha", "family": "Bourgheda", "dob": "1981-05-17"}
LATER = ("Rkia", "Tahiri Jouti", "1972-03-21", "Salé", "suspect", "")
LATE = {"given": "Rkia", "family": "Tahiri Jouti", "dob": "1972-03-21"}


FINDABLE = 4
"""Of the people of the land; each is a chunk of its own."""


class Killed(BaseException):
    """As if the process had been killed: no code of the node catches it."""


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """One subject a chunk, several buckets, in this process."""
    monkeypatch.setattr(filling, "STEP", 1)
    monkeypatch.setattr(state, "BUCKET_RECORDS", 1)
    monkeypatch.setattr(filling.os, "sched_getaffinity", lambda _: {0})


def build(land: Land, *, force: bool = False) -> index.Published:
    return publish(land.ma, BE, Regime.POLICE, GROUP, force=force)


def manifests() -> list[Manifest]:
    return [stored_manifest(row.manifest) for row in ProbeIndex.objects.using("ma").order_by("version")]


def folders(land: Land) -> list[Path]:
    return list(parts.build_folder(land.ma).iterdir())


def killed_at(land: Land, monkeypatch: pytest.MonkeyPatch, write: int) -> None:
    """Kill a build in the middle of writing a run: what it wrote is half a file."""
    honest, count = Runs.write, iter(range(99))

    def dying(self: Runs, number: int, run: Run, salt: bytes) -> None:
        if next(count) == write:
            (self._folder / f"{number:08d}.new").write_bytes(b"half")
            raise Killed
        honest(self, number, run, salt)

    with monkeypatch.context() as patch:
        patch.setattr(Runs, "write", dying)
        with pytest.raises(Killed):
            build(land)


@pytest.fixture
def expected(land: Land, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the digest of the manifest of a build that nothing stopped, from the same secret; then forget it."""
    secret, honest = b"\3" * 32, land.ma.random

    def fixed(size: int) -> bytes:
        return secret if size == 32 else honest(size)

    object.__setattr__(land.ma, "random", fixed)
    with monkeypatch.context() as patch:
        patch.setattr(index, "submit", lambda *_, **__: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            build(land)
    drafted: list[Manifest] = []
    written = index.write

    def spy(*asked: object) -> object:
        made = written(*asked)  # type: ignore[arg-type]  # as it was asked
        drafted.append(made.manifest)
        return made

    with monkeypatch.context() as patch:
        patch.setattr(index, "write", spy)
        patch.setattr(index, "submit", lambda *_, **__: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            build(land)
    ProbeBuild.objects.using("ma").all().delete()
    state.sweep(land.ma)
    return drafted[0].digest


class TestKilled:
    @pytest.mark.parametrize("write", range(FINDABLE))
    def test_goes_on_and_ends_with_the_same_manifest(
        self, land: Land, monkeypatch: pytest.MonkeyPatch, expected: str, write: int
    ) -> None:
        killed_at(land, monkeypatch, write)
        evaluated: list[int] = []
        honest = land.ma.keys.evaluate_own
        monkeypatch.setattr(
            land.ma.keys, "evaluate_own", lambda key, own: (evaluated.append(len(own)), honest(key, own))[1]
        )
        made = build(land)
        assert made.digest == expected
        assert (made.records, made.version) == (4, 1)
        # What was finished is not evaluated again: a person's tokens of two classes at most, and the record's key.
        assert len(evaluated) <= 3 * (FINDABLE - write)
        assert folders(land) == []
        assert not ProbeBuild.objects.using("ma").exists()

    @pytest.mark.parametrize("at", ["write", "submit"])
    def test_between_the_runs_and_the_transaction(
        self, land: Land, monkeypatch: pytest.MonkeyPatch, expected: str, at: str
    ) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(index, at, lambda *_, **__: (_ for _ in ()).throw(Killed))
            with pytest.raises(Killed):
                build(land)
        assert not ProbeIndex.objects.using("ma").exists()
        monkeypatch.setattr(filling, "_run", lambda *_: pytest.fail("nothing is left to evaluate"))
        assert build(land).digest == expected

    def test_a_delta_goes_on_too(self, land: Land, monkeypatch: pytest.MonkeyPatch) -> None:
        land.published()
        fill(land.ma, (*PEOPLE, LATER, ("Idriss", "Chakroun", "1966-06-06", "Safi", "suspect", "")))
        killed_at(land, monkeypatch, 1)
        row = ProbeBuild.objects.using("ma").get()
        made = land.published()
        assert (made.version, manifests()[1].layer) == (2, "delta")
        assert row.begun_at <= ProbeIndex.objects.using("ma").get(version=2).created_at
        assert land.ask(**LATE).strength is Strength.HIT

    def test_a_forced_base_is_gone_on_with_by_the_worker(
        self, land: Land, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        land.published()
        with monkeypatch.context() as patch:
            patch.setattr(index, "write", lambda *_: (_ for _ in ()).throw(Killed))
            with pytest.raises(Killed):
                build(land, force=True)
        made = land.published()
        assert (made.new, made.version) == (True, 2)
        assert [one.layer for one in manifests()] == ["base", "base"]
        assert not land.published().new


class TestTheRegisterChangesMeanwhile:
    def test_who_came_is_in_the_next_layer(self, land: Land, monkeypatch: pytest.MonkeyPatch) -> None:
        killed_at(land, monkeypatch, 3)
        fill(land.ma, (*PEOPLE[1:], ("Zoulikha", "Bourgheda", "1983-09-02", "Oujda", "suspect", "")))
        land.published()
        land.published()
        assert [one.layer for one in manifests()] == ["base", "delta"]
        assert land.ask(**KNOWN).strength is not Strength.HIT
        now = land.ask(given="Zoulikha", family="Bourgheda", dob="1983-09-02")
        assert now.strength is Strength.HIT

    def test_who_was_restricted_is_recalled_at_once(
        self, land: Land, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from comity.storage.models.register import RegisterSubject

        killed_at(land, monkeypatch, 3)
        uid = RegisterSubject.objects.using("ma").order_by("pk")[0].uid
        land.clock.forward(minutes=5)
        restrict(land.ma, KEEPER, uid, "contested")
        land.published()
        assert ProbeTombstone.objects.using("ma").count() == 1
        assert land.ask(**KNOWN).strength is Strength.MISS

    def test_another_agreement_begins_anew(self, land: Land, monkeypatch: pytest.MonkeyPatch) -> None:
        killed_at(land, monkeypatch, 3)
        before = ProbeBuild.objects.using("ma").get().name
        ProbeBuild.objects.using("ma").update(basis="0" * 64)
        made = build(land)
        assert made.records == 4
        assert not (parts.build_folder(land.ma) / before).exists()


class TestFiles:
    def test_sealed_for_the_owner_only(self, land: Land, monkeypatch: pytest.MonkeyPatch) -> None:
        written: dict[int, Run] = {}
        honest = Runs.write

        def spy(self: Runs, number: int, run: Run, salt: bytes) -> None:
            written[number] = run
            honest(self, number, run, salt)

        monkeypatch.setattr(Runs, "write", spy)
        monkeypatch.setattr(index, "write", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            build(land)
        (folder,) = folders(land)
        assert folder.stat().st_mode & 0o777 == 0o700
        for path in folder.iterdir():
            assert path.stat().st_mode & 0o777 == 0o600
            octets = path.read_bytes()
            for each in written[int(path.stem)].placed:
                assert bytes.fromhex(each.uid) not in octets
                assert not each.label or each.label not in octets

    def test_an_altered_file_stops_the_build(self, land: Land, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(index, "write", lambda *_: (_ for _ in ()).throw(Killed))
            with pytest.raises(Killed):
                build(land)
        (folder,) = folders(land)
        path = max(folder.iterdir(), key=lambda one: one.stat().st_size)
        octets = bytearray(path.read_bytes())
        octets[-1] ^= 1
        path.write_bytes(octets)
        with pytest.raises(NodeError, match=r"probe\.run-altered"):
            build(land)
        assert not ProbePlaced.objects.using("ma").exists()

    def test_removed_files_lose_their_salt_first(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = Runs(tmp_path / "one", b"\1" * 32, 1)
        placed = [
            Placed("ab" * 16, 3, "cd" * 8, b"12345678", b"r" * 16),
            Placed("ab" * 16, 1, "cd" * 8, b"", b"r" * 16),
        ]
        made.write(0, Run([b""], [b""], placed), b"\2" * 32)
        assert list(made.placed()) == placed
        (path,) = (tmp_path / "one").iterdir()
        unlinked: list[bytes] = []
        monkeypatch.setattr(Path, "unlink", lambda self: unlinked.append(self.read_bytes()[:32]))
        made.remove()
        assert unlinked == [bytes(32)]
        assert path.exists()

    def test_files_of_no_build_are_removed(self, land: Land) -> None:
        lost = parts.build_folder(land.ma) / ("ab" * 16)
        lost.mkdir()
        (lost / "00000000.run").write_bytes(bytes(64))
        build(land)
        assert not lost.exists()

    def test_a_full_disk(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"")
        with pytest.raises(NodeError, match=r"probe\.disk"):
            Runs(tmp_path / "file" / "one", b"\1" * 32, 1)
        made = Runs(tmp_path / "one", b"\1" * 32, 1)
        (tmp_path / "one").rmdir()
        with pytest.raises(NodeError, match=r"probe\.disk"):
            made.write(0, Run([b""], [b""], []), bytes(32))


def test_tokens_are_the_same_in_processes_of_their_own(land: Land) -> None:
    chunks: list[tuple[int, list[Query]]] = [
        (at, [read_query({"given": given, "family": family, "dob": birth})])
        for at, (given, family, birth, *_) in enumerate(PEOPLE)
    ]
    alone = list(naming.named("cp1", Commonness(), chunks, 1))
    assert list(naming.named("cp1", Commonness(), chunks, 2)) == alone
    assert [at for at, _ in alone] == list(range(len(PEOPLE)))
    assert all(len(naming.octets_of(one)) == len(one[0]) > 0 for _, (one,) in alone)


def test_a_process_that_reads_names_and_is_ended_stops_the_build() -> None:
    chunks = ((at, [Query()]) for at in range(50))
    found = naming.named("cp1", Commonness(), chunks, 2)
    next(found)
    for child in multiprocessing.active_children():
        child.kill()
    with pytest.raises(NodeError, match=r"probe\.build-stopped"):
        list(found)


def test_the_stages_are_told(land: Land) -> None:
    told: list[tuple[Stage, int, int]] = []
    publish(land.ma, BE, Regime.POLICE, GROUP, progress=lambda *each: told.append(each))
    assert list(dict.fromkeys(stage for stage, _, _ in told)) == list(Stage)
    assert all(done <= of for stage, done, of in told if stage is not Stage.COMPARING)
    assert told[-1] == (Stage.WRITING, 2, 2)


def test_runs_are_of_their_build(tmp_path: Path) -> None:
    first = Runs(tmp_path / "one", b"\1" * 32, 1)
    first.write(0, Run([b""], [b""], []), b"\2" * 32)
    other = Runs(tmp_path / "one", b"\4" * 32, 1)
    with pytest.raises(NodeError, match=r"probe\.run-altered"):
        list(other.placed())
    assert 0 in other
    runs.remove(tmp_path / "one")
    assert 0 not in other


@pytest.mark.django_db(databases=["be", "ma", "third"], transaction=True)
@pytest.mark.parametrize("files", [1, 2, FINDABLE])
def test_a_process_that_is_killed(land: Land, monkeypatch: pytest.MonkeyPatch, files: int) -> None:
    """SIGKILL, whatever the process does at that moment: another one goes on with the same files."""
    land.published()
    honest = Runs.write

    def slow(self: Runs, number: int, run: Run, salt: bytes) -> None:
        honest(self, number, run, salt)
        time.sleep(0.05)

    with monkeypatch.context() as patch:
        patch.setattr(Runs, "write", slow)
        # The child opens connections of its own.
        connections.close_all()
        child = os.fork()
        if child == 0:
            try:
                build(land, force=True)
                time.sleep(60)
            finally:
                os._exit(1)
        kept = _killed(land, child, files)
    digest = ProbeIndex.objects.using("ma").filter(version=2).values_list("digest", flat=True).first()
    made = build(land)
    assert (made.version, made.records) == (2, 4)
    assert digest is None or digest == made.digest
    assert kept
    assert folders(land) == []
    assert not ProbeBuild.objects.using("ma").exists()
    deliver_due(land.ma, land.network.channels)
    assert land.ask(**KNOWN).strength is Strength.HIT


def _killed(land: Land, child: int, files: int) -> list[str]:
    """Kill a child once it has written so many runs, and return what it left."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        left = [path.name for folder in folders(land) for path in folder.glob("*.run")]
        if len(left) >= files:
            break
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return left


class TestNamesAreNotReadAgain:
    def test_a_delta_reads_the_names_of_what_changed_only(
        self, land: Land, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        land.published()
        fill(land.ma, (*PEOPLE, LATER))
        monkeypatch.setattr(plan, "names_of", lambda _: pytest.fail("names were read"))
        assert land.published().version == 2
        assert land.ask(**LATE).strength is Strength.HIT
        assert not land.published().new

    def test_how_many_bear_two_names_is_that_of_the_base(
        self, land: Land, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        namesakes = tuple(
            ("Zoulikha", "Bourgheda", f"19{60 + at}-05-17", "Oujda", "suspect", "") for at in range(8)
        )
        fill(land.ma, (*PEOPLE, *namesakes))
        land.published()
        fill(land.ma, (*PEOPLE, *namesakes, ("Zoulikha", "Bourgheda", "1999-01-02", "Salé", "suspect", "")))
        told: list[int] = []
        honest = filling.sketch_of
        monkeypatch.setattr(
            filling,
            "sketch_of",
            lambda one, number, salt: (told.append(number), honest(one, number, salt))[1],
        )
        land.published()
        assert told == [9]

    @pytest.mark.parametrize("how", ["gone", "altered", "cut"])
    def test_what_was_kept_is_counted_again_when_it_is_not_as_it_was(self, land: Land, how: str) -> None:
        land.published()
        (path,) = parts.names_folder(land.ma).iterdir()
        octets = bytearray(path.read_bytes())
        octets[-1] ^= 1
        if how == "gone":
            path.unlink()
        else:
            path.write_bytes(octets if how == "altered" else octets[:40])
        fill(land.ma, (*PEOPLE, LATER))
        assert land.published().version == 2
        assert land.ask(**LATE).strength is Strength.HIT

    def test_it_is_sealed_and_goes_with_its_base(self, land: Land) -> None:
        land.published()
        (first,) = parts.names_folder(land.ma).iterdir()
        assert first.stat().st_mode & 0o777 == 0o600
        build(land, force=True)
        (second,) = parts.names_folder(land.ma).iterdir()
        assert second.name != first.name
        epoch = ProbeEpoch.objects.using("ma").get()
        assert bearers.kept(land.ma, epoch, second.name) is not None
        epoch.record_key = b"\1" * 32
        assert bearers.kept(land.ma, epoch, second.name) is None

    def test_too_many_changes_count_them_for_a_new_base(
        self, land: Land, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        land.published()
        monkeypatch.setattr(plan, "LEAST", 0)
        fill(land.ma, (*PEOPLE, LATER))
        land.published()
        assert [one.layer for one in manifests()] == ["base", "base"]
        assert land.ask(**LATE).strength is Strength.HIT
