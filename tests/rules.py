"""The table of docs/rules.md: each rule of law, where it is enforced, and the tests that show it.

Each module ``tests/policy/test_lNN_*.py`` declares in ``RULE`` what it shows: for each level its tests, or in one string
why the rule has no such way in (``not applicable: ...``). This file reads those declarations, and writes the table (``python -m tests.rules > docs/rules.md``, or ``make rules``). `tests/house/test_rules.py` fails when the
table is not what the modules say, or when a place or a test that is named does not exist. A rule that no module shows
stands in the table as such, with what is known to be missing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
POLICY = ROOT / "tests" / "policy"
LEVELS = ("core", "wire", "api", "desk")
"""Where a violation is tried: in the core, by a hostile partner, over REST, at the desk (services and pages)."""

NOT_APPLICABLE = "not applicable: "
"""How the declaration begins of a level at which a rule has no way in; the reason follows."""

RULES: dict[str, tuple[str, str]] = {
    "L1": ("LED Art. 4(1)(b), 4(2)", "one purpose; another one only with the owner's consent"),
    "L2": ("LED Art. 4(1)(c); Reg. 2016/794 Annex II.B", "fields by category of person, and no others"),
    "L3": ("LED Art. 5; Reg. 2016/794 Art. 31", "nothing is kept beyond its date"),
    "L4": ("LED Art. 6", "no person without a category; unknown is none"),
    "L5": ("LED Art. 7(1)", "facts are told apart from assessments"),
    "L6": (
        "LED Art. 7(2); Reg. 2016/794 Art. 29",
        "an evaluation travels; silence is X4; the receiver does not change it",
    ),
    "L7": ("LED Art. 7(3), 16(6); Reg. 2016/794 Art. 19(2)", "corrections and recalls reach every recipient"),
    "L8": ("LED Art. 9(3)", "conditions travel and are acknowledged before the words are read"),
    "L9": (
        "LED Art. 10; Reg. 2016/794 Art. 30",
        "special categories: necessity stated, two persons, never alone",
    ),
    "L10": (
        "LED Art. 11; Reg. 2024/982 Art. 47(6)",
        "no release or refusal without a named person's decision",
    ),
    "L11": ("LED Art. 12-17", "requests of data subjects, answered in constant shape"),
    "L12": ("LED Art. 14(c)", "a ledger of disclosures per person"),
    "L13": ("LED Art. 16(3)", "what is restricted is kept and not used"),
    "L14": ("LED Art. 25", "every act is logged with reason, time and person; the log has few uses"),
    "L15": ("LED Art. 27-28", "no agreement without an impact assessment"),
    "L16": ("LED Art. 30(1), (6)", "breaches are told within 72 hours"),
    "L17": ("LED Art. 35(1)(a)-(e)", "the transfer gate, and onward transfer"),
    "L18": ("LED Art. 35(2); Reg. 2016/794 Art. 22(2)", "an emergency completes only with its notice"),
    "L19": ("LED Art. 37(2)-(3), 38(3)", "each transfer has its record"),
    "L20": ("LED Art. 38, recital 72", "derogations are single cases, capped and counted"),
    "L21": ("LED recital 71", "assurances hold on the day, or nothing goes"),
    "L22": ("Reg. 2024/1358 Art. 49(1)", "Eurodac origin never leaves to a third country"),
    "L23": (
        "Reg. 2024/1358 Art. 49(4); 2018/1860 Art. 15(4)",
        "an asylum status is told by nothing, nor by its absence",
    ),
    "L24": (
        "Reg. 2018/1860 Art. 15; 2024/1358 Art. 50",
        "identification for return: fields, purpose, informed person",
    ),
    "L25": ("Reg. 2018/1860 Art. 15(5)", "return suspended: cancelled and recalled"),
    "L26": ("Reg. 2018/1862 Art. 65", "SIS origin never leaves to a third country"),
    "L27": ("Reg. 2024/1358 Art. 49(2)", "a real risk of torture stops everything, without a reason told"),
    "L28": ("Reg. 2016/794 Annex II.B (3)", "of contacts of contacts only the kind of link is kept"),
    "L29": ("Reg. 2016/794 Annex II.A (5)", "acquitted or dropped: what was exchanged is erased"),
    "L30": ("Reg. 2016/794 Art. 23(9)", "obtained in violation of human rights: quarantined"),
    "L31": (
        "Reg. 2024/982 Art. 33, 40, 45",
        "the justification of a search is traceable, and erased after three years",
    ),
    "L32": (
        "Reg. 2018/1862 Art. 63(3), 64, 67(2)",
        "links show only where both ends may be seen; the owner is asked before the person is told",
    ),
    "L33": ("Moroccan law 09-08 Art. 12, 43, 44", "the same gate on the Moroccan side"),
    "L34": (
        "Convention 108+ Art. 14; LED recital 68",
        "treaty status counts on the day; a change closes open flows",
    ),
    "L35": ("LED Art. 2(3), 9(1)-(2); Reg. 2018/1860 Art. 15(2)", "regimes never mix"),
}
"""Rule -> source, and what it says in a few words. The numbers are those of docs/law.md."""

NOT_BUILT: dict[str, str] = {}
"""What no module shows because the thing that the rule bounds does not exist here."""


@dataclass(frozen=True)
class Shown:
    """What one module declares.

    Args:
        module: its path under ``tests``. rule: number. enforced: ``file.py:function`` under ``src/comity``.
        tests: level -> tests, of the module or ``folder/file.py::test``.
        beside: level -> why the rule has no way in there.
        lacks: what of the rule is not built or not shown, in words; empty when nothing is known.
    """

    module: str
    rule: str
    enforced: tuple[str, ...]
    tests: dict[str, tuple[str, ...]]
    lacks: str = ""
    beside: dict[str, str] = field(default_factory=dict)


def rule_of(path: Path) -> str:
    """Return the rule that a module is named after."""
    return f"L{int(path.name[6:8])}"


@cache
def declared(path: Path) -> Shown:
    """Return what a module declares; nothing but its name where it declares nothing."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    found: dict[str, Any] = {}
    for node in body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "RULE":
            found = ast.literal_eval(node.value)
    unknown = set(found) - {"enforced", "lacks", *LEVELS}
    if unknown:
        raise ValueError(f"{path.name} declares {sorted(unknown)}")
    said = {level: found[level] for level in LEVELS if found.get(level)}
    beside = {level: each for level, each in said.items() if isinstance(each, str)}
    if wrong := [each for each in beside.values() if not each.startswith(NOT_APPLICABLE)]:
        raise ValueError(f"{path.name} declares {wrong}")
    return Shown(
        str(path.relative_to(ROOT / "tests")),
        rule_of(path),
        tuple(found.get("enforced", ())),
        {level: tuple(each) for level, each in said.items() if level not in beside},
        found.get("lacks", ""),
        beside,
    )


