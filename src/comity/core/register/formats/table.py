"""Rows of a comma-separated file (RFC 4180) from hostile lines: one bad row never takes the next with it.

A quoted cell may hold line ends, so that a quote that is never closed could swallow the file: a row of more than
`MAX_LINES` lines or `MAX_ROW` characters is refused at its first line, and reading goes on with the next line.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from comity.core.register.formats.lines import Line
from comity.core.register.formats.reading import Reason

MAX_LINES = 64
MAX_ROW = 131_072
"""Characters; also the csv module's own greatest cell."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its first line and its cells, or the reason why it cannot be read."""

    line: int
    cells: tuple[str, ...] = ()
    fault: Reason | None = None


def rows(found: Iterable[Line], delimiter: str = ",") -> Iterator[Row]:
    """Assemble lines to rows; blank lines are no rows."""
    waiting: deque[Line] = deque()
    source = iter(found)
    while True:
        first = waiting.popleft() if waiting else next(source, None)
        if first is None:
            return
        if first.fault is not None:
            yield Row(first.number, fault=first.fault)
        elif first.text.strip():
            yield _row(first, waiting, source, delimiter)


def _row(first: Line, waiting: deque[Line], source: Iterator[Line], delimiter: str) -> Row:
    """Read one row; the lines looked at in vain go back to `waiting`."""
    taken: list[Line] = []
    texts, length = [first.text], len(first.text)
    quotes = first.text.count('"')
    while quotes % 2:
        following = waiting.popleft() if waiting else next(source, None)
        if following is not None:
            taken.append(following)
            length += len(following.text)
        if following is None or following.fault or len(taken) >= MAX_LINES or length > MAX_ROW:
            waiting.extendleft(reversed(taken))
            return Row(first.number, fault=Reason.QUOTE)
        texts.append(following.text)
        quotes += following.text.count('"')
    if length > MAX_ROW:
        return Row(first.number, fault=Reason.TOO_LONG)
    try:
        parsed = list(csv.reader(["\n".join(texts)], delimiter=delimiter, strict=True))
    except csv.Error:
        waiting.extendleft(reversed(taken))
        return Row(first.number, fault=Reason.QUOTE)
    cells = [cell for part in parsed for cell in part]
    return Row(first.number, tuple(cell.strip() for cell in cells))
