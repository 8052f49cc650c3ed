"""What a justification must say, and when a profession is at odds with a search."""

from __future__ import annotations

import pytest

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import SubjectCategory
from comity.core.watch.justified import Aim, Justification, Profession, read_justification
from comity.errors import InputError

WHOLE = Justification("theft", Aim.LEARN_MORE, SubjectCategory.SUSPECT)


def test_what_is_not_said_is_named_in_the_order_of_the_form() -> None:
    assert Justification().missing(Regime.POLICE) == ("offence", "aim", "concerns")
    assert Justification(offence="  ", aim=Aim.IDENTIFY).missing(Regime.POLICE) == ("offence", "concerns")
    assert WHOLE.missing(Regime.POLICE) == ()


def test_where_people_are_only_identified_there_is_no_offence() -> None:
    said = Justification(aim=Aim.IDENTIFY, concerns=SubjectCategory.TO_BE_IDENTIFIED)
    assert said.missing(Regime.RETURN_IDENTIFICATION) == ()
    assert said.missing(Regime.POLICE) == ("offence",)


@pytest.mark.parametrize(
    ("concerns", "at_odds"),
    [
        (SubjectCategory.SUSPECT, False),
        (SubjectCategory.MISSING, False),
        (SubjectCategory.CONTACT, True),
        (SubjectCategory.WITNESS, True),
        (SubjectCategory.ASSOCIATE, True),
        (None, True),
    ],
)
def test_a_protected_profession_is_at_odds_with_a_search_because_of_others(
    concerns: SubjectCategory | None, at_odds: bool
) -> None:
    assert Justification("x", Aim.LEARN_MORE, concerns, Profession.LAWYER).is_at_odds is at_odds
    assert not Justification("x", Aim.LEARN_MORE, concerns).is_at_odds


def test_it_comes_back_as_it_was_written() -> None:
    said = Justification("theft", Aim.IDENTIFY, SubjectCategory.MISSING, Profession.CLERGY, "desk 4, No. 12")
    assert read_justification(said.document()) == said
    assert read_justification({}) == Justification()


@pytest.mark.parametrize("offence", ["a\nb", "a\x1b[31m", "x" * 201])
def test_texts_are_one_readable_line(offence: str) -> None:
    with pytest.raises(InputError, match=r"probe\.justification-text"):
        Justification(offence=offence).checked()
    assert Justification(offence="  theft ").checked().offence == "theft"


@pytest.mark.parametrize("concerns", list(SubjectCategory))
def test_in_the_own_right_is_who_did_or_suffered_something(concerns: SubjectCategory) -> None:
    own = {"suspect", "convicted", "victim", "missing", "to-be-identified"}
    said = Justification(concerns=concerns, profession=Profession.LAWYER)
    assert said.is_at_odds is (concerns.value not in own)


def test_texts_have_their_bounds() -> None:
    assert Justification(on_behalf="x" * 64).checked().on_behalf == "x" * 64
    for too_long in (Justification(on_behalf="x" * 65), Justification(offence="x" * 201)):
        with pytest.raises(InputError, match=r"probe\.justification-text"):
            too_long.checked()
