"""Who is asked for: from the prompt, from standard input or from a file, never from an argument."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import typer

from comity.core.probe.query import ACCEPTED
from comity.errors import InputError

MAX_INPUT = 64 * 1024

ASKED = {
    "given": "Given name",
    "family": "Family name",
    "dob": "Date of birth (YYYY, YYYY-MM or YYYY-MM-DD)",
    "pob": "Place of birth",
    "father": "Father's given name",
    "mother": "Mother's given name",
    "document": "Document number",
}
"""What the prompt asks for, in this order."""


def read_subject(file: Path | None) -> dict[str, object]:
    """Return what is known of the person, by the register's columns; asked for at the prompt if nothing is piped in.

    Raises:
        InputError: ``probe.subject-unreadable``, and as `parse_subject`.
    """
    if file is None and sys.stdin.isatty():
        return {key: typer.prompt(text, default="", show_default=False) for key, text in ASKED.items()}
    try:
        if file is None or str(file) == "-":
            octets = sys.stdin.buffer.read(MAX_INPUT + 1)
        else:
            with file.open("rb") as opened_file:
                octets = opened_file.read(MAX_INPUT + 1)
        text = octets.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise InputError("probe.subject-unreadable") from None
    if len(octets) > MAX_INPUT:
        raise InputError("probe.subject-unreadable")
    return parse_subject(text)


def parse_subject(text: str) -> dict[str, object]:
    """Read one JSON object or lines key=value.

    Raises:
        InputError: ``probe.subject-malformed``, ``probe.subject-unknown-column``.
    """
    if text.lstrip().startswith("{"):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            raise InputError("probe.subject-malformed") from None
        if not isinstance(value, dict):
            raise InputError("probe.subject-malformed")
        return value
    found: dict[str, object] = {}
    for line in text.splitlines():
        key, mark, value = line.partition("=")
        if not line.strip():
            continue
        if not mark or key.strip() not in ACCEPTED or key.strip() in found:
            raise InputError("probe.subject-unknown-column", columns=", ".join(ACCEPTED))
        found[key.strip()] = value
    return found
