"""The compiled decision on compared names: the sum of small decision trees."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.core.match.names.kernel import compiled

ROWS_AT_ONCE: Final = 128
"""Pairs whose figures stay at hand while one tree after the other decides on them."""


class Trees(NamedTuple):
    """Small decision trees; the nodes of all in one row each. A leaf leads to itself, so that all paths are equally long.

    Attributes:
        figure: number of the figure that decides.
        limit: the figure is at most this to go to `next`, else to the node after it; a leaf has no limit.
        next: the node that is gone to.
        value: log-odds of a leaf.
        roots: the first node of each tree.
        depths: steps from the root of each tree to its farthest leaf.
    """

    figure: NDArray[np.int32]
    limit: NDArray[np.float32]
    next: NDArray[np.int32]
    value: NDArray[np.float64]
    roots: NDArray[np.int32]
    depths: NDArray[np.int32]


@compiled
def forest(figures: NDArray[np.float32], trees: Trees) -> NDArray[np.float64]:
    """Return the log-odds of each row: the sum of small decision trees."""
    found = np.zeros(figures.shape[0], dtype=np.float64)
    at = np.empty(ROWS_AT_ONCE, dtype=np.int32)
    for begin in range(0, figures.shape[0], ROWS_AT_ONCE):
        rows = min(ROWS_AT_ONCE, figures.shape[0] - begin)
        for tree in range(trees.roots.shape[0]):
            at[:rows] = trees.roots[tree]
            # Step by step for all rows: no step waits for another, and none is guessed.
            for _ in range(trees.depths[tree]):
                for k in range(rows):
                    node = at[k]
                    beyond = figures[begin + k, trees.figure[node]] > trees.limit[node]
                    at[k] = trees.next[node] + np.int32(beyond)
            for k in range(rows):
                found[begin + k] += trees.value[at[k]]
    return found


def arranged(begins: NDArray[np.int64], nodes: NDArray[np.float64]) -> Trees:
    """Return trees whose nodes stand so that both branches of one are neighbours.

    Args:
        begins: the first row of each tree.
        nodes: rows of figure (below zero at a leaf), limit, left, right (counted within the tree), value.
    """
    order: list[int] = []
    roots, depths, following = [], [], dict[int, int]()
    for begin in begins.tolist():
        roots.append(len(order))
        level, depth = [begin], -1
        order.append(begin)
        while level:
            depth += 1
            deeper: list[int] = []
            for row in level:
                if nodes[row, 0] >= 0:
                    following[row] = len(order)
                    deeper += [begin + int(nodes[row, 2]), begin + int(nodes[row, 3])]
                    order += deeper[-2:]
            level = deeper
        depths.append(depth)
    rows = nodes[order]
    leaf = rows[:, 0] < 0
    places = [following.get(row, place) for place, row in enumerate(order)]
    return Trees(
        figure=np.where(leaf, 0, rows[:, 0]).astype(np.int32),
        limit=np.where(leaf, np.inf, rows[:, 1]).astype(np.float32),
        next=np.array(places, dtype=np.int32),
        value=np.where(leaf, rows[:, 4], 0.0),
        roots=np.array(roots, dtype=np.int32),
        depths=np.array(depths, dtype=np.int32),
    )
