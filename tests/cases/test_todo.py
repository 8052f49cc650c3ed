"""What waits for us stands in the inbox, with what is to be done; what waits for the partner does not."""

from __future__ import annotations

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from tests.cases.cast import DPO, LOTTE, SALMA, UID, ask, deliver
from tests.federation.world import BE, World
from tests.policy.scene import put_right
from tests.told import FACTS

from comity.core.cases.consent import Use
from comity.core.cases.protection import ProtectionGround
from comity.core.codes.exchange import Purpose
from comity.core.codes.marks import Assertion, DelayGround
from comity.services.cases.answer import answer
from comity.services.cases.inbox import inbox, list_cases
from comity.services.cases.thread.acknowledge import acknowledge
from comity.services.cases.thread.clarify import ask_clarification, clarify
from comity.services.cases.thread.inform import close_information, inform
from comity.services.cases.thread.todo import Todo
from comity.services.clocks.delay import explain
from comity.services.clocks.watch import record_missed
from comity.services.context import Actor, Node
from comity.services.protection.consent import ask_consent, decide_consent
from comity.services.protection.correct import correct
from comity.services.protection.outstanding import outstanding, take_note

pytestmark = pytest.mark.django_db(databases=["be", "ma"])


def due(node: Node, actor: Actor) -> dict[str, tuple[Todo, ...]]:
    """Return what the inbox says is to be done, by thread."""
    return {each.thread: each.todo for each in inbox(node, actor)}


def test_a_request_waits_for_who_was_asked_only(asked: tuple[World, str, str]) -> None:
    world, _, thread = asked
    assert due(world.ma, SALMA) == {thread: (Todo.ANSWER,)}
    assert due(world.be, LOTTE) == {}
    answer(world.ma, SALMA, thread)
    deliver(world)
    assert due(world.ma, SALMA) == due(world.be, LOTTE) == {}


def test_a_question_waits_for_who_asked_until_it_is_answered(asked: tuple[World, str, str]) -> None:
    world, agreement, thread = asked
    other = ask(world, agreement)
    deliver(world)
    for question in ("which brother?", "which year?"):
        ask_clarification(world.ma, SALMA, thread, question)
    assert due(world.be, LOTTE) == {}
    deliver(world)
    assert due(world.be, LOTTE) == {thread: (Todo.CLARIFY,)}
    assert set(due(world.ma, SALMA)) == {thread, other}
    clarify(world.be, LOTTE, thread, "the younger", assertion=Assertion.FACT)
    assert due(world.be, LOTTE) == {thread: (Todo.CLARIFY,)}
    clarify(world.be, LOTTE, thread, "1984", assertion=Assertion.FACT)
    assert due(world.be, LOTTE) == {}
    open_ones = {each.thread: each.todo for each in list_cases(world.be, LOTTE, open_only=True)}
    assert open_ones == {thread: (), other: ()}


def test_conditions_wait_after_the_case_is_closed(asked: tuple[World, str, str]) -> None:
    world, _, thread = asked
    message = answer(world.ma, SALMA, thread, conditions="for the trial only")
    deliver(world)
    assert due(world.be, LOTTE) == {thread: (Todo.ACKNOWLEDGE,)}
    assert [each.thread for each in list_cases(world.be, LOTTE, open_only=True)] == [thread]
    acknowledge(world.be, LOTTE, thread, message)
    assert due(world.be, LOTTE) == {}
    assert list_cases(world.be, LOTTE, open_only=True) == []


def test_consent_waits_for_the_owner(asked: tuple[World, str, str]) -> None:
    world, _, thread = asked
    message = answer(world.ma, SALMA, thread)
    deliver(world)
    question = ask_consent(world.be, LOTTE, thread, message, Use.PURPOSE, Purpose.DRUGS, "one network")
    deliver(world)
    assert due(world.ma, SALMA) == {thread: (Todo.CONSENT,)}
    assert due(world.be, LOTTE) == {}
    decide_consent(world.ma, SALMA, thread, question, given=False)
    assert due(world.ma, SALMA) == {}


def test_a_notice_waits_until_a_person_has_taken_note(asked: tuple[World, str, str]) -> None:
    world, _, thread = asked
    answer(world.ma, SALMA, thread)
    deliver(world)
    put_right(world.ma)
    correct(world.ma, SALMA, thread, ProtectionGround.INACCURATE)
    deliver(world)
    assert due(world.be, LOTTE) == {thread: (Todo.NOTE,)}
    [line] = outstanding(world.be, DPO)
    assert line.notice is not None
    take_note(world.be, LOTTE, line.notice)
    assert due(world.be, LOTTE) == {}


def test_information_waits_until_it_is_filed_away(asked: tuple[World, str, str]) -> None:
    world, agreement, _ = asked
    told = inform(
        world.ma,
        SALMA,
        BE,
        agreement,
        Purpose.TERRORISM,
        "a driver",
        "to Ostend",
        subject=UID,
        assertions=FACTS,
    )
    deliver(world)
    assert due(world.be, LOTTE) == {told: (Todo.FILE_AWAY,)}
    close_information(world.be, LOTTE, told)
    assert due(world.be, LOTTE) == {}


def test_reasons_of_a_missed_deadline_wait_after_the_answer_too(asked: tuple[World, str, str]) -> None:
    world, _, thread = asked
    world.clock.forward(days=40)
    record_missed(world.ma)
    assert due(world.ma, SALMA) == {thread: (Todo.ANSWER, Todo.EXPLAIN)}
    answer(world.ma, SALMA, thread)
    deliver(world)
    assert due(world.ma, SALMA) == {thread: (Todo.EXPLAIN,)}
    explain(world.ma, SALMA, thread, DelayGround.OTHER, "the clerk was ill")
    assert due(world.ma, SALMA) == {}


def test_what_is_closed_does_not_crowd_out_what_is_open(asked: tuple[World, str, str]) -> None:
    world, agreement, thread = asked
    answer(world.ma, SALMA, thread, conditions="for the trial only")
    deliver(world)
    world.clock.forward(hours=1)
    back = ask(world, agreement)
    deliver(world)
    ask_clarification(world.ma, SALMA, back, "which brother?")
    deliver(world)
    assert [each.thread for each in inbox(world.be, LOTTE, limit=1)] == [back]


def test_queries_do_not_grow_with_the_cases(asked: tuple[World, str, str]) -> None:
    world, agreement, first = asked
    ask_clarification(world.ma, SALMA, first, "which brother?")
    deliver(world)

    def count() -> tuple[int, int]:
        with CaptureQueriesContext(connections["be"]) as captured:
            found = inbox(world.be, LOTTE)
        return len(found), len(captured)

    count()
    few = count()
    for _ in range(4):
        more = ask(world, agreement)
        deliver(world)
        ask_clarification(world.ma, SALMA, more, "which brother?")
    deliver(world)
    many = count()
    assert (few[0], many[0]) == (1, 5)
    assert many[1] == few[1]


def test_what_waits_is_found_without_reading_all_that_was_ever_said(desks: tuple[World, str]) -> None:
    world, _ = desks
    if connections["be"].vendor != "sqlite":
        pytest.skip("the plan of SQLite is looked at; PostgreSQL chooses by the size of the tables")
    with CaptureQueriesContext(connections["be"]) as captured:
        inbox(world.be, LOTTE)
    query = next(each["sql"] for each in captured if "conditions_open" in each["sql"])
    with connections["be"].cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + query)
        plan = " ".join(str(line[-1]) for line in cursor.fetchall())
    assert "passage_sealed" in plan
    assert "case_missed" in plan
