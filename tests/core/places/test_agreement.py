"""Places of birth: one town in several languages, what lies in what, and what no text may break."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core.places.agreement import PlaceAgreement, agreement
from comity.core.places.tables import gazetteer


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("Nador", "الناظور", PlaceAgreement.SAME),
        ("Bruxelles", "Brussel", PlaceAgreement.SAME),
        ("Liège", "Luik", PlaceAgreement.SAME),
        ("Casa", "الدار البيضاء", PlaceAgreement.SAME),
        ("Casablanca, Maroc", "CASABLANCA", PlaceAgreement.SAME),
        ("Tanger", "طنجة", PlaceAgreement.SAME),
        ("La Louvière", "لا لوفيير", PlaceAgreement.SAME),
        ("Molenbeek", "Bruxelles", PlaceAgreement.CONTAINS),
        ("Fès", "Meknès", PlaceAgreement.DIFFERENT),
        ("Antwerpen", "طنجة", PlaceAgreement.DIFFERENT),
        ("", "Fès", PlaceAgreement.UNREADABLE),
        ("123", "Fès", PlaceAgreement.UNREADABLE),
    ],
)
def test_places(first: str, second: str, expected: PlaceAgreement) -> None:
    assert agreement(first, second) is expected
    assert agreement(second, first) is expected


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_has_an_answer_that_does_not_depend_on_the_order(first: str, second: str) -> None:
    assert agreement(first, second) is agreement(second, first)


def test_every_place_is_itself_and_numbered_once() -> None:
    places = gazetteer()
    assert [place.number for place in places] == list(range(1, len(places) + 1))
    assert sum(place.country == "BE" for place in places) > 565
    assert sum(place.country == "MA" for place in places) > 400
