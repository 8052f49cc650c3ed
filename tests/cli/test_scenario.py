"""``comity scenario``: named, played, told; each in a process of its own, as a visitor types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.processes


WITHOUT_RUN_OFF = """
import sys
from comity.demo.scenario.databases import prepare
prepare()
from comity.cli.main import main
from comity.core.policy import decide
decide._may_run_off = lambda *_: False
sys.argv = ["comity", "scenario", "S10"]
main()
"""
"""The command, with a policy that does not read when a clause lets an open case go on."""


def typed(*words: str) -> subprocess.CompletedProcess[str]:
    return run("-m", "comity.cli", "scenario", *words)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    # Without the settings of the tests: the command makes its own databases.
    environment = {k: v for k, v in os.environ.items() if k not in ("DJANGO_SETTINGS_MODULE", "COMITY_HOME")}
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, check=False, env=environment
    )


def test_they_are_named() -> None:
    done = typed("--list", "--json")
    assert done.returncode == 0, done.stderr
    named = [each["scenario"] for each in json.loads(done.stdout)]
    assert named == ["S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9", "S10", "S11", "S12"]


def test_one_is_told_sentence_by_sentence() -> None:
    done = typed("s10", "--verbose")
    assert done.returncode == 0, done.stderr
    assert "Midnight." in done.stdout
    assert done.stdout.count("✓") >= 8
    assert "played to its end" in done.stdout.splitlines()[-1]


def test_the_partner_of_a_miss_is_a_process_whose_memory_is_looked_through() -> None:
    done = typed("S2", "--verbose")
    assert done.returncode == 0, done.stderr
    assert "a process of its own" in done.stdout
    if os.geteuid() == 0:
        assert "all of it was looked through" in done.stdout


def test_a_broken_promise_ends_with_1() -> None:
    done = run("-c", WITHOUT_RUN_OFF)
    assert done.returncode == 1
    assert "broken promise: S10 goes on after 6 facts: agreement.expired" in done.stderr
    assert "played to its end" not in done.stdout


def test_one_that_does_not_exist() -> None:
    done = typed("S99", "--json")
    assert done.returncode == 1
    assert json.loads(done.stderr)["error"] == "scenario.unknown"
