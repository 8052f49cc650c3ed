"""Scenario S1: an urgent request on a telephone number, directly accessible, at 7 h 59 and at 8 h 01.

Two nodes, one controlled clock, real envelopes and receipts: what counts is when the requester's node received the
answer, and both nodes put the same on record.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.cases.cast import OPERATOR, SALMA, ask, deliver
from tests.cases.clocked import clocked_desks, compare_both, record_both, recorded
from tests.cases.test_cases import URGENT, same_clock
from tests.federation.world import BE, MA, World

from comity.core.cases.clock import ClockState
from comity.core.cases.statistics import Figures, Period
from comity.core.codes.marks import DataCategory
from comity.core.instant import write_instant
from comity.services.cases.answer import answer
from comity.services.cases.clock import clock
from comity.services.cases.views import show_case
from comity.services.clocks.statistics import figures
from comity.services.evidence.alarms import open_alarms
from comity.storage.models.cases import Case

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
EIGHT = timedelta(hours=8)
PHONE = frozenset({DataCategory.PHONES})


@pytest.fixture
def asked() -> tuple[World, str, str]:
    """A request received: its clock has started on both nodes."""
    world, agreement = clocked_desks()
    thread = ask(world, agreement, about="the holder of +212 661 234 567", categories=PHONE, **URGENT)
    deliver(world)
    assert same_clock(world, thread) is ClockState.OPEN
    found = clock(world.ma, thread)
    assert found.left == EIGHT - timedelta(seconds=1)
    return world, agreement, thread


def answer_received_after(world: World, thread: str, span: timedelta) -> None:
    """Let the answer reach the requester's node so long after the request reached the other one."""
    due = clock(world.ma, thread).deadline
    assert due is not None
    world.clock.now = due - EIGHT + span - timedelta(minutes=1)
    answer(world.ma, SALMA, thread, categories=PHONE)
    deliver(world, seconds=60)


def test_seven_hours_fifty_nine_is_in_time(asked: tuple[World, str, str]) -> None:
    world, agreement, thread = asked
    answer_received_after(world, thread, timedelta(hours=7, minutes=59))
    assert same_clock(world, thread) is ClockState.ANSWERED_IN_TIME
    assert not clock(world.be, thread).late
    assert "+212661234567" in str(show_case(world.be, SALMA, thread)["reply"])
    assert record_both(world) == [0, 0]
    assert [recorded(alias, "case.deadline-missed") for alias in ("be", "ma")] == [[], []]
    found = both_figures(world, agreement)
    assert (found.answered.urgent, found.late.urgent) == (1, 0)


def test_eight_hours_one_is_a_breach_on_both_nodes(asked: tuple[World, str, str]) -> None:
    world, agreement, thread = asked
    due = clock(world.ma, thread).deadline
    assert due is not None
    answer_received_after(world, thread, timedelta(hours=8, minutes=1))
    assert same_clock(world, thread) is ClockState.ANSWERED_LATE
    assert clock(world.be, thread).sent_in_time, "it was signed at eight hours sharp"
    assert record_both(world) == [1, 1]
    assert record_both(world) == [0, 0]
    expected = [{"thread": thread, "due": write_instant(due)}]
    assert recorded("be", "case.deadline-missed") == expected
    assert recorded("ma", "case.deadline-missed") == expected
    assert [Case.objects.using(alias).get().missed_at for alias in ("be", "ma")] == [due, due]
    found = both_figures(world, agreement)
    assert (found.answered.urgent, found.late.urgent) == (1, 1)
    world.clock.forward(minutes=11)
    assert compare_both(world) == [1, 0]
    assert [open_alarms(node) for node in (world.be, world.ma)] == [[], []]


def test_the_line_is_the_receipt_not_the_sending(asked: tuple[World, str, str]) -> None:
    """Signed at 7 h 59, on the way until 8 h 01: late, and seen to have been sent in time."""
    world, _, thread = asked
    due = clock(world.ma, thread).deadline
    assert due is not None
    world.clock.now = due - timedelta(minutes=1)
    answer(world.ma, SALMA, thread, categories=PHONE)
    world.network.cut_off.update({BE, MA})
    deliver(world, seconds=30)
    assert record_both(world)[1] == 0
    world.network.cut_off.clear()
    world.clock.now = due + timedelta(minutes=1)
    deliver(world)
    assert same_clock(world, thread) is ClockState.ANSWERED_LATE
    assert clock(world.be, thread).sent_in_time is True
    assert record_both(world) == [1, 1]


def test_an_open_case_is_a_breach_at_the_deadline_and_stays_one(asked: tuple[World, str, str]) -> None:
    world, _, thread = asked
    due = clock(world.ma, thread).deadline
    assert due is not None
    world.clock.now = due
    assert record_both(world) == [0, 0]
    world.clock.forward(milliseconds=1)
    assert record_both(world) == [1, 1]
    answer(world.ma, SALMA, thread, categories=PHONE)
    deliver(world)
    assert same_clock(world, thread) is ClockState.ANSWERED_LATE
    assert record_both(world) == [0, 0]
    assert recorded("be", "case.deadline-missed") == recorded("ma", "case.deadline-missed")


def both_figures(world: World, agreement: str) -> Figures:
    """Return the figures of Belgian requests, which both nodes count alike."""
    now = world.clock()
    period = Period(first=now - timedelta(days=2), before=now)
    here, there = (figures(node, OPERATOR, agreement, period) for node in (world.be, world.ma))
    assert here == there
    return here[BE]
