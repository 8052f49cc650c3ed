"""A single column of names told apart where that is sure; the name as written always stays."""

from __future__ import annotations

from tests.core.register.reading import DEFAULTS, records

from comity.core.codes.marks import DataCategory
from comity.core.register.formats.csv_ import read_csv
from comity.core.register.release import release
from comity.core.register.subject import NameRole, Subject, open_subject
from comity.core.register.words import subject_words

FULL, GIVEN, FAMILY = NameRole.FULL, NameRole.GIVEN, NameRole.FAMILY


def read(header: str, row: str) -> Subject:
    return records(read_csv([f"{header}\n{row}\n".encode()], DEFAULTS))[0].subject


def names(subject: Subject) -> list[tuple[str, NameRole, bool]]:
    return [(name.text, name.role, name.split) for name in subject.names]


def test_a_sure_name_is_split_and_kept() -> None:
    subject = read("id,name", "1,El Amrani Rachid")
    assert names(subject) == [
        ("El Amrani Rachid", FULL, False),
        ("Rachid", GIVEN, True),
        ("El Amrani", FAMILY, True),
    ]
    assert open_subject(subject.to_octets()) == subject


def test_each_script_for_itself() -> None:
    subject = read("id,full,full_ar", "1,Jan Peeters,العمراني رشيد")
    assert [name.text for name in subject.given_names] == ["Jan", "رشيد"]


def test_what_is_open_stays_whole() -> None:
    assert names(read("id,name", "1,Mohamed Hassan")) == [("Mohamed Hassan", FULL, False)]


def test_what_the_source_tells_is_not_told_again() -> None:
    subject = read("id,given,family,full", "1,Rachid,El Amrani,El Amrani Rachid")
    assert not any(name.split for name in subject.names)


def test_only_persons_have_given_names() -> None:
    assert names(read("id,kind,name", "1,organisation,Karim Benali")) == [("Karim Benali", FULL, False)]


def test_the_reading_of_the_software_is_no_statement_of_the_source() -> None:
    """It is not searched by, not matched by, and not told to a partner."""
    split, whole = read("id,name", "1,El Amrani Rachid"), read("id,name", "1,Xyz Qrs")
    assert split.own_names == split.names[:1]
    assert list(split.full_names()) == ["El Amrani Rachid"]
    assert subject_words(split) == ("el", "amrani", "rachid")
    assert whole.own_names == whole.names
    told = release(split, frozenset({DataCategory.NAMES}))["fields"]["names"]
    assert told == [{"text": "El Amrani Rachid", "script": "Latn", "role": "full"}]
