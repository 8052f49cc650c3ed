"""What guessing within the quota yields, and whether the measure of hit against miss can see at all."""

from __future__ import annotations

import numpy as np
from bench.probe import timing
from tests.attacks import enumeration
from tests.house.sources import ROOT

from comity.core.probe.rules.profile import CP1, Field

PAGE = ROOT / "docs" / "protocol" / "probe-attacks.md"


def test_the_table_is_that_of_the_profile() -> None:
    stated = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert stated == enumeration.lines()
    assert [line.split("`")[1] for line in stated] == [rule.id for rule in CP1.rules]


def test_no_rule_but_those_of_names_and_year_tests_more_people_than_there_are_searches() -> None:
    """No bare number, no pair of fields: the rest has to be guessed."""
    beyond = {row.rule for row in enumeration.rows() if row.a_day > enumeration.PER_DAY}
    assert beyond == {"names-year", "spelled-year"}
    for rule in CP1.rules:
        assert len(rule.fields) >= (2 if Field.NUMBER in rule.fields else 3)
    assert enumeration.conjunctions() == 22


def seen(hits: np.ndarray, misses: np.ndarray) -> tuple[list[dict[str, float]], list[bool]]:  # type: ignore[type-arg]  # any figures
    rows = [
        ({"delay_ms": float(value)}, flag) for flag, own in ((True, hits), (False, misses)) for value in own
    ]
    np.random.default_rng(1).shuffle(rows)  # type: ignore[arg-type]  # a list of pairs
    return [row for row, _ in rows], [flag for _, flag in rows]


def test_the_classifier_finds_what_there_is() -> None:
    """A shift of 2 ms; and a difference in spread alone, which no threshold finds."""
    rng = np.random.default_rng(2)
    shifted = timing.judged(*seen(rng.normal(14, 1, 600), rng.normal(12, 1, 600)))
    assert shifted["auc"] > 0.85
    spread = timing.judged(*seen(rng.normal(12, 3, 600), rng.normal(12, 1, 600)))
    assert spread["best"] == "delay_ms, learned"
    assert spread["auc"] > 0.65


def test_the_classifier_finds_nothing_where_nothing_is() -> None:
    rng = np.random.default_rng(3)
    found = timing.judged(*seen(rng.normal(12, 1, 1500), rng.normal(12, 1, 1500)))
    assert found["auc"] < 0.54
    assert found["auc"] < found["upper_95"] < 0.57
