from __future__ import annotations

from datetime import date

import pytest

from comity.core.codes.exchange import Purpose, PurposeGroup, Regime, ServiceId
from comity.core.codes.marks import SubjectCategory, Taint
from comity.core.register.birth import read_birth
from comity.core.register.findable import Hidden, findable, hidden_by
from comity.core.register.subject import (
    Marks,
    NameRole,
    Subject,
    SubjectKind,
    SubjectState,
    open_subject,
    written,
)

TODAY = date(2026, 11, 23)
OWN = ServiceId("BE.police")


def _subject(birth: str = "1980", **marks: object) -> Subject:
    usual: dict[str, object] = {
        "owner": OWN,
        "regime": Regime.POLICE,
        "purposes": (Purpose.DRUGS,),
        "category": SubjectCategory.SUSPECT,
        "erase_at": date(2029, 1, 1),
    }
    return Subject(
        kind=SubjectKind.PERSON,
        names=(written("Amina", NameRole.FULL),),
        birth=read_birth(birth),
        marks=Marks.model_validate(usual | marks),
    )


def _hidden(subject: Subject) -> frozenset[Hidden]:
    return hidden_by(
        subject, service=OWN, regime=Regime.POLICE, group=PurposeGroup.SERIOUS_CRIME, today=TODAY
    )


def test_an_ordinary_suspect_is_findable() -> None:
    assert not _hidden(_subject())
    assert findable(
        _subject(), service=OWN, regime=Regime.POLICE, group=PurposeGroup.SERIOUS_CRIME, today=TODAY
    )


@pytest.mark.parametrize("taint", list(Taint))
def test_no_taint_is_findable(taint: Taint) -> None:
    assert _hidden(_subject(taints=(taint,))) == {Hidden.TAINT}


@pytest.mark.parametrize(
    ("marks", "ground"),
    [
        ({"category": SubjectCategory.WITNESS}, Hidden.CATEGORY),
        ({"category": SubjectCategory.VICTIM}, Hidden.CATEGORY),
        ({"category": SubjectCategory.INFORMANT}, Hidden.CATEGORY),
        ({"state": SubjectState.RESTRICTED}, Hidden.STATE),
        ({"state": SubjectState.QUARANTINED}, Hidden.STATE),
        ({"state": SubjectState.ERASED}, Hidden.STATE),
        ({"erase_at": TODAY}, Hidden.RETENTION),
        ({"owner": ServiceId("FR.police")}, Hidden.OWNER),
        ({"regime": Regime.INTELLIGENCE}, Hidden.REGIME),
        ({"purposes": (Purpose.WANTED_PERSONS,)}, Hidden.PURPOSE),
    ],
)
def test_each_ground_hides(marks: dict[str, object], ground: Hidden) -> None:
    assert _hidden(_subject(**marks)) == {ground}


@pytest.mark.parametrize(
    ("birth", "hidden"),
    [
        ("2008-11-23", False),
        ("2008-11-24", True),
        ("2008-11", True),
        ("2008-10", False),
        ("2008", True),
        ("2007", False),
        ("~2006", True),
        ("~2005", False),
        ("1990/2008", True),
        ("1990/2007", False),
    ],
)
def test_doubt_about_age_protects(birth: str, hidden: bool) -> None:
    assert (_hidden(_subject(birth)) == {Hidden.MINOR}) is hidden


def test_any_of_several_birth_dates_protects() -> None:
    subject = _subject().model_copy(update={"other_births": (read_birth("2012"),)})
    assert _hidden(subject) == {Hidden.MINOR}


@pytest.mark.parametrize("birth", ["1980", "1980-02", "1980-02-29", "~1980", "1980/1985"])
def test_subjects_survive_storage(birth: str) -> None:
    subject = _subject(birth, taints=(Taint.SIS,), state=SubjectState.RESTRICTED)
    assert open_subject(subject.to_octets()) == subject
    assert subject.births[0].text() == birth


@pytest.mark.parametrize(
    "text", ["", "80", "1980-02-30", "1980-00-12", "1985/1980", "12/02/1980", "1700", "1980-2-3"]
)
def test_no_birth_dates(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the reader's own fault and the calendar's
        read_birth(text)
