"""The compiled decision on compared names: the sum of small decision trees."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.core.match.names.kernel import compiled

ROWS_AT_ONCE: Final = 64
"""Pairs whose figures stay at hand while one tree after the other decides on them."""


class Trees(NamedTuple):
    """Small decision trees; the nodes of all in one row each.

    Attributes:
        figure: number of the figure that decides, below zero at a leaf.
        limit: the figure is at most this to go left.
        left, right: the next nodes.
        value: log-odds of a leaf.
        roots: the first node of each tree.
    """

    figure: NDArray[np.int32]
    limit: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float64]
    roots: NDArray[np.int32]


@compiled
def forest(figures: NDArray[np.float32], trees: Trees) -> NDArray[np.float64]:
    """Return the log-odds of each row: the sum of small decision trees."""
    found = np.zeros(figures.shape[0], dtype=np.float64)
    for begin in range(0, figures.shape[0], ROWS_AT_ONCE):
        end = min(begin + ROWS_AT_ONCE, figures.shape[0])
        for root in trees.roots:
            for k in range(begin, end):
                node = root
                while trees.figure[node] >= 0:
                    left = figures[k, trees.figure[node]] <= trees.limit[node]
                    node = trees.left[node] if left else trees.right[node]
                found[k] += trees.value[node]
    return found
