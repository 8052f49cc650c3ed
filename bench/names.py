"""How well names are compared: everything fitted anew without one fifth of the names, and measured on that fifth.

Held back are all pairs whose first name falls in the fifth, for the letter tables and for the trees. A second figure
counts only pairs none of whose Latin family names occurs in what was fitted on. LightGBM is needed (see
`bench/fit_names.py`). ``python -m bench.names NAMES_FOLDER [--keep-speed]``
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
import zlib
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from bench import fit_names, report
from bench.fit_letters import fit_all
from comity.core.match.names import letters
from comity.core.match.names.interning import Interned

HELD = 0
"""The fifth that is held back."""

Row = tuple[str, str, int, str]


def kept(name: str) -> bool:
    """Tell whether pairs with this first name may be fitted on."""
    return zlib.crc32(name.encode()) % 5 != HELD


def read(folder: Path) -> list[Row]:
    """Return the rows (name, name, label, set) of every name set."""
    found: list[Row] = []
    for name in fit_names.SETS:
        with (folder / f"{name}.dev.tsv").open(encoding="utf-8") as lines:
            rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            found += [(row[0], row[1], int(row[2]), name) for row in rows]
    return found


def refitted(rows: list[Row], folder: Path) -> Any:
    """Return the probability of each row by a matcher of which nothing was fitted on the fifth. Shape (rows,)."""
    tables = letters.build(fit_all(folder, kept))
    with mock.patch("comity.core.match.names.interning.letter_tables", return_value=tables):
        interned = Interned()
        left = [interned.number(row[0]) for row in rows]
        right = [interned.number(row[1]) for row in rows]
        figures = interned.figures(left, right)
        labels = np.array([row[2] for row in rows])
        weights = np.array([fit_names.SETS[row[3]] for row in rows])
        fitted = np.array([kept(row[0]) for row in rows])
        beside = fit_names.added([row for row, inside in zip(rows, fitted, strict=True) if inside])
        model = fit_names.trained(figures[fitted], labels[fitted], weights[fitted], beside, interned)
    return model.predict(figures)


def held_back(folder: Path) -> dict[str, Any]:
    """Return the figures of each set on the fifth that nothing was fitted on."""
    rows = read(folder)
    found = refitted(rows, folder)
    labels = np.array([row[2] for row in rows])
    fitted = np.array([kept(row[0]) for row in rows])
    families = {
        row[1].split()[-1].casefold() for row, inside in zip(rows, fitted, strict=True) if inside and row[2]
    }
    unseen = np.array([row[1].split()[-1].casefold() not in families for row in rows])
    results = {}
    for name in fit_names.SETS:
        chosen = np.array([row[3] == name for row in rows]) & ~fitted
        results[name] = _figures(labels[chosen], found[chosen])
        results[f"{name}, last word of the second name unseen"] = _figures(
            labels[chosen & unseen], found[chosen & unseen]
        )
    return results


def _figures(labels: Any, found: Any) -> dict[str, Any]:
    best, sure, average = fit_names.quality(labels, found)
    return {
        "pairs": len(labels),
        "true_pairs": int(labels.sum()),
        "best_f1": best,
        "recall_at_precision_99": sure,
        "average_precision": average,
    }


def speed(folder: Path) -> dict[str, Any]:
    """Return how fast `comity match pairs` is on one core, start of the process included, on every row five times."""
    rows = [f"{row[0]}\t{row[1]}\n" for row in read(folder)] * 5
    text = "".join(rows).encode()
    words = ["taskset", "-c", "0", sys.executable, "-m", "comity.cli", "match", "pairs", "-"]
    subprocess.run(words, input=text[:0] + rows[0].encode(), capture_output=True, check=True)
    begun = time.perf_counter()
    subprocess.run(words, input=text, capture_output=True, check=True)
    taken = time.perf_counter() - begun
    return {"pairs": len(rows), "seconds": round(taken, 2), "pairs_per_second": round(len(rows) / taken)}


def main() -> None:
    """Measure and write the report; with --keep-speed the speed of the run before stays, as on a busy machine."""
    folder = Path(sys.argv[1])
    results = {"held_back": held_back(folder)}
    if "--keep-speed" in sys.argv[2:]:
        before = json.loads((report.RESULTS / "names.json").read_text(encoding="utf-8"))["results"]
        results["match_pairs_one_core"] = before["match_pairs_one_core"]
    else:
        results["match_pairs_one_core"] = speed(folder)
    report.write("names", "python -m bench.names NAMES_FOLDER", results)


if __name__ == "__main__":
    main()
