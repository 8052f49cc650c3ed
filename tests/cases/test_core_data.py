"""The 48 hours for the core data on a hit: the same on both nodes, stopped by any answer, on record, with reminders.

Enforced by `core_course` in `core/cases/clock.py` and `record_core` in `services/clocks/core_data.py`: without the former
there is no clock, without the latter nothing is on record.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cases.calendars import make
from tests.cases.cast import LOTTE, SALMA, ask, deliver, officer
from tests.cases.clocked import clocked_desks, recorded
from tests.cases.test_cases import URGENT
from tests.cases.test_clock_properties import courses, moments
from tests.federation.world import START, World

from comity.cli.thread.shown import case_shown
from comity.core.agreement.timing import ExtensionRule
from comity.core.cases.clock import (
    CORE,
    Clock,
    ClockState,
    Course,
    Turn,
    TurnKind,
    core_course,
    read_clock,
)
from comity.core.cases.counting import ClockRules, Counting
from comity.core.codes.marks import DelayGround, RefusalGround, Role
from comity.services.cases.answer import answer
from comity.services.cases.inbox import assign
from comity.services.cases.recall import recall
from comity.services.cases.refuse import refuse
from comity.services.cases.views import show_case
from comity.services.clocks.core_data import core_clock, record_core
from comity.services.clocks.delay import extend
from comity.services.clocks.remind import put_substitute, remind, reminders, reminders_of
from comity.services.context import Actor
from comity.storage import people
from comity.storage.models.cases import Case
from comity.storage.models.people import Officer

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
HAKIM = officer("hakim", Role.OFFICER)
LEILA = officer("leila", Role.OFFICER)
NADIA = officer("nadia", Role.HEAD_OF_DESK)


@pytest.fixture
def asked() -> tuple[World, str]:
    """A request of seven days that rests on a hit."""
    world, agreement = clocked_desks()
    thread = ask(world, agreement)
    deliver(world)
    return world, thread


def core(world: World, thread: str) -> Clock:
    """Return the clock, having seen that both nodes read it alike."""
    here, there = (core_clock(node, thread) for node in (world.be, world.ma))
    assert here is not None
    assert there is not None
    assert (here.state, here.deadline) == (there.state, there.deadline)
    return there


def record_both(world: World) -> list[int]:
    return [record_core(node) for node in (world.be, world.ma)]


def later(world: World, hours: float) -> None:
    world.clock.now = START + timedelta(hours=hours, minutes=1)


def test_two_days_from_the_receipt(asked: tuple[World, str]) -> None:
    world, thread = asked
    row = Case.objects.using("ma").get(thread=thread)
    found = core(world, thread)
    assert found.state is ClockState.OPEN
    assert found.deadline == row.received_at + CORE
    shown = show_case(world.ma, SALMA, thread)
    assert shown["core_clock"]["left_seconds"] < shown["clock"]["left_seconds"]
    assert any(line.startswith("core data  open") for line in case_shown(shown))


def test_a_miss_stands_in_both_logs_once(asked: tuple[World, str]) -> None:
    world, thread = asked
    later(world, 47)
    assert record_both(world) == [0, 0]
    later(world, 49)
    assert core(world, thread).state is ClockState.OVERDUE
    assert record_both(world) == [1, 1]
    assert record_both(world) == [0, 0]
    assert recorded("be", "case.core-missed") == recorded("ma", "case.core-missed")
    assert recorded("ma", "case.core-missed")[0]["thread"] == thread
    assert recorded("ma", "case.deadline-missed") == [], "the request's own time runs on"


@pytest.mark.parametrize("how", ["part", "whole", "refusal"])
def test_any_answer_stops_it(asked: tuple[World, str], how: str) -> None:
    world, thread = asked
    later(world, 40)
    if how == "refusal":
        refuse(world.ma, SALMA, thread, RefusalGround.F2)
    else:
        answer(world.ma, SALMA, thread, final=how == "whole")
    deliver(world)
    later(world, 60)
    found = core(world, thread)
    assert found.state is (ClockState.REFUSED if how == "refusal" else ClockState.ANSWERED_IN_TIME)
    assert record_both(world) == [0, 0]
    assert {row.core_told for row in Case.objects.using("ma")} == {"in-time"}


def test_a_late_part_is_late(asked: tuple[World, str]) -> None:
    world, thread = asked
    later(world, 50)
    answer(world.ma, SALMA, thread, final=False)
    deliver(world)
    assert core(world, thread).state is ClockState.ANSWERED_LATE
    assert record_both(world) == [1, 1]


def test_while_a_receipt_is_awaited_nothing_is_recorded(asked: tuple[World, str]) -> None:
    world, thread = asked
    later(world, 47)
    answer(world.ma, SALMA, thread, final=False)
    later(world, 49)
    assert record_core(world.ma) == 0


def test_a_judge_gives_more_time(asked: tuple[World, str]) -> None:
    world, thread = asked
    extend(world.ma, SALMA, thread, DelayGround.JUDICIAL_AUTHORISATION, timedelta(days=3), "a judge")
    deliver(world)
    later(world, 60)
    assert core(world, thread).state is not ClockState.OVERDUE
    assert record_both(world) == [0, 0]


def test_only_a_request_on_a_hit_with_more_time_has_it() -> None:
    world, agreement = clocked_desks()
    threads = [
        ask(world, agreement, reference=None, about="the driver"),
        ask(world, agreement, **URGENT),
    ]
    deliver(world)
    later(world, 60)
    for thread in threads:
        assert core_clock(world.ma, thread) is None
        assert show_case(world.be, LOTTE, thread)["core_clock"] is None
    assert record_both(world) == [0, 0]


def test_a_recalled_request_owes_nothing(asked: tuple[World, str]) -> None:
    world, thread = asked
    recall(world.be, LOTTE, thread)
    deliver(world)
    later(world, 60)
    assert record_both(world) == [0, 0]


@pytest.fixture
def held(asked: tuple[World, str]) -> tuple[World, str]:
    """The request with its owner, the owner's substitute and a head of desk."""
    world, thread = asked
    for actor in (HAKIM, LEILA, NADIA):
        account = Officer(username=actor.name, created_at=START)
        people.save_officer("ma", account)
        people.replace_roles("ma", account, actor.roles)
    assign(world.ma, NADIA, thread, HAKIM)
    put_substitute(world.ma, NADIA, HAKIM, HAKIM_REGIME, LEILA)
    return world, thread


