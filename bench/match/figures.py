"""Figures of a scored list of pairs, and the points of its curves."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.fit_names import quality

POINTS = 80
"""Points kept of a curve."""

BINS = 10


def of_pairs(labels: NDArray[np.int64], scores: NDArray[np.float64]) -> dict[str, float]:
    """Return best F1 over all thresholds, recall at precision .99, and average precision."""
    best, sure, average = quality(labels, scores)
    return {"best_f1": best, "recall_at_precision_99": sure, "average_precision": average}


def at_threshold(labels: NDArray[np.int64], scores: NDArray[np.float64], threshold: float) -> float:
    """Return F1 when every pair from the threshold on is called true."""
    called = scores >= threshold
    right = int((called & (labels == 1)).sum())
    return round(2 * right / max(1, int(called.sum()) + int(labels.sum())), 4)


def curve(labels: NDArray[np.int64], scores: NDArray[np.float64]) -> list[tuple[float, float]]:
    """Return points (recall, precision), thinned out to `POINTS`; equal scores count together."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(labels[order])
    last = np.append(np.diff(scores[order]) != 0, True)
    recall = (hits / labels.sum())[last]
    precision = (hits / np.arange(1, len(order) + 1))[last]
    kept = np.unique(np.searchsorted(recall, np.linspace(0.02, recall[-1], POINTS)).clip(0, len(recall) - 1))
    return [(float(recall[place]), float(precision[place])) for place in kept]


def calibration(right: NDArray[np.int64], found: NDArray[np.float64]) -> dict[str, Any]:
    """Return the expected error of the probabilities, and what was true in each tenth of the scale.

    Args:
        right: 1 where the pair is true.
        found: the probability given, 0 to 1.
    """
    found = np.clip(found, 0, 1)
    places = np.minimum((found * BINS).astype(int), BINS - 1)
    steps = []
    for step in range(BINS):
        inside = places == step
        if inside.any():
            told, true = float(found[inside].mean()), float(right[inside].mean())
            steps.append({"told": round(told, 3), "true": round(true, 3), "pairs": int(inside.sum())})
    equal = np.array_split(np.argsort(found, kind="stable"), 15)
    error = sum(
        len(part) / len(found) * abs(found[part].mean() - right[part].mean()) for part in equal if len(part)
    )
    return {"expected_error": round(float(error), 4), "steps": steps}


def interval(hits: int, number: int) -> tuple[float, float]:
    """Return the interval (Wilson, 95 %) of a share of which `hits` of `number` were seen."""
    if not number:
        return 0.0, 1.0
    share, z = hits / number, 1.96
    middle = (share + z * z / (2 * number)) / (1 + z * z / number)
    half = z / (1 + z * z / number) * float(np.sqrt(share * (1 - share) / number + z * z / (4 * number**2)))
    return max(0.0, middle - half), min(1.0, middle + half)
