"""The private search between two real nodes: build, size, processor time, latency, bytes.

``python -m bench.probe [--persons 100000] [--queries 300]`` (or ``make bench-probe SIZE=100000``). Two demonstration homes
on this machine, real processes, TLS 1.3, encrypted SQLite with durable commits; the Moroccan register is that of `bench/people`.
The asker runs in this process, whose time is its own; the issuer's is that of all its processes. Writes ``bench/results/probe.json``.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from bench import report
from bench.people.__main__ import write as write_people

TICKS = os.sysconf("SC_CLK_TCK")
IN_A_CASE = 19
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
    """Return the processor seconds of every process of a node."""
    total = 0
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
            if str(home).encode() in words or (home.name + ".sock").encode() in words:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                total += int(fields[11]) + int(fields[12])
        except OSError:
            continue
    return total / TICKS


def comity(*words: str) -> None:
    """Run a command as a user types it."""
    subprocess.run([sys.executable, "-m", "comity.cli", *words], check=True, env=ENVIRONMENT, stdout=2)


def registers(folder: Path, persons: int, queries: int) -> tuple[Path, Path, Path]:
    """Write both registers and the queries."""
    write_people(folder / "ma", persons, queries, 7, 0.5)
    write_people(folder / "be", 100, 2, 8, 0.5)
    return folder / "be" / "a.csv", folder / "ma" / "a.csv", folder / "ma" / "b.csv"


def asked(home: Path, rows: list[dict[str, str]]) -> dict[str, Any]:
    """Ask for every row, one after the other, and return the figures."""
    from comity.cli.home import channels, opened, operator

    node = opened(home)
    from comity.core.codes.exchange import Purpose, Regime
    from comity.core.probe.query import read_query
    from comity.services.agreements.standing import in_force
    from comity.services.partners.directory import find_partner
    from comity.services.probe.ask import OPENING_STEP, ask

    partner = find_partner(node, "MA")
    standing = in_force(node, partner, Regime.POLICE)[0]
    counts: Counter[str] = Counter()
    way = channels(node)
    strengths: Counter[str] = Counter()
    taken: list[float] = []
    own, issuer = time.process_time(), seconds_of(home.parent / "ma")
    begun = time.perf_counter()
    for number, row in enumerate(rows):
        query = read_query({name: row[name] for name in ("given", "family", "dob", "pob") if row[name]})
        started = time.perf_counter()
        found = ask(
            node,
            lambda service: Counting(way(service), counts),
            partner,
            standing.hash,
            Purpose.DRUGS,
            f"bench {number // IN_A_CASE}",
            query,
            operator(),
        )
        strengths[found.strength.value] += 1
        if found.rid:
            taken.append(time.perf_counter() - started)
    sent = len(taken)
    elapsed = time.perf_counter() - begun
    taken.sort()
    return {
        "queries": sent,
        "results": dict(strengths),
        "queries_per_s_one_asker": round(sent / elapsed, 1),
        "p50_ms": round(1000 * taken[sent // 2], 1),
        "p95_ms": round(1000 * taken[int(sent * 0.95)], 1),
        "of_it_fixed_wait_ms": round(1000 * OPENING_STEP, 1),
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


def main() -> None:
    """Prepare, measure, write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--part", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        _part(given.part[0], Path(given.part[1]), given.queries)
        return
    with tempfile.TemporaryDirectory(prefix="comity-bench-") as name:
        folder = Path(name)
        ours, theirs, questions = registers(folder / "registers", given.persons, given.queries)
        homes = folder / "homes"
        begun = time.perf_counter()
        comity("demo", "start", "--dir", str(homes), "--register-be", str(ours), "--register-ma", str(theirs))
        ready = round(time.perf_counter() - begun, 1)
        try:
            search = _apart("ask", homes / "be", questions, given.queries)
            build = _apart("build", homes / "ma", questions, given.queries)
        finally:
            comity("demo", "stop", "--dir", str(homes))
    figures = {"persons": given.persons, "ready_s": ready, **build, **search}
    report.write("probe", f"python -m bench.probe --persons {given.persons}", figures)


def _apart(part: str, home: Path, questions: Path, queries: int) -> dict[str, Any]:
    """Measure in a process of its own, since a process opens one node."""
    import json

    command = [sys.executable, "-m", "bench.probe", "--part", part, str(home), "--queries", str(queries)]
    done = subprocess.run(
        command,
        env={**ENVIRONMENT, "BENCH_QUESTIONS": str(questions)},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _part(part: str, home: Path, queries: int) -> None:
    import json

    if part == "build":
        figures = built(home)
    else:
        with Path(os.environ["BENCH_QUESTIONS"]).open(encoding="utf-8") as file:
            figures = asked(home, list(csv.DictReader(file))[:queries])
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
