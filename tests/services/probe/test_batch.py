"""Batches: each row once, whatever stops the run and wherever; nothing of the persons in what is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.services.probe.land import MA, OFFICER, STRANGER, Land

from comity.core.codes.exchange import Purpose
from comity.errors import DeliveryError, InputError, PeerError, Refused
from comity.services.probe import ask as asking
from comity.services.probe.batch import run, together
from comity.services.probe.batch.run import BatchOrder, Report, give_up, run_batch
from comity.services.probe.batch.table import Wanted, described, read_table
from comity.storage.models.probe import AskedState, ProbeAnswered, ProbeAsked, ProbeCount

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])

FILE = """id,given,family,dob,pob,remark
a,Zoulikha,Bourgheda,1981-05-17,,not used
b,Hassan,Mekkaoui,1960-04-04,,
c,Mourad,,,,
d,عبد القادر,أوشريف,1969,,
"""


class Killed(BaseException):
    """The process ends here."""


def wanted(text: str = FILE) -> list[Wanted]:
    return read_table([text.encode()])[0]


def go(land: Land, out: Path, text: str = FILE, case: str = "BE-2026-17", actor=OFFICER) -> Report:  # type: ignore[no-untyped-def]  # an actor
    order = BatchOrder(MA, land.agreement, Purpose.DRUGS, case, actor, "the reason")
    return run_batch(land.be, land.network.channels, order, wanted(text), out)


def lines(out: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def dying(monkeypatch: pytest.MonkeyPatch, place: object, name: str, *, after: bool, turn: int = 1) -> None:
    """Let a function kill the process before or after its work, the given time it is called."""
    whole: Callable[..., object] = getattr(place, name)
    calls = iter(range(1, 1000))

    def function(*words: object, **more: object) -> object:
        at = next(calls)
        if at == turn and not after:
            raise Killed
        made = whole(*words, **more)
        if at == turn:
            raise Killed
        return made

    monkeypatch.setattr(place, name, function)


class TestRun:
    def test_one_line_a_row_without_the_person(self, land: Land, tmp_path: Path) -> None:
        land.published()
        out = tmp_path / "result.jsonl"
        report = go(land, out)
        assert (report.left, report.stopped, report.before) == (0, None, 0)
        assert report.counts == {"hit": 1, "miss": 1, "insufficient": 1, "possible": 1}
        found = lines(out)
        assert [list(line) for line in found] == [["id", "result", "strength", "rules", "references"]] * 4
        assert [line["result"] for line in found] == ["hit", "miss", "insufficient", "possible"]
        assert len(found[0]["references"]) == 1  # type: ignore[arg-type]  # a JSON value
        assert 0.5 < found[0]["strength"] <= 1  # type: ignore[operator]  # a JSON value
        assert found[1] == {"id": "b", "result": "miss", "strength": None, "rules": [], "references": []}
        for word in ("Zoulikha", "Mekkaoui", "1981", "reason", "BE-2026"):
            assert word not in out.read_text(encoding="utf-8")
        assert out.stat().st_mode & 0o077 == 0
        assert not ProbeAsked.objects.using("be").filter(pending__isnull=False).exists()

    def test_a_second_run_asks_nothing(self, land: Land, tmp_path: Path) -> None:
        land.published()
        out = tmp_path / "result.jsonl"
        go(land, out)
        before = out.read_bytes()
        assert go(land, out).before == 4
        assert out.read_bytes() == before
        assert ProbeAnswered.objects.using("ma").count() == 3

    def test_only_an_officer_of_the_regime(self, land: Land, tmp_path: Path) -> None:
        land.published()
        report = go(land, tmp_path / "result.jsonl", actor=STRANGER)
        assert report.stopped is not None
        assert (report.stopped.code, report.left) == ("actor.role", 4)
        assert not ProbeAsked.objects.using("be").exists()


class TestKilled:
    @pytest.mark.parametrize(
        ("place", "name", "after", "turn"),
        [
            (asking, "_call", False, 1),
            (asking, "_call", True, 1),
            (asking, "call", True, 1),
            (asking, "call", False, 2),
            (asking, "call", True, 2),
            (asking, "judged", True, 1),
            (asking, "settle_each", True, 1),
            (run, "delivered", False, 1),
            (run, "delivered", True, 1),
            (asking, "call", True, 4),
            (together, "begin_each", True, 1),
            (together, "sent", False, 1),
            (together, "sent", True, 1),
            (together, "sent", False, 2),
            (together, "sent", True, 2),
            (together, "look_up", True, 2),
            (together, "verified", True, 2),
            (together, "keep_chosen", True, 1),
            (together, "judged", True, 2),
            (together, "settle_each", False, 1),
            (together, "settle_each", True, 1),
        ],
    )
    def test_wherever_it_dies_each_row_is_counted_once(
        self, land: Land, tmp_path: Path, place: object, name: str, after: bool, turn: int
    ) -> None:
        land.published()
        out, whole = tmp_path / "result.jsonl", tmp_path / "whole.jsonl"
        with pytest.MonkeyPatch.context() as patch:
            if place is asking:
                patch.setattr(together, "TOGETHER", 1)
            dying(patch, place, name, after=after, turn=turn)
            with pytest.raises(Killed):
                go(land, out)
        assert go(land, out).left == 0
        assert ProbeAnswered.objects.using("ma").count() == ProbeAsked.objects.using("be").count() == 3
        assert ProbeCount.objects.using("ma").get().count == 3
        go(land, whole, case="another")
        assert lines(out) == lines(whole)
        assert not ProbeAsked.objects.using("be").filter(pending__isnull=False).exists()

    def test_the_index_may_be_newer_when_it_goes_on(self, land: Land, tmp_path: Path) -> None:
        from tests.services.probe.land import fill

        land.published()
        out = tmp_path / "result.jsonl"
        with pytest.MonkeyPatch.context() as patch:
            dying(patch, asking, "call", after=True, turn=2)
            with pytest.raises(Killed):
                go(land, out)
        fill(land.ma, ((("Driss"), "Amrani", "1971-01-09", "Fès", "suspect", ""),))
        land.clock.forward(minutes=1)
        assert land.published().new
        assert go(land, out).left == 0
        assert ProbeAnswered.objects.using("ma").count() == 3

    def test_a_line_cut_short_is_taken_off_and_written_again(self, land: Land, tmp_path: Path) -> None:
        land.published()
        out = tmp_path / "result.jsonl"
        with pytest.MonkeyPatch.context() as patch:
            dying(patch, run, "delivered", after=False, turn=2)
            with pytest.raises(Killed):
                go(land, out)
        out.write_bytes(out.read_bytes()[:-7])
        assert go(land, out).left == 0
        assert [line["id"] for line in lines(out)] == ["a", "b", "c", "d"]
        assert ProbeAnswered.objects.using("ma").count() == 3

    def test_a_search_of_an_epoch_that_is_over_is_asked_anew(self, land: Land, tmp_path: Path) -> None:
        land.published()
        out = tmp_path / "result.jsonl"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(together, "TOGETHER", 1)
            dying(patch, asking, "_call", after=True)
            with pytest.raises(Killed):
                go(land, out)
        land.clock.forward(days=31)
        land.published()
        assert go(land, out).left == 0
        assert ProbeAsked.objects.using("be").filter(state=AskedState.FAILED, code="probe.epoch").count() == 1
        assert ProbeAnswered.objects.using("ma").count() == 4

    def test_what_nobody_takes_up_is_deleted_after_a_week(self, land: Land, tmp_path: Path) -> None:
        land.published()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(together, "TOGETHER", 1)
            dying(patch, asking, "_call", after=True)
            with pytest.raises(Killed):
                go(land, tmp_path / "result.jsonl")
        land.clock.forward(days=6)
        assert give_up(land.be, land.network.channels) == 0
        land.clock.forward(days=2)
        assert give_up(land.be, land.network.channels) == 1
        row = ProbeAsked.objects.using("be").get()
        assert (row.state, row.code, row.pending) == (AskedState.FAILED, "probe.abandoned", None)


class TestStopped:
    def test_a_broken_way_leaves_the_search_to_be_sent_again(self, land: Land, tmp_path: Path) -> None:
        land.published()
        out = tmp_path / "result.jsonl"
        whole, asking_call = asking.call, "call"

        def broken(*words: object, **more: object) -> object:
            whole(*words, **more)  # type: ignore[arg-type]  # passed on
            raise DeliveryError("delivery.timeout", retryable=True)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(asking, asking_call, broken)
            report = go(land, out)
        assert report.stopped is not None
        assert (report.stopped.code, report.left) == ("delivery.timeout", 4)
        assert go(land, out).left == 0
        assert ProbeCount.objects.using("ma").get().count == 3

    def test_a_wrong_answer_ends_the_search_and_the_next_run_asks_anew(
        self, land: Land, tmp_path: Path
    ) -> None:
        land.published()
        out = tmp_path / "result.jsonl"

        def wrong(*_: object) -> object:
            raise PeerError("probe.proof")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(asking.exchange, "outputs", wrong)
            patch.setattr(together, "TOGETHER", 1)
            assert go(land, out).left == 4
        assert ProbeAsked.objects.using("be").get().pending is None
        assert go(land, out).left == 0
        assert ProbeAsked.objects.using("be").count() == 4

    @pytest.mark.parametrize("only_partner", [False, True])
    def test_the_quota_stops_it_and_tomorrow_it_goes_on(
        self, land: Land, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, only_partner: bool
    ) -> None:
        from comity.core.policy import decide

        monkeypatch.setattr(decide, "_quotas", lambda *_: (2, 1000))
        if only_partner:
            monkeypatch.setattr(asking.asked_rows, "counts", lambda *_, **__: (0, 0))
        land.published()
        out = tmp_path / "result.jsonl"
        report = go(land, out)
        assert report.stopped is not None
        assert (report.stopped.code, report.left) == ("quota.day", 1)
        assert [line["id"] for line in lines(out)] == ["a", "b", "c"]
        assert go(land, out).left == 1
        land.clock.forward(days=1)
        assert go(land, out).left == 0
        assert ProbeAnswered.objects.using("ma").count() == ProbeAsked.objects.using("be").count() == 3

    def test_the_quota_of_the_case_stops_it_too(self, land: Land, tmp_path: Path) -> None:
        land.published()
        many = "id,given,family,dob\n" + "".join(
            f"r{at},Hassan,Mekkaoui,19{at + 10}-04-04\n" for at in range(22)
        )
        report = go(land, tmp_path / "result.jsonl", many)
        assert report.stopped is not None
        assert (report.stopped.code, report.left) == ("quota.case", 2)


class TestFiles:
    def test_every_bad_row_is_named_and_not_repeated(self) -> None:
        text = "id;family;given;dob\n1;A;B;1981\n;A;B;1981\n2;A;B;17/05/1981\n1;C;D;1980\n3;A\n4;;;1981\n5;A;B;1979\n"
        found, faults = read_table([text.encode()])
        assert [one.id for one in found] == ["1", "5"]
        assert [(one.line, one.reason) for one in faults] == [
            (3, "missing"),
            (4, "probe.subject-date"),
            (5, "repeated-id"),
            (6, "too-few-cells"),
            (7, "probe.subject-empty"),
        ]

    def test_columns_of_the_register(self) -> None:
        query = described(
            {
                "full": "Ali Ben Omar",
                "dob": "1981|1982-03",
                "document": "passport:MA:AB1234|X99999",
                "nat": "MA|BE",
            }
        )
        assert [name.family for name in query.names] == ["Ali Ben Omar"]
        assert [birth.text() for birth in query.births] == ["1981", "1982-03"]
        assert query.documents == ("AB1234", "X99999")
        assert query.nationalities == ("MA", "BE")

    @pytest.mark.parametrize(
        "text",
        [
            "nothing of ours\n",
            '{"id":"a"}\n',
            "[1]\n",
            "secret plans",
            '{"id":1,"result":"miss","strength":null,"rules":[],"references":[]}\n',
        ],
    )
    def test_a_file_of_somebody_else_is_left_alone(self, land: Land, tmp_path: Path, text: str) -> None:
        out = tmp_path / "result.jsonl"
        out.write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=r"probe\.batch-foreign"):
            go(land, out)
        assert out.read_text(encoding="utf-8") == text

    def test_one_run_at_a_time(self, land: Land, tmp_path: Path) -> None:
        from comity.services.probe.batch.result import opened_result

        out = tmp_path / "result.jsonl"
        with opened_result(out), pytest.raises(Refused, match=r"probe\.batch-busy"):
            go(land, out)
