"""What the private search finds of what the plain one finds, and whom it takes for somebody else.

``python -m bench.probe.quality FOLDER LABEL [STRANGERS.csv [NUMBER]]``: FOLDER as `bench/people` writes it; STRANGERS holds
descriptions of persons who are in no register. Of all queries every second one is used, those that `bench.fit_probe` leaves.
Writes ``bench/results/probe-quality-LABEL.json``.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import report
from bench.probe.evaluator import Register, evidence_of, read
from bench.register_search import built
from comity.core.match.records.tables import PLAIN, read_records
from comity.core.probe import judging
from comity.core.probe.opening import MAX_CANDIDATES, told_of
from comity.core.probe.query import Query

PRIOR = 0.1
RATES = (1e-5, 1e-4, 1e-3, 3e-3)
NOTHING = -99.0

_register: list[Register] = []


def use(register: Register) -> None:
    """Let `best` look into this register."""
    _register[:] = [register]


def best(query: Query, true: int = -1) -> tuple[float, float]:
    """Return the evidence of the best record that opens, and of the right one; `NOTHING` where none does.

    As the protocol has it, at most two records are looked at: those that promise most before they open. When more promise
    to be hits, none is opened and the answer is *possible*.
    """
    opened, persons, weight = _register[0].opened(query), _register[0].size, judging.weights()
    told = told_of(query)
    promise = {
        one.record: judging.evidence(one.agreement, told, candidates=one.among, persons=persons)
        for one in opened
    }
    if sum(each >= weight.hit for each in promise.values()) > MAX_CANDIDATES:
        return weight.possible, weight.possible if true in promise else NOTHING
    opened.sort(key=lambda one: -promise[one.record] - judging.most(one.agreement, told))
    evidence = {one.record: evidence_of(one, query, persons) for one in opened[:MAX_CANDIDATES]}
    return max(evidence.values(), default=NOTHING), evidence.get(true, NOTHING)


def strangers(queries: Iterable[Query]) -> NDArray[np.float64]:
    """Return the best evidence of each query about somebody who is not registered."""
    with get_context("fork").Pool(2) as pool:
        return np.array([found for found, _ in pool.imap(best, queries, chunksize=2000)])


def plain(folder: Path) -> dict[str, float]:
    """Return of each query what the plain search gives the right person, or of one about nobody registered: anybody."""
    index, identifiers, _ = built(folder)
    truth = truth_of(folder)
    found: dict[str, float] = {}
    with (folder / "b.csv").open("rb") as lines:
        for one in read_records(lines, PLAIN, []):
            right = truth.get(one.id)
            hits = index.search(one.described(), prior=PRIOR).hits
            given = [hit.probability for hit in hits if right in (None, identifiers[hit.identity])]
            found[one.id] = max(given, default=0.0)
    return found


def truth_of(folder: Path) -> dict[str, str]:
    """Return which record each query is about."""
    with (folder / "truth.csv").open(encoding="utf-8") as file:
        return {row["id_b"]: row["id_a"] for row in csv.DictReader(file)}


def measured(folder: Path, unknown: Iterable[Query]) -> dict[str, Any]:
    """Return all figures of one register."""
    of_plain = plain(folder)
    use(Register(query for _, query in read(folder / "a.csv")))
    truth = truth_of(folder)
    rows, absent = [], []
    for place, (name, query) in enumerate(read(folder / "b.csv")):
        if place % 2:
            if name in truth:
                rows.append((of_plain.get(name, 0.0), best(query, int(truth[name][1:]))[1]))
            else:
                absent.append(query)
    others = strangers([*absent, *unknown])
    known = np.array(rows)
    weight = judging.weights()
    levels = {"hit": weight.hit, "possible": weight.possible}
    levels |= {f"at_{rate:g}": float(np.quantile(others, 1 - rate)) for rate in RATES}
    return {
        "persons": _register[0].size,
        "tokens_per_record": round(_register[0].per_record, 2),
        "overflow_all_and_commonest": _register[0].overflow(),
        "queries_present": len(known),
        "queries_absent": len(others),
        "levels": {name: _level(known, others, level) for name, level in levels.items()},
        "beside_plain": _beside(
            known, others, np.array([given for name, given in of_plain.items() if name not in truth])
        ),
    }


def _beside(
    known: NDArray[np.float64], others: NDArray[np.float64], of_plain: NDArray[np.float64]
) -> dict[str, float]:
    """Return what both searches find where both take equally many absent persons for somebody."""
    level = judging.weights().possible
    false = float((others >= level).mean())
    least = max(float(np.quantile(of_plain, 1 - false)), 1e-6)
    sure = known[:, 0] >= least
    return {
        "plain_absent": len(of_plain),
        "plain_false_at_half": round(float((of_plain >= 0.5).mean()), 6),
        "plain_probability": round(least, 4),
        "plain_false": round(float((of_plain >= least).mean()), 6),
        "plain_recall": round(float(sure.mean()), 4),
        "recall": round(float((known[:, 1] >= level).mean()), 4),
        "recall_of_plain": round(float((known[sure, 1] >= level).mean()), 4),
    }


def as_deployed(folder: Path) -> dict[str, Any]:
    """Return what a search of this register finds with the levels that are in force, beside the plain search.

    Found is whoever is a *hit* or *possible*, too many to open included.
    """
    of_plain = plain(folder)
    use(Register(query for _, query in read(folder / "a.csv")))
    truth, weight = truth_of(folder), judging.weights()
    known, absent = [], []
    for place, (name, query) in enumerate(read(folder / "b.csv")):
        if place % 2 and name in truth:
            known.append((of_plain.get(name, 0.0), best(query, int(truth[name][1:]))[1]))
        elif place % 2:
            absent.append(best(query)[0])
    present, others = np.array(known), np.array(absent)
    half = present[:, 0] >= 0.5
    return {
        "recall_of_plain": round(float((present[half, 1] >= weight.possible).mean()), 4),
        "recall_of_plain_as_hit": round(float((present[half, 1] >= weight.hit).mean()), 4),
        "recall": round(float((present[:, 1] >= weight.possible).mean()), 4),
        "plain_recall": round(float(half.mean()), 4),
        "false_hits_per_query": round(float((others >= weight.hit).mean()), 6),
        "false_possible_per_query": round(float((others >= weight.possible).mean()), 6),
        "queries_present": len(present),
        "queries_absent": len(others),
    }


def _level(known: NDArray[np.float64], others: NDArray[np.float64], level: float) -> dict[str, float]:
    """Return what is found at a level of evidence, of all and of what the plain search finds, and false finds."""
    sure, all_ = known[:, 0] >= 0.5, known[:, 1] >= level
    return {
        "evidence": round(level, 3),
        "false_per_query": float((others >= level).mean()),
        "recall": round(float(all_.mean()), 4),
        "recall_of_plain_half": round(float(all_[sure].mean()), 4),
        "recall_of_plain_nine_tenths": round(float(all_[known[:, 0] >= 0.9].mean()), 4),
        "plain_recall_half": round(float(sure.mean()), 4),
    }


def main() -> None:
    """Measure and write."""
    folder, label = Path(sys.argv[1]), sys.argv[2]
    limit = int(sys.argv[4]) if len(sys.argv) > 4 else None
    strange = read(Path(sys.argv[3]), limit) if len(sys.argv) > 3 else iter(())
    unknown = [query for place, (_, query) in enumerate(strange) if place % 2]
    figures = measured(folder, unknown)
    report.write(f"probe-quality-{label}", " ".join(["python -m bench.probe.quality", label]), figures)


if __name__ == "__main__":
    main()
