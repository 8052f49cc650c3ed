"""The published figures of the matcher are those of the committed result, and its pictures are there."""

from __future__ import annotations

import json
import re

import numpy as np
from bench.match import figures
from bench.match.page import PAGE, TABLES, written
from bench.report import RESULTS


def test_every_table_is_written_from_the_result() -> None:
    results = json.loads((RESULTS / "match.json").read_text(encoding="utf-8"))["results"]
    page = PAGE.read_text(encoding="utf-8")
    assert set(re.findall(r"<!-- table ([\w-]+) -->", page)) == set(TABLES)
    assert written(page, results) == page


def test_curve_counts_equal_scores_together() -> None:
    labels, scores = np.array([1, 0, 1, 0]), np.array([0.9, 0.9, 0.5, 0.1])
    assert figures.curve(labels, scores) == [(0.5, 0.5), (1.0, 2 / 3)]


def test_interval_of_none_seen_is_not_nought() -> None:
    low, high = figures.interval(0, 1000)
    assert low == 0
    assert 0.003 < high < 0.005


def test_calibration_of_a_boaster() -> None:
    found = figures.calibration(np.array([0, 1] * 50), np.full(100, 0.95))
    assert abs(found["expected_error"] - 0.45) < 0.01 + 0.05
    assert found["steps"] == [{"told": 0.95, "true": 0.5, "pairs": 100}]
