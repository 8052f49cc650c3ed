"""The figures of Art. 18: the same on both nodes, stated by one, recomputed by the other."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cases.cast import DPO, HEAD, LOTTE, OPERATOR, SALMA, ask, deliver, officer
from tests.cases.clocked import clocked_desks, recorded
from tests.cases.test_cases import URGENT
from tests.cases.test_clock_properties import courses
from tests.federation.world import BE, MA, World

from comity.core.cases.delay import EXTENSION, LATENESS
from comity.core.cases.statistics import FINDING, STATISTICS, Figures, Matter, Notice, Period, count
from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.marks import DelayGround, RefusalGround, Role, Urgency
from comity.errors import InputError, Refused
from comity.services.cases.answer import answer
from comity.services.cases.refuse import refuse
from comity.services.clocks.delay import explain, extend
from comity.services.clocks.statistics import answer_statements, figures, state, statements
from comity.services.context import Actor
from comity.services.evidence.alarms import open_alarms
from comity.services.exchange.status import status
from comity.services.exchange.submit import Outgoing, submit
from comity.storage.models.cases import Case
from comity.storage.models.clocks import StatisticsReport

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
JUDGE = DelayGround.JUDICIAL_AUTHORISATION
FIRST = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def worked() -> tuple[World, str]:
    """A week of requests: answered, late, refused on a hidden ground, extended, left open."""
    world, agreement = clocked_desks()
    threads = [ask(world, agreement) for _ in range(3)]
    urgent = [ask(world, agreement, **URGENT) for _ in range(2)]
    border = ask(world, agreement, purpose=Purpose.BORDER_POST_DATA)
    deliver(world)
    answer(world.ma, SALMA, urgent[0])
    extend(world.ma, SALMA, threads[1], JUDGE, timedelta(days=20), "a judge")
    deliver(world)
    world.clock.forward(hours=9)
    answer(world.ma, SALMA, urgent[1])
    explain(world.ma, SALMA, urgent[1], DelayGround.TECHNICAL, "the line was down")
    refuse(world.ma, SALMA, threads[0], RefusalGround.N1)
    deliver(world)
    world.clock.forward(days=10)
    assert border
    return world, agreement


def november(world: World) -> Period:
    return Period(first=FIRST, before=world.clock())


def test_both_count_the_same(worked: tuple[World, str]) -> None:
    world, agreement = worked
    here, there = (figures(node, HEAD, agreement, november(world)) for node in (world.be, world.ma))
    assert here == there
    assert here[MA] == Figures()
    found = here[BE]
    assert found.requests.model_dump() == {"urgent": 2, "ordinary": 4}
    assert found.answered.model_dump() == {"urgent": 2, "ordinary": 0}
    assert found.late.model_dump() == {"urgent": 1, "ordinary": 0}
    assert found.extended == {JUDGE: 1}
    assert found.explained == {DelayGround.TECHNICAL: 1}
    assert found.overdue == 2, "an ordinary request, and one in working days"


def test_the_true_ground_is_in_no_figure(worked: tuple[World, str]) -> None:
    world, agreement = worked
    found = figures(world.ma, HEAD, agreement, november(world))[BE]
    assert found.refused == {RefusalGround.A: 1}
    assert "n1" not in json.dumps(found.model_dump(mode="json"))


def test_a_period_holds_what_was_received_in_it(worked: tuple[World, str]) -> None:
    world, agreement = worked
    before = Period(first=FIRST, before=FIRST + timedelta(days=1))
    assert figures(world.be, HEAD, agreement, before)[BE] == Figures()
    later = Period(first=world.clock() - timedelta(days=1), before=world.clock())
    found = figures(world.be, HEAD, agreement, later)[BE]
    assert (found.requests.ordinary, found.answered.urgent, found.overdue) == (0, 0, 2)


def test_stated_recomputed_confirmed(worked: tuple[World, str]) -> None:
    world, agreement = worked
    message = state(world.be, HEAD, agreement, november(world))
    deliver(world)
    assert [each["verdict"] for each in statements(world.ma, HEAD, agreement)] == ["awaited"]
    assert answer_statements(world.ma) == 1
    assert answer_statements(world.ma) == 0
    deliver(world)
    for node in (world.be, world.ma):
        [found] = statements(node, DPO, agreement)
        assert (found["message"], found["verdict"]) == (message, "confirmed")
        assert found["recomputed"] == found["figures"]
        assert open_alarms(node) == []
        assert {"message": message, "verdict": "confirmed"} in recorded(node.alias, "statistics.compared")


def test_stated_recomputed_disputed(worked: tuple[World, str]) -> None:
    world, agreement = worked
    Case.objects.using("ma").filter(ground="a").update(ground="f2")
    message = state(world.be, HEAD, agreement, november(world))
    deliver(world)
    answer_statements(world.ma)
    deliver(world)
    for node in (world.be, world.ma):
        [found] = statements(node, HEAD, agreement)
        assert found["verdict"] == "disputed"
        assert (found["figures"][BE]["refused"], found["recomputed"][BE]["refused"]) == ({"a": 1}, {"f2": 1})
        assert [(one.code, one.origin) for one in open_alarms(node)] == [
            ("statistics.disputed", f"statistics/{message}")
        ]


def test_a_period_is_stated_when_it_is_final(worked: tuple[World, str]) -> None:
    world, agreement = worked
    now = world.clock()
    for first, before in (
        (FIRST, now + timedelta(days=1)),
        (now, now),
        (now, FIRST),
        (FIRST - timedelta(days=4000), now),
    ):
        with pytest.raises(InputError, match=r"statistics\.period"):
            state(world.be, HEAD, agreement, Period(first=first, before=before))
    ask(world, agreement)
    world.clock.forward(seconds=1)
    with pytest.raises(Refused, match=r"statistics\.under-way"):
        state(world.be, HEAD, agreement, november(world))
    deliver(world)
    state(world.be, HEAD, agreement, november(world))


@pytest.mark.parametrize("actor", [LOTTE, SALMA])
def test_officers_do_not_see_them(worked: tuple[World, str], actor: Actor) -> None:
    world, agreement = worked
    for attempt in (figures, state):
        with pytest.raises(Refused, match=r"actor\.role"):
            attempt(world.be, actor, agreement, november(world))


def test_who_reads_and_who_states(worked: tuple[World, str]) -> None:
    world, agreement = worked
    for reader in (DPO, officer("amal", Role.AUDITOR), OPERATOR):
        assert figures(world.be, reader, agreement, november(world))
    for reader in (DPO, officer("amal", Role.AUDITOR)):
        with pytest.raises(Refused, match=r"actor\.role"):
            state(world.be, reader, agreement, november(world))
    state(world.be, OPERATOR, agreement, november(world))


class TestHostileStatements:
    def send(self, world: World, kind: str, body: dict[str, Any]) -> str | None:
        message = submit(
            world.be,
            Outgoing(partner=MA, regime=Regime.POLICE, kind=kind, act=Act.EVIDENCE, body=body),
            OPERATOR,
        )
        deliver(world)
        found = status(world.be, message)
        assert found is not None
        return found.code

    def statement(self, of: str, **changes: Any) -> dict[str, Any]:
        body: dict[str, Any] = {
            "agreement": of,
            "period": {"first": "2026-11-01T00:00:00.000Z", "before": "2026-11-20T00:00:00.000Z"},
            "figures": {BE: {}, MA: {}},
        }
        return {**body, **changes}

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"agreement": "0" * 64}, "agreement.unknown"),
            ({"agreement": "x"}, "statistics.malformed"),
            ({"figures": {BE: {}}}, "statistics.malformed"),
            ({"figures": {BE: {}, "FR.police": {}}}, "statistics.malformed"),
            ({"figures": {BE: {"requests": {"urgent": -1}}, MA: {}}}, "statistics.malformed"),
            ({"figures": {BE: {"refused": {"z": 1}}, MA: {}}}, "statistics.malformed"),
            ({"figures": {BE: {"refused": {"a": 0}}, MA: {}}}, "statistics.malformed"),
            (
                {"period": {"first": "2026-11-20T00:00:00.000Z", "before": "2026-11-01T00:00:00.000Z"}},
                "statistics.malformed",
            ),
            (
                {"period": {"first": "2026-11-20T00:00:00.000Z", "before": "2027-11-01T00:00:00.000Z"}},
                "statistics.malformed",
            ),
            ({"more": 1}, "statistics.malformed"),
        ],
    )
    def test_refused(self, worked: tuple[World, str], changes: dict[str, Any], code: str) -> None:
        world, agreement = worked
        assert self.send(world, STATISTICS, self.statement(agreement, **changes)) == code
        assert not StatisticsReport.objects.using("ma").exists()

    def test_a_flood_ends(self, worked: tuple[World, str], monkeypatch: pytest.MonkeyPatch) -> None:
        from comity.services.clocks import statistics

        world, agreement = worked
        monkeypatch.setattr(statistics, "MOST", 1)
        assert self.send(world, STATISTICS, self.statement(agreement)) is None
        assert self.send(world, STATISTICS, self.statement(agreement)) == "statistics.too-many"

    def test_a_finding_on_nothing(self, worked: tuple[World, str]) -> None:
        world, _ = worked
        body = {"statement": "0" * 32, "figures": {BE: {}, MA: {}}}
        assert self.send(world, FINDING, body) == "statistics.unknown"

    def test_a_second_finding_changes_nothing(self, worked: tuple[World, str]) -> None:
        world, agreement = worked
        message = state(world.ma, HEAD, agreement, november(world))
        deliver(world)
        answer_statements(world.be)
        deliver(world)
        body = {"statement": message, "figures": {BE: {}, MA: {}}}
        assert self.send(world, FINDING, body) == "statistics.unknown"
        [found] = statements(world.ma, HEAD, agreement)
        assert found["verdict"] == "confirmed"


moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))
notices = st.builds(
    Notice, kind=st.sampled_from([EXTENSION, LATENESS]), ground=st.sampled_from(DelayGround), at=moments
)
matters = st.lists(
    st.builds(
        Matter,
        course=courses,
        urgency=st.sampled_from(Urgency),
        ground=st.none() | st.sampled_from(RefusalGround),
        notices=st.lists(notices, max_size=3).map(tuple),
    ),
    max_size=8,
)


@given(matters, moments, moments, st.randoms())
def test_the_count_is_total_and_in_any_order(
    found: list[Matter], one: datetime, other: datetime, source: Any
) -> None:
    period = Period(first=min(one, other), before=max(one, other) + timedelta(milliseconds=1))
    shuffled = source.sample(found, len(found))
    assert count(found, period) == count(shuffled, period)
    read = Figures.model_validate(json.loads(json.dumps(count(found, period).model_dump(mode="json"))))
    assert read == count(found, period)


@given(matters, moments, moments, moments)
def test_two_periods_add_up(found: list[Matter], one: datetime, two: datetime, three: datetime) -> None:
    first, middle, end = sorted((one, two, three))
    halves = [count(found, Period(first=a, before=b)) for a, b in ((first, middle), (middle, end))]
    whole = count(found, Period(first=first, before=end))
    for name in ("requests", "answered", "late"):
        parts = [getattr(half, name) for half in halves]
        total = getattr(whole, name)
        assert (total.urgent, total.ordinary) == (
            sum(p.urgent for p in parts),
            sum(p.ordinary for p in parts),
        )
    for ground in RefusalGround:
        assert whole.refused.get(ground, 0) == sum(half.refused.get(ground, 0) for half in halves)
    assert whole.late.urgent <= whole.answered.urgent
    assert whole.late.ordinary <= whole.answered.ordinary
