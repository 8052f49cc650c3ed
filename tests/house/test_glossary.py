"""The glossary names every concept and every code, once, in four languages."""

from __future__ import annotations

import re
from collections import Counter

import polib
from tests.house import sources

from comity.core.codes import exchange, handling, marks
from comity.services.sentences import tables

GLOSSARY = sources.ROOT / "docs" / "glossary.md"
LANGUAGES = ("en", "fr", "nl", "ar")
ARABIC = re.compile(r"[\u0600-\u06ff]")
VOWELS = re.compile(r"[\u064b-\u0652]")
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
    "Assertion",
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
    marks.Assertion,
    marks.Completeness,
    marks.Urgency,
    marks.DelayGround,
    marks.Role,
    handling.SubCode,
    handling.Tlp,
)


def catalogue(language: str) -> polib.POFile:
    """Return the messages of the pages in a language."""
    return polib.pofile(str(sources.PACKAGE / "locale" / language / "LC_MESSAGES" / "django.po"))


def texts(entry: polib.POEntry) -> list[str]:
    """Return the translations of a message, one for each plural form."""
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def avoided() -> list[tuple[str, str]]:
    """Return (language, word) that are not to be used."""
    section = GLOSSARY.read_text(encoding="utf-8").split("## Words we do not use")[1]
    return [(row[0], row[1]) for row in re.findall(r"^\| (fr|nl|ar) \| (.+?) \| .+ \|$", section, re.M)]


def rows() -> dict[str, list[list[str]]]:
    """Return the rows of each section: code, four languages, meaning."""
    found: dict[str, list[list[str]]] = {}
    section = ""
    for line in GLOSSARY.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line[3:]
        elif line.startswith("| ") and not line.startswith("| code ") and not section.startswith("Words"):
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


def test_other_words_are_not_used() -> None:
    """With or without vowel signs, in Arabic."""
    assert len(avoided()) > 5
    found = []
    for language, word in avoided():
        bare = re.escape(VOWELS.sub("", word))
        pattern = re.compile(rf"(?<!\w){bare}(?!\w)" if language != "ar" else bare, re.I)
        for code, entry in tables().items():
            found += [
                (language, word, code)
                for text in (entry.text, entry.act, entry.desk)
                if pattern.search(VOWELS.sub("", text[language]))
            ]
        for entry in catalogue(language):
            found += [
                (language, word, entry.msgid) for text in texts(entry) if pattern.search(VOWELS.sub("", text))
            ]
    assert found == []
