"""Whoever asked for an identification is reminded before the date and after it, and as the overdue list says.

Enforced by the second call of `_remind_side` in `services/clocks/remind.py`; without it nobody is.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.agreement.samples import shipped
from tests.cases.cast import officer
from tests.federation.world import START, World, sign_between
from tests.identification.cast import ELS, HEAD, RETURN, SAMIRA, TARIQ, desks, request, work

from comity.core.agreement.timing import ExtensionRule, Timing
from comity.core.cases.reminders import Step
from comity.core.codes.marks import DelayGround, Role
from comity.core.identification.messages import Result, ResultGround
from comity.services.cases.recall import recall
from comity.services.clocks.delay import extend
from comity.services.clocks.remind import put_substitute, remind, reminders, reminders_of
from comity.services.context import Actor, Node
from comity.services.identification.answer import answer_identification
from comity.services.identification.overdue import overview_at
from comity.storage import people
from comity.storage.models.people import Officer

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
WIM = officer("wim", Role.OFFICER, regime=RETURN)


@pytest.fixture
def asked() -> tuple[World, str]:
    """Els has asked, and Wim stands in for her; the clock has begun."""
    world, agreement = desks()
    for actor in (ELS, WIM, HEAD):
        account = Officer(username=actor.name, created_at=START)
        people.save_officer("be", account)
        people.replace_roles("be", account, actor.roles)
    put_substitute(world.be, HEAD, ELS, RETURN, WIM)
    thread = request(world, agreement)
    work(world)
    return world, thread


def told(node: Node, actor: Actor) -> list[str]:
    return [each.step.value for each in reminders(node, actor)]


def after(world: World, days: float) -> int:
    world.clock.now = START + timedelta(days=days, minutes=1)
    return remind(world.be)


def test_before_the_date_and_after_it(asked: tuple[World, str]) -> None:
    world, thread = asked
    assert after(world, 20) == 0
    assert [after(world, days) for days in (23, 34, 41)] == [1, 1, 1]
    assert [told(world.be, each) for each in (ELS, WIM, HEAD)] == [["owner"], ["substitute"], ["head"]]
    assert after(world, 45.5) == 3
    assert [told(world.be, each)[0] for each in (ELS, WIM, HEAD)] == ["missed"] * 3
    assert after(world, 46) == 0
    assert after(world, 61) == 3, "and once more, after a third of the time"
    assert told(world.be, HEAD)[0] == "again"
    [line] = reminders_of(world.be, RETURN)
    assert (line.thread, line.side, line.step) == (thread, "asked", Step.AGAIN)


def test_reminders_and_the_overdue_list_agree(asked: tuple[World, str]) -> None:
    """At every day: a reminder of a missed deadline stands exactly when the line does, with its deadline and its days."""
    world, thread = asked
    for days in (44, 45.1, 46, 60, 75):
        after(world, days)
        [pair] = overview_at(world.be, world.clock())
        missed = [each for each in reminders(world.be, ELS) if each.step is Step.MISSED]
        lines = [(line["thread"], line["deadline"], line["days_over"]) for line in pair.lines]
        found = [each.document() for each in missed]
        assert [(each["thread"], each["deadline"], each["days_over"]) for each in found] == lines
        assert bool(lines) == (days > 45), days
    assert lines == [(thread, found[0]["deadline"], 30)]


def test_the_one_who_was_asked_is_reminded_as_before(asked: tuple[World, str]) -> None:
    world, _ = asked
    account = Officer(username=HEAD.name, created_at=START)
    people.save_officer("ma", account)
    people.replace_roles("ma", account, HEAD.roles)
    after(world, 23)
    assert remind(world.ma) == 1, "nobody holds it there: the head of desk"
    after(world, 61)
    remind(world.ma)
    assert "again" not in told(world.ma, HEAD)
    assert {each.side for each in reminders(world.ma, HEAD)} == {"received"}


def test_an_answer_or_a_recall_ends_them(asked: tuple[World, str]) -> None:
    world, thread = asked
    after(world, 46)
    answer_identification(
        world.ma, SAMIRA, thread, Result.NOT_IDENTIFIED, [ResultGround.NOT_REGISTERED], second=TARIQ
    )
    work(world)
    assert told(world.be, ELS) == []
    assert after(world, 61) == 0


def test_a_recalled_request_reminds_nobody(asked: tuple[World, str]) -> None:
    world, thread = asked
    after(world, 46)
    recall(world.be, ELS, thread)
    work(world)
    assert told(world.be, HEAD) == []
    assert after(world, 61) == 0


def test_more_time_begins_them_anew_for_who_waits_too() -> None:
    """The steps belong to a deadline: an extension that has come gives another one."""
    world, _ = desks()
    account = Officer(username=ELS.name, created_at=START)
    people.save_officer("be", account)
    people.replace_roles("be", account, ELS.roles)
    rule = ExtensionRule(grounds=(DelayGround.OTHER_AUTHORITY,), longest=timedelta(days=30))
    memorandum = shipped("memorandum_2016")
    clauses = tuple(each.model_copy(update={"timing": Timing(extension=rule)}) for each in memorandum.clauses)
    longer = memorandum.model_copy(update={"code": "BE-MA-LONGER", "clauses": clauses})
    thread = request(world, sign_between((world.be, world.ma), longer))
    work(world)
    after(world, 23)
    assert told(world.be, ELS) == ["owner"]
    extend(
        world.ma, SAMIRA, thread, DelayGround.OTHER_AUTHORITY, timedelta(days=30), "the consulate is asked"
    )
    work(world)
    assert told(world.be, ELS) == []
    assert after(world, 30) == 0
    assert after(world, 38) == 1
    assert told(world.be, ELS) == ["owner"]