def modules() -> list[Path]:
    """Return the modules of the rules, in their order."""
    return sorted(POLICY.glob("test_l[0-9][0-9]_*.py"))


def shown() -> dict[str, list[Shown]]:
    """Return what the modules declare, by rule."""
    found: dict[str, list[Shown]] = {rule: [] for rule in RULES}
    for path in modules():
        found[rule_of(path)].append(declared(path))
    return found


@cache
def functions_of(path: Path) -> set[str]:
    """Return the names that a source file defines: functions, methods, classes and constants."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.AnnAssign):
            found.add(ast.unparse(node.target))
        elif isinstance(node, ast.Assign):
            found |= {ast.unparse(target) for target in node.targets}
    return found


def missing(one: Shown) -> Iterator[str]:
    """Yield the places and tests that a module names and that do not exist."""
    for place in one.enforced:
        file, _, name = place.partition(":")
        path = ROOT / "src" / "comity" / file
        if not path.is_file() or name not in functions_of(path):
            yield place
    for test in (each for tests in one.tests.values() for each in tests):
        file, _, name = test.rpartition("::")
        path = ROOT / "tests" / (file or one.module)
        if not path.is_file() or name not in functions_of(path):
            yield test


def table() -> str:
    """Return docs/rules.md."""
    lines = [
        "# Rules and what shows them",
        "",
        "Written by `make rules` from what the modules `tests/policy/test_l*.py` declare; a test fails when it is not so.",
        "Sources of the rules: [law.md](law.md). Where a rule is said to be enforced, the modules say in words what goes",
        "wrong without that line. Wire: tried by a hostile partner over two nodes. Where a level names no test, the module",
        "says why the rule has no way in there; a test fails where it says neither.",
        "",
        "| rule | says | source | enforced in | core | wire | REST | desk |",
        "|---|---|---|---|---|---|---|---|",
    ]
    every = shown()
    for rule, (source, says) in RULES.items():
        for one in every[rule]:
            places = "<br>".join(f"`{each}`" for each in one.enforced) or "not declared"
            cells = [_cell(one, level) for level in LEVELS]
            lines.append(
                f"| [{rule}](../tests/{one.module}) | {says} | {source} | {places} | {' | '.join(cells)} |"
            )
        if not every[rule]:
            why = NOT_BUILT.get(rule, "no module shows it")
            lines.append(
                f"| {rule} | {says} | {source} | {why} | {' | '.join(['not built'] * len(LEVELS))} |"
            )
    lacks = [(rule, one) for rule in RULES for one in every[rule] if one.lacks]
    if lacks:
        lines += ["", "## What is known to be missing", ""]
        lines += [f"- {rule}: {one.lacks}" for rule, one in lacks]
    silent = [rule for rule, found in every.items() if not found]
    lines += [
        "",
        f"{len(RULES) - len(silent)} of {len(RULES)} rules have a module; without one: {', '.join(silent) or 'none'}.",
    ]
    return "\n".join(lines) + "\n"


def _cell(one: Shown, level: str) -> str:
    tests = one.tests.get(level, ())
    return "<br>".join(f"`{each}`" for each in tests) or one.beside.get(level, "nothing said")


if __name__ == "__main__":
    print(table(), end="")
