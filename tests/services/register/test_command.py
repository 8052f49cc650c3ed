"""`comity register`, against a node of its own in one process."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.services.register.desk import service, table
from typer.testing import CliRunner

from comity.cli import register as command
from comity.cli.register import imports as register_import
from comity.cli.register import searching as register_searching
from comity.cli.register.reasons import MEANT, meant
from comity.core.register.formats.reading import Caution, Reason
from comity.errors import ComityError, InputError, Refused

pytestmark = pytest.mark.django_db(databases=["be"])

Run = Callable[..., Any]
WHY = ("--reason", "file 12, check of identity")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    node = service(home)
    monkeypatch.setattr(command, "opened", lambda _: node)
    monkeypatch.setattr(register_import, "opened", lambda _: node)
    monkeypatch.setattr(register_searching, "opened", lambda _: node)

    def call(*words: str, typed: str | bytes = "", as_json: bool = True) -> Any:
        argv = [*words, "--home", str(home), *(["--json"] if as_json else [])]
        done = CliRunner().invoke(command.app, argv, input=typed)
        if isinstance(done.exception, ComityError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout) if as_json else done.stdout

    return call


@pytest.fixture
def file(home: Path) -> Path:
    path = home / "rows.csv"
    path.write_bytes(table("1,Amina,Tazi,1980-02-03", "2,Karim,Bensalah,no", "3,Jan,Peeters,1990"))
    return path


def _import(run: Run, file: Path, *options: str, as_json: bool = True) -> Any:
    return run("import", str(file), "--purpose", "terrorism", *options, as_json=as_json)


class TestImport:
    def test_prints_the_counts_and_the_file_of_refused_rows(self, run: Run, file: Path) -> None:
        report = _import(run, file)
        assert (report["rows"], report["new"], report["refused"], report["state"]) == (3, 2, 1, "done")
        written = Path(report["error_file"])
        assert written.stat().st_mode & 0o077 == 0
        rows = list(csv.reader(written.read_text(encoding="utf-8").splitlines()))
        assert rows == [["line", "column", "reason", "file"], ["3", "dob", "no-date", ""]]

    def test_in_plain_words(self, run: Run, file: Path) -> None:
        shown = _import(run, file, as_json=False)
        assert "rows 3: new 2, changed 0, unchanged 0, joined 0, refused 1" in shown
        assert "Refused rows:" in shown

    def test_options_become_marks(self, run: Run, file: Path) -> None:
        _import(
            run, file, "--category", "convicted", "--handling", "H2", "--evaluation", "B2", "--taint", "sis"
        )
        found = run("search", "--exact", *WHY, typed="tazi\n")["subjects"][0]["subject"]["marks"]
        assert (found["category"], found["handling"], found["taints"]) == ("convicted", "H2", ["sis"])
        assert (found["source_evaluation"], found["information_evaluation"]) == ("B", "2")

    def test_a_file_of_another_shape_is_refused(self, run: Run, home: Path) -> None:
        path = home / "other.csv"
        path.write_bytes(b"id,given,shoe\n1,Amina,38\n")
        with pytest.raises(InputError, match="register.column"):
            _import(run, path)
        assert _import(run, path, "--ignore-unknown")["new"] == 1

    def test_a_regime_that_the_node_does_not_work_under(self, run: Run, file: Path) -> None:
        with pytest.raises(Refused, match="register.regime"):
            _import(run, file, "--regime", "intelligence")


class TestConsult:
    def test_status_errors_and_count(self, run: Run, file: Path) -> None:
        uid = _import(run, file)["import"]
        assert [each["import"] for each in run("status")] == [uid]
        assert run("list-errors", uid[:6]) == [{"line": 3, "column": "dob", "reason": "no-date", "file": ""}]
        told = run("list-errors", uid[:6], as_json=False)
        assert told.startswith("line 3: dob: this is no date of the form YYYY-MM-DD")
        assert run("count") == [{"regime": "police", "kind": "person", "state": "active", "subjects": 2}]
        with pytest.raises(InputError, match="register.no-import"):
            run("list-errors", "zz")

    def test_cautions_stand_apart_from_refused_rows(self, run: Run, home: Path) -> None:
        path = home / "numbers.csv"
        path.write_text(
            "id,given,family,dob,document\n1,Amina,Tazi,1958,rrn:85.07.30-033.28\n", encoding="utf-8"
        )
        report = _import(run, path)
        assert (report["new"], report["refused"], report["faults"], report["cautions"]) == (1, 0, 0, 1)
        assert report["error_file"] is None
        told = [{"line": 2, "column": "document", "reason": "number-other-birth", "file": ""}]
        assert run("list-errors", report["import"], "--cautions") == told
        assert run("list-errors", report["import"]) == []
        assert "1 cautions:" in _import(run, path, as_json=False)

    def test_words_come_from_standard_input(self, run: Run, file: Path) -> None:
        _import(run, file)
        found = run("search", "--exact", *WHY, typed="peeters 1990\n")
        assert [each["subject"]["names"][0]["text"] for each in found["subjects"]] == ["Jan"]
        assert "Nothing in this register" in run("search", "--exact", *WHY, typed="nobody\n", as_json=False)

    def test_a_description_finds_with_its_reasons(self, run: Run, file: Path) -> None:
        _import(run, file)
        best = run("search", *WHY, typed="Yan Peters 1990\n")["clusters"][0]
        assert best["members"][0]["subject"]["names"][0]["text"] == "Jan"
        assert {"name", "birth"} <= {reason["feature"] for reason in best["members"][0]["reasons"]}
        assert run("search", *WHY, typed='{"family": "Peeters", "dob": "1990"}')["clusters"]
        assert "because: " in run("search", *WHY, typed="given=Jan\nfamily=Peeters\n", as_json=False)
        assert "100%" not in run("search", *WHY, typed="Jan Peeters 1990\n", as_json=False)
        assert "tell more" in run("search", *WHY, typed="Peeters\n", as_json=False)
        assert "Nobody in this register" in run("search", *WHY, typed="Zorro Vega\n", as_json=False)
        assert run("index") == {"police": 2, "return-identification": 0}

    @pytest.mark.parametrize("exact", [(), ("--exact",)])
    def test_what_is_no_text_is_refused_with_a_code(self, run: Run, exact: tuple[str, ...]) -> None:
        for octets in (b"Rach\xefd\n", b"\xff\xfeR\x00", b"Jan " * 20_000):
            with pytest.raises(InputError, match=r"probe\.subject-unreadable"):
                run("search", *exact, *WHY, typed=octets)
        with pytest.raises(InputError, match=r"register\.reason"):
            run("search", *exact, "--reason", "file \udce9 12", typed="Jan Peeters\n")

    def test_half_a_character_is_refused_and_never_repeated(self, run: Run) -> None:
        with pytest.raises(InputError, match=r"probe\.subject-malformed"):
            run("search", *WHY, typed='{"given": "Jan\\ud800", "family": "Peeters"}')

    def test_a_byte_order_mark_is_passed_over(self, run: Run, file: Path) -> None:
        _import(run, file)
        assert run("search", *WHY, typed=b'\xef\xbb\xbf{"family": "Peeters", "dob": "1990"}')["clusters"]

    def test_show_restrict_lift_erase(self, run: Run, file: Path) -> None:
        _import(run, file)
        uid = run("search", "--exact", *WHY, typed="tazi\n")["subjects"][0]["uid"]
        assert "born: 1980-02-03" in run("show", uid, *WHY, as_json=False)
        assert run("restrict", uid, *WHY)["state"] == "restricted"
        assert run("restrict", uid, "--lift", *WHY) == {"uid": uid, "version": 3, "state": "active"}
        assert run("restrict", uid, "--quarantine", *WHY)["state"] == "quarantined"
        assert run("erase", uid, *WHY)["state"] == "erased"
        assert run("show", uid, *WHY)["subject"] is None


def test_every_reason_and_caution_is_told_in_words() -> None:
    assert {*Reason, *Caution} == set(MEANT)
    assert meant("of-a-later-version") == "of-a-later-version"
