"""Every code has its sentence, in four languages; every sentence has its code."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter

from tests.house import sources

from comity.services.sentences import ADDRESSED, LANGUAGES, UNKNOWN, Sentence, sentence, tables

FAULTS = {
    "PeerError": "peer",
    "InputError": "input",
    "Refused": "rule",
    "DeliveryError": "way",
    "NodeError": "node",
}
CODE = re.compile(r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")
TABLES = sorted((sources.PACKAGE / "sentences").glob("*.toml"))
ARABIC = re.compile(r"[\u0600-\u06ff]")


def _made() -> list[tuple[str, str, str]]:
    """Return (code, error class, place) wherever a source makes an error with a code that it names."""
    found = []
    for path in sources.modules():
        for node in ast.walk(sources.tree(path)):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            made = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[0]
            if made in FAULTS and isinstance(first, ast.Constant) and isinstance(first.value, str):
                found.append((first.value, made, f"{sources.name(path)}:{node.lineno}"))
    return found


def _raised() -> dict[str, set[str]]:
    """Return the places where each code is raised."""
    found: dict[str, set[str]] = {}
    for code, _, place in _made():
        found.setdefault(code, set()).add(place)
    return found


def _makers() -> dict[str, set[str]]:
    """Return the error classes that carry each code."""
    found: dict[str, set[str]] = {}
    for code, made, _ in _made():
        found.setdefault(code, set()).add(made)
    return found


def _mentioned() -> tuple[set[str], set[str]]:
    """Return every string of the sources, and the fixed beginnings of composed ones."""
    whole: set[str] = set()
    beginnings: set[str] = set()
    for path in sources.modules():
        whole |= sources.strings(path)
        for node in ast.walk(sources.tree(path)):
            if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
                start = str(node.values[0].value)
                if re.fullmatch(r"[a-z0-9-]+\.[a-z0-9.-]*", start):
                    beginnings.add(start)
    return whole, beginnings


def test_every_raised_code_has_a_sentence() -> None:
    known = tables()
    assert {code: sorted(places) for code, places in _raised().items() if code not in known} == {}


def test_every_sentence_is_used() -> None:
    whole, beginnings = _mentioned()
    unused = [
        code
        for code in tables()
        if code not in whole and not any(code.startswith(beginning) for beginning in beginnings)
    ]
    assert unused == []


def test_codes_are_dotted_and_stand_once() -> None:
    counted = Counter(code for path in TABLES for code in tomllib.loads(path.read_text(encoding="utf-8")))
    assert [code for code, times in counted.items() if times > 1] == []
    assert [code for code in counted if not CODE.fullmatch(code)] == []


def test_codes_raised_are_dotted() -> None:
    assert {code for code in _raised() if not CODE.fullmatch(code)} == set()


def _faults_of(entry: Sentence) -> list[str]:
    found = [] if entry.fault in {*FAULTS.values(), "value"} else ["fault"]
    for texts in (entry.text, entry.act, entry.desk):
        for language, text in texts.items():
            arabic = bool(ARABIC.search(text))
            if not text or text != text.strip() or text[-1] not in ".!?؟»" or arabic != (language == "ar"):
                found.append(f"{language}: {text}")
        if len(set(texts.values())) != len(LANGUAGES):
            found.append("one language repeats another")
    return found


def test_sentences_are_whole_in_each_language() -> None:
    assert {code: faults for code, entry in tables().items() if (faults := _faults_of(entry))} == {}


EXACT = re.compile(r"`[^`]*`|(?<![\w-])--[a-z][a-z-]*|\d+(?:[.,:/-]\d+)*")
BARE_OPTION = re.compile(r"[\u0600-\u06ff][^\w\u2066]*--[a-z]")


def test_commands_options_and_figures_are_the_same_in_each_language() -> None:
    """What is typed, and what is a limit, is not translated."""
    different = {
        (code, language)
        for code, entry in tables().items()
        for texts in (entry.text, entry.act, entry.desk)
        for language in LANGUAGES
        if sorted(set(EXACT.findall(texts[language]))) != sorted(set(EXACT.findall(texts["en"])))
    }
    assert different == set()


def test_an_option_among_arabic_words_is_isolated() -> None:
    """Its hyphens would else stand on the other side of it."""
    bare = {
        code
        for code, entry in tables().items()
        if any(BARE_OPTION.search(texts["ar"]) for texts in (entry.text, entry.act, entry.desk))
    }
    assert bare == set()


COMMAND = re.compile(r"\bcomity [a-z]|--[a-z]")
AT_THE_CONSOLE = (
    "agreement.no-source",
    "agreement.ours",
    "agreement.reason-missing",
    "backup.",
    "bundle.",
    "check.",
    "config.",
    "demo.",
    "evidence.no-alarm",
    "journal.",
    "keys.",
    "restore.",
    "scenario.",
)
"""Codes, and beginnings of codes, that nobody meets but at the console."""


def test_the_desk_names_no_command_but_to_who_administers_the_node() -> None:
    """An officer has no console: the next step is one that the desk offers."""
    told = {
        code: entry.desk["en"]
        for code, entry in tables().items()
        if not code.startswith(AT_THE_CONSOLE)
        and any(COMMAND.search(text) for text in (*entry.text.values(), *entry.desk.values()))
        and not re.search("administrator|operator", entry.desk["en"], re.IGNORECASE)
    }
    assert told == {}


def test_the_console_still_names_its_commands() -> None:
    assert "comity case list" in sentence("case.unknown", "en", console=True)[1]
    assert "comity" not in sentence("case.unknown", "en")[1]


def test_fault_of_the_sentence_is_that_of_the_error() -> None:
    wrong = {
        (code, made, entry.fault)
        for code, makers in _makers().items()
        if (entry := tables().get(code))
        for made in makers
        if FAULTS[made] != entry.fault and len(makers) == 1
    }
    assert wrong == set()


def test_unknown_code_and_language_still_read() -> None:
    assert sentence("a.code-of-a-later-version", "en") == sentence(UNKNOWN, "en")
    assert sentence(UNKNOWN, "xx") == sentence(UNKNOWN, "en")
    assert sentence(UNKNOWN, "nl")[0] != sentence(UNKNOWN, "en")[0]


def test_an_officer_at_the_desk_is_not_addressed_as_officer() -> None:
    for language, begun in (
        ("en", "Add a date"),
        ("fr", "Ajoutez une"),
        ("nl", "Voeg een"),
        ("ar", "أضف تاريخ"),
    ):
        assert sentence("probe.standing-insufficient", language)[1].startswith(begun)
    assert sentence("probe.standing-insufficient", "en", console=True)[1].startswith("Officer: ")
    addressed = {
        code
        for code, entry in tables().items()
        if any(entry.desk[language].startswith(begun) for language, begun in ADDRESSED.items())
    }
    assert addressed == set()
