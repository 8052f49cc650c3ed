"""The table of attacks is whole: every attack that the protocol must stand has a row, every row has tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.house.sources import ROOT

PAGE = ROOT / "docs" / "protocol" / "probe-attacks.md"
TESTS = ROOT / "tests"
OWN = Path(__file__).parent

MUST = (
    "swapped person", "smuggled slot", "dictionary without quota", "frequencies", "co-occurrence", "key per query",
    "forged or missing proof", "tagged asker", "planted record", "replay", "identifier used again",
    "low-order and non-canonical points", "second opening", "opening without search",
    "enumeration within the quota", "intersection of versions", "accumulation", "residue of a missed name",
    "hit against miss, by form", "hit against miss, by time",
)  # fmt: skip


def rows() -> list[list[str]]:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines if re.match(r"\| A\d+ ", line)
    ]


def functions(path: Path) -> set[str]:
    found = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {
        node.name for node in found if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def named() -> list[tuple[str, str]]:
    return [pair for row in rows() for pair in re.findall(r"`([\w/.-]+\.py)::(\w+)`", row[5])]


def test_every_attack_has_a_row_and_every_row_is_whole() -> None:
    found = rows()
    assert [row[0] for row in found] == [f"A{number}" for number in range(1, len(found) + 1)]
    assert [row[0] for row in found if len(row) != 6 or not all(row) or "@@" in "".join(row)] == []
    assert set(MUST) - {row[1] for row in found} == set()
    assert [row[0] for row in found if "::" not in row[5]] == []


def test_every_test_that_is_named_exists() -> None:
    missing = [
        (file, name)
        for file, name in named()
        if not (TESTS / file).exists() or name not in functions(TESTS / file)
    ]
    assert missing == []


def test_every_test_here_is_named_in_the_table() -> None:
    own = {
        (f"attacks/{path.name}", name)
        for path in OWN.glob("test_*.py")
        if path.name != "test_table.py"
        for name in functions(path)
    }
    assert own - set(named()) == set()
