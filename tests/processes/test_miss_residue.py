"""After misses the partner holds no form of the names asked for: database, journal, logs, files, live memory.

Two nodes run as processes. The asker holds the names in its sealed justification only, and no long-lived process of its
own does after a search at the console. As a control the same scans do
find a name that stands in the register and a name that was searched in plain.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.processes import residue

from comity.core.crypto.encoding import from_text
from comity.services.custody.officer import open_as_officer
from comity.services.watch.justification import justification_info

pytestmark = [pytest.mark.processes, pytest.mark.timeout(900)]

ASKED = (
    {"given": "Wafaalnour", "family": "Tchekhmarbouli", "dob": "1961-08-23", "pob": "Figuig"},
    {"given": "زرقانيوس", "family": "الشخمربولي", "dob": "1958-02-11"},
    {
        "given": "Jürgward-Maximilian",
        "family": "Überzwerchhaus",
        "dob": "1977-10-05",
        "document": "XZ 993311 Q",
    },
)
PLAIN = {"given": "Qaramfoulina", "family": "Dschouzdanski"}
ROOT = Path(__file__).resolve().parents[2]
OPEN = "from tests.processes.dump_database import asked_rows; import sys; asked_rows(sys.argv[1])"


def comity(*words: str, typed: str = "", **more: str) -> Any:
    """Run a command and return its JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "comity.cli", *words, "--json"],
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **more},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def dumped(home: Path) -> bytes:
    """Return every row of a node's database, sealed fields opened."""
    words = [sys.executable, "-m", "tests.processes.dump_database", str(home)]
    return subprocess.run(words, capture_output=True, check=True, cwd=ROOT).stdout


def everything(node: Path, temporary: Path) -> Iterator[Path]:
    """Yield every file of a node, its journal and the temporary files."""
    yield from node.rglob("*")
    yield from temporary.rglob("*")
    yield from node.parent.glob(f"{node.name}.*")


@pytest.fixture(scope="module")
def nodes() -> Iterator[tuple[Path, Path]]:
    """Start both nodes with fifty people each; their folder, and their folder for temporary files."""
    if os.geteuid() != 0:
        pytest.skip("reading the memory of other processes needs root")
    with tempfile.TemporaryDirectory(prefix="comity-residue-") as folder:
        temporary, homes = Path(folder) / "tmp", Path(folder) / "nodes"
        temporary.mkdir()
        comity("demo", "start", "--dir", str(homes), "--persons", "50", TMPDIR=str(temporary))
        try:
            yield homes, temporary
        finally:
            words = [sys.executable, "-m", "comity.cli", "demo", "stop", "--dir", str(homes)]
            subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def test_a_miss_leaves_nothing_with_the_partner(nodes: tuple[Path, Path]) -> None:
    homes, temporary = nodes
    be, ma = homes / "be", homes / "ma"
    needles: residue.Needles = {}
    # 1. Search for people whom the partner does not know.
    for number, subject in enumerate(ASKED):
        words = ["--partner", "MA", "--agreement", "BE-MA-2025", "--purpose", "terrorism", "--case", "R-1"]
        outcome = comity("probe", "--home", str(be), *words, typed=json.dumps(subject), TMPDIR=str(temporary))
        assert outcome["result"] == "miss"
        needles |= {f"{number} {word}": needle for word, needle in residue.needles(subject).items()}
    # 2. Control of the memory scan: a name that is searched in plain at the partner's desk.
    desk = json.loads((homes / "demo.json").read_text())["desks"][1]
    in_plain = urllib.parse.urlencode({"q": " ".join(PLAIN.values())})
    for _ in range(5):
        request = urllib.request.Request(f"http://127.0.0.1:{desk}/probe/?{in_plain}")
        try:
            urllib.request.urlopen(request, timeout=20).read()  # noqa: S310
        except urllib.error.HTTPError as error:
            error.close()
    ready = json.loads((ma / "run" / "ready.json").read_text())
    plain = residue.needles(PLAIN)
    assert any(residue.in_memory(pid, plain) for pid in residue.family(ready["children"]["desk"]))
    # 3. The partner: pages and journal decrypted, rows opened, files, memory of each process.
    key = from_text((homes / "ma.unlock").read_text().strip())
    pages = b"".join(residue.decrypted_pages(ma / "data" / "node.sqlite", key))
    assert b"CREATE TABLE" in pages
    rows = dumped(ma)
    assert residue.found_in([pages], needles) == set()
    assert residue.found_in([rows], needles) == set()
    assert residue.in_files(everything(ma, temporary), needles) == {}
    processes = residue.family(ready["pid"])
    assert set(ready["children"].values()) < set(processes)
    for pid in processes:
        assert residue.in_memory(pid, needles) == set()
    # 4. Control of the dump: a name that stands in the partner's register is found by the same scan.
    with (homes / "register-ma.csv").open(encoding="utf-8") as file:
        held = next(row for row in csv.DictReader(file) if len(row["family"]) > 5)
    assert residue.found_in([rows], {"held": held["family"].encode()}) == {"held"}


def test_the_asker_holds_the_names_in_the_sealed_justification_only(nodes: tuple[Path, Path]) -> None:
    homes, temporary = nodes
    be = homes / "be"
    subject = {"given": "Ghazlanour", "family": "Mezhoudifar", "dob": "1969-09-19"}
    words = ["--partner", "MA", "--agreement", "BE-MA-2025", "--purpose", "terrorism", "--case", "R-2"]
    outcome = comity("probe", "--home", str(be), *words, typed=json.dumps(subject), TMPDIR=str(temporary))
    assert outcome["result"] == "miss"
    needles = residue.needles(subject)
    # 1. No process that outlives the command: keys, front, partner endpoint, worker, and a desk that did not ask.
    ready = json.loads((be / "run" / "ready.json").read_text())
    processes = residue.family(ready["pid"])
    assert set(ready["children"]) == {"keys", "front", "partner", "worker", "desk"}
    assert set(ready["children"].values()) < set(processes)
    assert {pid: seen for pid in processes if (seen := residue.in_memory(pid, needles))} == {}
    # 2. Nor database, journal and files, but for what only the data-protection officer opens.
    key = from_text((homes / "be.unlock").read_text().strip())
    pages = b"".join(residue.decrypted_pages(be / "data" / "node.sqlite", key))
    rows = dumped(be)
    assert residue.found_in([pages], needles) == set()
    assert residue.found_in([rows], needles) == set()
    assert residue.in_files(everything(be, temporary), needles) == {}
    found = subprocess.run(
        [sys.executable, "-c", OPEN, str(be)], capture_output=True, check=True, cwd=ROOT, text=True
    ).stdout
    row = next(r for r in map(json.loads, found.splitlines()) if r["rid"] == outcome["search"])
    opened = open_as_officer(
        homes / "be.officer-key",
        row["officer_kid"],
        justification_info(row["rid"], row["commitment"]),
        bytes.fromhex(row["justification"]),
    )
    assert residue.found_in([opened], needles)
