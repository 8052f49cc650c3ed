"""Check digits and what a Belgian number carries. The numbers are the examples of the library's own documentation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.register.reading import DEFAULTS, records

from comity.core.codes.sex import Sex
from comity.core.register.birth import read_birth
from comity.core.register.contradictions import contradictions
from comity.core.register.formats.csv_ import read_csv
from comity.core.register.formats.reading import Caution
from comity.core.register.numbers import Check, read_number

NATIONAL, BIS, CARD, IBAN = "85.07.30-033.28", "98.47.28-997.65", "591-1917064-58", "BE71 0961 2345 6769"


@pytest.mark.parametrize(
    ("kind", "number", "country", "check"),
    [
        ("rijksregisternummer", NATIONAL, None, Check.SOUND),
        ("Numéro de registre national", NATIONAL, None, Check.SOUND),
        ("national", NATIONAL, "BE", Check.SOUND),
        ("National Identification Number", NATIONAL, "BE", Check.SOUND),
        ("national", "85.07.30-033.29", "BE", Check.DAMAGED),
        ("national", "85.07.30-033.2", "BE", Check.DAMAGED),
        ("national", "٨٥٠٧٣٠٠٣٣٢٨", "BE", Check.SOUND),
        ("BIS", BIS, None, Check.SOUND),
        ("identity", NATIONAL, "BE", Check.SOUND),
        ("identity", CARD, "BE", Check.SOUND),
        ("identity", "591-1917064-59", "BE", Check.DAMAGED),
        ("iban", IBAN, None, Check.SOUND),
        ("IBAN", "BE71 0961 2345 6768", None, Check.DAMAGED),
        ("national", NATIONAL, "MA", Check.UNKNOWN),
        ("national", "AB123456", "MA", Check.UNKNOWN),
        ("passport", NATIONAL, "BE", Check.UNKNOWN),
        ("identity", "B 123", "BE", Check.UNKNOWN),
        ("national", NATIONAL, None, Check.UNKNOWN),
    ],
)
def test_check_digits(kind: str, number: str, country: str | None, check: Check) -> None:
    assert read_number(kind, number, country).check is check


@pytest.mark.parametrize("place", range(11))
def test_one_wrong_digit_is_seen(place: int) -> None:
    digits = read_number("rrn", NATIONAL).compact
    wrong = digits[:place] + str((int(digits[place]) + 1) % 10) + digits[place + 1 :]
    assert read_number("rrn", wrong).check is Check.DAMAGED


def test_what_a_belgian_number_carries() -> None:
    assert (read_number("rrn", NATIONAL).birth, read_number("rrn", NATIONAL).sex) == ((1985, 7, 30), Sex.MALE)
    assert (read_number("bis", BIS).birth, read_number("bis", BIS).sex) == ((1998, 7, 28), Sex.MALE)
    assert read_number("bis", "01 49 07 001 85").birth == (2001, 9, 7)
    assert read_number("iban", IBAN).birth == (0, 0, 0)


@given(st.text(max_size=80), st.text(max_size=300), st.sampled_from([None, "BE", "MA"]))
def test_any_text_is_a_number_or_none(kind: str, number: str, country: str | None) -> None:
    for each in (kind, "rrn", "iban", "identity"):
        read_number(each, number, country)
        read_number(each, number, "BE")


@pytest.mark.parametrize(
    ("births", "sex", "cautions"),
    [
        (["1985-07-30"], Sex.MALE, []),
        ([], None, []),
        (["1985"], None, []),
        (["1985-01-01"], Sex.OTHER, []),
        (["1985-07"], None, []),
        (["~1984"], None, []),
        (["1980/1990"], None, []),
        (["1970-01-02", "1985-07-30"], None, []),
        (["1985-07-31"], None, [Caution.NUMBER_BIRTH]),
        (["1958"], Sex.FEMALE, [Caution.NUMBER_BIRTH, Caution.NUMBER_SEX]),
        (["~1980"], None, [Caution.NUMBER_BIRTH]),
        (["1970/1980"], None, [Caution.NUMBER_BIRTH]),
        (["1985-07-30"], Sex.FEMALE, [Caution.NUMBER_SEX]),
    ],
)
def test_contradictions(births: list[str], sex: Sex | None, cautions: list[Caution]) -> None:
    dates = [read_birth(text) for text in births]
    assert list(contradictions(read_number("rrn", NATIONAL), dates, sex)) == cautions


def test_a_damaged_number_carries_nothing() -> None:
    number = read_number("rrn", "85.07.30-033.29")
    assert list(contradictions(number, [read_birth("1958")], Sex.FEMALE)) == [Caution.NUMBER_DAMAGED]


def test_a_caution_changes_nothing_of_the_row() -> None:
    rows = (
        f"id,given,family,dob,sex,document,account\n1,Amina,Tazi,1958,F,rrn:{NATIONAL},BE71 0961 2345 6768\n"
    )
    found = records(read_csv([rows.encode()], DEFAULTS))[0]
    assert {(one.column, one.caution.value) for one in found.warned} == {
        ("document", "number-other-birth"),
        ("document", "number-other-sex"),
        ("account", "number-damaged"),
    }
    assert (found.subject.documents[0].number, found.subject.sex) == (NATIONAL, Sex.FEMALE)
    assert [birth.text() for birth in found.subject.births] == ["1958"]
