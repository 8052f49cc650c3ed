"""Fit the letter tables of the matcher: chunks of letters that stand for one another, by expectation-maximisation.

Reads name pairs `name_a TAB name_b TAB label` (the development data, by path) and writes
`src/comity/core/match/names/letters_v1.tsv`. Command: `python -m bench.fit_letters NAMES_FOLDER`.
"""

from __future__ import annotations

import collections
import csv
import difflib
import itertools
import math
import sys
from collections.abc import Callable
from pathlib import Path

import numba
import numpy as np

from bench.by_sound import spellings
from bench.letter_rules import Entry, ruled
from comity.core.match.names.alphabet import END
from comity.core.match.names.kernel import ROOM, align
from comity.core.match.names.reading import Unit, units

ROUNDS = 8

SPELLED = 1_500
"""Names written down by sound and spelled after French, Dutch, Spanish and English habits (`bench/by_sound.py`)."""

SPELLED_SEED = 3
LONGEST = {"al": (2, 3), "ll": (2, 2), "aa": (2, 2)}
LEAST_COUNT = {"al": 0.7, "ll": 1.5, "aa": 1.5}

BY_RULE = 0.5
"""Evidence taken off what is known by rule alone."""

Pair = tuple[str, str]


def cores(unit: Unit) -> list[str]:
    """Return the readings of a unit, from each place where its core may begin."""
    return [unit.letters[start:] for start, _ in unit.starts]


@numba.njit(cache=True)
def _forward(a, b, theta, grid):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    n, m = a.shape[0], b.shape[0]
    grid[: n + 1, : m + 1] = 0.0
    grid[0, 0] = 1.0
    for i in range(n + 1):
        for j in range(m + 1):
            for da in range(min(a.shape[1], n - i + 1)):
                ca = a[i, da] if i < n else 0
                for db in range(min(b.shape[1], m - j + 1)):
                    cb = b[j, db] if j < m else 0
                    if da + db > 0 and ca >= 0 and cb >= 0:
                        grid[i + da, j + db] += grid[i, j] * theta[ca, cb]
    return grid[n, m]


@numba.njit(cache=True)
def _expect(a, b, theta, counts, forward, backward):  # type: ignore[no-untyped-def]  # compiled, as above
    n, m = a.shape[0], b.shape[0]
    total = _forward(a, b, theta, forward)
    if total <= 0.0:
        return 0.0
    backward[: n + 1, : m + 1] = 0.0
    backward[n, m] = 1.0
    for i in range(n, -1, -1):
        for j in range(m, -1, -1):
            for da in range(min(a.shape[1], n - i + 1)):
                ca = a[i, da] if i < n else 0
                for db in range(min(b.shape[1], m - j + 1)):
                    cb = b[j, db] if j < m else 0
                    if da + db > 0 and ca >= 0 and cb >= 0:
                        share = theta[ca, cb] * backward[i + da, j + db]
                        backward[i, j] += share
                        counts[ca, cb] += forward[i, j] * share / total
    return total


def chunk_rows(text: str, vocabulary: dict[str, int], longest: int) -> np.ndarray:
    """Return the chunk numbers of a text with its end sign, shape (letters + 1, longest + 1)."""
    whole = text + END
    found = np.full((len(whole), longest + 1), -1, dtype=np.int32)
    found[:, 0] = 0
    for place in range(len(whole)):
        for length in range(1, min(longest, len(whole) - place) + 1):
            found[place, length] = vocabulary.get(whole[place : place + length], -1)
    return found


