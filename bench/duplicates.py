"""One file in which most people stand several times, badly damaged: ours beside splink 5, both on the same file in one run.

``python -m bench.duplicates [PYTHON]``; the argument is the python of the peers' environment (`tools/peers.sh`), without it only
ours is measured. The file is written by `bench.people.british`. Figures are of pairs of records: the best F1 over all
thresholds, and recall at precision .99. Splink is judged by its match weight, which tells more pairs apart than its probability.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from bench import report
from bench.people.british import COLUMNS, write_rows

PERSONS, SEED = 5156, 20_261_201
MAPPING = """further = ["postcode", "occupation"]
[columns]
id = "id"
given = "first_name"
family = "surname"
dob = "dob"
pob = "birth_place"
sex = "gender"
"""


def person(record: str) -> str:
    """Return whom a record is of."""
    return record.partition("-")[0]


def judged(path: Path, true: int) -> dict[str, Any]:
    """Return the figures of a file of links.

    Args:
        path: links, the score in the third column.
        true: pairs of records of one person.
    """
    with path.open(encoding="utf-8") as lines:
        links = list(csv.DictReader(lines))
    score = np.array([float(link["probability"]) for link in links])
    right = np.array([person(link["id_a"]) == person(link["id_b"]) for link in links])
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.diff(score[order]) != 0, True)  # a threshold takes all of one score, or none
    hits, seen = np.cumsum(right[order])[ends], (np.arange(len(order)) + 1)[ends]
    precision, recall = hits / seen, hits / true
    best = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    sure = recall[precision >= 0.99]
    return {
        "links": len(links),
        "best_f1": round(float(best.max()), 4),
        "precision_there": round(float(precision[best.argmax()]), 4),
        "recall_there": round(float(recall[best.argmax()]), 4),
        "recall_at_precision_99": round(float(sure.max()), 4) if len(sure) else 0.0,
    }


def main() -> None:
    """Write the file, run both, and write the report."""
    rows = write_rows(PERSONS, SEED)
    counts = Counter(person(row[0]) for row in rows)
    true = sum(count * (count - 1) // 2 for count in counts.values())
    results: dict[str, Any] = {"records": len(rows), "persons": len(counts), "true_pairs": true}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (folder / "file.csv").open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([COLUMNS, *rows])
        (folder / "mapping.toml").write_text(MAPPING, encoding="utf-8")
        file, out_a, out_b = (str(folder / each) for each in ("file.csv", "ours.csv", "splink.csv"))
        ours = [sys.executable, "-m", "comity.cli", "match", "records", file, file, "--out", out_a]
        runs = {"comity": ([*ours, "--mapping", str(folder / "mapping.toml")], out_a)}
        for peers in sys.argv[1:]:
            runs["splink 5"] = (
                [peers, "-W", "ignore", "-m", "bench.peers.duplicates_splink", file, out_b],
                out_b,
            )
        for who, (words, links) in runs.items():
            begun = time.perf_counter()
            subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            seconds = round(time.perf_counter() - begun, 1)
            results[who] = {**judged(Path(links), true), "seconds": seconds}
    report.write("match-duplicates", "python -m bench.duplicates .venv-peers/bin/python", results)


if __name__ == "__main__":
    main()
