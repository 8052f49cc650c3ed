"""Rows of a file as person records: the columns by their names, or by a mapping of the user's own."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from comity.core.match.records.linking import PersonRecord
from comity.errors import InputError

if TYPE_CHECKING:
    from _csv import Reader

FIELDS: Final = ("id", "given", "family", "dob", "pob", "sex", "nat")


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Which column of a file holds which field; `further` columns are compared as they stand."""

    columns: Mapping[str, str]
    further: tuple[str, ...]


PLAIN: Final = ColumnMapping({name: name for name in FIELDS}, ())


def read_mapping(text: str) -> ColumnMapping:
    """Read a mapping: `[columns]` with field = "column", and `further = ["column", ...]` before it.

    Raises:
        InputError: `match.mapping` when it is no TOML, names an unknown field, or has no column for `id`.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError("match.mapping") from error
    columns, further = table.get("columns"), table.get("further", [])
    if not isinstance(columns, dict):
        raise InputError("match.mapping")
    sound = (
        "id" in columns
        and set(columns) <= set(FIELDS)
        and isinstance(further, list)
        and all(isinstance(name, str) for name in (*columns.values(), *further))
        and set(table) <= {"columns", "further"}
    )
    if not sound:
        raise InputError("match.mapping")
    return ColumnMapping(columns, tuple(further))


def read_records(
    lines: Iterable[bytes], mapping: ColumnMapping, faults: list[tuple[int, str]]
) -> Iterator[PersonRecord]:
    """Read the rows of a CSV file in UTF-8; a row that cannot be read goes to `faults` as (line, code).

    Raises:
        InputError: `match.empty` without a header row; `match.header` when a column of the mapping is missing.
    """
    rows = csv.reader(_text(lines, faults))
    try:
        header = [name.strip() for name in next(rows)]
    except StopIteration:
        raise InputError("match.empty", line=1) from None
    except csv.Error:
        raise InputError("match.header", line=1) from None
    if mapping.columns["id"] not in header or any(name not in header for name in mapping.further):
        raise InputError("match.header", line=1)
    places = {name: header.index(column) for name, column in mapping.columns.items() if column in header}
    further = [header.index(name) for name in mapping.further]
    while (row := _next(rows, faults)) is not None:
        if not row:
            continue
        if len(row) != len(header):
            faults.append((rows.line_num, "match.ragged"))
            continue
        values = {name: row[place].strip() for name, place in places.items()}
        yield PersonRecord(**values, further=tuple(row[place] for place in further))


def _next(rows: Reader, faults: list[tuple[int, str]]) -> list[str] | None:
    """Return the next row, empty when it cannot be read, None at the end."""
    try:
        return next(rows, None)
    except csv.Error:
        faults.append((rows.line_num, "match.ragged"))
        return []


def _text(lines: Iterable[bytes], faults: list[tuple[int, str]]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            faults.append((number, "match.encoding"))
            text = "\n"
        if "\0" in text:
            faults.append((number, "match.binary"))
            text = "\n"
        yield text