def fit(pairs: list[Pair], kind: str) -> tuple[dict[str, int], dict[str, int], np.ndarray]:
    """Return the chunk vocabularies and the evidence of each pair of chunks."""
    longest = LONGEST[kind]
    seen = [collections.Counter(), collections.Counter()]
    for pair in pairs:
        for side in (0, 1):
            whole = pair[side] + END
            for length in range(1, longest[side] + 1):
                for place in range(len(whole) - length + 1):
                    seen[side][whole[place : place + length]] += 1
    kept = [sorted(c for c, n in seen[s].items() if n >= (5 if len(c) > 1 else 1)) for s in (0, 1)]
    vocabularies = [{"": 0, **{c: i + 1 for i, c in enumerate(kept[s])}} for s in (0, 1)]
    coded = [tuple(chunk_rows(p[s], vocabularies[s], longest[s]) for s in (0, 1)) for p in pairs]
    lengths = [np.array([len(c) for c in ("", *kept[s])]) for s in (0, 1)]
    size = lengths[0][:, None] + lengths[1][None, :]
    theta = np.where(size > 0, np.exp(-2.5 * size), 0.0)
    theta[0, :] *= 0.05
    theta[:, 0] *= 0.05
    theta /= theta.sum()
    grids = np.zeros((64, 64)), np.zeros((64, 64))
    counts = np.zeros_like(theta)
    for number in range(ROUNDS):
        counts = np.zeros_like(theta)
        log = 0.0
        for a, b in coded:
            total = _expect(a, b, theta, counts, *grids)
            log += math.log(total) if total > 0 else -60
        if number >= 2:
            counts = np.maximum(counts - 0.1 * np.minimum(size, 3), 0)
        theta = (counts + 1e-9 * (size == 2)) / counts.sum()
        print(kind, number, round(log / len(coded), 3), file=sys.stderr)
    evidence = np.full(theta.shape, -99.0)
    background = [_background(pairs, s, kept[s]) for s in (0, 1)]
    strong = (counts >= LEAST_COUNT[kind]) | (
        (size <= 2) & (lengths[0][:, None] < 2) & (lengths[1][None, :] < 2)
    )
    smooth = np.log(np.maximum(theta, 2e-6))
    evidence[strong] = (smooth - background[0][:, None] - background[1][None, :])[strong]
    evidence[0, 0] = -99.0
    return vocabularies[0], vocabularies[1], np.clip(evidence, -99.0, 9.0)


def _background(pairs: list[Pair], side: int, kept: list[str]) -> np.ndarray:
    letters, following = collections.Counter(), collections.Counter()
    for pair in pairs:
        whole = pair[side] + END
        letters.update(whole)
        following.update(itertools.pairwise(whole))
    total = sum(letters.values())
    found = [0.0]
    for chunk in kept:
        log = math.log(letters[chunk[0]] / total)
        for first, second in itertools.pairwise(chunk):
            prior = letters[second] / total
            log += math.log((following[first, second] + 5 * prior) / (letters[first] + 5))
        found.append(log)
    return np.array(found)


def read(path: Path, *, labels: str = "1") -> list[Pair]:
    """Return the pairs of a file with the given labels."""
    with path.open(encoding="utf-8") as lines:
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(row[0], row[1]) for row in rows if row[2] in labels]


def evidence(a: str, b: str, fitted: tuple[dict[str, int], dict[str, int], np.ndarray], kind: str) -> float:
    """Return the evidence of two cores under fitted tables."""
    none = np.zeros((1, 2), dtype=np.int32)
    rows = [chunk_rows(text, fitted[s], LONGEST[kind][s]) for s, text in enumerate((a, b))]
    return align(
        rows[0],
        none,
        rows[1],
        none,
        fitted[2].astype(np.float32),
        np.ones(fitted[2].shape, dtype=np.uint8),
        np.zeros((8, 8), dtype=np.float32),
        np.empty((3, ROOM, ROOM), dtype=np.float32),
    )[0]


def best_cores(
    a: Unit, b: Unit, fitted: tuple[dict[str, int], dict[str, int], np.ndarray], kind: str
) -> tuple[float, Pair]:
    """Return the readings of two units that agree best, with their evidence."""
    return max((evidence(x, y, fitted, kind), (x, y)) for x in cores(a) for y in cores(b))


def matched(
    rows: list[Pair], fitted: tuple[dict[str, int], dict[str, int], np.ndarray], kind: str, least: float
) -> list[Pair]:
    """Return the core pairs of full names, each unit with its best partner."""
    found = []
    for name_a, name_b in rows:
        ua, ub = units(name_a), units(name_b)
        scored = sorted(
            ((*best_cores(x, y, fitted, kind), i, j) for i, x in enumerate(ua) for j, y in enumerate(ub)),
            reverse=True,
        )
        used_a: set[int] = set()
        used_b: set[int] = set()
        for score, pair, i, j in scored:
            if score > least and i not in used_a and j not in used_b:
                used_a.add(i)
                used_b.add(j)
                found.append(pair)
    return found


