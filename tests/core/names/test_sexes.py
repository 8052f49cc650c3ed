"""The sex that a given name tells, the names that tell none, and the reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core.codes.sex import Sex, read_sex
from comity.core.names.sexes import SexReason, bearers, read_given, sex_of_given

MEN = {
    "Mohamed": SexReason.TABLE,
    "محمد": SexReason.TABLE,
    "Hamza": SexReason.TABLE,
    "حمزة": SexReason.TABLE,
    "Moussa": SexReason.TABLE,
    "Yahya": SexReason.TABLE,
    "Zakaria": SexReason.TABLE,
    "Taha": SexReason.TABLE,
    "Ibrahima": SexReason.SPELLING,
    "Abdelmounaïm": SexReason.SERVANT,
    "عبد الرزاق": SexReason.SERVANT,
    "Sadr Eddine": SexReason.FAITH,
    "Nour Eddine": SexReason.TABLE,
    "ⵢⵉⴷⵉⵔ": SexReason.TABLE,
    "Moulay Nour": SexReason.TITLE,
    "Abou Nour": SexReason.KUNYA,
    "Jean-Marie": SexReason.TABLE,
    "Wim": SexReason.TABLE,
}
WOMEN = {
    "Aziza": SexReason.TABLE,
    "Fatima Zahra": SexReason.TABLE,
    "فاطمة الزهراء": SexReason.TABLE,
    "Chakira": SexReason.FEMININE,
    "شاكرة": SexReason.FEMININE,
    "Lalla Nour": SexReason.TITLE,
    "Oum Ihsane": SexReason.KUNYA,
    "Tiziri": SexReason.TABLE,
    "ⵜⵉⵣⵉⵔⵉ": SexReason.TABLE,
    "Nour el Houda": SexReason.TABLE,
    "Marie-José": SexReason.TABLE,
    "Veerle": SexReason.TABLE,
    "Rahila": SexReason.ENDING,
    "رحيلة": SexReason.ENDING,
}
SILENT = (
    "Nour",
    "Ihsane",
    "Amal",
    "أمل",
    "Dominique",
    "Claude",
    "Shalom",
    "Bouazzama",
    "",
    "  ",
    "123",
    "El",
)


@pytest.mark.parametrize(("name", "because"), MEN.items())
def test_men(name: str, because: SexReason) -> None:
    found = sex_of_given(name)
    assert found is not None
    assert (found.sex, found.because) == (Sex.MALE, because)
    assert found.sure


@pytest.mark.parametrize(("name", "because"), WOMEN.items())
def test_women(name: str, because: SexReason) -> None:
    found = sex_of_given(name)
    assert found is not None
    assert (found.sex, found.because) == (Sex.FEMALE, because)
    assert found.sure is (because is not SexReason.ENDING)


@pytest.mark.parametrize("name", SILENT)
def test_a_name_that_tells_none(name: str) -> None:
    assert sex_of_given(name) is None


@given(st.text(max_size=300))
def test_any_text_has_an_answer(name: str) -> None:
    found = sex_of_given(name)
    assert found is None or found.sex in (Sex.MALE, Sex.FEMALE)


@given(st.sampled_from([*MEN, *WOMEN]))
def test_case_and_invisible_signs_change_nothing(name: str) -> None:
    assert sex_of_given(name.upper()) == sex_of_given(f"\u200f{name}\u200e") == sex_of_given(name)


def test_where_a_name_is_borne() -> None:
    simone = bearers("Simone")
    assert simone is not None
    assert simone.sexes == {Sex.MALE, Sex.FEMALE}
    assert bearers("Ouriaghli") is None


@pytest.mark.parametrize(
    "text", ['[arabic]\nmen = ["ali"]', '[arabic]\nmale = ["Ali"]', '[arabic]\nmale = ["abd ali"]']
)
def test_a_table_that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="folded words"):
        read_given(text)


@pytest.mark.parametrize(
    ("text", "sex"), [("Vrouw", Sex.FEMALE), (" m ", Sex.MALE), ("أنثى", Sex.FEMALE), ("x", Sex.OTHER)]
)
def test_the_words_of_a_sex(text: str, sex: Sex) -> None:
    assert read_sex(text) is sex


def test_another_word_is_no_sex() -> None:
    assert read_sex("unknown") is None
