from __future__ import annotations

import json
from typing import Any

import pytest
from tests.core.register.reading import DEFAULTS, faults, records

from comity.core.register.formats.ftm import read_ftm
from comity.core.register.formats.reading import Reading
from comity.core.register.subject import NameRole, SubjectKind


def _read(*entities: Any) -> list[Reading]:
    lines = [each if isinstance(each, str) else json.dumps(each) for each in entities]
    return list(read_ftm(["\n".join(lines).encode()], DEFAULTS))


def _person(**properties: list[str]) -> dict[str, Any]:
    return {"id": "Q1", "schema": "Person", "properties": {"name": ["Amina Tazi"], **properties}}


def test_a_person() -> None:
    subject = records(
        _read(
            _person(
                firstName=["Amina"],
                lastName=["Tazi"],
                fatherName=["Omar"],
                alias=["أمينة التازي"],
                birthDate=["1980-02-03", "1981"],
                birthPlace=["Fès"],
                gender=["female"],
                nationality=["ma"],
                citizenship=["Belgique"],
                passportNumber=["AB123"],
                country=["ma"],
                phone=["+32 470 12 34 56"],
                email=["A@B.example"],
                position=["clerk"],
                somethingNew=["kept out"],
            )
        )
    )[0].subject
    assert {name.role for name in subject.names} == {
        NameRole.FULL,
        NameRole.GIVEN,
        NameRole.FAMILY,
        NameRole.FATHER,
        NameRole.ALIAS,
    }
    assert [birth.text() for birth in subject.births] == ["1980-02-03", "1981"]
    assert subject.nationalities == ("MA", "BE")
    assert (subject.documents[0].number, subject.documents[0].country) == ("AB123", "MA")
    assert (subject.phones, subject.emails, subject.sex) == (("+32470123456",), ("a@b.example",), "F")


@pytest.mark.parametrize(
    ("schema", "properties", "kind"),
    [
        ("Company", {"name": ["Shop"], "registrationNumber": ["77"]}, SubjectKind.ORGANISATION),
        ("Vessel", {"imoNumber": ["9187629"]}, SubjectKind.VEHICLE),
        ("Passport", {"number": ["X1"]}, SubjectKind.DOCUMENT),
        ("BankAccount", {"iban": ["BE71"]}, SubjectKind.ACCOUNT),
        ("CryptoWallet", {"publicKey": ["34kW"]}, SubjectKind.ACCOUNT),
    ],
)
def test_things(schema: str, properties: dict[str, list[str]], kind: SubjectKind) -> None:
    record = records(_read({"id": "a", "schema": schema, "properties": properties}))[0]
    assert (record.subject.kind, record.type) == (kind, schema)


def test_a_loose_value_becomes_a_remark() -> None:
    subject = records(_read(_person(phone=["call me"], birthDate=["spring 1980"], gender=["?"])))[0].subject
    assert set(subject.remarks) == {"call me", "spring 1980", "?"}
    assert not subject.phones


def test_what_is_refused() -> None:
    read = _read(
        "{not json",
        "[1]",
        {"id": "a", "schema": "Ownership", "properties": {}},
        {"schema": "Person", "properties": {"name": ["A"]}},
        {"id": "b", "schema": "Person", "properties": {"name": "A"}},
        {"id": "c", "schema": "Person", "properties": {}},
        {"id": 7, "schema": "Person", "properties": {"name": ["A"]}},
        _person(),
        '{"id": "deep", "schema": "Person", "properties": ' + "[" * 100_000 + "]" * 100_000 + "}",
    )
    assert faults(read) == [
        (1, "", "no-json"),
        (2, "", "no-json"),
        (3, "schema", "schema-not-held"),
        (4, "id", "missing"),
        (5, "properties", "no-json"),
        (6, "id", "nothing-tells-it-apart"),
        (7, "id", "missing"),
        (9, "", "no-json"),
    ]