def arabic_latin(
    folder: Path, keep: Callable[[str], bool]
) -> tuple[list[Pair], tuple[dict[str, int], dict[str, int], np.ndarray]]:
    """Return the core pairs and tables of Arabic with Latin."""
    words = [pair for pair in read(folder / "ar_lat_dziri.dev.tsv") if keep(pair[0])]
    names = [pair for pair in read(folder / "ar_lat_maghreb.dev.tsv") if keep(pair[0])]
    single = [(a[0], b[0]) for a, b in ((units(x), units(y)) for x, y in words) if len(a) == len(b) == 1]
    pairs = [
        (cores(a)[-1], cores(b)[-1]) if len(a.starts) > 1 and len(b.starts) > 1 else (a.letters, b.letters)
        for a, b in single
    ]
    fitted = fit(pairs, "al")
    for _ in range(2):
        pairs = matched([(x, y) for x, y in words], fitted, "al", 0.0) + matched(names, fitted, "al", 0.0)
        fitted = fit(pairs, "al")
    return pairs, fitted


def same_script(
    pairs: list[Pair], extra: list[Pair], kind: str
) -> tuple[dict[str, int], dict[str, int], np.ndarray]:
    """Return the tables of two spellings in one script, from spellings that share their form in the other script."""
    side = 1 if kind == "ll" else 0
    groups = collections.defaultdict(set)
    for pair in pairs:
        groups[pair[1 - side]].add(pair[side])
    found = [(x, y) for forms in groups.values() for x in sorted(forms)[:8] for y in sorted(forms)[:8]]
    found = [(x, y) for x, y in found if difflib.SequenceMatcher(None, x, y).ratio() >= 0.5]
    fitted = fit(found, kind)
    if extra:
        more = matched(extra, fitted, kind, 2.0)
        fitted = fit(found + more + [(y, x) for x, y in more], kind)
    table = fitted[2]
    order = [fitted[1][c] for c in fitted[0]]
    mirrored = table[:, order]
    return fitted[0], fitted[0], np.maximum((mirrored + mirrored.T) / 2, np.minimum(mirrored, mirrored.T))


def fit_all(folder: Path, keep: Callable[[str], bool] = lambda _: True) -> list[Entry]:
    """Return every entry (scripts, chunk, chunk, evidence) of the three tables.

    Args:
        folder: where the development name pairs are.
        keep: tells by the first name of a pair whether it may be fitted on.
    """
    pairs, arabic = arabic_latin(folder, keep)
    attested = [
        pair
        for name in ("maghreb", "ofac")
        for pair in read(folder / f"lat_lat_{name}.dev.tsv")
        if keep(pair[0])
    ]
    tables = {"al": arabic, "ll": same_script(pairs, attested, "ll"), "aa": same_script(pairs, [], "aa")}
    return ruled(_filled(_entries(tables), _entries(_by_rule(arabic))))


def _by_rule(
    arabic: tuple[dict[str, int], dict[str, int], np.ndarray],
) -> dict[str, tuple[dict[str, int], dict[str, int], np.ndarray]]:
    """Return tables fitted on names that `bench/by_sound.py` spells by rule."""
    names = spellings(SPELLED_SEED, SPELLED)
    pairs = matched([(written, spelled) for written, *both in names for spelled in both], arabic, "al", 0.0)
    alike = [(first, second) for _, first, second in names]
    return {"al": fit(pairs, "al"), "ll": same_script(pairs, alike, "ll")}


def _filled(attested: list[Entry], by_rule: list[Entry]) -> list[Entry]:
    """Return what was attested, and what speaks for a name by rule where nothing was attested of it."""
    known = {entry[:3] for entry in attested}
    added = [
        (*entry[:3], round(entry[3] - BY_RULE, 2))
        for entry in by_rule
        if entry[:3] not in known and entry[3] > BY_RULE
    ]
    return attested + added


def _entries(tables: dict[str, tuple[dict[str, int], dict[str, int], np.ndarray]]) -> list[Entry]:
    return [
        (kind, chunk_a, chunk_b, round(float(table[row, column]), 2))
        for kind, (first, second, table) in tables.items()
        for chunk_a, row in first.items()
        for chunk_b, column in second.items()
        if table[row, column] > -90
    ]


def main() -> None:
    """Fit the three tables and write them."""
    target = Path("src/comity/core/match/names/letters_v1.tsv")
    with target.open("w", encoding="utf-8") as out:
        out.write(
            "# scripts\tchunk\tchunk\tevidence (natural logarithm of the likelihood ratio); see bench/fit_letters.py\n"
        )
        for kind, first, second, figure in fit_all(Path(sys.argv[1])):
            out.write(f"{kind}\t{first}\t{second}\t{figure:.2f}\n")


if __name__ == "__main__":
    main()
