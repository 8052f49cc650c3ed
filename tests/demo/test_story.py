"""The demonstration keeps its promises, and a probe on one's own files hits and misses; two node processes each."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.settings import ENGINE

pytestmark = [
    pytest.mark.processes,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(ENGINE != "sqlite", reason="demonstration homes always have SQLite databases"),
]
SECONDS = 700
"""Both nodes are ready within a minute on an idle machine; this is patience for a busy one."""

COLUMNS = ("id", "given", "family", "given_ar", "family_ar", "dob", "pob", "sex", "nat", "category")
BELGIAN = (
    ("b1", "Youssef", "Benjelloun", "", "", "1984-05-17", "Bruxelles", "M", "BE", "suspect"),
    ("b2", "Marieke", "Vandenbroucke", "", "", "1990-09-30", "Gent", "F", "BE", "suspect"),
)
MOROCCAN = (
    ("m1", "", "", "رشيد", "الخطابي", "1979-12-03", "فاس", "M", "MA", "suspect"),
    ("m2", "", "", "سلمى", "الإدريسي", "1991-11-02", "طنجة", "F", "MA", "suspect"),
)
KNOWN = {"given": "Rachid", "family": "El Khattabi", "dob": "1979-12-03"}
STRANGER = {"given": "Aldegonde", "family": "Vanderschrick", "dob": "1931-04-17"}
"""All of them fictitious."""


def comity(*words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "comity.cli", *words]
    return subprocess.run(argv, input=typed, capture_output=True, text=True, timeout=SECONDS, check=False)


def document(*words: str, typed: str = "") -> Any:
    done = comity(*words, "--json", typed=typed)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def register(path: Path, rows: tuple[tuple[str, ...], ...]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([COLUMNS, *rows])
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Yield where the homes go, and end whatever a failed test left running there."""
    yield tmp_path / "demo"
    if (tmp_path / "demo" / "demo.json").exists():
        comity("demo", "stop", "--dir", str(tmp_path / "demo"))


def test_the_story_is_told_to_its_end(folder: Path) -> None:
    done = comity("demo", "play", "--once", "--dir", str(folder), "--persons", "60")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    last = done.stdout.splitlines()[-1]
    assert last.startswith("demo: ok"), last
    assert not (folder / "demo.json").exists(), "both nodes ended"


def test_a_probe_on_ones_own_files(folder: Path, tmp_path: Path) -> None:
    be, ma = register(tmp_path / "be.csv", BELGIAN), register(tmp_path / "ma.csv", MOROCCAN)
    started = document(
        "demo", "start", "--dir", str(folder), "--register-be", str(be), "--register-ma", str(ma)
    )
    words = ["probe", "--home", started["homes"]["be"], "--as", "officer", "--partner", "MA"]
    words += ["--agreement", "BE-MA-2025", "--purpose", "terrorism", "--case", "BE-2026-0001"]
    found = document(*words, typed=json.dumps(KNOWN))
    assert found["result"] == "hit", found
    assert len(found["references"]) == 1
    missed = document(*words, typed=json.dumps(STRANGER))
    assert (missed["result"], missed["references"]) == ("miss", [])
    # Another regime, another index: whom the police register holds is not found by it.
    words[words.index("BE-MA-2025")] = "BE-MA-MEMORANDUM-2016"
    words[words.index("terrorism")] = "identification"
    apart = document(*words, typed=json.dumps(KNOWN))
    assert (apart["result"], apart["references"]) == ("miss", [])
    # Who suspended an agreement resumes it; the partner hears of both.
    be, plan = started["homes"]["be"], "BE-MA-2025"
    assert (
        document("agreement", "suspend", "--home", be, plan, typed="a key was lost")["state"] == "suspended"
    )
    assert document("agreement", "resume", "--home", be, plan)["state"] == "in-force"
    for _ in range(60):
        heard = document("agreement", "show", "--home", started["homes"]["ma"], plan)
        if heard["stops"] and heard["stops"][0]["until"]:
            break
        time.sleep(0.5)
    assert (heard["state"], heard["stops"][0]["by"]) == ("in-force", "BE.federal-police")
    assert document("demo", "stop", "--dir", str(folder))["ended"] == 2
