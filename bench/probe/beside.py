"""The private search beside other ways to ask without showing: openmined-psi, and Bloom filters with clkhash and anonlink.

``python -m bench.probe.beside [--persons 5000] [--peers .venv-peers/bin/python]``. One register of `bench/people`, one set of
queries, one run. The set intersection is given the same tokens as the private search, and once the plain spelling of
name and date, which is how it is mostly used. Times are of one core; ratios within the run are what counts. Writes
``bench/results/probe-peers.json``.
"""

from __future__ import annotations

import argparse
import csv
import json
import secrets
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench import report
from bench.people.__main__ import write as write_people
from bench.probe import quality
from bench.probe.evaluator import Register, read
from comity.core.codes.exchange import PurposeGroup, Regime, ServiceId
from comity.core.crypto.agent import ProbeKeyId
from comity.core.crypto.local import LocalKeys
from comity.core.crypto.voprf.layout import OPENINGS, KeyClass
from comity.core.names.letters import fold
from comity.core.probe import exchange, judging
from comity.core.probe.query import Query
from comity.core.probe.rules.profile import CP1
from comity.core.probe.rules.tokens import index_tokens, query_tokens

FALSE = 3e-3
"""Share of persons who are in no register that each way may take for somebody."""

REVEALS = {
    "comity": "the issuer: that one query of a purpose group was made. The asker: which of its rules met a record, once "
    "opened; nothing else without a counted, proven evaluation.",
    "psi_same_tokens": "the server: that so many tokens were asked for, in no order of its own; it proves nothing of its key and "
    "counts nothing but requests. The client: which tokens are in the set.",
    "psi_spelling": "as above; finds only who is spelled alike.",
    "bloom_filters": "whoever compares: every filter of both sides, which known attacks on patterns and frequencies turn back "
    "into names; each side needs the same secret.",
}


