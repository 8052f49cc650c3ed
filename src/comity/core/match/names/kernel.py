"""The compiled part of the matcher: two units aligned chunk by chunk, at the best total of their evidence.

All figures are natural logarithms of likelihood ratios: how much likelier two chunks of letters stand side by side
in two writings of one name than in two names drawn apart. Chunk numbers are rows and columns of the frozen tables
(`comity.core.match.names.letters`); 0 is the empty chunk and -1 a chunk the table does not hold.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Chunks = NDArray[np.int32]
"""Shape (letters + 1, 4): chunk numbers of length 0 to 3 that begin at each letter."""
Starts = NDArray[np.int32]
"""Shape (starts, 2): letters passed over, and the kind of the particle."""
Table = NDArray[np.float32]


class Units(NamedTuple):
    """Units by number, in flat arrays; unit `i` has the letters from `bounds[i]` to `bounds[i + 1]`.

    Attributes:
        bounds, start_bounds: where the letters and the starts of each unit begin, shape (units + 1,).
        own, cross: chunk numbers of each letter in the table of its script, and in that of both scripts.
        starts: where the core may begin, shape (starts, 2).
        scripts: see `comity.core.match.names.alphabet`.
        known: numbers of groups, shape (units, 4, slots), see `comity.core.match.names.known`.
        reached: what each unit reaches with itself, and at most with the other script, shape (units, 2).
        filial: whether the unit says whose child somebody is (Ben Ali, بن علي).
        given: whether the unit is known as a given name; many are family names as well.
    """

    bounds: NDArray[np.int32]
    own: Chunks
    cross: Chunks
    starts: Starts
    start_bounds: NDArray[np.int32]
    scripts: NDArray[np.int32]
    known: NDArray[np.int32]
    reached: Table
    filial: NDArray[np.bool_]
    given: NDArray[np.bool_]


Held = NDArray[np.uint8]
"""1 where a table holds a pair of chunks; asked first, because it stays in the processor's cache."""

Tables = tuple[Table, Table, Table, Held, Held, Held]
"""Evidence of each pair of chunks in Latin, across scripts and in Arabic, then which pairs each of them holds."""

HOPELESS: Final = -20.0
"""Evidence of the beginnings of two units below which their ends are not looked at."""

IMPOSSIBLE: Final = -1e9

ROOM: Final = 34
"""Rows and columns of the grid in which two units are aligned: the letters of the longest unit, its end, and one."""

SAME_SHARE: Final = 0.9
"""Share of what two units can reach that the table of one name otherwise written gives them."""

NICKNAME_SHARE: Final = 0.6
"""The same for a nickname, which not every bearer uses."""

INITIAL: Final = 1.0
"""Evidence of an initial with a name that begins with it."""

KNOWN_STEP: Final = -2.0
"""Worst step of two units that the table of equivalent names joins."""

NAMES_IN_GROUP: Final = 64
"""A number of a name to hold apart is its group's number times this, plus the place of the name in the group."""

HELD_APART: Final = -4.0
"""Most evidence of two names that look alike and are different names."""

Compiled = TypeVar("Compiled", bound=Callable[..., Any])


