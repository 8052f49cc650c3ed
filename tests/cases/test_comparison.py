"""Both nodes compare what they read; who reads otherwise is seen on both sides."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.cases.cast import OPERATOR, SALMA, ask, deliver
from tests.cases.clocked import SCOPES, clocked_desks, compare_both
from tests.federation.world import BE, MA, World, set_state

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import DelayGround, RefusalGround
from comity.core.evidence.event import Bilateral
from comity.core.instant import write_instant
from comity.errors import PeerError, Refused
from comity.services.calls import call
from comity.services.cases.answer import answer
from comity.services.cases.recall import recall
from comity.services.cases.refuse import refuse
from comity.services.clocks.compare import CALL, DISAGREEMENT, compare_with
from comity.services.clocks.core_data import core_clock
from comity.services.clocks.delay import extend
from comity.services.evidence.alarms import open_alarms, settle_alarm
from comity.storage.models.cases import Case
from comity.storage.models.clocks import ClockTurn
from comity.storage.models.exchange import ExchangedMessage
from comity.transport.memory import Fault

pytestmark = pytest.mark.django_db(databases=["be", "ma"])


@pytest.fixture
def asked() -> tuple[World, str]:
    world, agreement = clocked_desks()
    thread = ask(world, agreement)
    deliver(world)
    world.clock.forward(minutes=11)
    return world, thread


def alarms(world: World) -> list[list[tuple[str, str]]]:
    return [[(one.code, one.origin) for one in open_alarms(node)] for node in (world.be, world.ma)]


def test_read_alike(asked: tuple[World, str]) -> None:
    world, thread = asked
    assert compare_both(world) == [1, 1]
    assert alarms(world) == [[], []]
    refuse(world.ma, SALMA, thread, RefusalGround.A)
    deliver(world)
    world.clock.forward(minutes=11)
    assert compare_both(world) == [1, 0], "once closed and found alike, a case is not compared again"


@pytest.mark.parametrize("who", ["be", "ma"])
def test_a_node_that_counts_otherwise_is_seen_by_both(asked: tuple[World, str], who: str) -> None:
    """One database says that the request came an hour later than the receipt that both have signed."""
    world, thread = asked
    row = Case.objects.using(who).get()
    assert row.received_at is not None
    Case.objects.using(who).update(received_at=row.received_at - timedelta(hours=1))
    compare_both(world)
    assert alarms(world) == [[(DISAGREEMENT, f"case/{thread}")]] * 2
    proof = open_alarms(world.be)[0].proof
    assert thread in proof
    assert "deadline" in proof
    assert "hidden" not in proof
    settle_alarm(world.be, OPERATOR, open_alarms(world.be)[0].pk)
    compare_both(world)
    assert len(open_alarms(world.be)) == 1, "it comes back while the difference lasts"


def test_a_forgotten_extension_is_seen(asked: tuple[World, str]) -> None:
    world, thread = asked
    ground = DelayGround.JUDICIAL_AUTHORISATION
    extend(world.ma, SALMA, thread, ground, timedelta(days=1), "a judge")
    deliver(world)
    world.clock.forward(minutes=11)
    assert compare_both(world) == [1, 1]
    ClockTurn.objects.using("be").delete()
    compare_both(world)
    assert alarms(world) == [[(DISAGREEMENT, f"case/{thread}")]] * 2


@pytest.mark.parametrize("who", ["be", "ma"])
def test_the_clock_of_the_core_data_is_compared_too(asked: tuple[World, str], who: str) -> None:
    """One database says that the request rests on no hit: the 48 hours would be read by the other alone."""
    world, thread = asked
    assert core_clock(world.be, thread) == core_clock(world.ma, thread) is not None
    Case.objects.using(who).update(by_hit=False)
    compare_both(world)
    assert alarms(world) == [[(DISAGREEMENT, f"case/{thread}")]] * 2
    assert '"core":{"deadline"' in open_alarms(world.be)[0].proof


def test_a_part_that_only_one_side_counts_is_seen(asked: tuple[World, str]) -> None:
    world, thread = asked
    answer(world.ma, SALMA, thread, final=False)
    deliver(world)
    world.clock.forward(minutes=11)
    assert compare_both(world) == [1, 1], "the core data came; the request itself is open"
    ExchangedMessage.objects.using("be").filter(kind="partial-reply").delete()
    compare_both(world)
    assert alarms(world) == [[(DISAGREEMENT, f"case/{thread}")]] * 2


def test_what_is_on_its_way_is_no_disagreement(asked: tuple[World, str]) -> None:
    """The receipt of an extension is lost: one side knows more than the other, and that is all."""
    world, thread = asked
    ground = DelayGround.JUDICIAL_AUTHORISATION
    extend(world.ma, SALMA, thread, ground, timedelta(days=1), "a judge")
    world.network.draw = lambda: Fault.LOSE_ANSWER
    deliver(world)
    world.network.draw = lambda: Fault.NONE
    assert ClockTurn.objects.using("be").get().received_at is not None
    assert ClockTurn.objects.using("ma").get().received_at is None
    world.clock.forward(minutes=11)
    assert compare_both(world) == [0, 0]
    assert alarms(world) == [[], []]
    world.clock.forward(hours=1)
    deliver(world)
    world.clock.forward(minutes=11)
    assert compare_both(world) == [1, 1]


def test_recalled_and_refused_requests_are_left_out(asked: tuple[World, str]) -> None:
    world, thread = asked
    recall(world.be, SALMA, thread)
    deliver(world)
    world.clock.forward(minutes=11)
    assert compare_both(world) == [0, 0]
    assert alarms(world) == [[], []]


def test_a_suspended_partner_may_still_compare(asked: tuple[World, str]) -> None:
    world, _ = asked
    set_state(world.ma, BE, "suspended")
    set_state(world.be, MA, "suspended")
    assert compare_both(world) == [1, 1]


def test_a_partner_that_is_away_holds_nobody_up(asked: tuple[World, str]) -> None:
    world, _ = asked
    world.network.cut_off.add(MA)
    assert compare_both(world) == [0, 1]


def reading(thread: str, **changes: Any) -> dict[str, Any]:
    return {"thread": thread, "state": "open", "deadline": None, "late": False, "core": None, **changes}


class TestHostileCalls:
    def say(self, world: World, body: Any) -> Any:
        return call(world.be, world.network.channels, MA, Regime.POLICE, CALL, body, protective=True)[0]

    def test_cases_that_never_were_raise_one_alarm(self, asked: tuple[World, str]) -> None:
        world, _ = asked
        at = write_instant(world.clock() - timedelta(minutes=10))
        invented = [reading(f"{number:032x}") for number in range(200)]
        answer = self.say(world, {"at": at, "readings": invented})
        assert answer["alike"] == []
        assert {each["state"] for each in answer["otherwise"]} == {None}
        assert alarms(world)[1] == [(DISAGREEMENT, f"cases/{BE}/police")]

    def test_a_case_of_another_regime_is_not_known(self, asked: tuple[World, str]) -> None:
        world, thread = asked
        Case.objects.using("ma").update(regime="return-identification")
        at = write_instant(world.clock() - timedelta(minutes=10))
        answer = self.say(world, {"at": at, "readings": [reading(thread)]})
        assert answer["otherwise"] == [reading(thread, state=None)]

    @pytest.mark.parametrize(
        "body",
        [
            None,
            [],
            {"at": "soon", "readings": []},
            {"at": "2026-11-23T12:01:00.000Z"},
            {"at": "2026-11-23T10:00:00.000Z", "readings": []},
            {"at": "2027-11-23T10:00:00.000Z", "readings": []},
            {"at": "2026-11-23T12:01:00.000Z", "readings": [reading("../etc")]},
            {"at": "2026-11-23T12:01:00.000Z", "readings": [reading("0" * 32, state="late")]},
            {"at": "2026-11-23T12:01:00.000Z", "readings": [reading("0" * 32)] * 201},
        ],
    )
    def test_malformed(self, asked: tuple[World, str], body: Any) -> None:
        world, _ = asked
        with pytest.raises(Refused, match=r"clock\.call"):
            self.say(world, body)
        assert alarms(world) == [[], []]

    @pytest.mark.parametrize(
        "answer", [None, {}, {"alike": ["x"] * 201, "otherwise": []}, {"alike": 1, "otherwise": []}]
    )
    def test_a_malformed_answer(self, asked: tuple[World, str], answer: Any) -> None:
        world, _ = asked
        with pytest.raises(PeerError, match=r"clock\.call"):
            compare_with(world.be, SCOPES["be"], lambda scope, body: answer)

    def test_praise_for_cases_that_were_not_shown_counts_for_nothing(self, asked: tuple[World, str]) -> None:
        world, thread = asked
        answer = {"alike": ["0" * 32], "otherwise": [reading("1" * 32)]}
        assert compare_with(world.be, Bilateral(MA, Regime.POLICE), lambda scope, body: answer) == 0
        assert Case.objects.using("be").get(thread=thread).compared_at is None
        assert alarms(world) == [[], []]
