"""Names that must agree, and names that must not, as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core.names.letters import fold
from comity.core.names.skeleton import MAX_CODES
from comity.core.names.units import MAX_UNITS, units

SAME = (
    ("Mohammed", "محمد"),
    ("Mohamed", "Muhammad"),
    ("Abdelkader", "عبد القادر"),
    ("Abdelkader", "عبدالقادر"),
    ("Abd al-Qadir", "Abdelkader"),
    ("Kader", "Abdelkader"),
    ("Abdallah", "عبد الله"),
    ("Benabdellah", "بن عبد الله"),
    ("Ben Ali", "بنعلي"),
    ("Benali", "بن علي"),
    ("Bouchaïb", "بوشعيب"),
    ("Abou Bakr", "أبو بكر"),
    ("Nour Eddine", "نور الدين"),
    ("Noureddine", "نورالدين"),
    ("El Alaoui", "العلوي"),
    ("Laaroussi", "العروسي"),
    ("Ennaji", "الناجي"),
    ("Errachidi", "الرشيدي"),
    ("Guessous", "كسوس"),
    ("Rhozali", "الغزالي"),
    ("Ghazali", "الغزالي"),
    ("Khadija", "خديجة"),
    ("Chaïmae", "شيماء"),
    ("Sjaimae", "شيماء"),
    ("Hayat", "حياة"),
    ("Fathi", "فتحي"),
    ("Boushaki", "بوسحاقي"),
    ("Faïçal", "فيصل"),
    ("ﻣﺤﻤﺪ", "محمد"),
    ("مـــحـــمـــد", "مُحَمَّد"),
    ("علی", "علي"),
    ("Karima", "کریمة"),
    ("\u202bمحمد\u202c", "محمد"),
)


def codes(name: str) -> set[str]:
    return {code for unit in units(name) for code in unit.codes}


@pytest.mark.parametrize(("left", "right"), SAME)
def test_one_name_in_two_hands_shares_a_code(left: str, right: str) -> None:
    assert codes(left) & codes(right)


@pytest.mark.parametrize(("left", "right"), [("Karim", "Jamal"), ("خالد", "Walid"), ("Mustapha", "Mohamed")])
def test_other_names_share_none(left: str, right: str) -> None:
    assert not codes(left) & codes(right)


@pytest.mark.parametrize(
    ("typed", "folded"), [("ÉLISE", "elise"), ("٣٤", "34"), ("Straße", "strasse"), ("", "")]
)
def test_letters(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@given(st.text(max_size=300))
def test_any_text_is_read_within_limits(text: str) -> None:
    found = units(text)
    assert len(found) <= MAX_UNITS
    assert all(1 <= len(unit.codes) <= MAX_CODES for unit in found)
    assert fold(fold(text)) == fold(text)


@given(st.sampled_from([pair[0] for pair in SAME]))
def test_case_and_invisible_signs_change_nothing(name: str) -> None:
    assert units(name.upper()) == units(name) == units(f"\u200f {name}\u200e ")
