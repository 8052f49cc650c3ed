"""Boundaries that import-linter cannot see: who queries, who reads settings, clock and randomness, who uses keys."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.house import sources

OPENERS = frozenset({"custody", "context"})
"""Modules of `services` that set the node up: they may touch Django's set-up, clock and randomness."""


def test_only_storage_queries() -> None:
    asks = ("objects", "raw", "cursor", "_base_manager")

    def queries(path: Path) -> list[object]:
        lines: list[object] = [
            node.lineno
            for node in ast.walk(sources.tree(path))
            if isinstance(node, ast.Attribute) and node.attr in asks
        ]
        return lines + [one for one in sources.imports(path) if one.startswith("django.db.models")]

    outside = [path for path in sources.modules() if sources.PACKAGE / "storage" not in path.parents]
    assert sources.offences(outside, queries) == {}


def test_services_take_everything_from_the_node() -> None:
    modules = {"django.conf", "django.db", "time", "random", "secrets", "uuid.uuid4", "os.urandom"}
    calls = {"datetime.now", "datetime.utcnow", "date.today", "timezone.now", "os.urandom", "uuid4"}

    def ambient(path: Path) -> set[str]:
        called = {
            ast.unparse(node.func) for node in ast.walk(sources.tree(path)) if isinstance(node, ast.Call)
        }
        return (sources.imports(path) & modules) | (called & calls)

    inside = [path for path in sources.modules("services") if not OPENERS & {path.stem, path.parent.name}]
    assert sources.offences(inside, ambient) == {}


def test_queries_name_their_database() -> None:
    """`Model.objects` is followed by `.using(alias)` or `.db_manager(alias)`, or nothing is asked of it."""

    def bare(path: Path) -> list[int]:
        parents = {
            child: node for node in ast.walk(sources.tree(path)) for child in ast.iter_child_nodes(node)
        }
        return [
            node.lineno
            for node in ast.walk(sources.tree(path))
            if isinstance(node, ast.Attribute)
            and node.attr == "objects"
            and isinstance(parent := parents.get(node), ast.Attribute)
            and parent.attr not in ("using", "db_manager")
        ]

    assert sources.offences(sources.modules("storage"), bare) == {}


def test_the_core_opens_no_url() -> None:
    def opens(path: Path) -> set[str]:
        return {one for one in sources.imports(path) if one.startswith(("urllib.request", "urllib.error"))}

    assert sources.offences(sources.modules("core"), opens) == {}


def test_one_place_uses_the_cryptographic_libraries() -> None:
    private = (
        "joserfc",
        "voprf",
        "cryptography.hazmat.primitives.hpke",
        "cryptography.hazmat.primitives.ciphers",
    )

    def uses(path: Path) -> set[str]:
        return {one for one in sources.imports(path) if one.startswith(private)}

    outside = [path for path in sources.modules() if sources.PACKAGE / "core" / "crypto" not in path.parents]
    assert sources.offences(outside, uses) == {}


def test_nothing_swallows_every_error() -> None:
    """A broad `except` either raises again or stands in the one place where a process must survive."""

    def broad(path: Path) -> list[int]:
        return [
            node.lineno
            for node in ast.walk(sources.tree(path))
            if isinstance(node, ast.ExceptHandler)
            and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
            and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
        ]

    assert sources.offences(sources.modules(), broad) == {}
