"""Batches in a row: a receipt and the next batch share a transaction, and what fails with the next undoes no receipt."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.federation import effects
from tests.federation.world import BE, MA, OFFICER, World, set_state

from comity.core.codes.exchange import ServiceId
from comity.errors import PeerError
from comity.services.context import Node
from comity.services.exchange import deliver
from comity.services.exchange.deliver import deliver_due, deliver_lane, due, take_over
from comity.services.exchange.receipts import on_receipt
from comity.services.exchange.submit import submit_many
from comity.storage.exchange import lanes
from comity.storage.models.exchange import Dispatch, Lane, OutboxRow
from comity.transport.channel import Channel

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])

SIZE = 3
told: list[str] = []


@on_receipt("test.deaf")
def refuse_to_hear(node: Node, message: str, at: object, code: str | None) -> None:
    """Fail when told that a message was given up."""
    told.append(message)
    if at is None:
        raise PeerError("test.refused")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliver, "BATCH_MESSAGES", SIZE)


class During:
    """A way to the partner on which something else happens while the first batch is away."""

    def __init__(self, way: Channel, happens: Callable[[], object]) -> None:
        self.way, self.happens, self.posts = way, happens, 0

    def post(self, path: str, body: bytes) -> bytes:
        self.posts += 1
        answer = self.way.post(path, body)
        if self.posts == 1:
            self.happens()
        return answer

    def get(self, path: str) -> bytes:
        return self.way.get(path)


def during(world: World, happens: Callable[[], object]) -> tuple[Callable[[ServiceId], Channel], During]:
    way = During(world.network.channels(MA), happens)
    return lambda _: way, way


def lane(world: World) -> Lane:
    return Lane.objects.using("be").get(partner=MA, regime="police")


@pytest.mark.usefixtures("small")
class TestInARow:
    def test_all_are_delivered_and_the_lane_is_free(self, world: World) -> None:
        sent = submit_many(world.be, [world.outgoing() for _ in range(7)], OFFICER)
        channels, way = during(world, lambda: None)
        assert deliver_due(world.be, channels) == 7
        assert way.posts == 3
        assert effects.seen(world.ma) == sent
        assert (lane(world).claim, lane(world).failures) == (None, 0)
        assert not OutboxRow.objects.using("be").exists()

    def test_a_partner_that_is_closed_meanwhile(self, world: World) -> None:
        submit_many(world.be, [world.outgoing() for _ in range(7)], OFFICER)
        channels, way = during(world, lambda: set_state(world.be, MA, "pending"))
        # The receipt of the first batch is kept; the second is not fixed; the lane waits, with the reason.
        assert deliver_due(world.be, channels) == SIZE
        assert way.posts == 1
        assert OutboxRow.objects.using("be").count() == 7 - SIZE
        assert not Dispatch.objects.using("be").filter(state="open").exists()
        found = lane(world)
        assert (found.claim, found.failures, found.last_code) == (None, 1, "partner.unconfirmed")
        assert found.next_attempt > world.clock()

    def test_a_claim_that_is_lost_meanwhile(self, world: World) -> None:
        submit_many(world.be, [world.outgoing() for _ in range(7)], OFFICER)

        def another() -> None:
            take_over(world.be)
            taken = due(world.be)[0]
            assert lanes.claim_lane("be", taken, "other", world.clock(), world.clock() + deliver.CLAIM)

        channels, way = during(world, another)
        # What came back is kept; nothing new is fixed or sent, and the other's claim stands.
        assert deliver_due(world.be, channels) == SIZE
        assert way.posts == 1
        assert lane(world).claim == "other"
        assert not Dispatch.objects.using("be").filter(state="open").exists()

    def test_two_workers_send_the_same_batch(self, world: World) -> None:
        sent = submit_many(world.be, [world.outgoing() for _ in range(4)], OFFICER)

        def another() -> None:
            take_over(world.be)
            assert deliver_lane(world.be, world.network.channels, due(world.be)[0]) == 4

        channels, _ = during(world, another)
        assert deliver_due(world.be, channels) == 0
        assert effects.seen(world.ma) == sent
        assert lane(world).claim is None

    def test_a_message_that_cannot_be_given_up_undoes_no_receipt(self, world: World) -> None:
        told.clear()
        good = submit_many(world.be, [world.outgoing() for _ in range(SIZE)], OFFICER)
        bad = submit_many(world.be, [world.outgoing(kind="test.deaf")], OFFICER)

        def expire() -> None:
            OutboxRow.objects.using("be").filter(message=bad[0]).update(expires_at=world.clock())

        channels, way = during(world, expire)
        assert deliver_due(world.be, channels) == SIZE
        assert (way.posts, told) == (1, bad)
        assert effects.seen(world.ma) == good
        assert OutboxRow.objects.using("be").get().message == bad[0]
        assert (lane(world).failures, lane(world).last_code) == (1, "test.refused")

    def test_the_claim_is_given_back_after_its_rounds(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(deliver, "ROUNDS", 2)
        submit_many(world.be, [world.outgoing() for _ in range(7)], OFFICER)
        assert deliver_due(world.be, world.network.channels) == 2 * SIZE
        assert (lane(world).claim, len(due(world.be))) == (None, 1)
        assert deliver_due(world.be, world.network.channels) == 1
        assert BE not in {one.partner for one in due(world.be)}
