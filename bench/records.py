"""How well records are linked, through `comity match records` itself.

bema20k: the weights were fitted on every other query; counted are the queries that were held back. febrl4: nothing was
fitted on it; without the social-security number, with the mapping below. ``python -m bench.records RECORDS_FOLDER``
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench import report

FEBRL = """further = ["street_number", "address_1", "suburb", "postcode", "state"]
[columns]
id = "rec_id"
given = "given_name"
family = "surname"
dob = "date_of_birth"
"""
BINS = 15


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def linked(folder: Path, prior: float, mapping: str) -> tuple[list[dict[str, str]], float]:
    """Return the links that the command writes, and the seconds it took."""
    with tempfile.TemporaryDirectory() as place:
        out, columns = Path(place) / "links.csv", Path(place) / "mapping.toml"
        columns.write_text(mapping, encoding="utf-8")
        words = [
            sys.executable,
            "-m",
            "comity.cli",
            "match",
            "records",
            str(folder / "a.csv"),
            str(folder / "b.csv"),
        ]
        words += ["--out", str(out), "--prior", str(prior), *(["--mapping", str(columns)] if mapping else [])]
        begun = time.perf_counter()
        subprocess.run(words, check=True)
        return rows(out), time.perf_counter() - begun


def measured(folder: Path, prior: float, mapping: str, held: set[str] | None) -> dict[str, Any]:
    """Return F1, recall at precision .99 and calibration of the links of one pair of files."""
    links, seconds = linked(folder, prior, mapping)
    truth = {(row["id_a"], row["id_b"]) for row in rows(folder / "truth.csv")}
    if held is not None:
        truth = {pair for pair in truth if pair[1] in held}
        links = [row for row in links if row["id_b"] in held]
    found = np.array([float(row["probability"]) for row in links])
    right = np.array([(row["id_a"], row["id_b"]) in truth for row in links])
    order = np.argsort(-found, kind="stable")
    hits = np.cumsum(right[order])
    precision, recall = hits / np.arange(1, len(order) + 1), hits / len(truth)
    bins = np.array_split(np.argsort(found), BINS)
    error = sum(len(b) / len(found) * abs(found[b].mean() - right[b].mean()) for b in bins)
    return {
        "true_links": len(truth),
        "links_written": len(links),
        "best_f1": round(float((2 * precision * recall / (precision + recall + 1e-9)).max()), 4),
        "recall_at_precision_99": round(float(recall[precision >= 0.99].max(initial=0.0)), 4),
        "expected_calibration_error_of_links_written": round(float(error), 4),
        "seconds": round(seconds, 1),
    }


def main() -> None:
    """Measure both sets and write the report."""
    folder = Path(sys.argv[1])
    queries = rows(folder / "bema20k" / "b.csv")
    held = {row["id"] for row in queries[1::2]}
    results = {
        "bema20k_held_back_queries": measured(folder / "bema20k", 0.833, "", held),
        "febrl4_without_social_security_number": measured(folder / "febrl4", 0.99, FEBRL, None),
    }
    report.write("records", "python -m bench.records RECORDS_FOLDER", results)


if __name__ == "__main__":
    main()
