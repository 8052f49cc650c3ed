"""Reader of the consolidated list of the United Nations Security Council in XML, record by record.

Source: UN Security Council, consolidated list, schema ``sc-sanctions.xsd``. Document type declarations, entities and
external references are refused (defusedxml); one record may not exceed `MAX_RECORD` bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from comity.core.register.birth import BirthDate, BirthPrecision, birth_of, read_birth
from comity.core.register.countries import country_code
from comity.core.register.formats.draft import Draft
from comity.core.register.formats.reading import Defaults, Fault, Reading, Readings, Reason, Refusal
from comity.core.register.subject import MAX_REMARK, MAX_TEXT, NameRole, PlaceRole, SubjectKind
from comity.errors import InputError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_RECORD = 1_048_576
"""Bytes of one record."""

PIECE = 65_536
_NAMES = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
_RECORDS = {"INDIVIDUAL": SubjectKind.PERSON, "ENTITY": SubjectKind.ORGANISATION}


class _Source:
    """The file as the XML parser wants it: one line at each read, so that the line of a record is known."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._pieces = _pieces(chunks)
        self.line = 0
        self.since_record = 0

    def read(self, _size: int = -1) -> bytes:
        """Return the next line, or piece of a very long one; ``b""`` at the end."""
        piece = next(self._pieces, b"")
        self.line += 1
        self.since_record += len(piece)
        if self.since_record > MAX_RECORD:
            raise InputError("register.too-large", limit=MAX_RECORD, line=self.line)
        return piece


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (piece + b"\n" for piece in whole)
        if len(rest) > PIECE:
            yield rest
            rest = b""
    if rest:
        yield rest


def read_un(chunks: Iterable[bytes], defaults: Defaults) -> Readings:
    """Read the UN consolidated list.

    Args:
        chunks: the file, in pieces of any size.
        defaults: marks of every record.

    Raises:
        InputError: ``register.xml`` (not well formed from the line named on), ``register.xml-forbidden`` (a document
            type declaration or an entity), ``register.too-large``, ``register.header`` (another document).
    """
    source = _Source(chunks)
    events = iterparse(source, events=("start", "end"), forbid_dtd=True)
    root: Element | None = None
    started = 0
    try:
        for event, element in events:
            if root is None:
                root = element
                if element.tag != "CONSOLIDATED_LIST":
                    raise InputError("register.header")
            if element.tag not in _RECORDS:
                continue
            if event == "start":
                started = source.line
            else:
                yield _read(element, started, defaults)
                source.since_record = 0
                for group in root:
                    group.clear()
    except ParseError:
        raise InputError("register.xml", line=source.line) from None
    except DefusedXmlException:
        raise InputError("register.xml-forbidden", line=source.line) from None


def _read(element: Element, line: int, defaults: Defaults) -> Reading:
    type_ = element.tag.lower()
    draft = Draft(kind=_RECORDS[element.tag])
    key = _text(element, "DATAID")
    if not key:
        return Refusal(line, (Fault("DATAID", Reason.MISSING),))
    _names(element, draft, element.tag)
    for place in element.iter(f"{element.tag}_ADDRESS"):
        _place(place, draft, PlaceRole.ADDRESS)
    for nationality in element.iterfind("NATIONALITY/VALUE"):
        if value := _plain(nationality):
            draft.nationality("NATIONALITY", value)
    if gender := _text(element, "GENDER"):
        draft.gender("GENDER", gender)
    for birth in element.iter("INDIVIDUAL_DATE_OF_BIRTH"):
        _birth(birth, draft)
    for place in element.iter("INDIVIDUAL_PLACE_OF_BIRTH"):
        _place(place, draft, PlaceRole.BIRTH)
    for paper in element.iter("INDIVIDUAL_DOCUMENT"):
        _paper(paper, draft)
    _remarks(element, draft)
    return draft.close(line, key, type_, defaults.marks)


def _names(element: Element, draft: Draft, tag: str) -> None:
    whole = " ".join(part for name in _NAMES if (part := _text(element, name)))
    if whole:
        draft.name("FIRST_NAME", whole, NameRole.FULL)
    if original := _text(element, "NAME_ORIGINAL_SCRIPT"):
        draft.name("NAME_ORIGINAL_SCRIPT", original, NameRole.FULL)
    for alias in element.iter(f"{tag}_ALIAS"):
        text = _text(alias, "ALIAS_NAME")
        if len(text) > MAX_TEXT:
            draft.remark("ALIAS_NAME", text[:MAX_REMARK])
        elif text:
            draft.name("ALIAS_NAME", text, NameRole.ALIAS)


def _birth(element: Element, draft: Draft) -> None:
    """Read a date of birth; what has no form of a date becomes a remark."""
    kind, note = _text(element, "TYPE_OF_DATE"), _text(element, "NOTE")
    text = _text(element, "DATE") or _text(element, "YEAR")
    first, last = _text(element, "FROM_YEAR"), _text(element, "TO_YEAR")
    try:
        if first and last:
            draft.births.append(BirthDate(year=int(first), until=int(last), precision=BirthPrecision.RANGE))
        elif text:
            found = read_birth(text[:10])
            if kind == "APPROXIMATELY":
                found = birth_of(found.year, found.month or 0, found.day or 0, estimated=True)
            if found not in draft.births:
                draft.births.append(found)
    except ValueError:
        note = "; ".join(part for part in ("DOB", text, first, last, note) if part)
    if note:
        draft.remark("NOTE", note[:MAX_REMARK])


def _place(element: Element, draft: Draft, role: PlaceRole) -> None:
    parts = [_text(element, name) for name in ("STREET", "CITY", "STATE_PROVINCE", "ZIP_CODE", "COUNTRY")]
    text = ", ".join(part for part in parts if part)
    if len(text) > MAX_TEXT:
        draft.remark("ADDRESS", text[:MAX_REMARK])
    elif text:
        draft.place("ADDRESS", text, role, country_code(parts[-1]) if parts[-1] else None)


def _paper(element: Element, draft: Draft) -> None:
    number = _text(element, "NUMBER")
    kind = _text(element, "TYPE_OF_DOCUMENT") or "document"
    country = _text(element, "ISSUING_COUNTRY") or _text(element, "COUNTRY_OF_ISSUE")
    if number and len(number) <= MAX_TEXT:
        draft.document("NUMBER", kind[:MAX_TEXT], number, country_code(country) if country else None)
    elif number:
        draft.remark("NUMBER", number[:MAX_REMARK])
    if note := _text(element, "NOTE"):
        draft.remark("NOTE", note[:MAX_REMARK])


def _remarks(element: Element, draft: Draft) -> None:
    for name in ("UN_LIST_TYPE", "REFERENCE_NUMBER", "COMMENTS1"):
        text = _text(element, name)
        for start in range(0, len(text), MAX_REMARK):
            draft.remark(name, text[start : start + MAX_REMARK])
    for path in ("DESIGNATION/VALUE", "TITLE/VALUE"):
        for found in element.iterfind(path):
            if text := _plain(found):
                draft.remark(path.partition("/")[0], text[:MAX_REMARK])


def _text(element: Element, name: str) -> str:
    found = element.find(name)
    return _plain(found) if found is not None else ""


def _plain(element: Any) -> str:
    return " ".join((element.text or "").split())
