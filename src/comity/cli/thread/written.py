"""What somebody has written for a request, from options, a file, standard input or prompts: checked all at once."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from comity.core.codes.assertions import ASSERTIONS
from comity.core.codes.marks import Assertion, DataCategory, SubjectCategory, Urgency
from comity.core.faults import Faults
from comity.errors import InputError

TEXTS = {
    "facts": "What happened",
    "offence": "Offence",
    "reasons": "Why the partner is believed to hold it",
    "link": "What the person has to do with the purpose",
}
LanguageOption = Annotated[
    str, typer.Option("--language", help="Of the text, as a BCP 47 tag (fr, ar-MA); und: not stated.")
]
MARKED = ("facts", "reasons", "link")
"""Texts of which somebody at a terminal is asked whether they are a fact or an assessment; there is no default."""

_KNOWN = {*TEXTS, "about", "urgency_reason", "urgency_ground", "restrictions", "language"}


def read_request(options: Mapping[str, Any], path: Path | None, data: str) -> dict[str, Any]:
    """Return what `open_request` takes beside partner, agreement and purpose.

    Args:
        options: `partner`, `agreement`, `purpose`, `case`, `category`, `reference` and `urgency` as they were typed.
        path: file with the texts; None: standard input or prompts.
        data: data categories with commas; empty: all that is permitted.

    Raises:
        InputError: ``case.request-field``, naming every field and option that is missing or wrong;
            ``case.texts-malformed``.
    """
    from comity.core.cases.messages import RequestBody
    from comity.services.cases.request import faults

    texts = _texts(path, options["urgency"])
    texts_known = {name: text.strip() for name, text in texts.items() if _is_text(name, text)}
    unknown = {name[:40]: "unknown or not a text" for name, text in texts.items() if not _is_text(name, text)}
    unknown.pop(ASSERTIONS, None)
    needed = ("partner", "agreement", "purpose", "case", "category")
    chosen, unread = _categories(data)
    body = {
        **texts_known,
        ASSERTIONS: texts.get(ASSERTIONS, {}),
        "case": (options["case"] or "").strip(),
        "reference": options["reference"],
        "urgency": options["urgency"],
        "subject_category": options["category"] or SubjectCategory.SUSPECT,
        "categories": sorted(chosen) or [DataCategory.NAMES],
    }
    absent = Faults(tuple(name for name in needed if not options[name]))
    found = absent + faults(body) + Faults((), unknown) + unread
    if found:
        raise found.error("case.request-field")
    return {**RequestBody.model_validate(body).model_dump(), "categories": chosen}


def read_text(path: Path) -> str:
    """Return the text of a file.

    Raises:
        InputError: ``file.read``: it is not there or may not be read; ``case.texts-malformed``: it holds no text.
    """
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        raise InputError("file.read", file=path.name) from None
    except UnicodeDecodeError:
        raise InputError("case.texts-malformed", file=path.name) from None


def categories(text: str) -> frozenset[DataCategory] | None:
    """Return the data categories that stand with commas in a text, or None when none does.

    Raises:
        InputError: ``case.request-field``.
    """
    found, unread = _categories(text)
    if unread:
        raise unread.error("case.request-field")
    return found or None


def _categories(text: str) -> tuple[frozenset[DataCategory], Faults]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not set(words) <= set(DataCategory):
        return frozenset(), Faults((), {"data": f"one of {', '.join(DataCategory)}"})
    return frozenset(map(DataCategory, words)), Faults()


def _is_text(name: str, text: object) -> bool:
    return name in _KNOWN and isinstance(text, str)


def _texts(path: Path | None, urgency: Urgency) -> dict[str, Any]:
    if path is None and sys.stdin.isatty():
        written: dict[str, Any] = {name: str(typer.prompt(label)) for name, label in TEXTS.items()}
        asked = {name: label for name, label in TEXTS.items() if name in MARKED}
        written[ASSERTIONS] = {name: _mark(label) for name, label in asked.items()}
        if urgency is not Urgency.ORDINARY:
            written["urgency_ground"] = str(typer.prompt("Ground of urgency"))
            written["urgency_reason"] = str(typer.prompt("Why it is urgent"))
        return written
    raw = sys.stdin.read() if path is None else read_text(path)
    try:
        found: dict[str, Any] = json.loads(raw) if raw.lstrip().startswith("{") else tomllib.loads(raw)
    except ValueError:
        raise InputError("case.texts-malformed") from None
    return found


def _mark(label: str) -> str:
    return Assertion(typer.prompt(f"{label}: fact or assessment?", type=Assertion)).value
