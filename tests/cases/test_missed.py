"""A missed deadline stands on record whatever a partner that is away leaves under way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.cases.cast import SALMA, ask, deliver
from tests.cases.clocked import clocked_desks, recorded
from tests.federation.world import BE

from comity.services.cases.thread.clarify import ask_clarification
from comity.services.clocks.watch import record_missed

pytestmark = pytest.mark.django_db(databases=["be", "ma"])


def test_what_waits_for_a_receipt_fills_no_round() -> None:
    """Enforced by the subquery in `due_by`: without it the first case takes the only place of the round, again and again."""
    world, agreement = clocked_desks()
    first = ask(world, agreement)
    deliver(world)
    second = ask(world, agreement, reference=None, about="the driver")
    deliver(world)
    world.network.cut_off.add(BE)
    ask_clarification(world.ma, SALMA, first, "which car?")
    world.clock.forward(seconds=timedelta(days=8).total_seconds())
    assert record_missed(world.ma, 1) == 1
    assert [facts["thread"] for facts in recorded("ma", "case.deadline-missed")] == [second]
