"""Nothing acknowledged is lost or has two effects, nothing recalled survives, whatever is killed and whenever (invariants 7, 8)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.processes.kill import PLAIN
from tests.processes.pair import ROOT
from tests.processes.spoken import WRONG

from comity.services.crashpoint import POINTS

pytestmark = pytest.mark.processes


def kill(folder: Path, messages: int, kills: int, seed: int, *more: str) -> dict[str, Any]:
    """Run the kill test in a process of its own and return what it found."""
    command = [sys.executable, "-m", "tests.processes.kill", "--folder", str(folder)]
    command += ["--messages", str(messages), "--kills", str(kills), "--seed", str(seed), *more]
    kept = {name: value for name, value in os.environ.items() if name.startswith("PG")}
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**kept, "PATH": "/usr/bin:/bin", "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=3000,
    )
    assert done.returncode == 0, done.stderr[-6000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return found


def judge(found: dict[str, Any], messages: int, kills: int) -> None:
    """Check every promise."""
    assert found["acknowledged"] >= messages
    wrong = ("lost", "doubled", "unknown", "not_delivered", "out_of_order", "findings", *WRONG)
    assert {name: found[name] for name in wrong if found[name]} == {}
    assert min(found[act] for act in ("spoken", "corrected", "restricted", "recalled")) > 0
    assert found["kills"] >= kills
    assert [point for point in (*POINTS, *PLAIN) if not found["coverage"][point]] == []
    assert set(found["faults"]) == {"drop", "duplicate", "cut", "reorder", "lose-reply"}
    assert found["severed"] > 0


def test_two_nodes_twenty_five_kills(tmp_path: Path) -> None:
    judge(kill(tmp_path, 2000, 25, seed=20261123), 2000, 25)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 5))
def test_soak(tmp_path: Path, seed: int) -> None:
    judge(kill(tmp_path, 20_000, 100, seed), 20_000, 100)


@pytest.mark.slow
@pytest.mark.follows_database
@pytest.mark.skipif(os.environ.get("COMITY_TEST_DB") != "postgresql", reason="needs PostgreSQL")
def test_soak_on_postgresql(tmp_path: Path) -> None:
    judge(kill(tmp_path, 20_000, 100, 5, "--postgresql"), 20_000, 100)
