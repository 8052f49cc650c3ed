from __future__ import annotations

import json
from datetime import date

import pytest

from comity.core.codes.exchange import Purpose, Regime, ServiceId
from comity.core.codes.marks import DataCategory, SubjectCategory, Taint
from comity.core.register.birth import read_birth
from comity.core.register.release import ALLOWED, NEVER_RELEASED, releasable, release, told_to_person
from comity.core.register.subject import (
    Account,
    Marks,
    NameRole,
    PlaceRole,
    Sex,
    Subject,
    SubjectKind,
    SubjectState,
    located,
    written,
)
from comity.errors import Refused

EVERYTHING = frozenset(DataCategory)


def _subject(category: SubjectCategory = SubjectCategory.SUSPECT, **marks: object) -> Subject:
    return Subject(
        kind=SubjectKind.PERSON,
        names=(written("Amina Tazi", NameRole.FULL), written("Omar", NameRole.FATHER)),
        birth=read_birth("1980-02-03"),
        sex=Sex.FEMALE,
        nationalities=("MA",),
        places=(located("Fès", PlaceRole.BIRTH), located("Rue X, Bruxelles", PlaceRole.ADDRESS)),
        phones=("+32470123456",),
        accounts=(Account(kind="iban", number="BE71"),),
        remarks=("seen in Liège",),
        marks=Marks.model_validate(
            {
                "owner": ServiceId("BE.police"),
                "regime": Regime.POLICE,
                "purposes": (Purpose.DRUGS,),
                "category": category,
                "erase_at": date(2029, 1, 1),
                **marks,
            }
        ),
    )


def test_only_permitted_categories_leave() -> None:
    told = release(_subject(), frozenset({DataCategory.NAMES, DataCategory.BIRTH}))
    assert set(told["fields"]) == {"names", "birth"}
    assert "Omar" not in json.dumps(told)
    assert told["fields"]["birth"][0] == {"date": "1980-02-03", "precision": "day"}


def test_marks_travel_with_it() -> None:
    told = release(_subject(), frozenset())
    assert (told["handling"], told["evaluation"], told["category"]) == ("H0", "X4", "suspect")


@pytest.mark.parametrize("category", list(SubjectCategory))
def test_the_category_of_the_person_is_a_ceiling(category: SubjectCategory) -> None:
    told = release(_subject(category), EVERYTHING)
    held = {
        "names",
        "parents",
        "birth",
        "sex",
        "nationalities",
        "phones",
        "addresses",
        "accounts",
        "case-facts",
    }
    assert set(told["fields"]) == held & {each.value for each in ALLOWED[category]}


def test_nothing_of_a_witnesss_accounts() -> None:
    assert "BE71" not in json.dumps(release(_subject(SubjectCategory.WITNESS), EVERYTHING))


@pytest.mark.parametrize("taint", sorted(NEVER_RELEASED))
def test_prohibited_origins_are_not_released(taint: Taint) -> None:
    with pytest.raises(Refused, match="register.not-releasable") as raised:
        release(_subject(taints=(taint,)), EVERYTHING)
    assert taint.value not in str(raised.value)


@pytest.mark.parametrize("state", [SubjectState.RESTRICTED, SubjectState.QUARANTINED, SubjectState.ERASED])
def test_only_active_subjects_are_released(state: SubjectState) -> None:
    with pytest.raises(Refused, match="register.not-releasable"):
        release(_subject(state=state), EVERYTHING)


@pytest.mark.parametrize("category", list(SubjectCategory))
@pytest.mark.parametrize("state", [SubjectState.ACTIVE, SubjectState.RESTRICTED])
def test_the_person_itself_is_told_everything(category: SubjectCategory, state: SubjectState) -> None:
    taints = tuple(taint for taint in Taint if taint is not Taint.QUARANTINED)
    told = told_to_person(_subject(category, taints=taints, state=state))
    assert told["fields"] == release(_subject(), EVERYTHING)["fields"]
    assert told["category"] == category.value
    assert not any(taint.value in json.dumps(told["fields"]) for taint in taints)


@pytest.mark.parametrize("how", [{"taints": (Taint.QUARANTINED,)}, {"state": SubjectState.QUARANTINED}])
def test_what_was_quarantined_is_told_to_nobody(how: dict[str, object]) -> None:
    with pytest.raises(Refused, match=r"rights\.quarantined"):
        told_to_person(_subject(**how))  # type: ignore[arg-type]


def test_the_shape_says_nothing_of_taints() -> None:
    minor = _subject(taints=(Taint.CAPITAL_OFFENCE,))
    assert release(minor, EVERYTHING)["fields"] == release(_subject(), EVERYTHING)["fields"]
    assert "capital" not in json.dumps(release(minor, EVERYTHING))


def test_what_is_not_held_is_neither_offered_nor_sent() -> None:
    bare = _subject().model_copy(update={"phones": (), "sex": None, "remarks": ()})
    gone = {DataCategory.PHONES, DataCategory.SEX, DataCategory.CASE_FACTS}
    assert releasable(_subject()) - releasable(bare) == gone
    assert DataCategory.FINGERPRINTS not in releasable(_subject())
    told = release(bare, EVERYTHING)["fields"]
    assert set(told) == {each.value for each in releasable(bare)}
    assert all(told.values())
