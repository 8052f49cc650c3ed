"""Records: our command and three peers link the same files; figures, calibration and a picture of each."""

from __future__ import annotations

import csv
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.match import figures
from bench.match.drawing import Line, draw
from bench.match.names import OURS, run
from bench.records import FEBRL, linked, rows
from bench.report import RESULTS

PEERS = {
    "splink 5": "records_splink",
    "recordlinkage ECM": "records_recordlinkage",
    "clkhash + anonlink": "records_anonlink",
}
SETS = {"bema20k": ("persons", 0.833, ""), "febrl4": ("febrl", 0.99, FEBRL)}
TITLES = {
    "bema20k": "Belgium and Morocco, synthetic, held-back queries",
    "febrl4": "FEBRL 4 without the social-security number",
}
Links = list[tuple[str, str, float]]


def measured(folder: Path, work: Path, peers: Path) -> dict[str, Any]:
    """Return the figures of all linkers on both pairs of files."""
    results: dict[str, Any] = {}
    for name, (kind, prior, mapping) in SETS.items():
        ours, seconds = linked(folder / name, prior, mapping)
        found = {OURS: [(row["id_a"], row["id_b"], float(row["probability"])) for row in ours]}
        taken = {OURS: seconds}
        for who, module in PEERS.items():
            target = work / f"{name}.{module}.csv"
            begun = time.perf_counter()
            run(
                [
                    str(peers),
                    "-W",
                    "ignore",
                    "-m",
                    f"bench.peers.{module}",
                    str(folder / name),
                    str(target),
                    kind,
                ]
            )
            taken[who] = time.perf_counter() - begun
            with target.open(encoding="utf-8") as lines:
                found[who] = [
                    (row["id_a"], row["id_b"], float(row["probability"])) for row in csv.DictReader(lines)
                ]
        results[name] = _compared(name, folder / name, found, taken)
    return results


def _compared(name: str, folder: Path, found: dict[str, Links], taken: dict[str, float]) -> dict[str, Any]:
    truth = {(row["id_a"], row["id_b"]) for row in rows(folder / "truth.csv")}
    held = {row["id"] for row in rows(folder / "b.csv")[1::2]} if name == "bema20k" else None
    if held is not None:
        truth = {pair for pair in truth if pair[1] in held}
    matchers, lines = {}, []
    for who, links in found.items():
        kept = [link for link in links if held is None or link[1] in held]
        right, scores = _judged(kept, truth)
        single = _judged(one_to_one(kept), truth)
        matchers[who] = {
            "best_f1": _best(*single, len(truth)),
            "recall_at_precision_99": _sure(*single, len(truth)),
            "links": len(kept),
            "expected_calibration_error": figures.calibration(right, scores)["expected_error"],
            "seconds": round(taken[who], 1),
        }
        if who != "clkhash + anonlink":
            steps = figures.calibration(right, scores)["steps"]
            lines.append(Line(who, [(step["told"], step["true"]) for step in steps], marked=True))
    path = RESULTS / f"match-records-{name}.svg"
    draw(
        path, f"Calibration: {TITLES[name]}", "probability told", "share that was true", lines, diagonal=True
    )
    ours = _judged([link for link in found[OURS] if held is None or link[1] in held], truth)
    return {
        "title": TITLES[name],
        "true_links": len(truth),
        "matchers": matchers,
        "our_calibration": figures.calibration(*ours)["steps"],
        "our_false_hits_of_strangers": _strangers(folder, truth, found[OURS], held),
    }


def _strangers(
    folder: Path, truth: set[tuple[str, str]], links: Links, held: set[str] | None
) -> dict[str, int]:
    """Count the queries without a counterpart, and those of them with a link from 0.5 and from 0.9 on."""
    present = {second for _, second in truth}
    queries = {next(iter(row.values())) for row in rows(folder / "b.csv")}
    strangers = (queries if held is None else queries & held) - present
    return {
        "strangers": len(strangers),
        **{
            f"with_a_link_from_{threshold}": len(
                {second for _, second, odds in links if odds >= threshold and second in strangers}
            )
            for threshold in (0.5, 0.9)
        },
    }


def one_to_one(links: Links) -> Links:
    """Return the best links of which no two share a record, greedily; every linker is given this step."""
    first, second, kept = set(), set(), []
    for link in sorted(links, key=lambda link: -link[2]):
        if link[0] not in first and link[1] not in second:
            first.add(link[0])
            second.add(link[1])
            kept.append(link)
    return kept


def _judged(links: Links, truth: set[tuple[str, str]]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    right = np.array([(first, second) in truth for first, second, _ in links], dtype=np.int64)
    return right, np.array([score for *_, score in links])


def _curve(right: Any, scores: Any, number: int) -> tuple[Any, Any]:
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(right[order])
    last = np.append(np.diff(scores[order]) != 0, True)
    return (hits / np.arange(1, len(order) + 1))[last], (hits / number)[last]


def _best(right: Any, scores: Any, number: int) -> float:
    precision, recall = _curve(right, scores, number)
    return round(float((2 * precision * recall / np.maximum(precision + recall, 1e-9)).max()), 4)


def _sure(right: Any, scores: Any, number: int) -> float:
    precision, recall = _curve(right, scores, number)
    return round(float(recall[precision >= 0.99].max(initial=0.0)), 4)
