"""Reader of the OFAC list in CSV as published: main file, and beside it aliases, addresses and continued remarks.

Source: US Treasury, "SDN data formats": no header, twelve columns in ``sdn.csv`` (ent_num, name, type, programs,
title, call sign, vessel type, tonnage, GRT, flag, owner, remarks), ``-0-`` for an empty cell, a DOS end-of-file mark
at the end. ``alt.csv``: ent_num, alt_num, type, name, remarks. ``add.csv``: ent_num, add_num, address, city, country,
remarks. ``sdn_comments.csv``: ent_num and the remainder of remarks that did not fit.

Rows of the three files beside it join the entry of their number; a row whose entry is not in the main file is
refused with `Reason.NO_PARENT`. They are held in memory while the main file streams (about 40,000 rows today).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from comity.core.register.countries import country_code
from comity.core.register.formats.draft import Draft
from comity.core.register.formats.lines import lines
from comity.core.register.formats.ofac_remarks import read_remarks
from comity.core.register.formats.reading import Defaults, Fault, Reading, Readings, Reason, Refusal
from comity.core.register.formats.table import Row, rows
from comity.core.register.subject import NameRole, PlaceRole, SubjectKind
from comity.errors import InputError

MAX_SIDE_ROWS = 500_000
"""Rows of one file beside the main one; they stand in memory."""

KINDS = {
    "individual": SubjectKind.PERSON,
    "entity": SubjectKind.ORGANISATION,
    "vessel": SubjectKind.VEHICLE,
    "aircraft": SubjectKind.VEHICLE,
}
SDN_CELLS, ALT_CELLS, ADD_CELLS, COMMENT_CELLS = 12, 5, 6, 2


@dataclass
class _Side:
    """Rows of one file beside the main one, by entry number, and those that could not be read."""

    part: str
    cells: int
    by_entry: dict[str, list[Row]] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)

    def take(self, key: str) -> list[Row]:
        """Return the rows of an entry and forget them."""
        return self.by_entry.pop(key, [])

    def rest(self) -> Iterator[Refusal]:
        """Yield a refusal for each row that could not be read or belongs to no entry, in the order of the file."""
        orphans = [
            Refusal(row.line, (Fault("ent_num", Reason.NO_PARENT),), self.part)
            for found in self.by_entry.values()
            for row in found
        ]
        yield from sorted((*self.refusals, *orphans), key=lambda refusal: refusal.line)


def read_ofac(
    sdn: Iterable[bytes],
    defaults: Defaults,
    *,
    alt: Iterable[bytes] = (),
    add: Iterable[bytes] = (),
    comments: Iterable[bytes] = (),
) -> Readings:
    """Read the OFAC list.

    Args:
        sdn: the main file, in pieces of any size.
        defaults: marks of every entry.
        alt: the file of aliases.
        add: the file of addresses.
        comments: the file of continued remarks.

    Raises:
        InputError: ``register.encoding``, ``register.too-large`` (a file beside the main one).
    """
    sides = (
        _side("alt", ALT_CELLS, alt),
        _side("add", ADD_CELLS, add),
        _side("comments", COMMENT_CELLS, comments),
    )
    for row in _bare(rows(lines(sdn))):
        yield _read(row, sides, defaults)
    for side in sides:
        yield from side.rest()


def _bare(found: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows with empty cells for ``-0-``."""
    for row in found:
        yield Row(row.line, tuple("" if cell == "-0-" else cell for cell in row.cells), row.fault)


def _side(part: str, cells: int, chunks: Iterable[bytes]) -> _Side:
    side = _Side(part, cells)
    for count, row in enumerate(_bare(rows(lines(chunks))), start=1):
        if count > MAX_SIDE_ROWS:
            raise InputError("register.too-large", limit=MAX_SIDE_ROWS)
        if (fault := _shape(row, cells)) is not None:
            side.refusals.append(Refusal(row.line, (fault,), part))
        else:
            side.by_entry.setdefault(row.cells[0], []).append(row)
    return side


def _shape(row: Row, cells: int) -> Fault | None:
    if row.fault is not None:
        return Fault("", row.fault)
    if len(row.cells) != cells:
        return Fault("", Reason.TOO_FEW_CELLS if len(row.cells) < cells else Reason.TOO_MANY_CELLS)
    if not row.cells[0].isdecimal():
        return Fault("ent_num", Reason.CODE if row.cells[0] else Reason.MISSING)
    return None


def _read(row: Row, sides: tuple[_Side, _Side, _Side], defaults: Defaults) -> Reading:
    if (fault := _shape(row, SDN_CELLS)) is not None:
        return Refusal(row.line, (fault,))
    key, name, type_, program, title, call_sign, vessel, _tonnage, _grt, flag, owner, remarks = row.cells
    type_ = type_ or "entity"
    if type_ not in KINDS:
        return Refusal(row.line, (Fault("type", Reason.CODE),))
    alts, adds, comments = (side.take(key) for side in sides)
    draft = Draft(kind=KINDS[type_])
    _name(draft, "name", name, type_)
    for alias in alts:
        _alias(draft, alias.cells[3], type_)
    for _entry, _number, address, city, country, _remark in (joined.cells for joined in adds):
        text = ", ".join(part for part in (address, city, country) if part)
        if text:
            draft.place("address", text, PlaceRole.ADDRESS, country_code(country) if country else None)
    _craft(draft, type_, call_sign, flag)
    for column, text in (("program", program), ("title", title), ("vessel_type", vessel), ("owner", owner)):
        if text:
            draft.remark(column, text)
    whole = remarks + "".join(comment.cells[1] for comment in comments)
    read_remarks(whole, draft, type_, defaults.country)
    reading = draft.close(row.line, key, type_, defaults.marks, 1 + len(alts) + len(adds) + len(comments))
    if isinstance(reading, Refusal):
        _give_back(sides, key, (alts, adds, comments))
    return reading


def _give_back(sides: tuple[_Side, ...], key: str, taken: tuple[list[Row], ...]) -> None:
    """Rows that joined a refused entry belong to none; they are listed on their own."""
    for side, found in zip(sides, taken, strict=True):
        if found:
            side.by_entry[key] = found


def _name(draft: Draft, column: str, text: str, type_: str) -> None:
    """Read ``FAMILY, Given`` of a person, the whole name of anything else."""
    family, comma, given = text.partition(",")
    if type_ == "individual" and comma and given.strip():
        draft.name(column, given.strip(), NameRole.GIVEN)
        draft.name(column, family.strip(), NameRole.FAMILY)
    elif text:
        draft.name(column, text, NameRole.FULL)


def _alias(draft: Draft, text: str, type_: str) -> None:
    family, comma, given = text.partition(",")
    if type_ == "individual" and comma:
        text = f"{given.strip()} {family.strip()}".strip()
    if text:
        draft.name("alt_name", text, NameRole.ALIAS)


def _craft(draft: Draft, type_: str, call_sign: str, flag: str) -> None:
    if call_sign:
        draft.vehicle("call_sign", type_, "call-sign", call_sign)
    if flag:
        draft.place("flag", flag, PlaceRole.FLAG)
