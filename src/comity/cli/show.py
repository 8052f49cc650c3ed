"""How the command line shows values: plain sentences for people, JSON for programs."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.cells import cell_len


def emit(value: Any, lines: Sequence[str], as_json: bool) -> None:
    """Print a value as one JSON document, or its lines.

    Args:
        value: JSON value with stable keys, for ``--json``.
        lines: what a person reads.
        as_json: which of the two.
    """
    if as_json:
        sys.stdout.write(json.dumps(value, ensure_ascii=False, sort_keys=True) + "\n")
    else:
        sys.stdout.writelines(line + "\n" for line in lines)
    sys.stdout.flush()


def fields(document: Mapping[str, Any]) -> list[str]:
    """Return the lines of a released document's fields."""
    lines = []
    for name, values in document.get("fields", {}).items():
        for value in values:
            text = ", ".join(str(v) for v in value.values() if v) if isinstance(value, dict) else str(value)
            lines.append(f"  {name:<18} {text}")
    return lines


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], *, none: str) -> list[str]:
    """Return rows under their headings, each column as wide as its widest value on the screen.

    A value that holds right-to-left letters stands isolated, so that it does not reorder the columns beside it. Letters
    are counted as a terminal shows them: marks above and below take no room, Chinese characters take two.

    Args:
        headings: one for each column. rows: as many values each; None is shown as a dash.
        none: the line of a list without rows.
    """
    shown = [[_cell(value) for value in row] for row in rows]
    if not shown:
        return [none]
    lines = [list(headings), *shown]
    widths = [max(cell_len(line[place]) for line in lines) for place in range(len(headings))]
    return [
        "  ".join(
            text + " " * (width - cell_len(text)) for text, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    ]


def _cell(value: object) -> str:
    text = "-" if value is None else " ".join(str(value).split())
    plain = "".join(letter for letter in text if unicodedata.category(letter) not in ("Cc", "Cf"))
    foreign = any(unicodedata.bidirectional(letter) in ("R", "AL", "AN") for letter in plain)
    return f"\u2068{plain}\u2069" if foreign else plain
