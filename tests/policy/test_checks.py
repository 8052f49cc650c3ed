"""A check that an owner asks for goes down to what the place allows, on both nodes alike, and the report says what became of it.

Tried by removing each and seeing tests here fail: `lowered` in `core/codes/checks.py`, `unexplained` and `course` in
`core/cases/hit/check.py`, `_require_check_told` and `_require_checked` in `services/cases/thread/report_hit.py`, the check in
`release`, its absence from `onward_body` and from `told_to_person` in `core/register/release.py`.
"""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from tests.agreement.samples import shipped
from tests.cases.cast import LOTTE, SALMA, ask, deliver, hold, subject
from tests.federation.world import BE, MA, World
from tests.policy.hostile import sent_unbound
from tests.policy.test_hit_report import MARKS, TEXTS, found, hostile, shown
from tests.told import FACTS

from comity.core.agreement.model import open_agreement, write_agreement
from comity.core.cases.hit.check import Course, course, due_check
from comity.core.cases.hit.report import HitReportBody, Measure
from comity.core.cases.information import Origin
from comity.core.codes.checks import Check, lowered
from comity.core.codes.exchange import Purpose
from comity.core.codes.marks import Assertion, DataCategory, SubjectCategory
from comity.core.policy.returning import person_fits
from comity.core.register.release import is_as_released, release, told_to_person
from comity.errors import InputError, Refused
from comity.services.cases.answer import answer
from comity.services.cases.thread.inform import inform
from comity.services.cases.thread.report_hit import report_hit
from comity.services.cases.views import show_case
from comity.services.protection.onward import OwnWords, Theirs, onward_body
from comity.storage.models.cases import Case
from comity.storage.models.protection import Passage

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
WHY = {**TEXTS, "deviation": "he reached into his coat"}
WHY_MARKS = {**MARKS, "deviation": Assertion.FACT}


@pytest.mark.parametrize(
    ("asked", "allowed", "due"),
    [
        ("specific", ["discreet", "inquiry", "specific"], "specific"),
        ("specific", ["discreet", "inquiry"], "inquiry"),
        ("specific", ["discreet"], "discreet"),
        ("specific", ["specific"], "specific"),
        ("inquiry", ["specific"], "discreet"),
        ("inquiry", [], "discreet"),
        ("discreet", ["inquiry", "specific"], "discreet"),
    ],
)
def test_a_check_goes_down_and_never_up(asked: str, allowed: list[str], due: str) -> None:
    assert lowered(Check(asked), [Check(each) for each in allowed]) is Check(due)


def test_what_a_place_allows_is_signed() -> None:
    plan = shipped("plan_2025")
    assert due_check(plan, MA, Check.SPECIFIC) is Check.INQUIRY
    assert due_check(plan, BE, Check.SPECIFIC) is Check.SPECIFIC
    assert plan.transfers is not None
    silent = {name: each.model_copy(update={"checks": None}) for name, each in plan.transfers.items()}
    older = plan.model_copy(update={"transfers": silent})
    assert due_check(older, BE, Check.SPECIFIC) is Check.DISCREET
    assert b"checks" not in write_agreement(older)
    assert open_agreement(write_agreement(older)) == older
    assert b'"checks":["discreet","inquiry"]' in write_agreement(plan)


def body(**changes: Any) -> HitReportBody:
    """Return a report of a specific check that was made as one."""
    usual = {
        "message": "0" * 32,
        "outcome": "located",
        "at": "2026-11-23T10:00:00.000Z",
        "measures": ["searched"],
        **TEXTS,
        "assertions": dict.fromkeys(TEXTS, "fact"),
        "handling": "H1",
        "asked": "specific",
        "taken": "specific",
        "aware": True,
    }
    return HitReportBody.model_validate({**usual, **changes})


@pytest.mark.parametrize(
    ("changes", "due", "found"),
    [
        ({}, Check.SPECIFIC, Course.AS_ASKED),
        ({"taken": "inquiry", "measures": ["questioned"]}, Check.INQUIRY, Course.LOWERED),
        ({"taken": "inquiry", "measures": ["questioned"]}, Check.SPECIFIC, Course.LESS),
        ({}, Check.INQUIRY, Course.MORE),
        ({"asked": "discreet", "taken": "discreet", "measures": ["observed"]}, Check.DISCREET, Course.KNOWN),
        (
            {"asked": "discreet", "taken": "discreet", "measures": ["observed"], "aware": False},
            Check.DISCREET,
            Course.AS_ASKED,
        ),
        ({"taken": None, "aware": None, "measures": ["none"]}, Check.SPECIFIC, Course.LESS),
        (
            {"taken": None, "aware": None, "measures": ["none"], "outcome": "not-located"},
            Check.SPECIFIC,
            Course.NOT_MADE,
        ),
        ({"asked": None, "taken": None, "aware": None}, Check.SPECIFIC, None),
    ],
)
def test_what_became_of_it(changes: dict[str, Any], due: Check, found: Course | None) -> None:
    assert course(body(**changes), due) is found


