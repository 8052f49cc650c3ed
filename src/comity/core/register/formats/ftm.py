"""Reader of FollowTheMoney entities, one JSON object a line, as published (``id``, ``schema``, ``properties``).

Source: followthemoney.tech, the schema files of the project; only what stands in the published form is used, no
code of it. The form is loose (dates with a time, phones without country): a value that cannot be read as what its
property promises stays as a remark. Schemata that describe a link or an event are refused with `Reason.SCHEMA`: the register holds subjects.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from comity.core.register.countries import country_code
from comity.core.register.formats.draft import Draft
from comity.core.register.formats.lines import Line, lines
from comity.core.register.formats.reading import Defaults, Fault, Reading, Readings, Reason, Refusal
from comity.core.register.subject import NameRole, PlaceRole, SubjectKind

MAX_KEY = 200
MAX_VALUES = 1000
"""Values of one property; more are refused."""

SCHEMATA: dict[str, SubjectKind] = {
    "Person": SubjectKind.PERSON,
    "LegalEntity": SubjectKind.ORGANISATION,
    "Organization": SubjectKind.ORGANISATION,
    "Company": SubjectKind.ORGANISATION,
    "PublicBody": SubjectKind.ORGANISATION,
    "Passport": SubjectKind.DOCUMENT,
    "Identification": SubjectKind.DOCUMENT,
    "Vehicle": SubjectKind.VEHICLE,
    "Vessel": SubjectKind.VEHICLE,
    "Airplane": SubjectKind.VEHICLE,
    "BankAccount": SubjectKind.ACCOUNT,
    "CryptoWallet": SubjectKind.ACCOUNT,
    "UserAccount": SubjectKind.ACCOUNT,
}

_NAMES = {
    "name": NameRole.FULL,
    "firstName": NameRole.GIVEN,
    "lastName": NameRole.FAMILY,
    "alias": NameRole.ALIAS,
    "weakAlias": NameRole.ALIAS,
    "previousName": NameRole.ALIAS,
    "fatherName": NameRole.FATHER,
    "motherName": NameRole.MOTHER,
}
_PLACES = {"birthPlace": PlaceRole.BIRTH, "address": PlaceRole.ADDRESS, "flag": PlaceRole.FLAG}
_PAPERS = {
    "passportNumber": "passport",
    "idNumber": "identity",
    "socialSecurityNumber": "social-security",
    "registrationNumber": "registration",
    "taxNumber": "tax",
    "vatCode": "vat",
    "leiCode": "lei",
    "number": "document",
}
_MARKS = {
    "imoNumber": "imo",
    "mmsi": "mmsi",
    "callSign": "call-sign",
    "registrationNumber": "registration",
    "serialNumber": "serial",
    "vin": "vin",
}
_ACCOUNTS = {
    "iban": "iban",
    "accountNumber": "account",
    "bic": "bic",
    "publicKey": "wallet",
    "swiftBic": "bic",
    "username": "user",
}
_REMARKS = ("position", "notes", "program", "topics", "summary")


def read_ftm(chunks: Iterable[bytes], defaults: Defaults) -> Readings:
    """Read FollowTheMoney JSON lines.

    Args:
        chunks: the file, in pieces of any size.
        defaults: marks of every entity.

    Raises:
        InputError: ``register.encoding``.
    """
    for line in lines(chunks):
        if line.fault is not None:
            yield Refusal(line.number, (Fault("", line.fault),))
        elif line.text.strip():
            yield _read(line, defaults)


def _read(line: Line, defaults: Defaults) -> Reading:
    try:
        entity = json.loads(line.text)
    except (ValueError, RecursionError):
        return Refusal(line.number, (Fault("", Reason.JSON),))
    if not isinstance(entity, dict):
        return Refusal(line.number, (Fault("", Reason.JSON),))
    schema = entity.get("schema")
    if not isinstance(schema, str) or schema not in SCHEMATA:
        return Refusal(line.number, (Fault("schema", Reason.SCHEMA),))
    draft = Draft(kind=SCHEMATA[schema])
    key = entity.get("id")
    if not isinstance(key, str) or not key:
        draft.fault("id", Reason.MISSING)
        key = ""
    draft.fits("id", key, MAX_KEY)
    values = _values(entity.get("properties"), draft)
    if not draft.faults:
        _identity(values, draft, defaults)
        _numbers(values, draft, schema)
    return draft.close(line.number, key, schema, defaults.marks)


def _values(properties: Any, draft: Draft) -> dict[str, list[str]]:
    """Return the texts of each property; a property is a list of texts."""
    if not isinstance(properties, dict):
        draft.fault("properties", Reason.JSON)
        return {}
    found: dict[str, list[str]] = {}
    for name, values in properties.items():
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            draft.fault("properties", Reason.JSON)
        elif len(values) > MAX_VALUES:
            draft.fault("properties", Reason.TOO_MANY)
        else:
            found[name] = [value.strip() for value in values if value.strip()]
    return found


def _identity(values: dict[str, list[str]], draft: Draft, defaults: Defaults) -> None:
    """Read what describes the entity; a value without the expected form is kept as a remark."""

    def each(column: str, add: Callable[[str, str], None]) -> None:
        for text in values.get(column, ()):
            draft.or_remark(column, text, add)

    for column, role in _NAMES.items():
        each(column, partial(_named, draft, role))
    for column, place in _PLACES.items():
        each(column, partial(_placed, draft, place))
    each("birthDate", lambda column, text: draft.birth(column, text[:10]))
    each("gender", draft.gender)
    each("nationality", draft.nationality)
    each("citizenship", draft.nationality)
    each("phone", lambda column, text: draft.phone(column, text, defaults.country))
    each("email", draft.email)
    for column in _REMARKS:
        each(column, draft.remark)


def _named(draft: Draft, role: NameRole, column: str, text: str) -> None:
    draft.name(column, text, role)


def _placed(draft: Draft, role: PlaceRole, column: str, text: str) -> None:
    draft.place(column, text, role)


def _numbers(values: dict[str, list[str]], draft: Draft, schema: str) -> None:
    """Read numbers: for a vehicle they are its marks, for everything else documents and accounts."""
    country = next((country_code(text) for text in values.get("country", ())), None)
    if draft.kind is SubjectKind.VEHICLE:
        for column, mark in _MARKS.items():
            for text in values.get(column, ()):
                draft.vehicle(column, schema.lower(), mark, text)
    else:
        for column, kind in _PAPERS.items():
            for text in values.get(column, ()):
                draft.document(column, kind, text, country)
    for column, kind in _ACCOUNTS.items():
        for text in values.get(column, ()):
            draft.account(column, kind, text)
