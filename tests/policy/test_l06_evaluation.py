"""L6: each transmission says how it is evaluated, as of when and how complete it is; the receiver changes nothing.

Enforced by `DEFAULT_EVALUATION` in `Marks` (`core/register/subject.py`: with another default `test_silence_is_x4` fails), by
`evaluation` of `ReplyBody` and `InformationBody` (with a default there `test_from_a_hostile_partner` fails), by
`onward_body` in `services/protection/onward.py` (with another evaluation there `test_the_receiver_changes_nothing` fails) and by
`correct` of `services/protection/correct.py`, which knows only what this node itself said
(`test_the_receiver_changes_nothing`). As-of date and completeness: by `_released` and `AsOf` in `core/cases/messages.py` (where
`is_dated` is not asked, `test_undated_from_a_hostile_partner` fails), by `require_not_to_come` in
`services/exchange/accept.py` (without it a day to come is taken) and by `release` (`test_it_says_as_of_when_and_how_complete`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from tests.cases.cast import DPO, LOTTE, SALMA, ask, deliver, hold, subject
from tests.core.register.reading import DEFAULTS
from tests.federation.world import BE, THIRD, World
from tests.policy.hostile import sent_lawless, telling
from tests.policy.scene import case, passage
from tests.policy.test_l17_onward import consented, onward, rounds
from tests.told import FACTS, document

from comity.core.cases.protection import ProtectionGround
from comity.core.codes.dated import is_dated
from comity.core.codes.exchange import Purpose
from comity.core.codes.marks import Completeness, DataCategory, InformationEvaluation, SourceEvaluation
from comity.core.register.formats.csv_ import read_csv
from comity.core.register.formats.reading import Record
from comity.core.register.release import release
from comity.errors import ComityError, InputError
from comity.services.cases.answer import answer
from comity.services.cases.thread.inform import inform
from comity.services.protection.correct import correct
from comity.storage.models.cases import Case

RULE = {
    "enforced": (
        "core/register/subject.py:Marks",
        "core/cases/messages.py:ReplyBody",
        "core/cases/information.py:InformationBody",
        "core/cases/messages.py:Released",
        "core/codes/dated.py:require_not_to_come",
        "core/register/release.py:release",
        "services/protection/correct.py:correct",
        "services/protection/onward.py:pass_on",
    ),
    "core": ("test_silence_is_x4", "test_silence_is_no_date", "test_a_row_says_of_which_day_it_speaks"),
    "wire": ("test_from_a_hostile_partner", "test_undated_from_a_hostile_partner"),
    "api": (
        "api/test_assertions.py::test_information_says_as_of_when",
        "api/test_reading.py::test_the_evaluation_is_read_as_it_came",
        "api/test_law.py::test_a_system_tells_of_no_person",
    ),
    "desk": (
        "test_it_travels_as_the_register_has_it",
        "test_it_says_as_of_when_and_how_complete",
        "test_the_receiver_changes_nothing",
        "web/test_assertions.py::test_the_reader_sees_as_of_when_and_how_complete",
    ),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])


def test_silence_is_x4() -> None:
    marks = subject().marks
    assert (marks.source_evaluation.value, marks.information_evaluation.value) == ("X", "4")


def test_it_travels_as_the_register_has_it(desks: tuple[World, str]) -> None:
    world, agreement = desks
    changes = {"source_evaluation": SourceEvaluation.B, "information_evaluation": InformationEvaluation.TWO}
    hold(world.ma, subject(**changes))
    thread = ask(world, agreement)
    deliver(world)
    answer(world.ma, SALMA, thread)
    deliver(world)
    reply = case(world.be, thread).reply
    assert (reply["evaluation"], reply["subject"]["evaluation"]) == ("B2", "B2")


@pytest.mark.parametrize("evaluation", ["", "B", "2B", "Z1", "A5", "B2 ", None])
def test_from_a_hostile_partner(desks: tuple[World, str], evaluation: Any) -> None:
    world, agreement = desks
    outgoing = telling(agreement, {"evaluation": evaluation})
    assert sent_lawless(world, outgoing) == ("refused", "case.message-malformed")
    silent = telling(agreement)
    del silent.body["evaluation"]  # type: ignore[attr-defined]  # a dict in fact
    assert sent_lawless(world, silent) == ("refused", "case.message-malformed")
    assert not Case.objects.using("be").exists()


def test_the_receiver_changes_nothing(three: tuple[World, str, str, str]) -> None:
    """There is no act by which a receiver evaluates anew: not by a correction, not by passing it on."""
    world, thread, message, _ = three
    before = case(world.be, thread).reply
    for actor in (LOTTE, SALMA, DPO):
        with pytest.raises(ComityError):
            correct(world.be, actor, thread, ProtectionGround.INACCURATE, message)
    consented(three)
    told = onward(three)
    rounds(world)
    assert passage(world.nodes[THIRD], told).body["evaluation"] == before["evaluation"] == "X4"
    assert case(world.be, thread).reply == before


SAID = {"as_of": "2026-05-01", "completeness": "partial"}
DATED = {"as_of": date(2026, 5, 1), "completeness": Completeness.PARTIAL}


def test_silence_is_no_date() -> None:
    told = release(subject(), frozenset({DataCategory.NAMES}))
    assert (told["as_of"], told["completeness"]) == (None, "not-stated")
    whole = release(subject(**DATED), frozenset({DataCategory.NAMES}))
    none = release(subject(**DATED), frozenset())
    assert {name: whole[name] for name in SAID} == {name: none[name] for name in SAID} == SAID
    for wrong in ({}, {"as_of": None}, {"completeness": "partial"}, {**SAID, "as_of": 20260501}):
        assert not is_dated(wrong)


def test_a_row_says_of_which_day_it_speaks() -> None:
    rows = "id,full,as_of,completeness\n1,A B,2026-05-01,partial\n2,C D,,\n3,E F,2030-01-01,\n4,G H,,whole\n"
    given = replace(DEFAULTS, as_of=date(2026, 10, 1), completeness=Completeness.COMPLETE)
    first, second, *wrong = read_csv([rows.encode()], given)
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert (first.subject.marks.as_of, first.subject.marks.completeness) == tuple(DATED.values())
    assert second.subject.marks.as_of == given.as_of
    assert second.subject.marks.completeness is Completeness.COMPLETE
    assert not any(isinstance(each, Record) for each in wrong)


def test_it_says_as_of_when_and_how_complete(desks: tuple[World, str]) -> None:
    world, agreement = desks
    hold(world.ma, subject(**DATED))
    thread = ask(world, agreement)
    deliver(world)
    answer(world.ma, SALMA, thread)
    deliver(world)
    told = (case(world.be, thread).reply or {})["subject"]
    assert {name: told[name] for name in SAID} == SAID
    words = (world.ma, SALMA, BE, agreement, Purpose.TERRORISM, "a tip", "of use")
    with pytest.raises(InputError, match=r"case\.as-of-to-come"):
        inform(*words, assertions=FACTS, as_of=date(2030, 1, 1))
    opened = inform(*words, assertions=FACTS, **DATED)
    deliver(world)
    body = passage(world.be, opened).body
    assert {name: body[name] for name in SAID} == SAID


@pytest.mark.parametrize(
    "wrong",
    [
        {"as_of": "yesterday"},
        {"as_of": "2026-13-01"},
        {"as_of": "2026-05-01T10:00"},
        {"as_of": 0},
        {"as_of": "2027-01-01"},
        {"completeness": "whole"},
        {"completeness": None},
        {"completeness": ["partial"]},
    ],
)
def test_undated_from_a_hostile_partner(desks: tuple[World, str], wrong: dict[str, Any]) -> None:
    world, agreement = desks
    person = {**document({"names": ["x"]}), **wrong}
    for body in (wrong, {"subject": person}):
        assert sent_lawless(world, telling(agreement, body)) == ("refused", "case.as-of"), body
    [name] = wrong
    del person[name]
    assert sent_lawless(world, telling(agreement, {"subject": {**person, name: wrong[name]}}))[0] == "refused"
    silent = telling(agreement)
    del silent.body[name]  # type: ignore[attr-defined]  # a dict in fact
    assert sent_lawless(world, silent) == ("refused", "case.as-of")
    assert not Case.objects.using("be").exists()


def test_who_passes_it_on_keeps_the_owners_date(three: tuple[World, str, str, str]) -> None:
    world, thread, _, _ = three
    consented(three)
    told = onward(three)
    rounds(world)
    owner = (case(world.be, thread).reply or {})["subject"]
    body = passage(world.nodes[THIRD], told).body
    assert {name: body["subject"][name] for name in SAID} == {name: owner[name] for name in SAID}
    assert (body["as_of"], body["completeness"]) == (None, "not-stated")
