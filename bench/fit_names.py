"""Fit the decision of the matcher on names alone: monotone trees over the figures of a compared pair.

Reads the development name pairs by path and writes `src/comity/core/match/names/names_v1.tsv`; prints what held-back folds
reach. LightGBM (MIT) is needed for fitting only and is not part of the product: `pip install lightgbm`.
Command: `python -m bench.fit_names NAMES_FOLDER`.
"""

from __future__ import annotations

import csv
import importlib
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from bench.by_sound import HABITS, People, full_name, typo
from comity.core.match.names.interning import Interned

SETS = {"ar_lat_maghreb": 1.0, "ar_lat_dziri": 1.0, "lat_lat_maghreb": 3.0, "lat_lat_ofac": 2.0}
"""Name set -> weight of one of its pairs."""

SENSE = [1, 1, -1, -1, -1, -1, 1, 0, 0, 0, -1, -1, 1, 1, 0, 1, 1, 0, 0, 0, -1, 0, -1, 0, -1, 0, 1]
"""Figure by figure: 1 when more of it never lowers the probability, -1 when it never raises it, 0 when it may do both."""

SETTINGS = {
    "objective": "binary", "num_leaves": 12, "learning_rate": 0.06, "min_data_in_leaf": 60, "lambda_l2": 5,
    "monotone_constraints": SENSE, "monotone_constraints_method": "advanced", "verbose": -1, "num_threads": 1,
    "feature_fraction": 0.8, "seed": 1,
}  # fmt: skip
TREES = 220

RANDOM_PAIRS, SPELLED = 8_000, 4_000
"""Pairs of names drawn at random, and names spelled by rule, that are fitted on besides."""

MAGHREB = 0.8
"""Share of the names spelled by rule that are Maghreb names; the others are Belgian."""

MISTYPED = 0.4
"""Share of Latin spellings with one letter dropped, doubled or exchanged with the next."""

SONS = 0.15
"""Share of names for which a son and his father are added as two people."""

ADDED_WEIGHT = 0.3
SEED = 5
FOLDS = 5


@dataclass(frozen=True)
class Added:
    """A pair of names that is fitted on beside the development data, and what it weighs."""

    first: str
    second: str
    label: int
    weight: float


def added(rows: list[tuple[str, str, int, str]]) -> list[Added]:
    """Return names of different people drawn at random, and names spelled by rule with what looks like them.

    Args:
        rows: the development pairs that may be fitted on: name, name, label, set.
    """
    dice = Random(SEED)
    true = [row for row in rows if row[2] and row[3] != "ar_lat_dziri"]
    drawn = [(dice.choice(true), dice.choice(true)) for _ in range(RANDOM_PAIRS)]
    found = [Added(one[0], other[1], 0, ADDED_WEIGHT) for one, other in drawn if one[0] != other[0]]
    people = People(SEED, MAGHREB)
    for _ in range(SPELLED):
        one, other = people.person(), people.person()
        habit, script = dice.choice(sorted(HABITS)), dice.choice(("arabic", *sorted(HABITS)))
        written, spelled = full_name(one, script, dice), full_name(one, habit, dice)
        if written.isascii() and dice.random() < MISTYPED:
            spelled = typo(spelled, dice)
        found.append(Added(written, spelled, 1, ADDED_WEIGHT))
        alike = one | ({"given": other["given"]} if dice.random() < 0.5 else {"family": other["family"]})
        if dice.random() < SONS and "-" not in one["given"] + other["given"]:
            son, father = ({**one, "family": f"bin-{two['given']}"} for two in (other, one))
            father["given"] = other["given"]
            found.append(Added(full_name(son, script, dice), full_name(father, habit, dice), 0, ADDED_WEIGHT))
        if alike != one:
            found.append(Added(written, full_name(alike, habit, dice), 0, ADDED_WEIGHT))
    return found


def trained(figures: Any, labels: Any, weights: Any, beside: list[Added], interned: Interned) -> Any:
    """Return the trees fitted on compared pairs and on what is added."""
    library: Any = importlib.import_module("lightgbm")
    left = [interned.number(one.first) for one in beside]
    right = [interned.number(one.second) for one in beside]
    rows = np.concatenate([figures, interned.figures(left, right)])
    told = np.concatenate([labels, [one.label for one in beside]])
    weight = np.concatenate([weights, [one.weight for one in beside]])
    return library.train(SETTINGS, library.Dataset(rows, told, weight=weight), TREES)


def main() -> None:
    """Fit on all pairs after five held-back folds, and write the trees."""
    folder = Path(sys.argv[1])
    rows: list[tuple[str, str, int, str]] = []
    for name in SETS:
        with (folder / f"{name}.dev.tsv").open(encoding="utf-8") as lines:
            found = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            rows += [(row[0], row[1], int(row[2]), name) for row in found]
    interned = Interned()
    numbers = [(interned.number(row[0]), interned.number(row[1])) for row in rows]
    figures = interned.figures([pair[0] for pair in numbers], [pair[1] for pair in numbers])
    labels = np.array([row[2] for row in rows])
    weights = np.array([SETS[row[3]] for row in rows])
    folds = np.array([zlib.crc32(row[0].encode()) % FOLDS for row in rows])
    held = np.zeros(len(rows))
    for fold in range(FOLDS):
        rest = folds != fold
        beside = added([row for row, kept in zip(rows, rest, strict=True) if kept])
        model = trained(figures[rest], labels[rest], weights[rest], beside, interned)
        held[~rest] = model.predict(figures[~rest])
    for name in SETS:
        chosen = np.array([row[3] == name for row in rows])
        print(name, *quality(labels[chosen], held[chosen]))
    model = trained(figures, labels, weights, added(rows), interned)
    write(model.dump_model(), Path("src/comity/core/match/names/names_v1.tsv"))


def quality(labels: Any, probabilities: Any) -> tuple[float, float, float]:
    """Return the best F1, the recall at a precision of .99, and the average precision."""
    order = np.argsort(-probabilities, kind="stable")
    right = np.cumsum(labels[order])
    precision, recall = right / np.arange(1, len(order) + 1), right / labels.sum()
    last = np.append(np.diff(probabilities[order]) != 0, True)
    precision, recall = precision[last], recall[last]
    average = float(np.sum(np.diff(recall, prepend=0.0) * precision))
    best = float((2 * precision * recall / np.maximum(precision + recall, 1e-9)).max())
    sure = recall[precision >= 0.99]
    return round(best, 4), round(float(sure.max()) if len(sure) else 0.0, 4), round(average, 4)


def write(document: dict[str, Any], target: Path) -> None:
    """Write the trees, a node a line."""
    lines = ["# tree\tnode\tfigure\tlimit\tleft\tright\tvalue (log-odds of a leaf); see bench/fit_names.py"]
    for number, tree in enumerate(document["tree_info"]):
        nodes: list[str] = []
        _walk(tree["tree_structure"], number, nodes)
        lines += nodes
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _walk(node: dict[str, Any], tree: int, nodes: list[str]) -> int:
    place = len(nodes)
    nodes.append("")
    if "leaf_value" in node:
        nodes[place] = f"{tree}\t{place}\t-1\t0\t0\t0\t{node['leaf_value']:.5f}"
        return place
    left = _walk(node["left_child"], tree, nodes)
    right = _walk(node["right_child"], tree, nodes)
    nodes[place] = f"{tree}\t{place}\t{node['split_feature']}\t{node['threshold']:.5f}\t{left}\t{right}\t0"
    return place


if __name__ == "__main__":
    main()
