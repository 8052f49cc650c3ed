"""The private search between two real nodes: what it finds, build, size, processor time, latency, bytes, a day's change.

``python -m bench.probe [--persons 100000] [--queries 400]`` (or ``make bench-probe SIZE=100000``). Two demonstration homes
on this machine, real processes, TLS 1.3, encrypted SQLite with durable commits; the Moroccan register is that of `bench/people`.
An asker is a process of its own, whose first search (or call) is not measured; several begin at one moment. The issuer's
time is that of all its processes. ``together`` are searches of which a call holds sixteen. What is found is counted with the
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

EACH = 96
"""Searches of each of several askers: once one by one, once together."""

MOST = PER_DAY - 2 * ASKERS * EACH

READY_S = 20.0
"""Until several askers have begun, read their tables, and wait for one another."""


def main() -> None:
    """Prepare, measure, write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=MOST, help=f"of one asker alone; at most {MOST}")
    given = parser.parse_args()
    if not 0 < given.queries <= MOST:
        parser.error(f"the agreement permits {PER_DAY} searches a day: at most {MOST} of one asker")
    with tempfile.TemporaryDirectory(prefix="comity-bench-") as name:
        folder = Path(name)
        ours, theirs, questions = nodes.registers(folder / "registers", given.persons, max(PER_DAY, JUDGED))
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
        several = at_once("ask", homes / "be", questions, given.queries)
        together = at_once("together", homes / "be", questions, given.queries + ASKERS * EACH)
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
        "queries_per_s": per_second(several),
        "together": {
            "searches_in_a_call": nodes.IN_A_CALL,
            "queries": sum(each["queries"] for each in together),
            "queries_per_s": per_second(together),
            **{
                name: round(sum(each[name] for each in together) / ASKERS, 2)
                for name in ("asker_cpu_ms", "bytes_up", "bytes_down")
            },
            "issuer_cpu_ms": issuer_together(together),
        },
        **change,
    }


def at_once(part: str, home: Path, questions: Path, first: int) -> list[dict[str, Any]]:
    """Let several askers, each with rows of its own, begin at one moment; return their figures."""
    at = time.time() + READY_S
    words = [
        (str(questions), str(row), str(row + EACH), str(at))
        for row in range(first, first + ASKERS * EACH, EACH)
    ]
    return [nodes.figures_of(each) for each in [nodes.apart(part, home, *own) for own in words]]


def per_second(askers: list[dict[str, Any]]) -> float:
    """Return the searches a second of askers that began at one moment, until the last one ended."""
    return round(sum(each["queries"] for each in askers) / max(each["elapsed_s"] for each in askers), 1)


def issuer_together(askers: list[dict[str, Any]]) -> float:
    """Return the issuer's milliseconds a search: of the asker that ended last, over the searches of all.

    All see the same processes of the issuer; who ends last sees nearly all of their time.
    """
    last = max(askers, key=lambda each: each["elapsed_s"])
    return round(last["issuer_cpu_ms"] * last["queries"] / sum(each["queries"] for each in askers), 2)


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
