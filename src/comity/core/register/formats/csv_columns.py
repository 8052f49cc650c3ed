"""The documented columns of a register in CSV, their other spellings, and how each cell is read (`docs/import.md`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from comity.core.codes.checks import Check
from comity.core.codes.exchange import Purpose
from comity.core.codes.marks import (
    Completeness,
    DataCategory,
    Handling,
    InformationEvaluation,
    SourceEvaluation,
    SubjectCategory,
    Taint,
)
from comity.core.register.countries import country_code
from comity.core.register.formats.draft import Draft, DraftMarks
from comity.core.register.formats.reading import Reason
from comity.core.register.subject import NameRole, PlaceRole, SubjectKind, SubjectState

Cell = Callable[[Draft, DraftMarks, str, str], None]
"""Reads one value of a column into the draft: draft, marks, column, value."""

OTHER_SPELLINGS = {
    "given_name": "given",
    "first_name": "given",
    "firstname": "given",
    "prenom": "given",
    "voornaam": "given",
    "family_name": "family",
    "last_name": "family",
    "lastname": "family",
    "surname": "family",
    "nom": "family",
    "achternaam": "family",
    "name": "full",
    "full_name": "full",
    "date_of_birth": "dob",
    "birth_date": "dob",
    "geboortedatum": "dob",
    "date_naissance": "dob",
    "place_of_birth": "pob",
    "gender": "sex",
    "nationality": "nat",
    "nationalities": "nat",
    "passport": "document",
    "telephone": "phone",
    "aliases": "alias",
    "rec_id": "id",
    "retention": "retention_until",
}
"""Further headers that are understood, each for its documented column."""


def _name(role: NameRole) -> Cell:
    return lambda draft, _, column, text: draft.name(column, text, role)


def _place(role: PlaceRole) -> Cell:
    return lambda draft, _, column, text: draft.place(column, text, role)


def _kind(draft: Draft, _: DraftMarks, column: str, text: str) -> None:
    if text.lower() in list(SubjectKind):
        draft.kind = SubjectKind(text.lower())
    else:
        draft.fault(column, Reason.CODE)


def _document(draft: Draft, _: DraftMarks, column: str, text: str) -> None:
    """Read ``number``, ``kind:number`` or ``kind:COUNTRY:number``."""
    *head, number = (part.strip() for part in text.split(":"))
    kind = head[0] if head and head[0] else "document"
    country = country_code(head[1]) if len(head) == 2 else None
    if len(head) > 2 or (len(head) == 2 and country is None):
        draft.fault(column, Reason.COUNTRY if len(head) == 2 else Reason.INVALID)
    elif not number:
        draft.fault(column, Reason.MISSING)
    else:
        draft.document(column, kind, number, country)


def _phone(draft: Draft, marks: DraftMarks, column: str, text: str) -> None:
    draft.phone(column, text, marks.defaults.country)


def _vehicle(draft: Draft, _: DraftMarks, column: str, text: str) -> None:
    """Read ``plate``, or ``mark:number`` (``vin:…``, ``imo:…``, ``tail:…``)."""
    mark, _colon, number = text.rpartition(":")
    draft.vehicle(column, "vehicle", mark.strip() or "plate", number.strip())


def _account(draft: Draft, _: DraftMarks, column: str, text: str) -> None:
    """Read an IBAN or ``kind:number``."""
    kind, _colon, number = text.rpartition(":")
    draft.account(column, kind.strip() or "iban", number.replace(" ", ""))


def _purpose(draft: Draft, marks: DraftMarks, column: str, text: str) -> None:
    if text in list(Purpose):
        marks.purposes.append(Purpose(text))
    else:
        draft.fault(column, Reason.CODE)


def _fact(draft: Draft, marks: DraftMarks, column: str, text: str) -> None:
    """Read a category of data that the row states as a fact; ``none``: it states nothing as one."""
    marks.facts = marks.facts or []
    if text in list(DataCategory):
        marks.facts.append(DataCategory(text))
    elif text != "none":
        draft.fault(column, Reason.CODE)


def _as_of(draft: Draft, marks: DraftMarks, column: str, text: str) -> None:
    """Read the day of which the row speaks; none after the day of the import."""
    try:
        marks.as_of = date.fromisoformat(text)
    except ValueError:
        draft.fault(column, Reason.DATE)
        return
    if marks.as_of > marks.defaults.today:
        draft.fault(column, Reason.DATE)


def _completeness(draft: Draft, marks: DraftMarks, column: str, text: str) -> None:
    if text in list(Completeness):
        marks.completeness = Completeness(text)
    else:
        draft.fault(column, Reason.CODE)


def _check(draft: Draft, marks: DraftMarks, column: str, text: str) -> None:
    if text in list(Check):
        marks.check = Check(text)
    else:
        draft.fault(column, Reason.CODE)


def _taint(draft: Draft, marks: DraftMarks, column: str, text: str) -> None:
    if text.lower() in list(Taint):
        marks.taints.append(Taint(text.lower()))
    else:
        draft.fault(column, Reason.CODE)


def _category(draft: Draft, marks: DraftMarks, column: str, text: str) -> None:
    if text in list(SubjectCategory):
        marks.category = SubjectCategory(text)
    else:
        draft.fault(column, Reason.CODE)


def _handling(draft: Draft, marks: DraftMarks, column: str, text: str) -> None:
    try:
        marks.handling = Handling(text[:2].upper() + text[2:])
    except ValueError:
        draft.fault(column, Reason.CODE)


def _evaluation(draft: Draft, marks: DraftMarks, column: str, text: str) -> None:
    source, information = text[:1].upper(), text[1:]
    if source in list(SourceEvaluation) and information in list(InformationEvaluation):
        marks.evaluation = (SourceEvaluation(source), InformationEvaluation(information))
    else:
        draft.fault(column, Reason.CODE)


def _state(draft: Draft, marks: DraftMarks, column: str, text: str) -> None:
    if text in (SubjectState.ACTIVE, SubjectState.RESTRICTED, SubjectState.QUARANTINED):
        marks.state = SubjectState(text)
    else:
        draft.fault(column, Reason.CODE)


def _retention(draft: Draft, marks: DraftMarks, column: str, text: str) -> None:
    try:
        marks.erase_at = date.fromisoformat(text)
    except ValueError:
        draft.fault(column, Reason.DATE)


COLUMNS: dict[str, Cell] = {
    "kind": _kind,
    "given": _name(NameRole.GIVEN),
    "family": _name(NameRole.FAMILY),
    "full": _name(NameRole.FULL),
    "given_ar": _name(NameRole.GIVEN),
    "family_ar": _name(NameRole.FAMILY),
    "full_ar": _name(NameRole.FULL),
    "alias": _name(NameRole.ALIAS),
    "father": _name(NameRole.FATHER),
    "mother": _name(NameRole.MOTHER),
    "father_ar": _name(NameRole.FATHER),
    "mother_ar": _name(NameRole.MOTHER),
    "dob": lambda draft, _, column, text: draft.birth(column, text),
    "pob": _place(PlaceRole.BIRTH),
    "pob_ar": _place(PlaceRole.BIRTH),
    "address": _place(PlaceRole.ADDRESS),
    "sex": lambda draft, _, column, text: draft.gender(column, text),
    "nat": lambda draft, _, column, text: draft.nationality(column, text),
    "document": _document,
    "phone": _phone,
    "email": lambda draft, _, column, text: draft.email(column, text),
    "vehicle": _vehicle,
    "account": _account,
    "organisation": lambda draft, _, column, text: draft.organisation(column, text),
    "remark": lambda draft, _, column, text: draft.remark(column, text),
    "category": _category,
    "purpose": _purpose,
    "handling": _handling,
    "evaluation": _evaluation,
    "facts": _fact,
    "as_of": _as_of,
    "completeness": _completeness,
    "check": _check,
    "taints": _taint,
    "subject_state": _state,
    "retention_until": _retention,
}
"""Every column but ``id``, in the order of the documentation."""

SEVERAL = frozenset(
    {"alias", "dob", "address", "nat", "document", "phone", "email", "vehicle", "account", "organisation"}
    | {"purpose", "facts", "taints", "given", "family", "full"}
)
"""Columns whose cells may hold several values with ``|`` between them."""