def compiled(function: Compiled) -> Compiled:
    """Return the function compiled to machine code, kept on disk between runs."""
    try:
        return cast("Compiled", numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # no place to keep it: compiled anew in each process
        return cast("Compiled", numba.njit(nogil=True)(function))


BEST, WORST, LOSS = range(3)
"""Layers of the grid: the best total, its worst step, and the sum of its steps below zero."""


@compiled
def align(
    a: Chunks,
    a_starts: Starts,
    b: Chunks,
    b_starts: Starts,
    table: Table,
    held: Held,
    prices: Table,
    grid: Table,
) -> tuple[float, float, float]:
    """Return the best evidence that two units are one name, its worst step, and the sum of its steps below zero.

    Args:
        a, b: chunk numbers of the two units.
        a_starts, b_starts: where their cores may begin.
        table: evidence of each pair of chunks.
        held: which pairs it holds.
        prices: what a particle of one kind costs against one of another, shape (kinds, kinds); 0 is no particle.
        grid: room to work in, of shape (3, ROOM, ROOM) at least.
    """
    rows, columns = a.shape[0], b.shape[0]
    _begin(a_starts, b_starts, prices, grid[:, : rows + 1, : columns + 1])
    best, worst, loss = grid[BEST], grid[WORST], grid[LOSS]
    for i in range(rows + 1):
        most_a = min(a.shape[1], rows - i + 1)
        for j in range(columns + 1):
            here = best[i, j]
            if here <= HOPELESS:
                continue
            most_b = min(b.shape[1], columns - j + 1)
            low, lost = worst[i, j], loss[i, j]
            for da in range(most_a):
                chunk_a = a[i, da] if i < rows else 0
                if chunk_a < 0:
                    continue
                row, known = table[chunk_a], held[chunk_a]
                for db in range(0 if da else 1, most_b):
                    chunk_b = b[j, db] if j < columns else 0
                    if chunk_b < 0 or known[chunk_b] == 0:
                        continue
                    step = row[chunk_b]
                    total = here + step
                    if total > best[i + da, j + db]:
                        best[i + da, j + db] = total
                        worst[i + da, j + db] = min(low, step)
                        loss[i + da, j + db] = lost + min(step, np.float32(0.0))
    return float(best[rows, columns]), float(worst[rows, columns]), float(loss[rows, columns])


@compiled
def _begin(a_starts: Starts, b_starts: Starts, prices: Table, grid: Table) -> None:
    """Empty the grid, and enter where the cores of both units may begin."""
    grid[BEST] = IMPOSSIBLE
    for i in range(a_starts.shape[0]):
        for j in range(b_starts.shape[0]):
            kind_a, kind_b = a_starts[i, 1], b_starts[j, 1]
            price = float(prices[kind_a, kind_b])
            row, column = a_starts[i, 0], b_starts[j, 0]
            if -price > grid[BEST, row, column]:
                grid[BEST, row, column] = -price
                grid[WORST, row, column] = 0.0
                grid[LOSS, row, column] = 0.0


@compiled
def evidence(
    x: int | np.int64,
    y: int | np.int64,
    units: Units,
    tables: Tables,
    prices: Table,
    grid: Table,
) -> tuple[float, float, float]:
    """Return the evidence that two units are one name, its worst step, and the sum of its steps below zero."""
    mixed = units.scripts[x] != units.scripts[y]
    if mixed and units.scripts[x] == 0:
        x, y = y, x
    sx = units.starts[units.start_bounds[x] : units.start_bounds[x + 1]]
    sy = units.starts[units.start_bounds[y] : units.start_bounds[y + 1]]
    if mixed:
        cx = units.cross[units.bounds[x] : units.bounds[x + 1], :3]
        cy = units.cross[units.bounds[y] : units.bounds[y + 1]]
        value, worst, loss = align(cx, sx, cy, sy, tables[1], tables[4], prices, grid)
    else:
        latin = units.scripts[x] == 0
        table, held = (tables[0], tables[3]) if latin else (tables[2], tables[5])
        ox = units.own[units.bounds[x] : units.bounds[x + 1], :3]
        oy = units.own[units.bounds[y] : units.bounds[y + 1], :3]
        if min(ox.shape[0], oy.shape[0]) == 2 and ox.shape[0] != oy.shape[0]:  # one is an initial
            sign = 1.0 if ox[0, 1] == oy[0, 1] else -1.0
            longer = max(
                units.reached[x, 0], units.reached[y, 0]
            )  # of two names the longer, so that no tie is left
            return sign * (INITIAL + 0.001 * longer), -INITIAL, -INITIAL
        value, worst, loss = align(ox, sx, oy, sy, table, held, prices, grid)
    column = 1 if mixed else 0
    least = min(units.reached[x, column], units.reached[y, column])
    told = taught(float(value), float(least), units.known[x], units.known[y])
    if told > value:
        return told, max(worst, KNOWN_STEP), max(loss, KNOWN_STEP)
    if told < value:
        return told, min(worst, HELD_APART), loss + HELD_APART
    return told, worst, loss


@compiled
def taught(value: float, least: float, first: NDArray[np.int32], second: NDArray[np.int32]) -> float:
    """Return the evidence of two units after the table of equivalent and confusable names has been asked.

    Args:
        value: evidence of the letters.
        least: the smaller of what the two units can reach at most.
        first: the numbers of one unit (`comity.core.match.names.known`), shape (4, slots).
        second: those of the other.
    """
    for column in range(2):
        for i in range(first.shape[1]):
            for j in range(second.shape[1]):
                if first[column, i] >= 0 and first[column, i] == second[column, j]:
                    return max(value, least * (SAME_SHARE if column == 0 else NICKNAME_SHARE))
    borne = first[3, 0] >= 0 and second[3, 0] >= 0 and first[3, 1] & second[3, 1] != 0
    apart = borne and first[3, 0] != second[3, 0]  # a man's name and a woman's
    for i in range(first.shape[1]):
        for j in range(second.shape[1]):
            x, y = first[2, i], second[2, j]
            if x >= 0 and x == y:
                return value  # one writing of two names is both
            apart = apart or (x >= 0 and y >= 0 and x // NAMES_IN_GROUP == y // NAMES_IN_GROUP)
    return min(value, HELD_APART) if apart else value


@compiled
def reaches(
    bounds: NDArray[np.int32],
    own: Chunks,
    cross: Chunks,
    scripts: NDArray[np.int32],
    same: tuple[Table, Table],
    most: tuple[NDArray[np.float32], NDArray[np.float32]],
) -> NDArray[np.float32]:
    """Return what each unit reaches with itself and, at most, with a writing in the other script; shape (units, 2)."""
    found = np.zeros((scripts.shape[0], 2), dtype=np.float32)
    best = np.empty(ROOM, dtype=np.float32)
    for unit in range(scripts.shape[0]):
        begin, end = bounds[unit], bounds[unit + 1]
        table = same[scripts[unit]]
        best[:] = IMPOSSIBLE
        best[0] = 0.0
        for place in range(end - begin):
            for length in range(1, 3):
                chunk = own[begin + place, length]
                if chunk >= 0 and place + length <= end - begin:
                    best[place + length] = max(best[place + length], best[place] + table[chunk, chunk])
        found[unit, 0] = best[end - begin]
        reach = most[scripts[unit]]
        best[:] = IMPOSSIBLE
        best[0] = 0.0
        for place in range(end - begin):
            for length in range(1, cross.shape[1]):
                chunk = cross[begin + place, length]
                if chunk >= 0 and place + length <= end - begin:
                    best[place + length] = max(best[place + length], best[place] + reach[chunk])
        found[unit, 1] = best[end - begin]
    return found