@pytest.mark.parametrize(
    "changes",
    [
        {"taken": "inquiry"},
        {"taken": "discreet", "measures": ["questioned"]},
        {"aware": None},
        {"taken": None},
        {"asked": None},
        {"asked": None, "taken": None, "aware": None, "measures": ["none"], "deviation": "why"},
        {"message": None},
        {"asked": "arrest"},
    ],
)
def test_a_report_does_not_contradict_itself(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        body(**changes)


def watched(world: World, agreement: str, check: Check = Check.SPECIFIC) -> str:
    """Let Morocco answer a request with a check, and return the thread."""
    hold(world.ma, subject(check=check))
    thread = ask(world, agreement)
    deliver(world)
    answer(world.ma, SALMA, thread)
    deliver(world)
    return thread


def test_both_desks_read_which_check_and_what_became_of_it(desks: tuple[World, str]) -> None:
    world, agreement = desks
    hold(world.be, subject(check=Check.SPECIFIC, owner=BE))
    told = inform(
        world.be,
        SALMA,
        MA,
        agreement,
        Purpose.TERRORISM,
        "a driver",
        "he is on his way",
        assertions=FACTS,
        subject="5" * 32,
    )
    deliver(world)
    for node in (world.be, world.ma):
        [one] = show_case(node, SALMA, told)["passages"]
        assert one["check"] == {"asked": "specific", "due": "inquiry"}
    lower = found(world, measures=[Measure.QUESTIONED], check=Check.INQUIRY, aware=True)
    report_hit(world.ma, SALMA, told, lower)
    deliver(world)
    for node in (world.be, world.ma):
        one = show_case(node, SALMA, told)["passages"][-1]
        assert (one["check"]["taken"], one["check"]["course"], one["check"]["aware"]) == (
            "inquiry",
            "lowered",
            True,
        )


def test_nobody_reports_without_what_became_of_it(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = watched(world, agreement)
    assert show_case(world.be, LOTTE, thread)["check"] == {"asked": "specific", "due": "specific"}
    with pytest.raises(InputError, match=r"case\.check-missing"):
        report_hit(world.be, LOTTE, thread, found(world, measures=[Measure.OBSERVED]))
    less = {"check": Check.INQUIRY, "aware": True}
    with pytest.raises(InputError, match=r"case\.check-unexplained"):
        report_hit(world.be, LOTTE, thread, found(world, **less))
    sent = report_hit(world.be, LOTTE, thread, found(world, **less, texts=WHY, assertions=WHY_MARKS))
    deliver(world)
    assert shown(world, thread)["message"] == sent
    assert shown(world, thread)["check"]["course"] == "less"


def test_nobody_s_check_is_reported_where_none_was_asked_for(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    with pytest.raises(InputError, match=r"case\.request-field"):
        report_hit(world.be, LOTTE, thread, found(world, check=Check.INQUIRY, aware=True))
    with pytest.raises(InputError, match=r"case\.request-field"):
        report_hit(world.be, LOTTE, thread, found(world, texts=WHY, assertions=WHY_MARKS))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"asked": "specific", "taken": "specific", "aware": True, "measures": ["searched"]}, None),
        ({}, "case.check"),
        ({"asked": "discreet", "taken": "discreet", "aware": False, "measures": ["observed"]}, "case.check"),
        ({"asked": "specific", "taken": "inquiry", "aware": True, "measures": ["questioned"]}, "case.check"),
        ({"asked": "specific", "taken": None, "measures": ["none"]}, "case.check"),
        ({"asked": "specific", "taken": "inquiry", "measures": ["questioned"]}, "case.message-malformed"),
        (
            {"asked": "specific", "taken": "inquiry", "aware": True, "measures": ["searched"]},
            "case.message-malformed",
        ),
    ],
)
def test_wire_a_hostile_report(desks: tuple[World, str], changes: dict[str, Any], code: str | None) -> None:
    world, agreement = desks
    thread = watched(world, agreement)
    ended = sent_unbound(world, world.be, hostile(world, agreement, thread, changes))
    assert ended == (("delivered", None) if code is None else ("refused", code))


def test_wire_a_check_that_was_never_asked_for(answered: tuple[World, str, str]) -> None:
    world, agreement, thread = answered
    claim = {"asked": "discreet", "taken": "discreet", "aware": False, "measures": ["observed"]}
    assert sent_unbound(world, world.be, hostile(world, agreement, thread, claim)) == (
        "refused",
        "case.check",
    )


def test_wire_an_answer_that_asks_for_something_else(desks: tuple[World, str]) -> None:
    told = release(subject(check=Check.INQUIRY), frozenset({DataCategory.NAMES}))
    assert told["check"] == "inquiry"
    named, person = {DataCategory.NAMES}, SubjectCategory.SUSPECT
    assert is_as_released(told, named, person)
    for wrong in ("arrest", None, 1, ["inquiry"]):
        assert not is_as_released({**told, "check": wrong}, named, person)
    assert "check" not in release(subject(), frozenset({DataCategory.NAMES}))
    returning = {**told, "category": "to-be-identified"}
    assert not person_fits(returning, frozenset(named))
    del returning["check"]
    assert person_fits(returning, frozenset(named))


def test_the_person_is_not_told_of_an_entry_under_a_check() -> None:
    told_to_person(subject())
    with pytest.raises(Refused, match=r"rights\.under-check"):
        told_to_person(subject(check=Check.DISCREET))


def test_who_passes_it_on_asks_for_nothing_in_the_owner_s_name() -> None:
    told = release(subject(check=Check.SPECIFIC), frozenset({DataCategory.NAMES}))
    words = {
        "subject": told,
        "subject_category": "suspect",
        "handling": "H1",
        "evaluation": "X4",
        "conditions": None,
    }
    clause = shipped("plan_2025").clause("terrorism.request")
    assert clause is not None
    theirs = Theirs(Case(), Passage(), words)
    own = OwnWords("a driver", "his brother is in your custody", FACTS)
    passed = onward_body(theirs, clause, Origin(owner=MA, consent="0" * 64), own).json_body()
    assert told["check"] == "specific"
    assert "check" not in passed["subject"]
    assert passed["subject"]["fields"] == told["fields"]