HAKIM_REGIME = next(iter(HAKIM.roles))[0]


def told(world: World, actor: Actor) -> list[str]:
    return [each.step.value for each in reminders(world.ma, actor)]


def test_it_escalates_like_every_clock(held: tuple[World, str]) -> None:
    world, thread = held
    steps = []
    for hours, whom in ((25, HAKIM), (37, LEILA), (44, NADIA)):
        later(world, hours)
        assert remind(world.ma) == 1
        [step] = told(world, whom)
        steps.append(step)
    assert steps == ["core-owner", "core-substitute", "core-head"]
    later(world, 49)
    assert remind(world.ma) == 2
    assert told(world, HAKIM) == ["core-missed", "core-owner"]
    [last] = reminders_of(world.ma, HAKIM_REGIME)
    assert (last.step.value, last.thread, last.deadline) == (
        "core-missed",
        thread,
        core(world, thread).deadline,
    )


def test_a_part_ends_its_reminders(held: tuple[World, str]) -> None:
    world, thread = held
    later(world, 25)
    remind(world.ma)
    answer(world.ma, SALMA, thread, final=False)
    deliver(world)
    assert told(world, HAKIM) == []
    later(world, 49)
    assert remind(world.ma) == 0


def test_a_late_part_ends_them_too(held: tuple[World, str]) -> None:
    world, thread = held
    later(world, 50)
    answer(world.ma, SALMA, thread, final=False)
    deliver(world)
    assert remind(world.ma) == 0


@given(courses, moments, moments)
def test_a_part_never_makes_it_later(course, part, now) -> None:  # type: ignore[no-untyped-def]
    """Whoever tells the core data earlier is never worse off; and the clock is read at every instant."""
    alone, told_in_part = (core_course(course, None, None), core_course(course, part, part))
    assert (alone is None) == (told_in_part is None)
    if alone is None or told_in_part is None:
        return
    before, after = read_clock(alone, now), read_clock(told_in_part, now)
    if part <= now and not before.late:
        assert not after.late


def test_the_number_is_the_laws() -> None:
    assert timedelta(hours=48) == CORE


@given(st.integers(1, 48))
def test_shorter_times_of_a_clause_stand_alone(hours: int) -> None:
    assert core_course(Course(timedelta(hours=hours), START), None, None) is None


def weekend() -> Course:
    """A request of two working days that came on a Friday at noon: its own time ends on Tuesday."""
    friday = datetime(2026, 11, 27, 12, tzinfo=UTC)
    return Course(timedelta(days=2), friday, rules=ClockRules(counting=Counting((make(),))))


def test_two_working_days_are_longer_than_48_hours() -> None:
    course = weekend()
    core = core_course(course, None, None)
    assert core is not None
    sunday = datetime(2026, 11, 29, 12, tzinfo=UTC)
    assert read_clock(core, sunday).deadline == sunday
    assert read_clock(course, sunday).deadline == datetime(2026, 12, 2, tzinfo=UTC)


def test_a_short_time_that_is_extended_or_stands_still_is_no_shorter() -> None:
    short = Course(
        timedelta(hours=24),
        START,
        rules=ClockRules(
            extension=ExtensionRule(grounds=(DelayGround.COMPLEXITY,), longest=timedelta(days=20)),
            stands_still=True,
        ),
    )
    assert core_course(short, None, None) is None
    early = START + timedelta(hours=2)
    more = Turn(early, "a", TurnKind.EXTENSION, timedelta(days=3), DelayGround.COMPLEXITY)
    asked_back = Turn(early, "b", TurnKind.STILL)
    for turn in (more, asked_back):
        core = core_course(replace(short, turns=(turn,)), None, None)
        assert core is not None, turn.kind
        assert read_clock(core, START + timedelta(hours=49)).late
    late = replace(more, at=START + timedelta(hours=30))
    assert core_course(replace(short, turns=(late,)), None, None) is None, "it came after the deadline"


def test_what_stands_alone_is_put_on_record_once(asked: tuple[World, str]) -> None:
    world, thread = asked
    for alias in ("be", "ma"):
        Case.objects.using(alias).filter(thread=thread).update(deadline_hours=24)
    later(world, 60)
    assert record_both(world) == [0, 0]
    assert {row.core_told for row in Case.objects.using("ma")} == {"own"}
