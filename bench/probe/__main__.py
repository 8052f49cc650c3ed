"""The private search between two real nodes: what it finds, build, size, processor time, latency, bytes, a day's change.

``python -m bench.probe [--persons 100000] [--queries 250]`` (or ``make bench-probe SIZE=100000``). Two demonstration homes
on this machine, real processes, TLS 1.3, encrypted SQLite with durable commits; the Moroccan register is that of `bench/people`.
An asker is a process of its own, whose first search is not measured; the issuer's time is that of all its processes. What is found is counted with the
in-process evaluator on the same register, beside the plain search. Writes ``bench/results/probe.json`` (of the greatest
register measured), ``probe-build.json`` (one line a size) and ``probe.svg``.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import report
from bench.probe import nodes, picture, quality

JUDGED = 4000
"""Queries for what is found, at least; half of them are judged."""

ASKERS = 3
"""Processes that ask at once, for how many searches a second there are."""

PER_DAY = 1000
"""Searches that the demonstration's agreement permits on one day."""

MOST = PER_DAY // (1 + ASKERS)


def main() -> None:
    """Prepare, measure, write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=MOST, help=f"of each asker; at most {MOST}")
    given = parser.parse_args()
    if not 0 < given.queries <= MOST:
        parser.error(f"the agreement permits {PER_DAY} searches a day: at most {MOST} of each asker")
    with tempfile.TemporaryDirectory(prefix="comity-bench-") as name:
        folder = Path(name)
        ours, theirs, questions = nodes.registers(
            folder / "registers", given.persons, max(given.queries * (1 + ASKERS), JUDGED)
        )
        figures = between_nodes(folder / "homes", ours, theirs, questions, given)
        finding = quality.as_deployed(theirs.parent)
    taken = figures.pop("taken_ms")
    results = {"persons": given.persons, **finding, **figures}
    builds = built_so_far(results)
    picture.draw(report.RESULTS / "probe.svg", taken, builds)
    command = f"python -m bench.probe --persons {given.persons} --queries {given.queries}"
    report.write("probe", command, results)


def between_nodes(
    homes: Path, ours: Path, theirs: Path, questions: Path, given: argparse.Namespace
) -> dict[str, Any]:
    """Return the figures of two real nodes."""
    begun = time.perf_counter()
    nodes.comity(
        *("demo", "start", "--dir", str(homes)),
        *("--register-be", str(ours), "--register-ma", str(theirs)),
    )
    ready = round(time.perf_counter() - begun, 1)
    try:
        one = nodes.figures_of(nodes.apart("ask", homes / "be", str(questions), "0", str(given.queries)))
        together = [
            nodes.apart("ask", homes / "be", str(questions), str(first), str(first + given.queries))
            for first in range(given.queries, given.queries * (1 + ASKERS), given.queries)
        ]
        several = [nodes.figures_of(each) for each in together]
        build = nodes.figures_of(nodes.apart("build", homes / "ma"))
        more = str(max(1, round(given.persons * nodes.SHARE)))
        change = nodes.figures_of(nodes.apart("change", homes / "ma", str(questions), "0", more))
    finally:
        nodes.comity("demo", "stop", "--dir", str(homes))
    one_elapsed = one.pop("elapsed_s")
    taken = sorted(one["taken_ms"])
    return {
        "ready_s": ready,
        **build,
        **one,
        "p50_ms": taken[len(taken) // 2],
        "p95_ms": taken[int(len(taken) * 0.95)],
        "queries_per_s_one_asker": round(one["queries"] / one_elapsed, 1),
        "askers": ASKERS,
        "queries_per_s": round(sum(each["queries"] / each["elapsed_s"] for each in several), 1),
        **change,
    }


def built_so_far(results: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what building took at each size, this one included, and keep it."""
    path = report.RESULTS / "probe-build.json"
    known = json.loads(path.read_text(encoding="utf-8"))["results"] if path.exists() else {}
    names = ("build_s", "build_us_per_token", "bytes_per_person", "tokens_per_record")
    known[str(results["persons"])] = {name: results[name] for name in names}
    ordered = {size: known[size] for size in sorted(known, key=int)}
    report.write("probe-build", "python -m bench.probe --persons SIZE", ordered)
    return ordered


if __name__ == "__main__":
    main()
