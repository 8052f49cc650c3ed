"""The command as a whole: its version, its exit codes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from comity import __version__
from comity.cli import probe
from comity.cli.main import build
from comity.cli.typed import answer
from comity.core.probe.opening import Strength


def test_the_version_is_said() -> None:
    result = CliRunner().invoke(build("--version"), ["--version"])
    assert (result.exit_code, result.output) == (0, f"comity {__version__}\n")
    assert answer(["--version"], "")["code"] == 0


def test_the_help_lists_the_exit_codes() -> None:
    shown = " ".join(CliRunner().invoke(build(), ["--help"], env={"COLUMNS": "300"}).output.split())
    for words in ("0 done", "1 refused or failed", "2 not a command as written", "3 a probe with too little"):
        assert words in shown


@pytest.mark.parametrize(
    ("strength", "code"), [(Strength.INSUFFICIENT, 3), (Strength.MISS, 0), (Strength.HIT, 0)]
)
def test_a_probe_with_too_little_has_an_exit_code_of_its_own(
    monkeypatch: pytest.MonkeyPatch, strength: Strength, code: int
) -> None:
    from comity.services.agreements import standing
    from comity.services.partners import directory
    from comity.services.probe import ask

    outcome = SimpleNamespace(
        rid="r", strength=strength, rules=(), references=(), today=1, in_case=1, left_today=1, left_in_case=1
    )

    def played(*_: Any, **__: Any) -> Any:
        return outcome

    monkeypatch.setattr(probe, "opened", lambda home: None)
    monkeypatch.setattr(probe, "acting", lambda node, name: None)
    monkeypatch.setattr(probe, "channels", lambda node: None)
    monkeypatch.setattr(directory, "find_partner", lambda *_: "MA.dgsn")
    monkeypatch.setattr(standing, "find_agreement", lambda *_: "hash")
    monkeypatch.setattr(ask, "ask", played)
    words = [
        "probe",
        "--home",
        ".",
        "--partner",
        "MA",
        "--agreement",
        "x",
        "--purpose",
        "terrorism",
        "--case",
        "c",
    ]
    for end in ([], ["--json"]):
        result = CliRunner().invoke(probe.app, [*words, *end], input="family=Bourgheda\n")
        assert result.exit_code == code, result.output
        assert strength.value in result.output.lower()


def test_a_probe_names_every_option_that_is_missing() -> None:
    result = CliRunner().invoke(
        probe.app, ["probe", "--home", ".", "--purpose", "drugs"], env={"COLUMNS": "200"}
    )
    assert result.exit_code == 2
    assert "missing: --partner, --agreement, --case; and --reason" in " ".join(result.output.split())