def main() -> None:
    """Make the register, run every way on it, write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--persons", type=int, default=5000)
    parser.add_argument("--queries", type=int, default=4000)
    parser.add_argument("--peers", type=Path, default=Path(".venv-peers/bin/python"))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="comity-bench-") as name:
        folder = Path(name)
        write_people(folder, given.persons, given.queries, 7, 0.5)
        people = [query for _, query in read(folder / "a.csv")]
        asked = list(read(folder / "b.csv"))
        truth = quality.truth_of(folder)
        results = {
            "persons": given.persons,
            "queries": len(asked),
            "comity": ours(people, asked, truth),
            "psi_same_tokens": by_intersection(given.peers, folder, people, asked, truth),
            "psi_spelling": by_spelling(given.peers, folder, truth),
            "bloom_filters": by_filters(given.peers, folder, truth),
        }
        for way, text in REVEALS.items():
            results[way]["reveals"] = text
    report.write("probe-peers", f"python -m bench.probe.beside --persons {given.persons}", results)


def ours(people: list[Query], asked: list[tuple[str, Query]], truth: dict[str, str]) -> dict[str, Any]:
    """Return what the private search costs, without node and line, and what it finds."""
    register = Register(people)
    quality.use(register)
    key = ProbeKeyId(ServiceId("BE.police"), Regime.POLICE, PurposeGroup.SERIOUS_CRIME, 1)
    keys = LocalKeys.generate([Regime.POLICE], secrets.token_bytes)
    by_class = {one: ProbeKeyId(key.partner, key.regime, key.group, 1, one) for one in KeyClass}
    for one in by_class.values():
        keys.create_probe_key(one)
    tokens = [token.octets for person in people[:200] for token in index_tokens(CP1, register.known, person)]
    begun = time.process_time()
    keys.evaluate_own(by_class[KeyClass.CONJUNCTION], tokens)
    set_up = time.process_time() - begun
    taken = 0.0
    for _, query in asked[:100]:
        made = exchange.ask(CP1, query_tokens(CP1, register.known, query), secrets.token_bytes(32))
        opening = exchange.ask_openings([], secrets.token_bytes(32))
        begun = time.process_time()
        for layout, elements in ((CP1.layout, made.blinding.elements), (OPENINGS, opening.elements)):
            for key_class, places in layout.ranges():
                keys.evaluate(by_class[key_class], elements[places.start : places.stop])
        taken += time.process_time() - begun
    best = {name: quality.best(query, int(truth.get(name, "a-1")[1:])) for name, query in asked}
    level = judging.weights().possible
    return {
        "set_up_us_per_token": round(1e6 * set_up / len(tokens), 1),
        "server_ms_per_query": round(1000 * taken / 100, 2),
        "bytes_up": 3072,
        "bytes_down": 4096,
        "recall": round(float(np.mean([best[name][1] >= level for name, _ in asked if name in truth])), 4),
        "false": round(float(np.mean([best[name][0] >= level for name, _ in asked if name not in truth])), 4),
    }


def by_intersection(
    python: Path, folder: Path, people: list[Query], asked: list[tuple[str, Query]], truth: dict[str, str]
) -> dict[str, Any]:
    """Return the figures of the set intersection on the tokens of the private search: any token that meets is a find."""
    known = Register(people).known
    held = {token.octets.hex() for person in people for token in index_tokens(CP1, known, person)}
    queries = [
        [token.octets.hex() for own in query_tokens(CP1, known, query).values() for token in own]
        for _, query in asked
    ]
    found = _intersected(python, folder, sorted(held), queries)
    return _judged(found, [name for name, _ in asked], truth)


def by_spelling(python: Path, folder: Path, truth: dict[str, str]) -> dict[str, Any]:
    """Return the figures of the set intersection on name and date as they are written."""
    sides = []
    for side in "ab":
        with (folder / f"{side}.csv").open(encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines))
        sides.append([(row["id"], _spelling(row)) for row in rows])
    found = _intersected(
        python, folder, sorted({text for _, text in sides[0]}), [[text] for _, text in sides[1]]
    )
    return _judged(found, [name for name, _ in sides[1]], truth)


def by_filters(python: Path, folder: Path, truth: dict[str, str]) -> dict[str, Any]:
    """Return the figures of Bloom filters, found at the similarity that takes as many strangers as `FALSE` permits."""
    out = folder / "filters.json"
    subprocess.run([str(python), "-m", "bench.peers.probe_filters", str(folder), str(out)], check=True)
    figures: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    best = figures.pop("best")
    names = [name for name, _ in read(folder / "b.csv")]
    strange = sorted((best.get(name, [0.0])[0] for name in names if name not in truth), reverse=True)
    level = strange[int(FALSE * len(strange))]
    right = [best.get(name, [0.0, ""])[0] > level and best[name][1] == truth[name] for name in truth]
    return {
        **figures,
        "recall": round(float(np.mean(right)), 4),
        "false": round(float(np.mean([score > level for score in strange])), 4),
    }


def _spelling(row: dict[str, str]) -> str:
    return "".join(fold(f"{row['given']}|{row['family']}|{row['dob']}").split()) or "-"


def _intersected(python: Path, folder: Path, held: list[str], queries: list[list[str]]) -> dict[str, Any]:
    files = [folder / name for name in ("set.txt", "queries.txt", "psi.json")]
    files[0].write_text("\n".join(held) + "\n", encoding="utf-8")
    files[1].write_text("\n".join(" ".join(each or ["-"]) for each in queries) + "\n", encoding="utf-8")
    subprocess.run([str(python), "-m", "bench.peers.probe_psi", *map(str, files)], check=True)
    found: dict[str, Any] = json.loads(files[2].read_text(encoding="utf-8"))
    return found


def _judged(figures: dict[str, Any], names: list[str], truth: dict[str, str]) -> dict[str, Any]:
    found = dict(zip(names, figures.pop("found"), strict=True))
    return {
        **figures,
        "recall": round(float(np.mean([found[name] for name in names if name in truth])), 4),
        "false": round(float(np.mean([found[name] for name in names if name not in truth])), 4),
    }


if __name__ == "__main__":
    main()
