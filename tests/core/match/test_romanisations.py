"""Two hundred pairs written by hand: Dutch, French, Spanish, English and German spellings of Moroccan names, and look-alikes.

All persons are invented. The table of names held apart was completed while looking at these pairs: a bound against
decay, no measure of quality.
"""

from __future__ import annotations

from pathlib import Path

from comity.core.match.names.compare import score_pairs

ROWS = [
    line.split("\t")
    for line in (Path(__file__).parent / "romanisations.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
LEAST_FOUND, LEAST_RIGHT = 0.95, 0.95


def test_spellings_are_held_together_and_look_alikes_apart() -> None:
    scores = score_pairs([(row[0], row[1]) for row in ROWS])
    missed = [row for row, score in zip(ROWS, scores, strict=True) if row[2] == "1" and score < 0.5]
    confused = [row for row, score in zip(ROWS, scores, strict=True) if row[2] == "0" and score >= 0.5]
    true = sum(row[2] == "1" for row in ROWS)
    found = true - len(missed)
    assert len(ROWS) >= 200
    assert found / true >= LEAST_FOUND, missed
    assert found / (found + len(confused)) >= LEAST_RIGHT, confused


def test_strangers_are_far_below_spellings_of_one_name() -> None:
    strangers = [(row[0], row[1]) for row in ROWS if row[3] == "none"]
    assert max(score_pairs(strangers)) < 0.1
