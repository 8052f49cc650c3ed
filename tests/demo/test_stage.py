"""Two demonstrations at the same time do not choose the same ports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from comity.cli.main import build
from comity.demo.command import _refusal
from comity.demo.stage import clear, new_stage

CHOOSE = (
    "import json, sys; from comity.demo.stage import free_ports;"
    "print(json.dumps(free_ports((8400, 8401))), flush=True); sys.stdin.read()"
)


def choose() -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-c", CHOOSE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, process.stdout.readline()


def test_ports_that_another_chose_and_does_not_listen_on_yet() -> None:
    (first, one), (second, two) = choose(), choose()
    for process in (first, second):
        process.communicate("", timeout=60)
    assert one.startswith("[")
    assert two.startswith("[")
    assert not set(one.strip("[]\n").split(", ")) & set(two.strip("[]\n").split(", "))


def test_what_could_not_begin_is_removed_and_nothing_else(tmp_path: Path) -> None:
    for place in ("be/data/x", "ma/tls/x", "be.unlock", "ma.officer-key", "demo.json", "own.csv"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text("x", encoding="utf-8")
    clear(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["own.csv"]
    assert new_stage(tmp_path).folder == tmp_path.resolve()


def test_a_command_that_refused_is_quoted_in_a_sentence() -> None:
    said = '{"act": "Check.", "error": "register.header", "facts": {"line": 1}, "sentence": "No header."}\n'
    assert _refusal(said) == "No header. Check. (register.header, line 1)"
    assert _refusal("Traceback\n") == "Traceback"


def test_a_register_that_is_not_there_is_told_before_anything_is_made(tmp_path: Path) -> None:
    words = ["demo", "start", "--dir", str(tmp_path / "demo"), "--register-be", str(tmp_path / "none.csv")]
    assert CliRunner().invoke(build("demo"), words).exit_code == 2
    assert not (tmp_path / "demo").exists()
