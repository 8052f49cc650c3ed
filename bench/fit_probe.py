"""Fits the weights by which the private search judges what opened: ``python -m bench.fit_probe FOLDER [STRANGERS.csv NUMBER]``.

The folder holds a.csv, b.csv and truth.csv as `bench/people` writes them; STRANGERS holds persons who are in no register, of
whom the first NUMBER are asked for. Of every second query, each record that opens is one example. Prints `judging_v1.toml`:
a logistic regression with a small ridge over the figures of `judging.figures`, moved to `PRIOR`, and the two levels.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.probe.evaluator import Register, read
from comity.core.probe.judging import Date, Names, figures
from comity.core.probe.opening import told_of
from comity.core.probe.query import Query

RIDGE = 1.0
PRIOR = 0.1
HIT, POSSIBLE = 3.8, 0.0
"""Levels of evidence, set by what they let through of strangers in a register of a million: 1 and 30 in 10,000."""

UNSEEN = -3.0
"""Evidence of what no development record shows: it goes with a number, which weighs more."""

BY_HAND = {"parent.agrees": 2.0, "parent.differs": -1.0, "number.agrees": 7.0}
"""Of what the development registers do not hold."""

Example = tuple[dict[str, float], bool]


def examples(folder: Path, strangers: Path | None, number: int) -> tuple[list[Example], float]:
    """Return figures and truth of each record that opened, and the share of queries that ask for somebody registered."""
    register = Register(query for _, query in read(folder / "a.csv"))
    with (folder / "truth.csv").open(encoding="utf-8") as file:
        truth = {row["id_b"]: int(row["id_a"][1:]) for row in csv.DictReader(file)}
    asked = [(truth.get(name), query) for name, query in list(read(folder / "b.csv"))[::2]]
    asked += [(None, query) for _, query in list(read(strangers, number))[::2]] if strangers else []
    print("overflow", register.overflow(), "tokens", register.per_record, file=sys.stderr)
    present = sum(true is not None for true, _ in asked) / len(asked)
    return list(_opened(register, asked)), present


def _opened(register: Register, asked: list[tuple[int | None, Query]]) -> Iterator[Example]:
    for true, query in asked:
        for one in register.opened(query):
            yield figures(one.agreement, told_of(query), one.opened, one.among), true == one.record


def fitted(seen: list[Example]) -> dict[str, float]:
    """Return the weight of each figure, by Newton's method."""
    names = sorted({name for one, _ in seen for name in one} - set(BY_HAND))
    places = {name: place for place, name in enumerate(names)}
    table = np.zeros((len(seen), len(names)))
    for row, (one, _) in enumerate(seen):
        for name, value in one.items():
            if name in places:
                table[row, places[name]] = value
    found = _newton(table, np.array([float(right) for _, right in seen]))
    return dict(zip(names, found.tolist(), strict=True))


def _newton(table: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    weights = np.zeros(table.shape[1])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-np.clip(table @ weights, -30, 30)))
        slope = table.T @ (right - chance) - RIDGE * weights
        curve = (table * (chance * (1 - chance))[:, None]).T @ table + RIDGE * np.eye(len(weights))
        step = np.linalg.solve(curve, slope)
        weights += step
        if np.abs(step).max() < 1e-6:
            break
    return weights


def moved(weights: Mapping[str, float], present: float) -> dict[str, float]:
    """Return weights moved from the share of queries that were present to `PRIOR`, and those set by hand."""
    shift = float(np.log(PRIOR / (1 - PRIOR) * (1 - present) / present))
    by = {name: value + shift * name.startswith("agree.") for name, value in weights.items()}
    cells = {f"agree.{names.value}.{date.value}": UNSEEN for names in Names for date in Date}
    return cells | by | BY_HAND


def written(by: Mapping[str, float], hit: float, possible: float) -> str:
    """Return the file of weights."""
    lines = [
        "# Weights of the judgement of the private search, profile cp1; fitted by `bench/fit_probe.py`.",
        "# parent and number are set by hand: the development registers hold neither; what they never show is not listed, or -3.",
        "",
        f"candidates = {by['candidates']:.3f}",
        "",
        "[levels]",
        f"hit = {hit:.3f}",
        f"possible = {possible:.3f}",
    ]
    before = ""
    for name in sorted(set(by) - {"candidates"}):
        table, _, key = name.rpartition(".")
        if table != before:
            lines += ["", f"[{table}]"]
            before = table
        lines.append(f"{key} = {by[name]:.3f}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Read, fit, print."""
    strangers = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    seen, present = examples(Path(sys.argv[1]), strangers, int(sys.argv[3]) if strangers else 0)
    print(written(moved(fitted(seen), present), HIT, POSSIBLE))


if __name__ == "__main__":
    main()
