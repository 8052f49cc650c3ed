"""``comity scenario``: named, played, told; each in a process of its own, as a visitor types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.processes


def typed(*words: str) -> subprocess.CompletedProcess[str]:
    # Without the settings of the tests: the command makes its own databases.
    environment = {k: v for k, v in os.environ.items() if k not in ("DJANGO_SETTINGS_MODULE", "COMITY_HOME")}
    return subprocess.run(
        [sys.executable, "-m", "comity.cli", "scenario", *words],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )


def test_they_are_named() -> None:
    done = typed("--list", "--json")
    assert done.returncode == 0, done.stderr
    assert {"S1", "S5", "S6", "S9", "S10"} <= {each["scenario"] for each in json.loads(done.stdout)}


def test_one_is_told_sentence_by_sentence() -> None:
    done = typed("s10", "--verbose")
    assert done.returncode == 0, done.stderr
    assert "Midnight." in done.stdout
    assert done.stdout.count("✓") >= 8
    assert "played to its end" in done.stdout.splitlines()[-1]


def test_one_that_does_not_exist() -> None:
    done = typed("S99", "--json")
    assert done.returncode == 1
    assert json.loads(done.stderr)["error"] == "scenario.unknown"
