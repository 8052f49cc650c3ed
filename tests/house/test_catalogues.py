"""Nothing on the pages is untranslated, fuzzy, stale or uncompiled."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from tests.house import sources
from tests.house.test_glossary import catalogue, rows, texts

LANGUAGES = ("fr", "nl", "ar")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
ARABIC = re.compile(r"[\u0600-\u06ff]")


def _key(entry: polib.POEntry) -> tuple[str, str, str]:
    return entry.msgctxt or "", entry.msgid, entry.msgid_plural or ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_translated(language: str) -> None:
    found = catalogue(language)
    assert [entry.msgid for entry in found.fuzzy_entries()] == []
    live = [entry for entry in found if not entry.obsolete]
    assert [entry.msgid for entry in live if not all(texts(entry))] == []
    assert len(live) > 50


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_kept(language: str) -> None:
    wrong = [
        entry.msgid
        for entry in catalogue(language)
        if not entry.obsolete and not entry.msgid_plural
        if sorted(PLACEHOLDER.findall(entry.msgid)) != sorted(PLACEHOLDER.findall(entry.msgstr))
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_kept_in_each_plural_form(language: str) -> None:
    """Arabic may say none, one and two in words; every other form gives the number."""
    wrong = []
    for entry in catalogue(language):
        wanted = sorted(PLACEHOLDER.findall(entry.msgid_plural or ""))
        for form, text in entry.msgstr_plural.items():
            found = sorted(PLACEHOLDER.findall(text))
            in_words = language == "ar" and form < 3 and set(found) <= set(wanted)
            if found != wanted and not in_words:
                wrong.append((entry.msgid, form))
    assert wrong == []


def test_arabic_is_arabic() -> None:
    latin = [
        entry.msgid
        for entry in catalogue("ar")
        if not entry.obsolete and not all(map(ARABIC.search, texts(entry)))
    ]
    assert latin == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_compiled_catalogue_is_that_of_the_source(language: str) -> None:
    source = catalogue(language)
    compiled = polib.mofile(str(sources.PACKAGE / "locale" / language / "LC_MESSAGES" / "django.mo"))
    wanted = {(_key(entry), tuple(texts(entry))) for entry in source if not entry.obsolete}
    assert {(_key(entry), tuple(texts(entry))) for entry in compiled} == wanted


def test_catalogues_hold_what_the_pages_say(tmp_path: Path) -> None:
    """Collect the messages anew, in a copy, and compare."""
    copy = tmp_path / "comity"
    shutil.copytree(sources.PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
    command = [sys.executable, "-m", "django", "makemessages", "--no-location", "--no-wrap", "-v", "0"]
    for language in LANGUAGES:
        command += ["-l", language]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "comity.settings"}
    subprocess.run(command, cwd=copy, env=environment, check=True, capture_output=True, timeout=120)
    for language in LANGUAGES:
        collected = {
            _key(entry)
            for entry in polib.pofile(str(copy / "locale" / language / "LC_MESSAGES" / "django.po"))
            if not entry.obsolete
        }
        kept = {_key(entry) for entry in catalogue(language) if not entry.obsolete}
        assert collected - kept == set(), f"{language}: run make translations"
        assert kept - collected == set(), f"{language}: run make translations"


@pytest.mark.parametrize(("column", "language"), [(2, "fr"), (3, "nl"), (4, "ar")])
def test_pages_and_glossary_use_one_word(column: int, language: str) -> None:
    """Where the glossary and the pages name the same thing in English, they name it alike."""
    said = {entry.msgid: entry.msgstr for entry in catalogue(language) if not entry.msgctxt}
    codes = [
        row for section, listed in rows().items() if section not in ("Concepts", "Acts") for row in listed
    ]
    different = {
        row[1]: (row[column], said[row[1]]) for row in codes if row[1] in said and said[row[1]] != row[column]
    }
    assert different == {}
