"""A number whose check digits are wrong is weaker evidence, for and against."""

from __future__ import annotations

from comity.core.match.register.described import Description
from comity.core.match.register.index import RegisterIndex

SOUND, WRONG = "85073003328", "85073003329"


def number(held: Description, asked: Description) -> tuple[str, float]:
    index = RegisterIndex()
    index.add(0, held)
    found = index.weigh(asked, 0)
    assert found is not None
    return next((one.agreement, one.weight) for one in found.reasons if one.feature == "number")


def person(*numbers: str, damaged: str = "") -> Description:
    return Description(names=("Amina Tazi",), numbers=numbers, damaged=frozenset({damaged} - {""}))


def test_a_damaged_number_that_is_shared_weighs_less() -> None:
    same = number(person(SOUND), person("85.07.30-033.28"))
    damaged = number(person(WRONG, damaged=WRONG), person(WRONG))
    assert same[0] == "same"
    assert damaged[0] == "damaged"
    assert 0 < damaged[1] < same[1]
    assert number(person(WRONG), person(WRONG, damaged=WRONG)) == damaged


def test_a_damaged_number_that_differs_says_nothing() -> None:
    assert number(person(SOUND), person(WRONG)) == ("different", -0.3)
    assert number(person(WRONG, damaged=WRONG), person(SOUND)) == ("silent", 0.0)


def test_a_sound_number_besides_counts_in_full() -> None:
    held = person(WRONG, SOUND, damaged=WRONG)
    assert number(held, person(WRONG, SOUND))[0] == "same"


def test_a_damaged_number_alone_still_finds() -> None:
    index = RegisterIndex()
    index.add(7, person(WRONG, damaged=WRONG))
    found = index.search(Description(numbers=(WRONG,)), prior=0.1)
    assert [hit.identity for hit in found.hits] == [7]
