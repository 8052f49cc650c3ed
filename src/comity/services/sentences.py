"""What each stable code means, in four languages, and who must act next.

The tables are `comity/sentences/*.toml`; a test keeps them complete: every code that the sources raise has an entry
with a sentence and a next step in each language.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from comity.errors import ComityError, Fact

LANGUAGES = ("en", "fr", "nl", "ar")
UNKNOWN = "code.unknown"
ADDRESSED = {"en": "Officer: ", "fr": "Agent : ", "nl": "Ambtenaar: ", "ar": "الموظف: "}
"""How a next step begins that is an officer's."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One code, explained.

    Args:
        fault: who is at fault: ``peer``, ``input``, ``rule``, ``way`` or ``node``; ``value`` for codes that are no
            error (grounds of a refusal, outcomes).
        text: language to sentence.
        act: language to next step.
        desk: language to next step at the desk and over REST, where the other names a command of the console.
    """

    fault: str
    text: dict[str, str]
    act: dict[str, str]
    desk: dict[str, str]


def sentence(code: str, language: str, *, console: bool = False) -> tuple[str, str]:
    """Return the sentence and the next step for a code.

    Args:
        code: stable dotted code; one that this version does not know (a newer partner's) has a general sentence.
        language: ``en``, ``fr``, ``nl`` or ``ar``; any other reads English.
        console: whether the reader sits at the console; everybody else is told no command.
    """
    entry = tables().get(code) or tables()[UNKNOWN]
    chosen = language if language in LANGUAGES else "en"
    return entry.text[chosen], entry.act[chosen] if console else entry.desk[chosen]


def facts_once(error: ComityError) -> dict[str, Fact]:
    """Return the facts of an error for a reader: the list of all fields not beside the same fields with their faults."""
    facts = dict(error.facts)
    told = f"{facts.get('missing', '')} {facts.get('reason', '')}"
    names = str(facts.get("field", "")).split(", ")
    if ("missing" in facts or "reason" in facts) and all(name in told for name in names):
        facts.pop("field", None)
    return facts


@cache
def tables() -> dict[str, Sentence]:
    """Return all entries; a test refuses a code that stands twice."""
    found: dict[str, Sentence] = {}
    for path in sorted(files("comity").joinpath("sentences").iterdir(), key=lambda one: one.name):
        if not path.name.endswith(".toml"):
            continue
        for code, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
            found.setdefault(code, _read(entry))
    return found


def _read(entry: dict[str, str]) -> Sentence:
    return Sentence(
        fault=entry.get("fault", ""),
        text={language: entry.get(language, "") for language in LANGUAGES},
        act={language: entry.get(f"act_{language}", "") for language in LANGUAGES},
        desk={language: _at_the_desk(entry, language) for language in LANGUAGES},
    )


def _at_the_desk(entry: dict[str, str], language: str) -> str:
    """Return the next step as an officer reads it, who need not be told that it is for officers."""
    step = entry.get(f"desk_{language}", entry.get(f"act_{language}", ""))
    short = step.removeprefix(ADDRESSED[language])
    return step if short == step else short[:1].upper() + short[1:]
