"""Reads who is to be asked for from a CSV with the register's columns; every bad row is named, and none stops the rest.

Implements docs/protocol/probe.md §2. Columns that no search uses are passed over. A fault tells line and reason, never
what stands there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from comity.core.probe.query import ACCEPTED, Query, WrittenName, halved, read_date, read_query
from comity.core.register.formats.csv_ import MAX_KEY, open_table
from comity.core.register.formats.reading import Reason
from comity.core.register.formats.table import Row
from comity.errors import InputError

MAX_ROWS = 100_000
MOST_DATES = 4
MOST_VALUES = 8
_WHOLE = {"full": "family", "full_ar": "family_ar"}
"""A name whose parts are not told apart stands where the family name does."""


@dataclass(frozen=True, slots=True, repr=False)
class Wanted:
    """One row: its line, its identifier, the person."""

    line: int
    id: str
    query: Query


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that is not asked: its line, and why."""

    line: int
    reason: str


def read_table(chunks: Iterable[bytes]) -> tuple[list[Wanted], list[Fault]]:
    """Return the rows to ask and the faults, each in the order of the file.

    Args:
        chunks: the file, in pieces of any size.

    Raises:
        InputError: ``register.header``, ``register.column``; ``probe.batch-rows``: more than `MAX_ROWS` rows.
    """
    header, table = open_table(chunks, ignore_unknown=True)
    found: dict[str, Wanted] = {}
    faults: list[Fault] = []
    for count, row in enumerate(table, start=1):
        if count > MAX_ROWS:
            raise InputError("probe.batch-rows", limit=MAX_ROWS)
        read = _read(row, header)
        if isinstance(read, Wanted) and read.id in found:
            read = Fault(row.line, Reason.REPEATED.value)
        if isinstance(read, Fault):
            faults.append(read)
        else:
            found[read.id] = read
    return list(found.values()), faults


def _read(row: Row, header: Sequence[str]) -> Wanted | Fault:
    if row.fault is not None:
        return Fault(row.line, row.fault.value)
    if len(row.cells) != len(header):
        reason = Reason.TOO_FEW_CELLS if len(row.cells) < len(header) else Reason.TOO_MANY_CELLS
        return Fault(row.line, reason.value)
    cells = {column: cell for column, cell in zip(header, row.cells, strict=True) if column and cell}
    key = cells.pop("id", "")
    if not key:
        return Fault(row.line, Reason.MISSING.value)
    if len(key) > MAX_KEY or halved(key) or not key.isprintable():
        return Fault(row.line, Reason.INVALID.value)
    try:
        return Wanted(row.line, key, described(cells))
    except InputError as error:
        return Fault(row.line, error.code)


def described(cells: dict[str, str]) -> Query:
    """Build the description from cells of the register's columns, of which several hold more values with ``|`` between.

    Raises:
        InputError: as `read_query`.
    """
    values = {column: [part.strip() for part in cell.split("|")] for column, cell in cells.items()}
    values = {column: [part for part in parts if part] for column, parts in values.items()}
    for whole, column in _WHOLE.items():
        own = values.pop(whole, [])
        if own and not {"given", "family"} & _filled(values, column):
            values[column] = own
    values["document"] = [number.rpartition(":")[2].strip() for number in values.get("document", [])]
    first = {column: parts[0] for column, parts in values.items() if column in ACCEPTED and parts}
    query = read_query(first)
    for name in [*values.get("alias", []), *values.get("family", [])[1:]]:
        read_query({"family": name})
    aliases = tuple(WrittenName(family=name) for name in values.get("alias", []))
    return Query(
        names=(*query.names, *aliases)[:MOST_VALUES],
        births=tuple(read_date(text) for text in values.get("dob", [])[:MOST_DATES]),
        places=query.places,
        parents=query.parents,
        documents=_several(values, "document"),
        sex=query.sex,
        nationalities=_several(values, "nat"),
    )


def _filled(values: dict[str, list[str]], column: str) -> set[str]:
    """Return which of the given and family names of a script stand in the row, without the mark of the script."""
    mark = "_ar" if column.endswith("_ar") else ""
    return {name for name in ("given", "family") if values.get(name + mark)}


def _several(values: dict[str, list[str]], column: str) -> tuple[str, ...]:
    for text in values.get(column, []):
        read_query({"family": "-", column: text})
    return tuple(values.get(column, [])[:MOST_VALUES])
