"""docs/rules.md is what the modules of the rules declare, and what they name exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests import rules


def test_the_table_is_what_the_modules_say() -> None:
    written = (rules.ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert written == rules.table(), "make rules"


@pytest.mark.parametrize("path", rules.modules(), ids=lambda path: path.stem)
def test_what_a_module_names_exists(path: Path) -> None:
    assert list(rules.missing(rules.declared(path))) == []


def test_a_rule_without_a_module_is_listed() -> None:
    """Nothing is left out of the table, and what is said not to be built has no module either."""
    for rule in rules.RULES:
        assert f"| {rule} |" in rules.table() or f"| [{rule}](" in rules.table()
    assert not [rule for rule in rules.NOT_BUILT if rules.shown()[rule]]


def test_the_rules_are_those_of_the_law() -> None:
    assert list(rules.RULES) == [f"L{number}" for number in range(1, 36)]
    law = (rules.ROOT / "docs" / "law.md").read_text(encoding="utf-8")
    cited = {line.split("|")[1].strip() for line in law.splitlines() if re.match(r"\| L\d", line)}
    assert {rule for rule in cited if "-" not in rule} <= set(rules.RULES)


def test_a_name_that_does_not_exist_is_seen() -> None:
    wrong = rules.Shown(
        "policy/test_l01_purpose.py", "L1", ("core/policy/law.py:_nowhere",), {"core": ("test_nowhere",)}
    )
    assert list(rules.missing(wrong)) == ["core/policy/law.py:_nowhere", "test_nowhere"]
