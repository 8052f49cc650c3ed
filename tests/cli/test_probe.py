"""The subject of a search comes by prompt, standard input or file; never as an argument."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from comity.cli.probe import app
from comity.cli.probe.subject import parse_subject
from comity.core.probe.query import read_query
from comity.errors import ComityError, InputError, Refused


def test_json_and_lines_say_the_same() -> None:
    subject = {"given": "Zoulikha", "family": "Bourgheda", "dob": "1981-05-17"}
    lines = "given=Zoulikha\n\nfamily=Bourgheda\ndob = 1981-05-17\n"
    assert read_query(parse_subject(json.dumps(subject))) == read_query(parse_subject(lines))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "probe.subject-malformed"),
        ("{}[]", "probe.subject-malformed"),
        ("given", "probe.subject-unknown-column"),
        ("given=A\ngiven=B", "probe.subject-unknown-column"),
        ("shoe_size=44", "probe.subject-unknown-column"),
        ('{"given": ["A"]}', "probe.subject-malformed"),
        ('{"shoe_size": "44"}', "probe.subject-unknown-column"),
        ("sex=F", "probe.subject-empty"),
        ("family=A\ndob=17/05/1981", "probe.subject-date"),
        ("family=A\ndob=1981-13-01", "probe.subject-date"),
        ("family=A\ndob=1981-02-30", "probe.subject-date"),
    ],
)
def test_what_cannot_be_read_is_refused_and_not_repeated(text: str, code: str) -> None:
    with pytest.raises(InputError) as refused:
        read_query(parse_subject(text))
    assert refused.value.code == code
    assert "44" not in str(refused.value)
    assert "1981" not in str(refused.value)


def test_no_option_takes_the_subject() -> None:
    shown = CliRunner().invoke(app, ["probe", "--help"], env={"COLUMNS": "200"}).output
    assert "--file" in shown
    for word in ("--given", "--family", "--dob", "--document", "--name"):
        assert word not in shown


class TestBatch:
    """The command over a run that is played: what it prints, what it exits with."""

    def batch(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stopped: ComityError | None, text: str
    ) -> tuple[str, str, BaseException | None]:
        from comity.cli.probe import batch as command
        from comity.services.agreements import standing
        from comity.services.partners import directory
        from comity.services.probe.batch import run

        for place, name in ((command, "opened"), (command, "channels")):
            monkeypatch.setattr(place, name, lambda *_: None)
        for place, name in ((directory, "find_partner"), (standing, "find_agreement")):
            monkeypatch.setattr(place, name, lambda _, word: word)
        monkeypatch.setattr(
            run,
            "run_batch",
            lambda *_, **__: run.Report({"miss": 2}, 1, 0 if stopped is None else 3, stopped),
        )
        file = tmp_path / "persons.csv"
        file.write_text(text, encoding="utf-8")
        words = ["probe", "batch", str(file), "--home", str(tmp_path), "--partner", "MA", "--agreement", "x"]
        words += ["--purpose", "drugs", "--case", "C", "--out", str(tmp_path / "r.jsonl")]
        done = CliRunner().invoke(app, words)
        return done.stdout, done.stderr, done.exception

    def test_all_done(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        out, _, failed = self.batch(tmp_path, monkeypatch, None, "id,family,dob\n1,Alaoui,1981\n")
        assert (out, failed) == ("2 miss; 1 before, 0 left, rows that cannot be read: 0\n", None)

    def test_the_quota_is_used_up(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        _, _, failed = self.batch(tmp_path, monkeypatch, Refused("quota.day"), "id,family\n1,Alaoui\n")
        assert isinstance(failed, Refused)
        assert (failed.code, failed.facts) == ("probe.batch-quota", {"quota": "quota.day", "left": 3})

    def test_bad_rows_are_listed_and_not_repeated(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        text = "id,family,dob\n1,Alaoui,1981\n2,Tazi,17/05/1981\n"
        out, err, failed = self.batch(tmp_path, monkeypatch, None, text)
        assert "line 3: probe.subject-date: The date of birth is not of the form" in err
        assert "Tazi" not in out + err
        assert getattr(failed, "code", "") == "probe.batch-faults"

    def test_no_such_file(self, tmp_path: Path) -> None:
        from comity.cli.probe.batch import _pieces

        with pytest.raises(InputError, match=r"probe\.batch-file"):
            list(_pieces(tmp_path / "none"))


class TestRotate:
    """At a terminal the command asks first; whoever acts is the one named."""

    def rotate(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *words: str, typed: str, terminal: bool
    ) -> tuple[str, list[tuple[str, bool]]]:
        import sys

        from comity.cli.probe import rotating as command
        from comity.services.context import Actor, ActorKind
        from comity.services.partners import directory
        from comity.services.probe import upkeep
        from comity.services.probe.index import Published

        done: list[tuple[str, bool]] = []

        def rotated(*asked: object, compromised: bool, progress: object) -> Published:
            actor = asked[4]
            assert isinstance(actor, Actor)
            done.append((actor.name, compromised))
            return Published("ab" * 32, 2, 3, 4, 5, 0, 6, True)

        monkeypatch.setattr(command, "opened", lambda home: object())
        monkeypatch.setattr(command, "acting", lambda node, name: Actor(name or "os:me", ActorKind.OPERATOR))
        monkeypatch.setattr(directory, "find_partner", lambda node, who: "MA.dgsn")
        monkeypatch.setattr(upkeep, "rotate", rotated)
        monkeypatch.setattr(command, "at_terminal", lambda: terminal)
        assert sys.modules["comity.cli.probe.rotating"] is command
        shown = CliRunner().invoke(
            app, ["probe", "rotate", "--partner", "MA", "--home", str(tmp_path), *words], input=typed
        )
        return shown.output, done

    def test_asks_first_and_names_what_and_who(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        words = ("--compromised", "--as", "brahim")
        output, done = self.rotate(tmp_path, monkeypatch, *words, typed="n\n", terminal=True)
        assert "Destroy the keys of MA.dgsn (police, serious-crime)" in output
        assert "as brahim?" in output
        assert done == []
        output, done = self.rotate(tmp_path, monkeypatch, *words, typed="y\n", terminal=True)
        assert done == [("brahim", True)]
        assert "Epoch 1 destroyed" in output

    def test_a_script_is_not_asked(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.rotate(tmp_path, monkeypatch, typed="", terminal=False)[1] == [("os:me", False)]
        assert self.rotate(tmp_path, monkeypatch, "--json", typed="", terminal=True)[1] == [("os:me", False)]
