"""The frozen letter tables of `matcher_v1`: which chunks of letters stand for one another, and how strongly.

Read from `letters_v1.tsv`: scripts (`ll` Latin with Latin, `al` Arabic with Latin, `aa` Arabic with Arabic), the two
chunks, and the natural logarithm of their likelihood ratio. Fitted by `bench/fit_letters.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from comity.core.match.names.alphabet import ARABIC_LETTERS, END, LATIN_LETTERS
from comity.core.match.names.kernel import Chunks, Held, Table

UNKNOWN: Final = -5.0
"""Evidence of a letter that is added, dropped or exchanged where the table holds nothing."""

FORBIDDEN: Final = -60.0
"""Evidence of two longer chunks that the table does not hold together."""

EQUAL_LETTER: Final = 1.5
"""Least evidence of one letter written twice in one script, however rare it was where the table was fitted."""

LONGEST: Final = 3
SIGNS: Final = LATIN_LETTERS + ARABIC_LETTERS + END
"""Every sign of a unit, by number."""

_BASE: Final = len(SIGNS) + 1


@dataclass(frozen=True, slots=True)
class Letters:
    """One table: numbers of chunks on either side, the evidence of each pair, and which it holds, shape (chunks, chunks)."""

    first: dict[str, int]
    second: dict[str, int]
    evidence: Table
    held: Held
    codes: list[NDArray[np.int32]] = field(
        default_factory=lambda: [np.zeros(0, np.int32), np.zeros(0, np.int32)]
    )

    def rows(self, signs: NDArray[np.int64], *, side: int) -> Chunks:
        """Return the chunk numbers that begin at each sign of a text, shape (signs, LONGEST + 1); -1 where none.

        Args:
            signs: the text as numbers of `SIGNS`. Units may follow one another: no chunk reaches past an end sign.
            side: 0 to read the text as the first of a pair, 1 as the second.
        """
        found = np.full((len(signs), LONGEST + 1), -1, dtype=np.int32)
        found[:, 0] = 0
        codes = np.zeros(len(signs), dtype=np.int64)
        table = self._numbers(side)
        for length in range(1, LONGEST + 1):
            codes = codes[: len(signs) - length + 1] * _BASE + signs[length - 1 :] + 1
            found[: len(codes), length] = table[codes]
        return found

    def _numbers(self, side: int) -> NDArray[np.int32]:
        """Return the number of the chunk of each code, -1 for none, shape (codes,)."""
        if not self.codes[side].size:
            table = np.full(_BASE**LONGEST, -1, dtype=np.int32)
            for chunk, number in (self.second if side else self.first).items():
                if chunk:
                    table[_code(chunk)] = number
            self.codes[side] = table
        return self.codes[side]


def _code(chunk: str) -> int:
    total = 0
    for sign in chunk:
        total = total * _BASE + SIGNS.index(sign) + 1
    return total


@cache
def letter_tables() -> dict[str, Letters]:
    """Return the tables by scripts: ll, al, aa."""
    text = files("comity.core.match.names").joinpath("letters_v1.tsv").read_text(encoding="utf-8")
    lines = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return build((kind, first, second, float(figure)) for kind, first, second, figure in lines)


def build(entries: Iterable[tuple[str, str, str, float]]) -> dict[str, Letters]:
    """Return the tables made of entries (scripts, chunk, chunk, evidence)."""
    rows: dict[str, list[tuple[str, str, float]]] = {"ll": [], "al": [], "aa": []}
    for kind, first, second, figure in entries:
        rows[kind].append((first, second, figure))
    return {kind: _table(kind, found) for kind, found in rows.items()}


def _table(kind: str, rows: list[tuple[str, str, float]]) -> Letters:
    letters = [LATIN_LETTERS if script == "l" else ARABIC_LETTERS for script in kind]
    first = {c: number for number, c in enumerate(sorted({"", *letters[0], END, *(row[0] for row in rows)}))}
    second = {c: number for number, c in enumerate(sorted({"", *letters[1], END, *(row[1] for row in rows)}))}
    lengths = np.array([len(c) for c in first])[:, None] + np.array([len(c) for c in second])[None, :]
    single = (np.array([len(c) for c in first])[:, None] < 2) & (
        np.array([len(c) for c in second])[None, :] < 2
    )
    evidence = np.where(single & (lengths > 0), UNKNOWN, FORBIDDEN).astype(np.float32)
    for chunk_a, chunk_b, figure in rows:
        evidence[first[chunk_a], second[chunk_b]] = figure
    if kind[0] == kind[1]:
        for letter in letters[0]:
            place = first[letter], second[letter]
            evidence[place] = max(evidence[place], EQUAL_LETTER)
    return Letters(first, second, evidence, (evidence > FORBIDDEN).astype(np.uint8))
