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


@pytest.mark.parametrize("path", rules.modules(), ids=lambda path: path.stem)
def test_each_level_is_tried_or_has_no_way_in(path: Path) -> None:
    """No level is left open: a module names its tests, or says why there is none to write."""
    one = rules.declared(path)
    assert [level for level in rules.LEVELS if level not in {**one.tests, **one.beside}] == []
    assert not [why for why in one.beside.values() if len(why) < len(rules.NOT_APPLICABLE) + 10]


def test_a_module_declares_once() -> None:
    """A second declaration would silently replace the first."""
    for path in rules.modules():
        assert path.read_text(encoding="utf-8").count("\nRULE = ") == 1, path.name


def test_a_rule_without_a_module_is_listed() -> None:
    """Nothing is left out of the table, and what is said not to be built has no module either."""
    table = rules.table()
    for rule in rules.RULES:
        assert f"| {rule} |" in table or f"| [{rule}](" in table
    assert not [rule for rule in rules.NOT_BUILT if rules.shown()[rule]]


def test_the_rules_are_those_of_the_law() -> None:
    assert list(rules.RULES) == [f"L{number}" for number in range(1, 36)]
    law = (rules.ROOT / "docs" / "law.md").read_text(encoding="utf-8")
    cited = set(re.findall(r"^\| (L\d+) \|", law, re.MULTILINE))
    assert cited
    assert cited <= set(rules.RULES)


def test_a_name_that_does_not_exist_is_seen() -> None:
    wrong = rules.Shown(
        "policy/test_l01_purpose.py", "L1", ("core/policy/law.py:_nowhere",), {"core": ("test_nowhere",)}
    )
    assert list(rules.missing(wrong)) == ["core/policy/law.py:_nowhere", "test_nowhere"]
