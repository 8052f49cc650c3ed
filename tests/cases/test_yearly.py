"""The figures of a year, due on 1 March: one report of all agreements, who is reminded, what is stated at once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cases.cast import DPO, HEAD, LOTTE, OPERATOR, SALMA, ask, deliver, officer
from tests.cases.clocked import clocked_desks
from tests.federation.world import BE, World

from comity.core.cases.statistics import Figures, Split, added, due_of, year_of
from comity.core.codes.exchange import Regime
from comity.core.codes.marks import DelayGround, RefusalGround, Role
from comity.errors import InputError, Refused
from comity.services.cases.answer import answer
from comity.services.clocks.statistics import answer_statements
from comity.services.clocks.yearly import YearState, owed, owed_under, state_year, year_report
from comity.services.context import Actor
from comity.storage.models.clocks import StatisticsReport

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
AUDITOR = officer("amal", Role.AUDITOR)
OTHER_HEAD = officer("tine", Role.HEAD_OF_DESK, regime=Regime.RETURN_IDENTIFICATION)


@pytest.fixture
def worked() -> World:
    """A request that was answered, and one that was not, in the year 2026; it is 5 January 2027."""
    world, agreement = clocked_desks()
    thread = ask(world, agreement)
    ask(world, agreement)
    deliver(world)
    answer(world.ma, SALMA, thread)
    deliver(world)
    at(world, date(2027, 1, 5))
    return world


def at(world: World, day: date) -> None:
    world.clock.now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def test_one_report_of_the_year_alike_on_both_nodes(worked: World) -> None:
    here, there = (year_report(node, HEAD) for node in (worked.be, worked.ma))
    assert here == there
    assert (here.year, here.due) == (2026, date(2027, 3, 1))
    [line] = here.lines
    assert line.state is YearState.DUE
    assert here.totals[BE].requests == Split(ordinary=2)
    assert here.totals[BE].answered == Split(ordinary=1)
    assert here.totals[BE] == line.figures[BE].model_copy(update={"median_seconds": None})
    assert year_report(worked.be, HEAD, 2025).lines == ()


def test_heads_and_data_protection_officers_are_reminded(worked: World) -> None:
    for actor in (HEAD, DPO):
        found = owed(worked.be, actor)
        assert found is not None
        assert (found.year, found.due, found.late, found.agreements) == (2026, date(2027, 3, 1), False, 1)
    for other in (LOTTE, SALMA, AUDITOR, OPERATOR, OTHER_HEAD):
        assert owed(worked.be, other) is None


@pytest.mark.parametrize(("day", "late"), [(date(2027, 3, 1), False), (date(2027, 3, 2), True)])
def test_the_first_of_march_is_in_time(worked: World, day: date, late: bool) -> None:
    at(worked, day)
    found = owed(worked.be, DPO)
    assert found is not None
    assert found.late is late
    [line] = year_report(worked.be, AUDITOR).lines
    assert line.state is (YearState.LATE if late else YearState.DUE)


def test_what_is_stated_is_owed_no_more_on_either_node(worked: World) -> None:
    [message] = state_year(worked.be, HEAD).values()
    assert len(message) == 32
    assert owed(worked.be, HEAD) is None
    assert owed(worked.ma, HEAD) is not None
    deliver(worked)
    assert owed(worked.ma, HEAD) is None
    answer_statements(worked.ma)
    deliver(worked)
    for node in (worked.be, worked.ma):
        [line] = year_report(node, HEAD).lines
        assert (line.state, line.verdict) == (YearState.STATED, "confirmed")
    assert state_year(worked.be, HEAD) == {}, "it is not stated twice"
    assert StatisticsReport.objects.using("be").count() == 1


def test_disputed_figures_are_owed_again(worked: World) -> None:
    state_year(worked.be, HEAD)
    StatisticsReport.objects.using("be").update(verdict="disputed")
    assert owed(worked.be, HEAD) is not None


def test_what_cannot_be_stated_now_says_why(worked: World) -> None:
    worked.clock.now = datetime(2026, 12, 30, tzinfo=UTC)
    agreement = year_report(worked.be, HEAD, 2026).lines[0].agreement
    ask(worked, agreement)
    at(worked, date(2027, 1, 5))
    assert list(state_year(worked.be, HEAD).values()) == ["statistics.under-way"]
    assert owed(worked.be, HEAD) is not None


def test_a_year_that_is_not_over_is_not_stated(worked: World) -> None:
    worked.clock.now = datetime(2026, 12, 30, tzinfo=UTC)
    assert list(state_year(worked.be, HEAD, 2026).values()) == ["statistics.period"]
    assert owed_under(worked.be, [Regime.POLICE]) is None, "2025 had no request"


@pytest.mark.parametrize("actor", [LOTTE, SALMA])
def test_who_may_not_read_statistics(worked: World, actor: Actor) -> None:
    with pytest.raises(Refused, match=r"actor\.role"):
        year_report(worked.be, actor)


@pytest.mark.parametrize("actor", [LOTTE, DPO, AUDITOR])
def test_who_may_not_state(worked: World, actor: Actor) -> None:
    with pytest.raises(Refused, match=r"actor\.role"):
        state_year(worked.be, actor)


@pytest.mark.parametrize("year", [0, 1, 9999, -3])
def test_no_such_year(year: int) -> None:
    with pytest.raises(InputError, match=r"statistics\.period"):
        year_of(year)


splits = st.builds(Split, urgent=st.integers(0, 99), ordinary=st.integers(0, 99))
figures = st.builds(
    Figures,
    requests=splits,
    answered=splits,
    late=splits,
    refused=st.dictionaries(st.sampled_from(RefusalGround), st.integers(1, 9)),
    refused_late=st.integers(0, 9),
    extended=st.dictionaries(st.sampled_from(DelayGround), st.integers(1, 9)),
    overdue=st.integers(0, 9),
)


@given(st.lists(figures, max_size=4))
def test_a_sum_leaves_nothing_out(parts: list[Figures]) -> None:
    whole = added(parts)
    assert whole.requests.urgent == sum(each.requests.urgent for each in parts)
    assert sum(whole.refused.values()) == sum(sum(each.refused.values()) for each in parts)
    assert whole.overdue == sum(each.overdue for each in parts)
    assert added([added(parts[:2]), added(parts[2:])]) == whole


@given(st.integers(2, 9998))
def test_every_year_is_due_on_a_first_of_march(year: int) -> None:
    assert due_of(year) == date(year + 1, 3, 1)
    period = year_of(year)
    assert (period.first.year, period.before - period.first) in {
        (year, timedelta(days=365)),
        (year, timedelta(days=366)),
    }


def test_a_year_that_nobody_stated_is_not_forgotten_when_the_next_one_is_over(worked: World) -> None:
    at(worked, date(2028, 1, 5))
    found = owed(worked.be, DPO)
    assert found is not None
    assert (found.year, found.late, found.due) == (2026, True, date(2027, 3, 1))


def test_a_year_that_was_stated_is_owed_no_more_in_the_next_ones(worked: World) -> None:
    state_year(worked.be, HEAD)
    at(worked, date(2028, 1, 5))
    assert owed(worked.be, DPO) is None, "2027 had no request"
