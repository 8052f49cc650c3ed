"""Fit the weights of records: evidence summed over features, one counterpart at most for each question.

Each set is a folder with a.csv, b.csv and truth.csv; every other question of it is fitted on, the rest is held back.
The likelihood of each question is that of its counterpart, or of there being none, among all its candidates. Weights
are drawn towards those that stand in `records_v1.toml` already, so that what the sets hold little of stays as it was
set by hand. scipy (BSD) comes with LightGBM, see `bench/fit_names.py`. Prints the table.
``python -m bench.fit_records FOLDER [FOLDER ...]``
"""

from __future__ import annotations

import csv
import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comity.core.match.records.dates import AGREEMENTS
from comity.core.match.records.linking import PersonRecord
from comity.core.match.records.tables import PLAIN, read_records
from comity.core.match.register.comparing import BIRTH, GIVEN, NATIONALITY, SEX, compare
from comity.core.match.register.index import RegisterIndex
from comity.core.match.register.weighing import alike, nearest, strangeness
from comity.core.match.register.weights import PLACES, Weights, weights

DRAWN = 2.0
"""Strength with which weights are drawn towards those that stand."""

LEAST_EXACT = 7.2
"""The whole day weighs more than day and month exchanged or 1 January, which the sets, all of common dates, hide."""

MOST_SEX = 0.69
"""Half of all people agree in it: a natural logarithm of two at most."""

MOST_QUESTIONS = 6_000
Figures = NDArray[np.float64]


@dataclass(frozen=True)
class Measured:
    """Pairs of one set: the rows of features, the question of each, and whether it is the person."""

    rows: Figures
    questions: NDArray[np.int64]
    true: NDArray[np.bool_]
    asked: int


def names_of_features() -> list[str]:
    """Return the weights that are fitted, in the order of the columns."""
    found = ["constant", "name.odds", "name.against", "name.rarity"]
    found += [f"birth.{level.value}" for level in AGREEMENTS] + [f"place.{level.value}" for level in PLACES]
    return [
        *found,
        *(f"{name}.{level}" for name in ("sex", "given", "nationality") for level in ("same", "different")),
    ]


def standing(weight: Weights) -> Figures:
    """Return the weights that stand, in the order of the columns."""
    found = [weight.constant, weight.name, weight.name_against, weight.rarity, *weight.birth, *weight.place]
    return np.array([*found, *weight.sex[:2], *weight.given[:2], *weight.nationality[:2]])


def measured(folder: Path, weight: Weights) -> Measured:
    """Return the pairs of a set's fitting half."""
    a, b = (list(read_records((folder / f"{side}.csv").open("rb"), PLAIN, [])) for side in "ab")
    with (folder / "truth.csv").open(encoding="utf-8") as lines:
        truth = {row["id_b"]: row["id_a"] for row in csv.DictReader(lines)}
    asked = b[0::2][:MOST_QUESTIONS]
    index = RegisterIndex()
    for place, one in enumerate(a):
        index.add(place, one.described())
    persons, rows, questions, true = index.persons, [], [], []
    for question in asked:
        for name in question.described().names:
            persons.interned.number(name)
    if folder.name == "bema20k":
        tail(index, asked)
    for number, question in enumerate(asked):
        described = question.described()
        found = index.candidates(described)
        odds, shared = nearest(persons.interned, described.names, persons.names, found)
        common = alike(odds, np.zeros(len(found), np.bool_), 0, len(index), weight)
        levels = compare(found, persons.columns(), persons.asked(described), weight.birth)
        places = index.place_levels(described, found)
        named = np.nan_to_num(odds)
        rows.append(
            np.column_stack(
                [
                    np.ones(len(found)),
                    np.clip(named, 0.0, weight.name_most),
                    -strangeness(odds, shared, weight),
                    -np.log(common),
                    np.eye(len(AGREEMENTS))[levels[:, BIRTH]],
                    np.eye(len(PLACES))[places],
                    np.eye(3)[levels[:, SEX]][:, :2],
                    np.eye(3)[levels[:, GIVEN]][:, :2],
                    np.eye(3)[levels[:, NATIONALITY]][:, :2],
                ]
            )
        )
        questions.append(np.full(len(found), number))
        counterpart = truth.get(question.id)
        true.append(np.array([a[one].id == counterpart for one in found], dtype=np.bool_))
    return Measured(np.concatenate(rows), np.concatenate(questions), np.concatenate(true), len(asked))


def tail(index: RegisterIndex, questions: list[PersonRecord]) -> None:
    """Print the share of random pairs whose names share at least some evidence."""
    persons = index.persons
    chosen = np.random.default_rng(1).integers(0, len(index), 3000).astype(np.int32)
    both = [
        nearest(persons.interned, one.described().names, persons.names, chosen) for one in questions[:300]
    ]
    odds, shared = (np.concatenate([one[side] for one in both]) for side in (0, 1))
    print("share of strangers with near names", np.log((odds > 0).mean()))
    for least in (0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 15.0, 18.0, 21.0, 25.0):
        print("share with evidence of", least, np.log((shared[odds <= 0] >= least).mean()))


def loss(theta: Figures, sets: list[Measured], stands: Figures) -> tuple[float, Figures]:
    """Return the negative log-likelihood and its gradient."""
    total = DRAWN * float(((theta - stands) ** 2).sum())
    slope = 2 * DRAWN * (theta - stands)
    for one in sets:
        prior = one.true.sum() / one.asked
        evidence = np.clip(one.rows @ theta + np.log(prior / (1 - prior)), -60, 60)
        odds = np.exp(evidence)
        sums = 1 + np.bincount(one.questions, weights=odds, minlength=one.asked)
        total += float(np.log(sums).sum() - evidence[one.true].sum())
        slope = slope + one.rows.T @ (odds / sums[one.questions] - one.true)
    return total, slope


def limit(name: str) -> tuple[float | None, float | None]:
    """Return the bounds of a weight: silence weighs nothing, and what agrees never speaks against."""
    if name in ("birth.missing", "place.unreadable"):
        return 0.0, 0.0
    if name == "birth.exact":
        return LEAST_EXACT, None
    if name in ("birth.swapped", "birth.first_january"):
        return None, LEAST_EXACT - 0.7
    if name in ("sex.same", "given.same"):
        return 0.0, MOST_SEX
    if name.endswith((".same", ".rarity", ".odds", ".against")):
        return 0.0, None
    return (None, 0.0) if name.endswith(".different") else (None, None)


def main() -> None:
    """Fit on the sets and print the weights."""
    weight = weights()
    sets = [measured(Path(name), weight) for name in sys.argv[1:]]
    stands = standing(weight)
    solver: Any = importlib.import_module("scipy.optimize")
    limits = [limit(name) for name in names_of_features()]
    settings = {"maxiter": 500}
    found = solver.minimize(
        loss, stands, (sets, stands), jac=True, method="L-BFGS-B", bounds=limits, options=settings
    )
    print("loss", loss(stands, sets, stands)[0], "->", found.fun, [int(one.true.sum()) for one in sets])
    for name, value, before in zip(names_of_features(), found.x, stands, strict=True):
        print(f"{name} = {value:.3f}  # {before:.3f}")


if __name__ == "__main__":
    main()
