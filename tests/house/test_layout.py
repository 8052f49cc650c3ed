"""Sizes, names and habits that `CONTRIBUTING.md` asks for."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.house import sources

FILE_LINES = 500
FUNCTION_LINES = 60
FOLDER_MODULES = 12
BANNED = frozenset(
    {
        "data",
        "info",
        "item",
        "items",
        "manager",
        "helper",
        "helpers",
        "util",
        "utils",
        "common",
        "base",
        "misc",
    }
)
BANNED_IN_CLASSES = ("Manager", "Helper", "Util", "Utils", "Info", "Misc")
DICTATED = frozenset({"src/comity/storage/backends/sqlcipher/base.py"})
"""Names that a framework looks for."""

ALL = sources.modules()


def test_files_are_short() -> None:
    def length(path: Path) -> int:
        lines = len(path.read_text(encoding="utf-8").splitlines())
        return lines if lines >= FILE_LINES else 0

    assert sources.offences(ALL, length) == {}


def test_functions_are_short() -> None:
    def long(path: Path) -> dict[str, int]:
        lengths = {one.name: sources.length(one) for one in sources.functions(path)}
        return {function: lines for function, lines in lengths.items() if lines >= FUNCTION_LINES}

    assert sources.offences(ALL, long) == {}


def test_folders_hold_few_modules() -> None:
    def crowd(folder: Path) -> int:
        count = len([one for one in folder.glob("*.py") if one.name not in ("__init__.py", "__main__.py")])
        return count if count > FOLDER_MODULES else 0

    assert sources.offences(sorted({path.parent for path in ALL}), crowd) == {}


def test_names_say_something() -> None:
    def empty(path: Path) -> list[str]:
        found = [
            part for part in (*path.relative_to(sources.PACKAGE).parts[:-1], path.stem) if part in BANNED
        ]
        for node in ast.walk(sources.tree(path)):
            if isinstance(node, ast.ClassDef) and node.name.endswith(BANNED_IN_CLASSES):
                found.append(node.name)
        return [] if sources.name(path) in DICTATED else found

    assert sources.offences(ALL, empty) == {}


def test_public_things_are_explained() -> None:
    def silent(path: Path) -> list[str]:
        tree = sources.tree(path)
        found = ["the module"] if tree.body and not ast.get_docstring(tree) else []
        for node in tree.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                found += [] if ast.get_docstring(node) else [node.name]
        return found

    assert sources.offences(ALL, silent) == {}


def test_checks_are_not_asserts() -> None:
    """`python -O` removes them."""

    def asserts(path: Path) -> list[int]:
        return [node.lineno for node in ast.walk(sources.tree(path)) if isinstance(node, ast.Assert)]

    assert sources.offences(ALL, asserts) == {}


def test_nothing_is_left_open() -> None:
    marks = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "NotImplemented" + "Error")

    def found(path: Path) -> list[str]:
        text = path.read_text(encoding="utf-8")
        return [mark for mark in marks if mark in text]

    assert sources.offences(ALL, found) == {}
