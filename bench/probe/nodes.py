"""Two demonstration homes with real processes, and what is measured of them: asking, building, a day's change.

A process opens one node, so each measurement is a process of its own: ``python -m bench.probe.nodes PART HOME``, whose last
line on standard output is the figures as JSON.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from bench.people.__main__ import write as write_people
from comity.demo.direct import PURPOSES

TICKS = os.sysconf("SC_CLK_TCK")
IN_A_CASE = 19
IN_A_CALL = 16
SHARE = 0.001
"""Part of a register that changes in a day."""

ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("COMITY_")}


class Counting:
    """A way to a partner that counts bytes above TLS."""

    def __init__(self, way: Any, counts: Counter[str]) -> None:
        self._way, self._counts = way, counts

    def post(self, path: str, body: bytes) -> bytes:
        """Post, and count both directions."""
        answer: bytes = self._way.post(path, body)
        self._counts["up"] += len(body)
        self._counts["down"] += len(answer)
        return answer

    def get(self, path: str) -> bytes:
        """Get, uncounted."""
        found: bytes = self._way.get(path)
        return found


def seconds_of(home: Path) -> float:
    """Return the processor seconds of every process of a node, those that its processes have started too."""
    parents, ticks, found = {}, {}, set()
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
            if words:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                parents[entry.name], ticks[entry.name] = fields[1], int(fields[11]) + int(fields[12])
                if str(home).encode() in words:
                    found.add(entry.name)
        except OSError:
            continue
    while more := {one for one, parent in parents.items() if parent in found} - found:
        found |= more
    return sum(ticks[one] for one in found) / TICKS


def comity(*words: str) -> None:
    """Run a command as a user types it."""
    subprocess.run([sys.executable, "-m", "comity.cli", *words], check=True, env=ENVIRONMENT, stdout=2)


def registers(folder: Path, persons: int, queries: int) -> tuple[Path, Path, Path]:
    """Write both registers and the queries."""
    write_people(folder / "ma", persons, queries, 7, 0.5)
    write_people(folder / "be", 100, 2, 8, 0.5)
    return folder / "be" / "a.csv", folder / "ma" / "a.csv", folder / "ma" / "b.csv"


def waited(at: float) -> None:
    """Wait for a moment (seconds since 1970), so that several processes ask at once; 0 is now.

    Raises:
        RuntimeError: it has passed: the process was not ready.
    """
    left = at - time.time()
    if at and left < 0:
        raise RuntimeError("not ready in time; the machine is overloaded")
    time.sleep(max(left, 0))


def read(row: dict[str, str]) -> Any:
    """Return the query of a row."""
    from comity.core.probe.query import read_query

    return read_query({name: row[name] for name in ("given", "family", "dob", "pob") if row[name]})


def asked(home: Path, rows: list[dict[str, str]], case: str, at: float) -> dict[str, Any]:
    """Ask for every row, one after the other, and return the figures; milliseconds of each search among them."""
    from comity.cli.home import channels, opened, operator

    node = opened(home)
    from comity.core.codes.exchange import Purpose, Regime
    from comity.services.agreements.standing import in_force
    from comity.services.partners.directory import find_partner
    from comity.services.probe.ask import OPENING_STEP, ask

    partner = find_partner(node, "MA")
    standing = in_force(node, partner, Regime.POLICE)[0]
    counts: Counter[str] = Counter()
    way = channels(node)
    strengths: Counter[str] = Counter()
    taken: list[float] = []

    def ask_for(number: int, row: dict[str, str]) -> Any:
        return ask(
            node,
            lambda service: Counting(way(service), counts),
            partner,
            standing.hash,
            Purpose.DRUGS,
            f"{case} {number // IN_A_CASE}",
            read(row),
            operator(),
        )

    # The first search of a process reads tables and connects; it is not among those measured.
    ask_for(0, rows[0])
    counts.clear()
    waited(at)
    own, issuer = time.process_time(), seconds_of(home.parent / "ma")
    begun = time.perf_counter()
    for number, row in enumerate(rows[1:], 1):
        started = time.perf_counter()
        found = ask_for(number, row)
        strengths[found.strength.value] += 1
        if found.rid:
            taken.append(time.perf_counter() - started)
    sent = len(taken)
    return {
        "queries": sent,
        "results": dict(strengths),
        "fixed_wait_ms": round(1000 * OPENING_STEP, 1),
        "taken_ms": [round(1000 * each, 1) for each in taken],
        "elapsed_s": time.perf_counter() - begun,
        "asker_cpu_ms": round(1000 * (time.process_time() - own) / sent, 2),
        "issuer_cpu_ms": round(1000 * (seconds_of(home.parent / "ma") - issuer) / sent, 2),
        "bytes_up": round(counts["up"] / sent),
        "bytes_down": round(counts["down"] / sent),
    }


def asked_together(home: Path, rows: list[dict[str, str]], case: str, at: float) -> dict[str, Any]:
    """Ask for every row, as many as one call holds in a call and a case, and return the figures."""
    from comity.cli.home import channels, opened, operator

    node = opened(home)
    from comity.core.codes.exchange import Purpose, Regime
    from comity.services.agreements.standing import in_force
    from comity.services.partners.directory import find_partner
    from comity.services.probe.ask import search_of
    from comity.services.probe.batch.again import delivered
    from comity.services.probe.batch.together import ask_together

    partner = find_partner(node, "MA")
    standing = in_force(node, partner, Regime.POLICE)[0]
    counts: Counter[str] = Counter()
    way = channels(node)

    def ask_for(first: int) -> int:
        some = rows[first : first + IN_A_CALL]
        words = (node, partner, standing.hash, Purpose.DRUGS, f"{case} {first}")
        searches = [search_of(*words, read(row), operator(), "") for row in some]
        names = [{"case": f"{case} {first}", "place": place} for place in range(len(some))]
        made = ask_together(node, lambda service: Counting(way(service), counts), searches, names)
        if made.stopped is not None:
            raise made.stopped
        for rid, _ in made.outcomes:
            delivered(node, rid)
        return sum(1 for _, kept in made.outcomes if kept["result"] != "insufficient")

    ask_for(0)
    counts.clear()
    waited(at)
    own, issuer = time.process_time(), seconds_of(home.parent / "ma")
    begun = time.perf_counter()
    sent = sum(ask_for(first) for first in range(IN_A_CALL, len(rows), IN_A_CALL))
    return {
        "queries": sent,
        "elapsed_s": time.perf_counter() - begun,
        "asker_cpu_ms": round(1000 * (time.process_time() - own) / sent, 2),
        "issuer_cpu_ms": round(1000 * (seconds_of(home.parent / "ma") - issuer) / sent, 2),
        "bytes_up": round(counts["up"] / sent),
        "bytes_down": round(counts["down"] / sent),
    }


def built(home: Path) -> dict[str, Any]:
    """Build the index once more, by itself, and return what it took."""
    from comity.cli.home import opened

    node = opened(home)
    from comity.core.codes.exchange import PurposeGroup, Regime
    from comity.services.partners.directory import find_partner
    from comity.services.probe.index import publish

    partner = find_partner(node, "BE")
    begun = time.perf_counter()
    made = publish(node, partner, Regime.POLICE, PurposeGroup.SERIOUS_CRIME, force=True)
    elapsed = time.perf_counter() - begun
    return {
        "records": made.records,
        "tokens_per_record": round((made.entries + made.overflow) / made.records, 2),
        "build_s": round(elapsed, 1),
        "build_us_per_token": round(1e6 * elapsed / (made.entries + made.overflow), 1),
        "bytes_per_person": round(made.size / made.records),
        "overflow": made.overflow,
    }


def changed(home: Path, rows: list[dict[str, str]]) -> dict[str, Any]:
    """Register further persons, bring the index up to date, and return what that took."""
    from comity.cli.home import opened

    node = opened(home)
    from comity.core.codes.exchange import PurposeGroup, Regime
    from comity.services.partners.directory import find_partner
    from comity.services.probe.index import publish

    file = home / "further.csv"
    with file.open("w", encoding="utf-8", newline="") as opened_file:
        writer = csv.DictWriter(opened_file, [*rows[0]])
        writer.writeheader()
        writer.writerows({**row, "id": f"further-{row['id']}"} for row in rows)
    purposes = [word for purpose in PURPOSES for word in ("--purpose", purpose)]
    comity(
        "register",
        "import",
        str(file),
        "--home",
        str(home),
        "--source",
        "further",
        "--category",
        "suspect",
        *purposes,
    )
    begun = time.perf_counter()
    made = publish(node, find_partner(node, "BE"), Regime.POLICE, PurposeGroup.SERIOUS_CRIME)
    return {"delta_s": round(time.perf_counter() - begun, 1), "delta_new": made.new, "delta_bytes": made.size}


def apart(part: str, home: Path, *words: str) -> subprocess.Popen[str]:
    """Start a measurement in a process of its own."""
    command = [sys.executable, "-m", "bench.probe.nodes", part, str(home), *words]
    return subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)


def figures_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Return the figures of a measurement that was started.

    Raises:
        RuntimeError: it failed.
    """
    out, _ = process.communicate()
    if process.returncode:
        raise RuntimeError("a measurement failed; see above")
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


def rows_of(file: Path, first: int, last: int) -> list[dict[str, str]]:
    """Return some rows of a file of persons."""
    with file.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))[first:last]


def main() -> None:
    """Run one part."""
    part, home = sys.argv[1], Path(sys.argv[2])
    if part == "build":
        figures = built(home)
    else:
        rows = rows_of(Path(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
        at = float(sys.argv[6]) if len(sys.argv) > 6 else 0.0
        asking = asked_together if part == "together" else asked
        figures = changed(home, rows) if part == "change" else asking(home, rows, f"bench {sys.argv[4]}", at)
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
