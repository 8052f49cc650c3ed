"""The compiled comparison of whole names: which units of two names belong together, and the figures of it."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.core.match.names.kernel import (
    BEST,
    IMPOSSIBLE,
    INITIAL,
    LOSS,
    ROOM,
    WORST,
    Table,
    Tables,
    Units,
    compiled,
    evidence,
)
from comity.core.match.names.reading import MAX_UNITS


class Names(NamedTuple):
    """Names by number: the units of name `i`, then its neighbours joined, from `bounds[i]` to `bounds[i + 1]`.

    Neighbours that were not joined are -1; they are not looked at between names of equally many units.
    """

    bounds: NDArray[np.int32]
    units: NDArray[np.int32]
    singles: NDArray[np.int32]


class Met(NamedTuple):
    """What pairs of units that were compared lately gave, each in the one slot it can have; -1 where there is none.

    `values` has the shape (slots, 3): see `evidence`.
    """

    pairs: NDArray[np.int64]
    values: Table


HASH: Final = np.int64(0x1E3779B97F4A7C15)
SHIFT: Final = np.int64(40)
SLOTS_MET: Final = 1 << 17
"""Pairs of units that are kept."""

NOTHING_LEFT: Final = 5.0
"""Figure `nearest_left` of a pair in which every unit of one name has its partner."""

MOST_PIECES: Final = 2 * MAX_UNITS - 1
"""Units of a name, and its neighbours joined."""

FIGURES: Final = 27
"""Figures of a compared pair of names, in the order of `FIGURE_NAMES`."""


@compiled
def _matrix(
    pieces_a: NDArray[np.int32],
    pieces_b: NDArray[np.int32],
    units: Units,
    tables: Tables,
    prices: Table,
    singles: tuple[int, int],
    met: Met,
    grid: Table,
    found: Table,
) -> None:
    """Fill what `evidence` says of every piece of one name with every piece of the other, shape (3, pieces, pieces).

    Joined with joined is left out.
    """
    for p in range(pieces_a.shape[0]):
        for q in range(pieces_b.shape[0]):
            if p >= singles[0] and q >= singles[1]:
                found[:, p, q] = IMPOSSIBLE
                continue
            x, y = np.int64(pieces_a[p]), np.int64(pieces_b[q])
            pair = (min(x, y) << 32) | max(x, y)
            slot = (pair * HASH) >> SHIFT & (met.pairs.shape[0] - 1)
            if met.pairs[slot] != pair:
                value, worst, loss = evidence(x, y, units, tables, prices, grid)
                met.values[slot, BEST], met.values[slot, WORST], met.values[slot, LOSS] = value, worst, loss
                met.pairs[slot] = pair
            found[BEST, p, q] = met.values[slot, BEST]
            found[WORST, p, q] = met.values[slot, WORST]
            found[LOSS, p, q] = met.values[slot, LOSS]


@compiled
def assign(matrix: NDArray[np.float32], na: int, nb: int, partner: NDArray[np.int32]) -> float:
    """Choose which pieces belong together at the largest total; fill `partner` by piece of the first name (-1: none).

    Pieces are the units of a name and then its neighbours joined; a unit is used once.
    """
    masks = 1 << nb
    best = np.full((na + 2, masks), IMPOSSIBLE, dtype=np.float32)
    move = np.full((na + 2, masks, 2), -1, dtype=np.int32)
    best[na, :] = 0.0
    for i in range(na - 1, -1, -1):
        for mask in range(masks):
            best[i, mask] = best[i + 1, mask]
            for q in range(matrix.shape[1]):
                need = (1 << q) if q < nb else (3 << (q - nb))
                if mask & need:
                    continue
                if matrix[i, q] > 0 and matrix[i, q] + best[i + 1, mask | need] > best[i, mask]:
                    best[i, mask] = matrix[i, q] + best[i + 1, mask | need]
                    move[i, mask, 0] = i
                    move[i, mask, 1] = q
                if q < nb and i + 1 < na and na + i < matrix.shape[0]:
                    value = matrix[na + i, q]
                    if value > 0 and value + best[i + 2, mask | need] > best[i, mask]:
                        best[i, mask] = value + best[i + 2, mask | need]
                        move[i, mask, 0] = na + i
                        move[i, mask, 1] = q
    partner[:] = -1
    i, mask = 0, 0
    while i < na:
        p, q = move[i, mask, 0], move[i, mask, 1]
        if p < 0:
            i += 1
            continue
        partner[p] = q
        mask |= (1 << q) if q < nb else (3 << (q - nb))
        i += 2 if p >= na else 1
    return float(best[0, 0])


@compiled
def figures(
    found: Table,
    pieces_a: NDArray[np.int32],
    pieces_b: NDArray[np.int32],
    units: Units,
    singles: tuple[int, int],
    out: NDArray[np.float32],
) -> None:
    """Fill the figures of a pair of names from the evidence of its pieces and what each piece could reach at most."""
    (na, nb), column = singles, int(out[21])
    matrix = found[BEST]
    partner = np.empty(matrix.shape[0], dtype=np.int32)
    total = assign(matrix, na, nb, partner)
    used_a, used_b = 0, 0
    weakest, loss, worst, ratio, count, joins, crossed, last = 99.0, 0.0, 0.0, 1.0, 0, 0, 0, -1
    reach, rarest, commonest, least_step, lost, initials, sons = 0.0, 0.0, 99.0, 0.0, 0.0, 0, 0
    for p in range(matrix.shape[0]):
        q = partner[p]
        if q < 0:
            continue
        used_a |= (1 << p) if p < na else (3 << (p - na))
        used_b |= (1 << q) if q < nb else (3 << (q - nb))
        value = float(matrix[p, q])
        x, y = pieces_a[p], pieces_b[q]
        most = float(max(units.reached[x, column], units.reached[y, column]))
        missing = max(0.0, most - value)
        weakest = min(weakest, value)
        loss += missing
        worst = max(worst, missing)
        ratio = min(ratio, value / max(most, 1.0))
        reach += most
        rarest = max(rarest, most)
        commonest = min(commonest, most)
        least_step = min(least_step, float(found[WORST, p, q]))
        lost += float(found[LOSS, p, q])
        sons += int(units.filial[x] != units.filial[y])
        initials += int(found[WORST, p, q] == -INITIAL)
        count += 1
        joins += int(p >= na) + int(q >= nb)
        if p < na and q < nb:
            crossed += int(q < last)
            last = max(last, q)
    rest_a, left_a = _left(pieces_a, units.reached, column, na, used_a)
    rest_b, left_b = _left(pieces_b, units.reached, column, nb, used_b)
    nearest = NOTHING_LEFT if min(left_a, left_b) == 0 else _nearest(matrix, na, nb, used_a, used_b)
    out[0] = total
    out[1] = weakest if count else -10.0
    out[2], out[3] = loss, worst
    out[4], out[5] = min(rest_a, rest_b), max(rest_a, rest_b)
    out[6] = nearest
    out[7], out[8], out[9] = count, min(na, nb), max(na, nb)
    out[10], out[11] = min(left_a, left_b), crossed
    out[12] = ratio if count else 0.0
    out[13] = total / max(1.0, reach + rest_a + rest_b)
    out[14] = joins
    out[15], out[16] = least_step, lost
    out[17], out[18] = rarest, commonest if count else 0.0
    out[19], out[20] = initials, sons
    _shared(matrix, partner, pieces_a, pieces_b, units.given, out)
    _unshared(pieces_a, pieces_b, units, singles, (used_a, used_b), out)


@compiled
def _unshared(
    pieces_a: NDArray[np.int32],
    pieces_b: NDArray[np.int32],
    units: Units,
    singles: tuple[int, int],
    used: tuple[int, int],
    out: NDArray[np.float32],
) -> None:
    """Fill what is without a partner: at the ends of the names, known given names, and the rest."""
    column = int(out[21])
    _ends(singles[0], singles[1], used[0], used[1], out)
    _parted(pieces_a, units, column, singles[0], used[0], out)
    _parted(pieces_b, units, column, singles[1], used[1], out)


@compiled
def _ends(na: int, nb: int, used_a: int, used_b: int, out: NDArray[np.float32]) -> None:
    """Fill how many of the first and last units of both names have no partner."""
    last_a, last_b = 1 << max(0, na - 1), 1 << max(0, nb - 1)
    firsts = int(used_a & 1 == 0) + int(used_b & 1 == 0)
    out[22] = firsts + int(used_a & last_a == 0) + int(used_b & last_b == 0)


@compiled
def _shared(
    matrix: NDArray[np.float32],
    partner: NDArray[np.int32],
    pieces_a: NDArray[np.int32],
    pieces_b: NDArray[np.int32],
    given: NDArray[np.bool_],
    out: NDArray[np.float32],
) -> None:
    """Fill how many partners are known given names, and the evidence of those that are not."""
    for p in range(matrix.shape[0]):
        q = partner[p]
        if q >= 0 and (given[pieces_a[p]] or given[pieces_b[q]]):
            out[25] += 1
        elif q >= 0:
            out[26] += matrix[p, q]


@compiled
def _parted(
    pieces: NDArray[np.int32],
    units: Units,
    column: int,
    singles: int,
    used: int,
    out: NDArray[np.float32],
) -> None:
    """Add how many units without a partner are known given names, and the most that another could have reached."""
    for place in range(singles):
        if not used & (1 << place):
            if units.given[pieces[place]]:
                out[23] += 1
            else:
                out[24] = max(out[24], units.reached[pieces[place], column])


@compiled
def _nearest(matrix: NDArray[np.float32], na: int, nb: int, used_a: int, used_b: int) -> float:
    """Return the best evidence between a unit without a partner on one side and one on the other."""
    nearest = -30.0
    for p in range(na):
        for q in range(nb):
            if not used_a & (1 << p) and not used_b & (1 << q):
                nearest = max(nearest, float(matrix[p, q]))
    return nearest


@compiled
def _left(
    pieces: NDArray[np.int32], reached: Table, column: int, singles: int, used: int
) -> tuple[float, int]:
    """Return what the units without a partner could have reached, and how many they are."""
    rest, left = 0.0, 0
    for place in range(singles):
        if not used & (1 << place):
            rest += float(reached[pieces[place], column])
            left += 1
    return rest, left


@compiled
def _rank(name: int, names: Names, units: Units) -> float:
    """Return a number by which two names are brought into one order: their parts, weighed by their places."""
    begin, total = names.bounds[name], 1000.0 * float(names.singles[name])
    for place in range(names.singles[name]):
        total += float(units.reached[names.units[begin + place], 0]) * (1.0 + 0.01 * place)
    return total


@compiled
def compare_all(
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    names: Names,
    units: Units,
    tables: Tables,
    prices: Table,
    met: Met,
    out: NDArray[np.float32],
) -> None:
    """Fill the figures of every pair (left[k], right[k]) of interned names; shape (pairs, FIGURES)."""
    grid = np.empty((3, ROOM, ROOM), dtype=np.float32)
    room = np.empty((3, MOST_PIECES, MOST_PIECES), dtype=np.float32)
    for k in range(left.shape[0]):
        first, second = left[k], right[k]
        if _rank(second, names, units) < _rank(first, names, units):
            first, second = second, first  # one order for both, so that a tie falls alike
        na, nb = names.singles[first], names.singles[second]
        begin_a, begin_b = names.bounds[first], names.bounds[second]
        # Joined units count only between names with different numbers of units.
        end_a = begin_a + na if na == nb else names.bounds[first + 1]
        end_b = begin_b + nb if na == nb else names.bounds[second + 1]
        pieces_a, pieces_b = names.units[begin_a:end_a], names.units[begin_b:end_b]
        matrix = room[:, : pieces_a.shape[0], : pieces_b.shape[0]]
        _matrix(pieces_a, pieces_b, units, tables, prices, (na, nb), met, grid, matrix)
        mixed = units.scripts[pieces_a[0]] != units.scripts[pieces_b[0]] if na and nb else False
        out[k, 21] = 1 if mixed else 0
        figures(matrix, pieces_a, pieces_b, units, (na, nb), out[k])
