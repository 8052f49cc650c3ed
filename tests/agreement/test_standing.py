"""How an agreement stands at an instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.agreement.samples import BE, MA, SIGNED, TODAY, in_force, shipped

from comity.core.agreement.difference import difference
from comity.core.agreement.standing import State, Stop, StopKind, Successor

SECOND = timedelta(seconds=1)
PLAN = in_force(shipped("plan_2025"))
END = datetime(2027, 1, 1, tzinfo=UTC)


def test_signatures_decide_first() -> None:
    assert replace(PLAN, signed_at={}).state(TODAY) is State.DRAFT
    assert replace(PLAN, signed_at={BE: SIGNED}).state(TODAY) is State.HALF_SIGNED
    assert replace(PLAN, signed_at={BE: SIGNED, MA: TODAY}).state(TODAY - SECOND) is State.HALF_SIGNED
    assert replace(PLAN, signed_at={BE: SIGNED, MA: TODAY}).state(TODAY) is State.IN_FORCE
    assert replace(PLAN, signed_at={BE: SIGNED, "FR.dcpj": SIGNED}).state(TODAY) is State.HALF_SIGNED


def test_altered_bytes_are_no_agreement() -> None:
    assert replace(PLAN, intact=False).state(TODAY) is State.ALTERED


@pytest.mark.parametrize(
    ("at", "state"),
    [
        (SIGNED, State.IN_FORCE),
        (END - timedelta(milliseconds=1), State.IN_FORCE),
        (END, State.EXPIRED),
    ],
)
def test_validity_is_half_open(at: datetime, state: State) -> None:
    assert PLAN.state(at) is state


def test_signed_before_it_begins_is_not_yet_valid() -> None:
    early = in_force(shipped("plan_2025"), SIGNED - timedelta(days=20))
    assert early.state(SIGNED - SECOND) is State.NOT_YET_VALID
    assert early.state(SIGNED) is State.IN_FORCE


@pytest.mark.parametrize(
    ("kind", "state"), [(StopKind.SUSPEND, State.SUSPENDED), (StopKind.TERMINATE, State.TERMINATED)]
)
@pytest.mark.parametrize("by", [BE, MA])
def test_a_stop_binds_from_its_instant(kind: StopKind, state: State, by: str) -> None:
    stopped = replace(PLAN, stops=(Stop(kind, by, TODAY),))
    assert stopped.state(TODAY - SECOND) is State.IN_FORCE
    assert stopped.state(TODAY) is state
    assert stopped.stopped_by(by, TODAY)
    assert not stopped.stopped_by(BE if by == MA else MA, TODAY)


def test_termination_outweighs_suspension() -> None:
    stops = (Stop(StopKind.TERMINATE, BE, TODAY), Stop(StopKind.SUSPEND, MA, TODAY))
    assert replace(PLAN, stops=stops).state(TODAY) is State.TERMINATED


def test_a_successor_takes_over_when_it_is_in_force() -> None:
    followed = replace(PLAN, successors=(Successor("0" * 64, TODAY),))
    assert followed.state(TODAY - SECOND) is State.IN_FORCE
    assert followed.state(TODAY) is State.SUPERSEDED


def test_difference_of_two_plans() -> None:
    changes = {each.part: each for each in difference(shipped("plan_2022"), shipped("plan_2025"))}
    assert changes["clauses.sporting-events.request"].before is None
    assert changes["valid_before"].after == "2027-01-01T00:00:00.000Z"
    assert "clauses.terrorism.request.data" not in changes
    assert difference(shipped("plan_2025"), shipped("plan_2025")) == ()
