"""Fits the weights by which the private search judges what opened: ``python -m bench.fit_probe FOLDER STRANGERS.csv NUMBER``.

The folder holds a.csv, b.csv and truth.csv as `bench/people` writes them; STRANGERS holds persons who are in no register, of
whom the first NUMBER are asked for. Of every second query, each record that opens is one example. Prints `judging_v1.toml`:
a logistic regression with a small ridge, moved to `PRIOR`, and the two levels.
"""

from __future__ import annotations

import csv
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.probe.evaluator import Opened, Register, read
from comity.core.probe.judging import Date, Names
from comity.core.probe.opening import told_of
from comity.core.probe.query import Query

RIDGE = 1.0
CELLS = [(names, date) for names in Names for date in Date]
EXTRA = ("place", "place_differs", "day_differs", "bearers", "bearers_otherwise", "candidates")
PRIOR = 0.1
HIT, POSSIBLE = 3.8, 0.0
"""Levels of evidence, set by what they let through of strangers in a register of a million: 1 and 30 in 10,000."""

UNSEEN = -3.0
"""Evidence of what no development record shows: it goes with a number, which weighs more."""


def features(one: Opened, query: Query) -> list[float]:
    """Return the figures of one opened record, in the order of `CELLS` and `EXTRA`."""
    told, found, sketch = told_of(query), one.agreement, one.sketch
    by_both = found.names in (Names.SPELLED, Names.BOTH)
    cells = [float((found.names, found.date) == cell) for cell in CELLS]
    return [
        *cells,
        float(found.place),
        float(told.place and sketch.place and not found.place),
        float(told.day and sketch.day and found.date is not Date.FULL),
        -float(sketch.bearers) if by_both else 0.0,
        0.0 if by_both else -float(sketch.bearers),
        -math.log2(one.among),
    ]


def examples(
    folder: Path, strangers: Path, number: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return figures, truth, and the share of queries that ask for somebody registered."""
    register = Register(query for _, query in read(folder / "a.csv"))
    with (folder / "truth.csv").open(encoding="utf-8") as file:
        truth = {row["id_b"]: int(row["id_a"][1:]) for row in csv.DictReader(file)}
    asked = [(truth.get(name), query) for name, query in list(read(folder / "b.csv"))[::2]]
    asked += [(None, query) for _, query in list(read(strangers, number))[::2]]
    rows, right = [], []
    for true, query in asked:
        for one in register.opened(query):
            rows.append(features(one, query))
            right.append(float(true == one.record))
    print("overflow", register.overflow(), "tokens", register.per_record, file=sys.stderr)
    present = sum(true is not None for true, _ in asked) / len(asked)
    return np.array(rows), np.array(right), present


def fitted(figures: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights of a ridge logistic regression, by Newton's method."""
    weights = np.zeros(figures.shape[1])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-np.clip(figures @ weights, -30, 30)))
        slope = figures.T @ (right - chance) - RIDGE * weights
        curve = (figures * (chance * (1 - chance))[:, None]).T @ figures + RIDGE * np.eye(len(weights))
        step = np.linalg.solve(curve, slope)
        weights += step
        if np.abs(step).max() < 1e-6:
            break
    return weights


def written(weights: NDArray[np.float64], present: float, hit: float, possible: float) -> str:
    """Return the file of weights, moved from the share of queries that were present to `PRIOR`."""
    shift = float(np.log(PRIOR / (1 - PRIOR) * (1 - present) / present))
    extra: dict[str, Any] = dict(zip(EXTRA, weights[len(CELLS) :], strict=True))
    extra |= {"parent": 2.0, "parent_differs": -1.0, "number": 7.0, "hit": hit, "possible": possible}
    lines = ["# Weights of the judgement of the private search, profile cp1; fitted by `bench/fit_probe.py`."]
    lines += [
        "# parent, parent_differs and number are set by hand: the development registers hold neither, nor what is -3.",
        "",
    ]
    lines += [f"{name} = {value:.3f}" for name, value in sorted(extra.items())]
    for names in Names:
        lines += ["", f"[both.{names.value}]"]
        own = [(date, weights[CELLS.index((names, date))]) for date in Date]
        lines += [f"{date.value} = {value + shift if value else UNSEEN:.3f}" for date, value in own]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Read, fit, print."""
    figures, right, present = examples(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
    print(written(fitted(figures, right), present, HIT, POSSIBLE))


if __name__ == "__main__":
    main()
