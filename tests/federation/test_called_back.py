"""What may not leave any more and stands in a batch under way: held back, called back, and what both sides know then."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from tests.federation import effects
from tests.federation.test_exchange import TestOwnStop, faults, standing
from tests.federation.world import BE, MA, OFFICER, THIRD, World, make_world, set_state
from tests.policy.scene import code_of, leaves

from comity.core.codes.exchange import Regime
from comity.errors import Refused
from comity.services import calls
from comity.services.calls import call
from comity.services.crashpoint import POINTS
from comity.services.exchange import deliver
from comity.services.exchange.back.callback import CALL, CALLED_BACK, call_back
from comity.services.exchange.back.hold import HELD_BACK, hold_back
from comity.services.exchange.deliver import deliver_due
from comity.services.exchange.status import Standing
from comity.services.exchange.submit import submit, submit_many
from comity.storage.exchange import status as rows
from comity.storage.exchange.outbox import Whereabouts
from comity.storage.models.exchange import AcceptedBatch, Dispatch, KeptPart, OutboxRow
from comity.storage.transaction import atomic
from comity.transport.memory import Fault

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])

CODE = "law.protected"


def under_way(world: World, *fault: Fault, messages: int = 3) -> list[str]:
    """Submit messages whose batch goes through a fault."""
    faults(world, *fault)
    found = submit_many(world.be, [world.outgoing({"n": n}) for n in range(messages)], OFFICER)
    deliver_due(world.be, world.network.channels)
    world.clock.forward(seconds=5)
    return found


def held(world: World, *messages: str) -> Mapping[str, Whereabouts]:
    with atomic("be"):
        return hold_back(world.be, MA, Regime.POLICE, dict.fromkeys(messages, CODE))


def on(world: World, rounds: int = 1) -> int:
    settled = 0
    for _ in range(rounds):
        settled += deliver_due(world.be, world.network.channels)
        world.clock.forward(minutes=5)
    return settled


class TestHeldBack:
    def test_what_waits_is_withdrawn_at_once(self, world: World) -> None:
        first, second = submit_many(world.be, [world.outgoing(), world.outgoing()], OFFICER)
        assert held(world, first) == {first: Whereabouts.HERE}
        assert code_of(world.be, first) == ("withdrawn", CODE)
        on(world)
        assert effects.seen(world.ma) == [second]
        assert held(world, first, second) == {first: Whereabouts.GONE, second: Whereabouts.GONE}
        assert code_of(world.be, second) == ("delivered", None)

    def test_what_never_arrived_is_withdrawn_and_the_rest_goes_on_in_order(self, world: World) -> None:
        first, second, third = under_way(world, Fault.DROP)
        assert held(world, second) == {second: Whereabouts.UNDER_WAY}
        assert not any(bytes(r.sealed) for r in OutboxRow.objects.using("be").filter(message=second))
        assert len(leaves(world.be, HELD_BACK)) == 1
        assert on(world) == 2
        assert effects.seen(world.ma) == [first, third]
        assert code_of(world.be, second) == ("withdrawn", CODE)
        for node in (world.be, world.ma):
            assert len(leaves(node, CALLED_BACK)) == 1
        assert [r.state for r in Dispatch.objects.using("be").order_by("id")] == ["dissolved", "closed"]
        assert not OutboxRow.objects.using("be").exists()

    def test_what_had_arrived_counts_as_delivered(self, world: World) -> None:
        messages = under_way(world, Fault.LOSE_ANSWER)
        held(world, messages[1])
        assert code_of(world.be, messages[1]) == ("queued", CODE)
        assert on(world) == 3
        assert effects.seen(world.ma) == messages
        assert [code_of(world.be, each) for each in messages] == [("delivered", None)] * 3
        assert leaves(world.be, CALLED_BACK) == leaves(world.ma, CALLED_BACK) == []
        kept = {row.message: (row.gone, bool(row.sealed)) for row in KeptPart.objects.using("be")}
        assert kept[messages[0]] == (None, True)
        assert kept[messages[1]] == ("withheld", False)

    def test_a_copy_that_comes_after_the_call_has_no_effect(self, world: World) -> None:
        messages = under_way(world, Fault.DELAY)
        held(world, messages[0])
        on(world)
        world.network.release()
        assert effects.seen(world.ma) == messages[1:]
        assert AcceptedBatch.objects.using("ma").count() == 2

    def test_a_message_held_back_while_its_batch_is_on_the_line(self, world: World) -> None:
        message = submit(world.be, world.outgoing(), OFFICER)
        inside = world.network.endpoints[MA]

        def meanwhile(path: str, body: bytes) -> bytes:
            if path.endswith("batch"):
                held(world, message)
            return inside(path, body)

        world.network.endpoints[MA] = meanwhile
        assert on(world) == 1
        assert code_of(world.be, message) == ("delivered", None)
        assert KeptPart.objects.using("be").get().sealed is None

    @pytest.mark.parametrize("fault", [Fault.DROP, Fault.LOSE_ANSWER, Fault.DUPLICATE, Fault.CUT_ANSWER])
    def test_the_call_is_repeated_until_it_is_answered(self, world: World, fault: Fault) -> None:
        messages = under_way(world, Fault.DROP, fault, fault)
        held(world, messages[2])
        on(world, rounds=3)
        assert effects.seen(world.ma) == messages[:2]
        assert code_of(world.be, messages[2]) == ("withdrawn", CODE)

    def test_all_of_a_batch(self, world: World) -> None:
        messages = under_way(world, Fault.DROP, messages=2)
        held(world, *messages)
        on(world)
        assert effects.seen(world.ma) == []
        assert not OutboxRow.objects.using("be").exists()

    def test_a_second_reason_changes_nothing(self, world: World) -> None:
        [message] = under_way(world, Fault.DROP, messages=1)
        held(world, message)
        with atomic("be"):
            hold_back(world.be, MA, Regime.POLICE, {message: "case.restricted"})
        on(world)
        assert code_of(world.be, message) == ("withdrawn", CODE)


class Killed(BaseException):
    """Stands for a power cut: nothing of ours catches it."""


class TestKilled:
    @pytest.mark.parametrize("fault", [Fault.DROP, Fault.LOSE_ANSWER])
    @pytest.mark.parametrize(
        "point",
        [point for point in POINTS if point.startswith("deliver.")],
    )
    def test_whoever_dies_while_calling_back(
        self, world: World, fault: Fault, point: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        messages = under_way(world, fault)
        held(world, messages[1])
        armed = [point]

        def dying(reached: str) -> None:
            if armed and armed[0] == reached:
                armed.pop()
                raise Killed

        monkeypatch.setattr(deliver, "reach", dying)
        with pytest.raises(Killed):
            deliver.deliver_due(world.be, world.network.channels)
        deliver.take_over(world.be)
        on(world)
        arrived = fault is Fault.LOSE_ANSWER
        assert effects.seen(world.ma) == (messages if arrived else [messages[0], messages[2]])
        ended = ("delivered", None) if arrived else ("withdrawn", CODE)
        assert [code_of(world.be, m) for m in messages] == [("delivered", None), ended, ("delivered", None)]
        assert not OutboxRow.objects.using("be").exists()
        assert len(leaves(world.ma, CALLED_BACK)) == len(leaves(world.be, CALLED_BACK)) == (not arrived)


class TestWhatMayNotLeaveAgain:
    def test_our_own_stop_reaches_a_batch_under_way(self, world: World) -> None:
        [message] = under_way(world, Fault.DROP, messages=1)
        TestOwnStop().stop(world.be, BE, world.clock())
        on(world)
        assert effects.seen(world.ma) == []
        assert code_of(world.be, message) == ("withdrawn", "agreement.suspended")

    def test_what_arrived_before_our_stop_stays_delivered(self, world: World) -> None:
        [message] = under_way(world, Fault.LOSE_ANSWER, messages=1)
        TestOwnStop().stop(world.be, BE, world.clock())
        on(world)
        assert code_of(world.be, message) == ("delivered", None)

    def test_a_suspended_partner_shows_its_receipt(self, world: World) -> None:
        [message] = under_way(world, Fault.LOSE_ANSWER, messages=1)
        set_state(world.be, MA, "suspended")
        set_state(world.ma, BE, "suspended")
        on(world)
        assert code_of(world.be, message) == ("delivered", None)

    def test_what_expired_on_the_way_had_arrived(self, world: World) -> None:
        [message] = under_way(world, Fault.LOSE_ANSWER, messages=1)
        world.clock.forward(days=8)
        on(world)
        assert standing(world.be, message) is Standing.DELIVERED


class TestAnswering:
    def asked(self, world: World, **changes: object) -> object:
        body = {"v": 1, "batch": "b" * 32, "manifest": "0" * 64, **changes}
        return call(world.be, world.network.channels, MA, Regime.POLICE, CALL, body)[0]

    def test_an_unknown_batch_is_never_accepted_from_then_on(self, world: World) -> None:
        never = {"v": 1, "receipt": None}
        assert self.asked(world) == never
        assert self.asked(world) == never
        assert len(leaves(world.ma, CALLED_BACK)) == 1
        assert rows.receipts("ma", BE, ["b" * 32]) == []

    def test_another_manifest_is_refused(self, world: World) -> None:
        under_way(world, messages=1)
        batch = Dispatch.objects.using("be").get().batch
        with pytest.raises(Refused, match=r"batch\.replayed"):
            self.asked(world, batch=batch)

    @pytest.mark.parametrize("change", [{"v": 2}, {"batch": "b"}, {"manifest": None}, {"more": 1}])
    def test_malformed_calls(self, world: World, change: dict[str, object]) -> None:
        with pytest.raises(Refused, match=r"call\.malformed"):
            self.asked(world, **change)
        assert not AcceptedBatch.objects.using("ma").exists()

    def test_nobody_calls_back_what_another_sent(self, db: None) -> None:
        world = make_world(third=True)
        [message] = under_way(world, Fault.DROP, messages=1)
        open_ = Dispatch.objects.using("be").get()
        line = world.network.channels
        assert call_back(world.nodes[THIRD], line, MA, Regime.POLICE, open_.batch, open_.digest) is None
        on(world)
        assert code_of(world.be, message) == ("delivered", None)

    @pytest.mark.parametrize(
        "claimed", [{"v": 1, "receipt": ""}, {"v": 1}, {"receipt": None, "v": 1, "x": 0}, None]
    )
    def test_an_answer_that_proves_nothing_settles_nothing(
        self, world: World, claimed: object, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        [message] = under_way(world, Fault.DROP, messages=1)
        held(world, message)
        lying = calls._Registered(lambda node, made: (claimed, b""), protective=True, repeatable=True)
        with monkeypatch.context() as patch:
            patch.setitem(calls._handlers, CALL, lying)
            on(world)
        assert Dispatch.objects.using("be").get().state == "open"
        assert code_of(world.be, message) == ("unacknowledged", CODE)
        on(world)
        assert code_of(world.be, message) == ("withdrawn", CODE)
