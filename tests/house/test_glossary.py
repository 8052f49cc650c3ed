"""The glossary names every concept and every code, once, in four languages."""

from __future__ import annotations

import re
from collections import Counter

from tests.house import sources

from comity.core.codes import exchange, marks

GLOSSARY = sources.ROOT / "docs" / "glossary.md"
LANGUAGES = ("en", "fr", "nl", "ar")
ARABIC = re.compile(r"[\u0600-\u06ff]")
CONCEPTS = [
    "Agreement",
    "Clause",
    "Service",
    "Node",
    "Partner",
    "Register",
    "Subject",
    "Probe",
    "Hit",
    "Miss",
    "Request",
    "Reply",
    "Refusal",
    "Alert",
    "Recall",
    "Receipt",
    "Checkpoint",
    "HandlingCode",
    "Evaluation",
    "Regime",
    "Purpose",
]
CODES = (
    exchange.Regime,
    exchange.Purpose,
    exchange.PurposeGroup,
    exchange.Act,
    marks.DataCategory,
    marks.SubjectCategory,
    marks.Taint,
    marks.Urgency,
    marks.Role,
)


def rows() -> dict[str, list[list[str]]]:
    """Return the rows of each section: code, four languages, meaning."""
    found: dict[str, list[list[str]]] = {}
    section = ""
    for line in GLOSSARY.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line[3:]
        elif line.startswith("| ") and not line.startswith("| code "):
            found.setdefault(section, []).append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def test_every_row_is_whole() -> None:
    broken = [
        row
        for section in rows().values()
        for row in section
        if len(row) != 6 or not all(row[:5]) or not ARABIC.search(row[4]) or any(map(ARABIC.search, row[1:4]))
    ]
    assert broken == []


def test_every_concept_is_there() -> None:
    assert set(CONCEPTS) - {row[0] for row in rows()["Concepts"]} == set()


def test_every_code_is_there() -> None:
    written = {row[0] for section in rows().values() for row in section}
    assert {value for codes in CODES for value in (one.value for one in codes)} - written == set()


def test_one_word_for_each_concept() -> None:
    """Within a section no code and no word stands twice."""
    for name, section in rows().items():
        for column in range(5):
            counted = Counter(row[column].lower() for row in section)
            assert [word for word, times in counted.items() if times > 1] == [], (name, column)
