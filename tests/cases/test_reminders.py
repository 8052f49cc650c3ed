"""Reminders: owner, substitute, head of desk; at the desk and the console, with no name in any log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cases.cast import OPERATOR, SALMA, ask, deliver, make_desks, officer, with_suspect
from tests.cases.clocked import recorded
from tests.cases.test_clock_properties import courses, moments
from tests.federation.world import START, World

from comity.config import Reminders
from comity.core.cases.clock import read_clock
from comity.core.cases.reminders import Step, steps_reached
from comity.core.codes.exchange import Regime
from comity.core.codes.marks import DelayGround, RefusalGround, Role
from comity.errors import Refused
from comity.services.cases.inbox import assign
from comity.services.cases.refuse import refuse
from comity.services.cases.views import show_case
from comity.services.clocks.delay import extend
from comity.services.clocks.remind import put_substitute, remind, reminders, standing_in
from comity.services.context import Actor
from comity.storage import people
from comity.storage.models.clocks import CaseReminder
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.people import Officer

pytestmark = pytest.mark.django_db(databases=["be", "ma"])

HAKIM = officer("hakim", Role.OFFICER)
LEILA = officer("leila", Role.OFFICER)
NADIA = officer("nadia", Role.HEAD_OF_DESK)
STRANGER = officer("idriss", Role.OFFICER, regime=Regime.RETURN_IDENTIFICATION)
AUDITOR = officer("amal", Role.AUDITOR)


@pytest.fixture
def asked() -> tuple[World, str]:
    """A request of seven days, received a second ago, that Hakim holds; Leila stands in for him."""
    world, agreement = make_desks()
    with_suspect(world)
    for actor in (HAKIM, LEILA, NADIA, SALMA, STRANGER):
        account = Officer(username=actor.name, created_at=START)
        people.save_officer("ma", account)
        people.replace_roles("ma", account, actor.roles)
    thread = ask(world, agreement, reference=None, about="the driver of the car")
    deliver(world)
    assign(world.ma, NADIA, thread, HAKIM)
    put_substitute(world.ma, NADIA, HAKIM, Regime.POLICE, LEILA)
    return world, thread


def told(world: World, actor: Actor) -> list[str]:
    return [each.step.value for each in reminders(world.ma, actor)]


def after(world: World, part: float) -> int:
    world.clock.now = START + part * timedelta(days=7) + timedelta(seconds=10)
    return remind(world.ma)


def test_owner_substitute_head(asked: tuple[World, str]) -> None:
    world, _ = asked
    assert after(world, 0.4) == 0
    assert after(world, 0.5) == 1
    assert after(world, 0.5) == 0
    assert [told(world, each) for each in (HAKIM, LEILA, NADIA)] == [["owner"], [], []]
    assert after(world, 0.75) == 1
    assert [told(world, each) for each in (HAKIM, LEILA, NADIA)] == [["owner"], ["substitute"], []]
    assert after(world, 0.9) == 1
    assert [told(world, each) for each in (HAKIM, LEILA, NADIA)] == [["owner"], ["substitute"], ["head"]]
    assert after(world, 1.0) == 2
    assert told(world, HAKIM) == ["missed", "owner"]
    assert told(world, NADIA) == ["missed", "head"]
    assert told(world, SALMA) == []


def test_a_worker_that_was_away_reminds_all_at_once(asked: tuple[World, str]) -> None:
    world, _ = asked
    assert after(world, 0.95) == 3


def test_somebody_is_always_reminded(asked: tuple[World, str]) -> None:
    """Nobody holds the case, or nobody stands in: the head of desk is told."""
    world, thread = asked
    put_substitute(world.ma, HAKIM, HAKIM, Regime.POLICE, None)
    after(world, 0.75)
    assert told(world, NADIA) == ["substitute"]
    assign(world.ma, HAKIM, thread, None)
    after(world, 0.9)
    assert "head" in told(world, NADIA)


def closed(name: str) -> None:
    Officer.objects.using("ma").filter(username=name).update(is_active=False)


def moved(name: str) -> None:
    """Let somebody work under another regime from now on."""
    account = Officer.objects.using("ma").get(username=name)
    people.replace_roles("ma", account, STRANGER.roles)


@pytest.mark.parametrize("gone", [closed, moved])
def test_whoever_works_there_no_more_is_not_reminded_and_the_head_is(
    asked: tuple[World, str], gone: Callable[[str], None]
) -> None:
    """Without `there or ...` in `_remind_side` nobody would be, until nine tenths of the time have passed."""
    world, _ = asked
    gone("hakim")
    assert after(world, 0.5) == 1
    assert told(world, NADIA) == ["owner"]
    gone("leila")
    assert after(world, 0.75) == 1
    assert told(world, NADIA) == ["substitute", "owner"]
    assert not CaseReminder.objects.using("ma").exclude(officer="nadia").exists()
    gone("nadia")
    assert after(world, 0.95) == 0, "nobody is left"


def test_opening_the_case_settles_it(asked: tuple[World, str]) -> None:
    world, thread = asked
    after(world, 0.5)
    show_case(world.ma, HAKIM, thread)
    assert told(world, HAKIM) == []
    after(world, 1.0)
    assert told(world, HAKIM) == ["missed"]


def test_a_closed_case_reminds_nobody(asked: tuple[World, str]) -> None:
    world, thread = asked
    after(world, 0.5)
    refuse(world.ma, SALMA, thread, RefusalGround.A)
    assert told(world, HAKIM) == []
    assert after(world, 0.95) == 0


def test_an_extension_begins_anew(asked: tuple[World, str]) -> None:
    world, thread = asked
    after(world, 0.9)
    extend(world.ma, SALMA, thread, DelayGround.JUDICIAL_AUTHORISATION, timedelta(days=14), "a judge")
    deliver(world)
    assert told(world, HAKIM) == []
    assert remind(world.ma) == 0
    world.clock.now = START + timedelta(days=12)
    assert remind(world.ma) == 1
    assert told(world, HAKIM) == ["owner"]


def test_a_role_that_was_taken_shows_nothing(asked: tuple[World, str]) -> None:
    world, _ = asked
    after(world, 0.5)
    assert told(world, replace(HAKIM, roles=frozenset())) == []
    assert reminders(world.ma, OPERATOR) == []


def test_no_name_in_the_logs(asked: tuple[World, str]) -> None:
    world, thread = asked
    after(world, 1.0)
    leaves = [bytes(row.leaf).decode() for row in EvidenceEntry.objects.using("ma")]
    assert {"thread": thread, "step": "owner"} in recorded("ma", "case.reminded")
    assert not any(name in leaf for leaf in leaves for name in ("hakim", "leila", "nadia"))
    assert not any("reminded" in bytes(row.leaf).decode() for row in EvidenceEntry.objects.using("be"))


def test_who_stands_in_is_seen_by_whom_it_concerns(asked: tuple[World, str]) -> None:
    world, thread = asked
    found = {each.officer: each for each in standing_in(world.ma, NADIA)}
    assert found["hakim"].substitute == "leila"
    assert "hakim" not in found["hakim"].others
    assert STRANGER.name not in found, "who works under another regime"
    [own] = standing_in(world.ma, HAKIM)
    assert (own.officer, own.regime, own.substitute) == ("hakim", Regime.POLICE, "leila")
    assert standing_in(world.ma, AUDITOR) == []
    assert show_case(world.ma, HAKIM, thread)["substitute"] == "leila"
    put_substitute(world.ma, HAKIM, HAKIM, Regime.POLICE, None)
    assert show_case(world.ma, HAKIM, thread)["substitute"] is None


@pytest.mark.parametrize(
    ("actor", "who", "substitute"),
    [
        (LEILA, HAKIM, LEILA),
        (HAKIM, HAKIM, HAKIM),
        (HAKIM, HAKIM, STRANGER),
        (NADIA, STRANGER, HAKIM),
        (NADIA, HAKIM, AUDITOR),
        (AUDITOR, HAKIM, LEILA),
    ],
)
def test_who_may_not_be_named(asked: tuple[World, str], actor: Actor, who: Actor, substitute: Actor) -> None:
    world, _ = asked
    with pytest.raises(Refused):
        put_substitute(world.ma, actor, who, Regime.POLICE, substitute)


def test_the_steps_are_declared_in_their_order() -> None:
    assert Reminders(owner=0.2).parts[Step.OWNER] == 0.2
    with pytest.raises(ValueError, match="in this order"):
        Reminders(owner=0.8, substitute=0.7)


@given(courses, moments, st.timedeltas(timedelta(0), timedelta(days=30)))
def test_steps_are_only_ever_added_by_waiting(course, now, later) -> None:  # type: ignore[no-untyped-def]
    """Unless the clock stops, stands still, or is given more time."""
    course = replace(course, turns=(), closing_sent_at=None, closing_received_at=None)
    parts = Reminders().parts
    first, then = (steps_reached(read_clock(course, at), parts) for at in (now, now + later))
    assert set(first) <= set(then)
