"""The search of a register of any size: who is found, how many are looked at, how fast, in how much memory.

``python -m bench.register_search FOLDER LABEL [QUERIES]`` on the files that `bench/by_sound.py` writes, or any three like them.
"""

from __future__ import annotations

import csv
import os
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench import report
from comity.core.match.records.linking import PersonRecord
from comity.core.match.records.tables import PLAIN, read_records
from comity.core.match.register.index import RegisterIndex

PRIOR = 0.5
PROCESSES = 2


def built(folder: Path) -> tuple[RegisterIndex, list[str], dict[str, Any]]:
    """Return the index of a.csv, the identifiers of its rows, and what building it took."""
    begun = time.perf_counter()
    index, identifiers = RegisterIndex(), []
    with (folder / "a.csv").open("rb") as lines:
        for place, one in enumerate(read_records(lines, PLAIN, [])):
            identifiers.append(one.id)
            index.add(place, one.described())
    index.postings.merge()
    return index, identifiers, {"persons": len(index), "seconds": round(time.perf_counter() - begun, 1)}


def found(
    index: RegisterIndex, identifiers: Sequence[str], asked: Sequence[PersonRecord], truth: dict[str, str]
) -> Any:
    """Return who was found among the questions, and how long each took."""
    taken, looked, known, first, many, scored = [], [], 0, 0, 0, []
    for one in asked:
        described, true = one.described(), truth.get(one.id)
        begun = time.perf_counter()
        answer = index.search(described, prior=PRIOR)
        taken.append(time.perf_counter() - begun)
        looked.append(answer.candidates)
        many += answer.too_many
        scored += [(hit.probability, identifiers[hit.identity] == true) for hit in answer.hits]
        if true is not None:
            places = index.candidates(described)
            known += any(identifiers[int(index.persons.ids.filled[place])] == true for place in places)
            first += bool(answer.hits) and identifiers[answer.hits[0].identity] == true
    registered = sum(one.id in truth for one in asked)
    ordered = sorted(scored, reverse=True)
    right = np.cumsum([hit for _, hit in ordered])
    precision = right / np.arange(1, len(ordered) + 1)
    probabilities, hits = np.array([one[0] for one in scored]), np.array([one[1] for one in scored])
    bins = np.array_split(np.argsort(probabilities), 15)
    error = sum(len(b) * abs(probabilities[b].mean() - hits[b].mean()) for b in bins) / len(scored)
    return {
        "questions": len(asked),
        "registered": registered,
        "candidate_recall": round(known / registered, 4),
        "candidates_mean": round(float(np.mean(looked)), 1),
        "candidates_p95": int(np.percentile(looked, 95)),
        "right_person_first": round(first / registered, 4),
        "recall_at_precision_99": round(float(right[precision >= 0.99].max(initial=0)) / registered, 4),
        "expected_calibration_error": round(float(error), 4),
        "too_many": many,
        "milliseconds_p50": round(1000 * float(np.percentile(taken, 50)), 2),
        "milliseconds_p95": round(1000 * float(np.percentile(taken, 95)), 2),
    }


def throughput(index: RegisterIndex, asked: Sequence[PersonRecord]) -> float:
    """Return questions a second, answered by `PROCESSES` processes that share the index."""
    begun = time.perf_counter()
    children = []
    for number in range(PROCESSES):
        child = os.fork()
        if child == 0:
            for one in asked[number::PROCESSES]:
                index.search(one.described(), prior=PRIOR)
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    return len(asked) / (time.perf_counter() - begun)


def main() -> None:
    """Measure and write the report."""
    folder = Path(sys.argv[1])
    most = int(sys.argv[3]) if len(sys.argv) > 3 else 5_000
    with (folder / "b.csv").open("rb") as lines:
        asked = list(read_records(lines, PLAIN, []))[:most]
    with (folder / "truth.csv").open(encoding="utf-8") as lines:
        truth = {row["id_b"]: row["id_a"] for row in csv.DictReader(lines)}
    index, identifiers, building = built(folder)
    for one in asked[:200]:  # the first questions compile the kernel and read the gazetteer
        index.search(one.described(), prior=PRIOR)
    results = {
        "building": building,
        "answers": found(index, identifiers, asked, truth),
        "questions_a_second_two_processes": round(throughput(index, asked), 1),
        "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    command = f"python -m bench.register_search FOLDER {sys.argv[2]} {most}"
    report.write(f"register-search-{sys.argv[2]}", command, results)


if __name__ == "__main__":
    main()
