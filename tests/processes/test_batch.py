"""A run over a file that is killed again and again: every row has one line, and the partner counted each once."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.processes.test_miss_residue import comity

pytestmark = [pytest.mark.processes, pytest.mark.timeout(600)]

ROWS = 12
ASK = ("--partner", "MA", "--agreement", "BE-MA-2025", "--purpose", "terrorism")


@pytest.fixture(scope="module")
def homes() -> Iterator[Path]:
    """Start both nodes with fifty people each."""
    with tempfile.TemporaryDirectory(prefix="comity-batch-") as folder:
        homes = Path(folder) / "nodes"
        comity("demo", "start", "--dir", str(homes), "--persons", "50")
        try:
            yield homes
        finally:
            words = [sys.executable, "-m", "comity.cli", "demo", "stop", "--dir", str(homes)]
            subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def lines(out: Path) -> int:
    return out.read_bytes().count(b"\n") if out.exists() else 0


def test_killed_at_any_time_each_row_is_asked_once(homes: Path, tmp_path: Path) -> None:
    file, out = tmp_path / "persons.csv", tmp_path / "result.jsonl"
    persons = "".join(f"p{at},Wafaalnour,Tchekhmarbouli,19{50 + at}-08-23\n" for at in range(ROWS))
    file.write_text("id,given,family,dob\n" + persons, encoding="utf-8")
    words = ["probe", "batch", str(file), "--home", str(homes / "be"), *ASK, "--case", "K-1"]
    words += ["--out", str(out)]
    listing = ["probe", "list", "--home", str(homes / "be"), "--limit", "100"]
    earlier = len(comity(*listing))
    kills = 0
    for wanted in (1, 4, 7):
        run = subprocess.Popen(
            [sys.executable, "-m", "comity.cli", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while lines(out) < wanted and run.poll() is None:
            time.sleep(0.002)
        run.kill()
        kills += run.wait() == -9
    assert kills >= 2, "the run was over before it could be killed"
    report = comity(*words)
    assert (report["left"], report["before"] + sum(report["counts"].values())) == (0, ROWS)
    found = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [one["id"] for one in found] == [f"p{at}" for at in range(ROWS)]
    assert "Tchekhmarbouli" not in out.read_text(encoding="utf-8")
    searches = comity(*listing)
    searches = searches[: len(searches) - earlier]
    assert [one["state"] for one in searches] == ["answered"] * ROWS
    assert max(one["in_case"] for one in searches) == ROWS
    assert comity(*words)["counts"] == {}


def test_the_worker_makes_the_runs_of_a_standing_search(homes: Path) -> None:
    be = ["--home", str(homes / "be")]
    typed = json.dumps({"given": "Wafaalnour", "family": "Tchekhmarbouli", "dob": "1961-08-23"})
    until = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 86_400 * 3))
    add = ["probe", "standing", "add", *be, *ASK, "--case", "K-2", "--until", until]
    sid = comity(*add, typed=typed)["standing"]
    ends = time.monotonic() + 150
    while comity("probe", "standing", "list", *be)[0]["runs"] < 1:
        assert time.monotonic() < ends, "no run was made"
        time.sleep(3)
    shown = comity("probe", "standing", "show", sid, *be)
    assert (shown["runs"], shown["code"], shown["findings"]) == (1, "", [])
    assert comity("probe", "standing", "end", sid, *be)["state"] == "ended"
    assert comity("probe", "standing", "list", *be)[0]["ground"] == "ended"
