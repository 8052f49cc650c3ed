"""How the command line shows values: plain sentences for people, JSON for programs."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.cells import cell_len

from comity.core.codes.assertions import ASSERTIONS
from comity.core.codes.dated import AS_OF, COMPLETENESS
from comity.core.codes.marks import SILENT_ASSERTION, Assertion
from comity.core.register.release import in_order

FURTHER_LINE = "    | "
"""Before each further line of a text that has several, so that none can pass for a line of the node."""

_BREAKS = re.compile("\r\n|[\n\v\f\r\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e]")
_ISOLATES = "\u2066\u2067\u2068"
_END = "\u2069"
_UNPRINTED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def emit(value: Any, lines: Sequence[str], as_json: bool) -> None:
    """Print a value as one JSON document, or its lines.

    Args:
        value: JSON value with stable keys, for ``--json``.
        lines: what a person reads; what others wrote may stand in them as it came.
        as_json: which of the two.
    """
    if as_json:
        sys.stdout.write(document(value) + "\n")
    else:
        sys.stdout.writelines(plain(line) + "\n" for line in lines)
    sys.stdout.flush()


def document(value: Any) -> str:
    """Return a value as one JSON document, in which what a terminal would obey is written as an escape."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return _UNPRINTED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def plain(line: str) -> str:
    """Return a line as a terminal may show it.

    A partner's words must neither move the cursor, colour or clear the screen, nor turn the direction of what stands
    after them, nor look like a line of the node: each control character is shown as U+FFFD, further lines are marked,
    and isolates are closed where the line ends.
    """
    return f"\n{FURTHER_LINE}".join(_closed(_CONTROLS.sub("\ufffd", part)) for part in _BREAKS.split(line))


def _closed(line: str) -> str:
    if _END not in line and not any(sign in line for sign in _ISOLATES):
        return line
    kept, depth = [], 0
    for sign in line:
        depth += (sign in _ISOLATES) - (sign == _END)
        if depth < 0:
            depth = 0
        else:
            kept.append(sign)
    return "".join(kept) + _END * depth


def told(text: object, mark: object) -> str:
    """Return a statement with its mark: a fact bare, an assessment behind a sign of its own (LED Art. 7(1)).

    Args:
        mark: of the statement; where there is none, it counts as silent.
    """
    return f"{text} [{Assertion.FACT}]" if mark == Assertion.FACT else f"~ {text} [{SILENT_ASSERTION}]"


def fields(released: Mapping[str, Any]) -> list[str]:
    """Return the lines of a released document's fields."""
    lines, marks = [], released.get(ASSERTIONS) or {}
    for name, values in sorted(released.get("fields", {}).items()):
        for value in values:
            parts = (
                [str(each) for _, each in in_order(value) if each]
                if isinstance(value, dict)
                else [str(value)]
            )
            lines.append(f"  {name:<18} {told(', '.join(parts), marks.get(name))}")
    return [*lines, *dated(released)]


def dated(told_of: Mapping[str, Any]) -> list[str]:
    """Return the line that says as of when, and how complete, something is told; none where it says neither."""
    if COMPLETENESS not in told_of:
        return []
    return [f"  {'as of':<18} {told_of.get(AS_OF) or 'not stated'}, {told_of[COMPLETENESS]}"]


def due(found: Mapping[str, Any], letters: int) -> str:
    """Return by when something is due, and whether that has passed.

    Args:
        found: with `due_at` and `overdue`. letters: of the instant: 10 for a day, 16 for a minute.
    """
    return f"{found['due_at'][:letters]}{' OVERDUE' if found['overdue'] else ''}"


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
    shown = "".join(letter for letter in text if unicodedata.category(letter) not in ("Cc", "Cf"))
    foreign = any(unicodedata.bidirectional(letter) in ("R", "AL", "AN") for letter in shown)
    return f"\u2068{shown}\u2069" if foreign else shown
