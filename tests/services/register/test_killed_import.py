"""Imports killed by SIGKILL, in a process and on a database file of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
ROWS = 57


def _run(folder: Path, moment: str, number: int) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("killed.py")), str(folder), moment, str(number)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
    )
    return done.returncode, json.loads(done.stdout.splitlines()[-1]) if done.stdout else {
        "error": done.stderr
    }


@pytest.mark.processes
def test_a_killed_import_goes_on_without_loss_or_repetition(tmp_path: Path) -> None:
    rows = "".join(f"{n},Amina,Tazi{n}\n" for n in range(ROWS))
    (tmp_path / "rows.csv").write_text(f"id,given,family\n{rows}bad,,\n3,Again,Twice\n", encoding="utf-8")
    for moment, number in (("opened", 1), ("inside", 2), ("committed", 2), ("inside", 3), ("committed", 1)):
        code, seen = _run(tmp_path, moment, number)
        assert code == -signal.SIGKILL, seen
    code, report = _run(tmp_path, "never", 0)
    assert code == 0, report
    assert report == {
        "rows": ROWS + 2,
        "new": ROWS,
        "changed": 0,
        "unchanged": 0,
        "joined": 0,
        "refused": 2,
        "resumed": True,
        "faults": 2,
    }
    assert _run(tmp_path, "never", 0)[1] == {
        "rows": ROWS + 2,
        "new": 0,
        "changed": 0,
        "unchanged": ROWS,
        "joined": 0,
        "refused": 2,
        "resumed": False,
        "faults": 2,
    }
