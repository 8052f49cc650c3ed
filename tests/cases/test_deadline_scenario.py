"""An urgent request whose answer comes at the very deadline: what scenario S1 (`demo/scenario`) does not play.

Two nodes, one controlled clock, real envelopes and receipts: what counts is when the requester's node received the
answer, and both nodes put the same on record.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.cases.cast import SALMA, ask, deliver
from tests.cases.clocked import clocked_desks, record_both, recorded
from tests.cases.test_cases import URGENT, same_clock
from tests.federation.world import BE, MA, World

from comity.core.cases.clock import ClockState
from comity.core.codes.marks import DataCategory
from comity.services.cases.answer import answer
from comity.services.cases.clock import clock

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
