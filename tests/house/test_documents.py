"""Links lead somewhere, cited sections exist, and every threat names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

from tests.house import sources

DOCUMENTS = [path for path in sources.tracked() if path.suffix == ".md"]
THREATS = sources.ROOT / "docs" / "threat-model.md"
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")
CODE_PATH = re.compile(r"`((?:tests|src|docs|bench|tools)/[\w./-]+?)`")
CITED = re.compile(r"docs/((?:protocol/)?[\w-]+\.md)(?:[\s,`]*§\s*(\d+(?:\.\d+)*))?")


def test_links_lead_somewhere() -> None:
    def broken(path: Path) -> list[str]:
        return [
            one for one in LINK.findall(path.read_text(encoding="utf-8")) if not (path.parent / one).exists()
        ]

    assert sources.offences(DOCUMENTS, broken) == {}


def test_paths_in_documents_exist() -> None:
    def missing(path: Path) -> list[str]:
        named = CODE_PATH.findall(path.read_text(encoding="utf-8"))
        return [one for one in named if "<" not in one and not (sources.ROOT / one).exists()]

    assert sources.offences(DOCUMENTS, missing) == {}


def test_cited_sections_exist() -> None:
    def wrong(path: Path) -> list[str]:
        found = []
        for name, section in CITED.findall(path.read_text(encoding="utf-8")):
            document = sources.ROOT / "docs" / name
            if not document.exists():
                found.append(name)
            elif section and not re.search(
                rf"^#+ {re.escape(section)}[.\s]", document.read_text("utf-8"), re.M
            ):
                found.append(f"{name} §{section}")
        return found

    assert sources.offences(sources.modules(), wrong) == {}


def test_make_targets_in_documents_exist() -> None:
    makefile = (sources.ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.M))

    def unknown(path: Path) -> set[str]:
        return set(re.findall(r"(?:^|`)make ([a-z-]+)", path.read_text(encoding="utf-8"), re.M)) - targets

    assert sources.offences(DOCUMENTS, unknown) == {}


def _threats() -> list[list[str]]:
    lines = THREATS.read_text(encoding="utf-8").splitlines()
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines if re.match(r"\| T\d+ ", line)
    ]


def test_threats_are_whole() -> None:
    found = _threats()
    assert len(found) >= 12
    assert [row[0] for row in found] == [f"T{number}" for number in range(1, len(found) + 1)]
    assert [row[0] for row in found if len(row) != 7 or not all(row)] == []


def test_every_threat_names_a_test_that_exists() -> None:
    missing = []
    for row in _threats():
        named = re.findall(r"`([\w/.-]+\.py)::(\w+)`", row[6])
        if not named:
            missing.append((row[0], "names no test"))
        for file, function in named:
            path = sources.ROOT / "tests" / file
            if not path.exists() or not re.search(
                rf"def {function}\(|class {function}\b", path.read_text("utf-8")
            ):
                missing.append((row[0], f"{file}::{function}"))
    assert missing == []
