"""Reader of registers in CSV: one header row, one row a subject (`docs/import.md` §2).

Rules:
- UTF-8 with or without byte order mark; comma, semicolon or tabulator, as the header has it;
- only ``id`` and one of the names are needed; an unknown column is refused unless it is to be ignored;
- every fault of a row is named, then the row is refused and the next one read.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from comity.core.register.formats.csv_columns import COLUMNS, OTHER_SPELLINGS, SEVERAL
from comity.core.register.formats.draft import Draft, DraftMarks
from comity.core.register.formats.lines import Line, lines
from comity.core.register.formats.reading import Defaults, Fault, Reading, Readings, Reason, Refusal
from comity.core.register.formats.table import Row, rows
from comity.errors import InputError

DELIMITERS = (",", ";", "\t")
MAX_KEY = 200


def read_csv(chunks: Iterable[bytes], defaults: Defaults, *, ignore_unknown: bool = False) -> Readings:
    """Read a register in CSV.

    Args:
        chunks: the file, in pieces of any size.
        defaults: marks of rows that carry none of their own.
        ignore_unknown: pass over columns that are not documented instead of refusing the file.

    Raises:
        InputError: ``register.encoding``, ``register.header`` (no header row, or no ``id`` column),
            ``register.column`` (an unknown or repeated column, by its position from 1).
    """
    header, table = open_table(chunks, ignore_unknown=ignore_unknown)
    for row in table:
        yield _read(row, header, defaults)


def open_table(chunks: Iterable[bytes], *, ignore_unknown: bool) -> tuple[tuple[str, ...], Iterator[Row]]:
    """Return the documented name of each column, ``""`` for one to ignore, and the rows below the header.

    Args:
        chunks: the file, in pieces of any size.
        ignore_unknown: pass over columns that are not documented instead of refusing the file.

    Raises:
        InputError: as `read_csv`.
    """
    source = lines(chunks)
    first = next(source, None)
    if first is None or first.fault is not None:
        raise InputError("register.header")
    delimiter = max(DELIMITERS, key=first.text.count)
    table = rows(_again(first, source), delimiter)
    return _header(next(table, None), ignore_unknown), table


def _again(first: Line, rest: Iterator[Line]) -> Iterator[Line]:
    yield first
    yield from rest


def _header(row: Row | None, ignore_unknown: bool) -> tuple[str, ...]:
    """Return the documented name of each column, ``""`` for one to ignore."""
    if row is None or row.fault is not None:
        raise InputError("register.header")
    names: list[str] = []
    for position, cell in enumerate(row.cells, start=1):
        folded = _fold(cell)
        name = OTHER_SPELLINGS.get(folded, folded)
        known = name == "id" or name in COLUMNS
        if (known and name in names) or (not known and not ignore_unknown):
            raise InputError("register.column", column=position)
        names.append(name if known else "")
    if "id" not in names:
        raise InputError("register.header")
    return tuple(names)


def _fold(cell: str) -> str:
    plain = unicodedata.normalize("NFKD", cell.strip().lower())
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).replace(" ", "_")


def _read(row: Row, header: Sequence[str], defaults: Defaults) -> Reading:
    if row.fault is not None:
        return Refusal(row.line, (Fault("", row.fault),))
    if len(row.cells) != len(header):
        reason = Reason.TOO_FEW_CELLS if len(row.cells) < len(header) else Reason.TOO_MANY_CELLS
        return Refusal(row.line, (Fault("", reason),))
    draft, marks, key = Draft(), DraftMarks(defaults), ""
    for column, cell in zip(header, row.cells, strict=True):
        if column == "id":
            key = cell
        elif column and cell:
            for value in cell.split("|") if column in SEVERAL else (cell,):
                if value.strip():
                    COLUMNS[column](draft, marks, column, value.strip())
    if not key:
        draft.fault("id", Reason.MISSING)
    draft.fits("id", key, MAX_KEY)
    return draft.close(row.line, key, draft.kind.value, marks.close())
