"""What the sex that a given name tells adds to stated sex, and what it never does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core.match.names.compare import FIGURE_NAMES, compare_names, score_pairs
from comity.core.match.records.linking import PersonRecord
from comity.core.match.register.index import RegisterIndex

PERSON = PersonRecord("a", "Nabil", "Chraibi", "1981-04-12", "Nador", "M", "MA")


def agreement(first: PersonRecord, second: PersonRecord) -> tuple[str, float]:
    index = RegisterIndex()
    index.add(0, first.described())
    found = index.weigh(second.described(), 0)
    assert found is not None
    return next((one.agreement, one.weight) for one in found.reasons if one.feature == "given")


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (PERSON, replace(PERSON, given="Nabila", sex="F"), "different"),
        (PERSON, replace(PERSON, given="نبيلة", sex=""), "different"),
        (PERSON, replace(PERSON, sex=""), "same"),
        (replace(PERSON, given="Nour"), replace(PERSON, given="Nour", sex=""), "silent"),
        (replace(PERSON, given="N."), replace(PERSON, given="Nabila", sex=""), "different"),
        (replace(PERSON, given="N.", sex="X"), replace(PERSON, given="Nabil", sex=""), "different"),
        (PERSON, PERSON, "silent"),
        (replace(PERSON, given="Hamza"), replace(PERSON, given="حمزة", sex=""), "same"),
        (replace(PERSON, given="Rahila"), replace(PERSON, given="Rahil", sex="M"), "silent"),
    ],
)
def test_given_names_and_stated_sex(first: PersonRecord, second: PersonRecord, told: str) -> None:
    there, back = agreement(first, second), agreement(second, first)
    assert there == back
    assert there[0] == told
    assert (there[1] > 0) == (told == "same")
    assert (there[1] < 0) == (told == "different")


@pytest.mark.parametrize("man", ["Aziz", "Karim", "Amin", "Samir", "Nabil", "Salim", "Chafik", "Moncef"])
def test_man_and_woman_stay_apart_in_each_script(man: str) -> None:
    for first, second in (
        (f"{man} Chraibi", f"{man}a Chraibi"),
        (f"Chraibi {man.upper()}", f"{man}a Chraibi"),
    ):
        assert score_pairs([(first, second)])[0] < 0.4


@pytest.mark.parametrize(
    ("name", "same"), [("Hamza", "حمزة"), ("Moussa", "موسى"), ("Simone", "سيمون"), ("Lies", "إلياس")]
)
def test_a_name_that_only_looks_like_a_womans_is_met(name: str, same: str) -> None:
    assert score_pairs([(f"{name} Chraibi", f"{same} الشرايبي")])[0] > 0.5


MIXED = st.lists(
    st.sampled_from(["محمدAli", "Nourالدين", "el", "محمد", "Ben", "عليx", "xy", "الدين", "بن"]),
    min_size=1,
    max_size=4,
)


@given(MIXED.map(" ".join), MIXED.map(" ".join))
def test_a_word_in_two_scripts_is_read_as_two(first: str, second: str) -> None:
    found = compare_names(first, second)
    assert found.probability is not None
    assert all(abs(found.figures[name]) < 1_000 for name in FIGURE_NAMES)
    assert score_pairs([(first, second)])[0] == pytest.approx(score_pairs([(second, first)])[0], abs=1e-9)


def test_a_word_in_two_scripts_still_meets_itself() -> None:
    assert score_pairs([("محمدAmrani", "محمد Amrani")])[0] > 0.9
