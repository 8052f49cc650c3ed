"""One message from the Belgian node to the Moroccan one, and what may go wrong on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from tests.federation import effects
from tests.federation.world import BE, MA, OFFICER, World, set_state, small_agreement

from comity.core.agreement.model import agreement_hash, write_agreement
from comity.core.codes.exchange import Act, Purpose, ServiceId
from comity.core.codes.marks import Urgency
from comity.errors import DeliveryError, InputError, Refused
from comity.services.context import Node
from comity.services.custody.expiry import late_clock
from comity.services.exchange import status
from comity.services.exchange.deliver import LONGEST_DELAY, deliver_due
from comity.services.exchange.receive import receive_batch
from comity.services.exchange.status import Standing
from comity.services.exchange.submit import submit, submit_many
from comity.storage import agreements as agreement_rows
from comity.storage.exchange import lanes
from comity.storage.models.agreements import StoredStop
from comity.storage.models.exchange import AcceptedBatch, Dispatch, OutboxRow
from comity.transport.memory import Fault

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])

AGREEMENT = agreement_hash(write_agreement(small_agreement()))


def standing(node: Node, message: str) -> Standing:
    found = status.status(node, message)
    assert found is not None
    return found.standing


def faults(world: World, *which: Fault) -> None:
    """Let the next exchanges fail so, and the others pass."""
    left = list(which)
    world.network.draw = lambda: left.pop(0) if left else Fault.NONE


class TestDelivery:
    def test_a_message_arrives_and_is_receipted(self, world: World) -> None:
        message = submit(world.be, world.outgoing({"text": "الاسم"}), OFFICER)
        assert standing(world.be, message) is Standing.QUEUED
        world.clock.forward(seconds=2)
        assert deliver_due(world.be, world.network.channels) == 1
        found = status.status(world.be, message)
        assert found is not None
        assert found.standing is Standing.DELIVERED
        assert found.received_at == world.clock()
        assert effects.seen(world.ma) == [message]
        assert status.body(world.ma, "in", message) == {"text": "الاسم"}
        assert status.body(world.be, "out", message) == {"text": "الاسم"}
        assert not OutboxRow.objects.using("be").exists()

    def test_nothing_to_deliver(self, world: World) -> None:
        assert deliver_due(world.be, world.network.channels) == 0

    def test_batches_of_fifty_in_order(self, world: World) -> None:
        sent = submit_many(world.be, [world.outgoing({"n": n}) for n in range(120)], OFFICER)
        assert deliver_due(world.be, world.network.channels) == 120
        assert effects.seen(world.ma) == sent
        assert AcceptedBatch.objects.using("ma").count() == 3

    def test_large_messages_make_smaller_batches(self, world: World) -> None:
        big = {"text": "x" * 200_000}
        sent = submit_many(world.be, [world.outgoing(big) for _ in range(20)], OFFICER)
        assert deliver_due(world.be, world.network.channels) == 20
        assert effects.seen(world.ma) == sent
        assert AcceptedBatch.objects.using("ma").count() == 2

    def test_the_clause_sets_the_deadline(self, world: World) -> None:
        asked = world.outgoing(act=Act.REQUEST, urgency=Urgency.URGENT_DIRECT, deadline=timedelta(hours=1))
        message = submit(world.be, asked, OFFICER)
        assert deliver_due(world.be, world.network.channels) == 1
        assert standing(world.be, message) is Standing.DELIVERED

    def test_within_is_part_of_the_transaction(self, world: World) -> None:
        def fails(_: str) -> None:
            raise Refused("test.no")

        with pytest.raises(Refused):
            submit(world.be, world.outgoing(), OFFICER, within=fails)
        assert not OutboxRow.objects.using("be").exists()
        assert status.counts(world.be) == {}


class TestFaults:
    @pytest.mark.parametrize("fault", [f for f in Fault if f is not Fault.NONE])
    def test_one_fault_then_exactly_once(self, world: World, fault: Fault) -> None:
        faults(world, fault)
        message = submit(world.be, world.outgoing(), OFFICER)
        deliver_due(world.be, world.network.channels)
        world.network.release()
        world.clock.forward(seconds=5)
        deliver_due(world.be, world.network.channels)
        assert standing(world.be, message) is Standing.DELIVERED
        assert effects.seen(world.ma) == [message]

    def test_a_repeated_batch_gets_the_same_bytes(self, world: World) -> None:
        submit_many(world.be, [world.outgoing() for _ in range(3)], OFFICER)
        deliver_due(world.be, world.network.channels)
        _, _, octets = world.network.seen[0]
        before = effects.rows_of_all_tables(world.ma)
        world.clock.forward(days=20)
        first, second = receive_batch(world.ma, octets), receive_batch(world.ma, octets)
        assert first == second
        assert effects.rows_of_all_tables(world.ma) == before

    def test_a_retry_sends_the_same_bytes_even_if_more_waits(self, world: World) -> None:
        faults(world, Fault.LOSE_ANSWER)
        submit(world.be, world.outgoing(), OFFICER)
        deliver_due(world.be, world.network.channels)
        submit(world.be, world.outgoing(), OFFICER)
        world.clock.forward(seconds=5)
        assert deliver_due(world.be, world.network.channels) == 2
        bodies = [body for _, _, body in world.network.seen]
        assert len(bodies) == 3
        assert bodies[0] == bodies[1] != bodies[2]

    def test_an_outage_of_three_days_drains_by_itself(self, world: World) -> None:
        world.network.cut_off.add(MA)
        sent = []
        tries = 0
        for hour in range(72):
            sent.append(submit(world.be, world.outgoing({"hour": hour}), OFFICER))
            for _ in range(12):
                tries += sum(lane.partner == MA for lane in lanes.due_lanes("be", world.clock()))
                deliver_due(world.be, world.network.channels)
                world.clock.forward(minutes=5)
        assert tries <= 72 * 12 + 12
        assert standing(world.be, sent[0]) is Standing.UNACKNOWLEDGED
        assert [m.id for m in status.unacknowledged(world.be)] == sent
        world.network.cut_off.clear()
        deliver_due(world.be, world.network.channels)
        assert effects.seen(world.ma) == sent
        assert status.unacknowledged(world.be) == []

    def test_a_partner_that_is_back_is_not_waited_for(self, world: World) -> None:
        world.network.cut_off.add(MA)
        submit(world.be, world.outgoing(), OFFICER)
        for _ in range(12):
            deliver_due(world.be, world.network.channels)
            world.clock.forward(minutes=6)
        deliver_due(world.be, world.network.channels)
        world.network.cut_off.clear()
        world.clock.forward(seconds=1)
        assert deliver_due(world.be, world.network.channels) == 0
        submit(world.ma, world.outgoing(partner=BE), OFFICER)
        deliver_due(world.ma, world.network.channels)
        assert deliver_due(world.be, world.network.channels) == 1

    def test_back_off_has_a_ceiling_and_jitter(self, world: World) -> None:
        world.network.cut_off.add(MA)
        submit(world.be, world.outgoing(), OFFICER)
        pauses = []
        for _ in range(14):
            assert deliver_due(world.be, world.network.channels) == 0
            lane = status.lanes(world.be)[0]
            pauses.append(lane.next_attempt - world.clock())
            world.clock.now = lane.next_attempt
        assert max(pauses) <= LONGEST_DELAY
        assert pauses[-1] >= LONGEST_DELAY / 2
        assert len(set(pauses)) > 10
        assert status.lanes(world.be)[0].last_code == "way.memory"

    def test_an_expired_claim_is_taken_over(self, world: World) -> None:
        message = submit(world.be, world.outgoing(), OFFICER)
        lane = lanes.due_lanes("be", world.clock())[0]
        assert lanes.claim_lane("be", lane, "dead", world.clock(), world.clock() + timedelta(seconds=120))
        assert deliver_due(world.be, world.network.channels) == 0
        world.clock.forward(seconds=121)
        assert deliver_due(world.be, world.network.channels) == 1
        assert standing(world.be, message) is Standing.DELIVERED

    def test_a_message_that_never_left_expires(self, world: World) -> None:
        message = submit(world.be, world.outgoing(), OFFICER)
        world.clock.forward(days=8)
        later = submit(world.be, world.outgoing(), OFFICER)
        assert deliver_due(world.be, world.network.channels) == 1
        assert standing(world.be, message) is Standing.EXPIRED
        assert effects.seen(world.ma) == [later]

    def test_a_message_that_expired_under_way_leaves_no_more(self, world: World) -> None:
        faults(world, Fault.DROP)
        message = submit(world.be, world.outgoing(), OFFICER)
        deliver_due(world.be, world.network.channels)
        world.clock.forward(days=8)
        deliver_due(world.be, world.network.channels)
        found = status.status(world.be, message)
        assert found is not None
        assert (found.standing, found.code) == (Standing.EXPIRED, "message.expired")
        assert effects.seen(world.ma) == []


class TestOneMessageForItself:
    @pytest.mark.parametrize(
        ("kind", "code"),
        [
            ("test.poison", "message.unprocessable"),
            ("test.breaking", "message.unprocessable"),
            ("test.refusing", "test.refused"),
            ("test.nobody-knows", "message.kind"),
        ],
    )
    def test_a_poisonous_message_blocks_no_other(self, world: World, kind: str, code: str) -> None:
        before = submit(world.be, world.outgoing(), OFFICER)
        bad = submit(world.be, world.outgoing(kind=kind), OFFICER)
        after = submit(world.be, world.outgoing(), OFFICER)
        assert deliver_due(world.be, world.network.channels) == 3
        assert effects.seen(world.ma) == [before, after]
        found = status.status(world.be, bad)
        assert found is not None
        assert (found.standing, found.code) == (Standing.REFUSED, code)

    def test_disputed_receipt(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        message = submit(world.be, world.outgoing(), OFFICER)
        ahead = world.clock() + timedelta(minutes=6)
        object.__setattr__(world.ma, "clock", lambda: ahead)
        deliver_due(world.be, world.network.channels)
        assert standing(world.be, message) is Standing.DISPUTED
        assert [m.id for m in status.disputed(world.be)] == [message]
        assert late_clock(world.be) == 1
        world.clock.forward(hours=25)
        assert late_clock(world.be) == 0
        assert [m.id for m in status.disputed(world.be)] == [message]


class TestSuspension:
    def test_nothing_is_submitted_to_a_suspended_partner(self, world: World) -> None:
        set_state(world.be, MA, "suspended")
        with pytest.raises(Refused, match=r"partner\.suspended"):
            submit(world.be, world.outgoing(), OFFICER)

    def test_what_waits_stays_and_what_protects_passes(self, world: World) -> None:
        faults(world, Fault.DROP)
        held = submit(world.be, world.outgoing(), OFFICER)
        deliver_due(world.be, world.network.channels)
        set_state(world.be, MA, "suspended")
        recall = submit(world.be, world.outgoing(act=Act.RECALL, agreement=None, purpose=None), OFFICER)
        world.clock.forward(seconds=5)
        assert deliver_due(world.be, world.network.channels) == 1
        assert effects.seen(world.ma) == [recall]
        assert standing(world.be, held) is Standing.QUEUED
        set_state(world.be, MA, "confirmed")
        world.clock.forward(minutes=5)
        assert deliver_due(world.be, world.network.channels) == 1
        assert effects.seen(world.ma) == [recall, held]
        assert Dispatch.objects.using("be").filter(state="dissolved").count() == 1


class TestOwnStop:
    def stop(self, node: Node, by: ServiceId, at: datetime) -> None:
        row = StoredStop(agreement=AGREEMENT, kind="suspend", by=by, at=at, reason=None)
        assert agreement_rows.add_stop(node.alias, row)

    def test_what_waits_is_withdrawn_by_our_own_stop(self, world: World) -> None:
        message = submit(world.be, world.outgoing(), OFFICER)
        world.clock.forward(minutes=1)
        self.stop(world.be, BE, world.clock())
        assert deliver_due(world.be, world.network.channels) == 0
        found = status.status(world.be, message)
        assert found is not None
        assert (found.standing, found.code) == (Standing.WITHDRAWN, "agreement.suspended")
        assert not OutboxRow.objects.using("be").exists()

    def test_a_backdated_message_does_not_pass_the_recipients_own_stop(self, world: World) -> None:
        message = submit(world.be, world.outgoing(), OFFICER)
        world.clock.forward(minutes=1)
        self.stop(world.ma, MA, world.clock())
        assert deliver_due(world.be, world.network.channels) == 1
        found = status.status(world.be, message)
        assert found is not None
        assert (found.standing, found.code) == (Standing.REFUSED, "agreement.suspended")

    def test_the_partners_stop_counts_from_its_own_time(self, world: World) -> None:
        message = submit(world.be, world.outgoing(), OFFICER)
        world.clock.forward(minutes=1)
        for node in (world.be, world.ma):
            self.stop(node, BE if node is world.ma else MA, world.clock())
        assert deliver_due(world.be, world.network.channels) == 1
        assert standing(world.be, message) is Standing.DELIVERED
        with pytest.raises(Refused, match=r"agreement\.suspended"):
            submit(world.be, world.outgoing(), OFFICER)


class TestPolicyOfTheSender:
    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"agreement": None}, "agreement.unknown"),
            ({"agreement": "0" * 64}, "agreement.unknown"),
            ({"purpose": Purpose.TERRORISM}, "clause.none"),
            ({"purpose": None}, "policy.purpose-missing"),
            ({"act": Act.PROBE}, "clause.none"),
        ],
    )
    def test_refused_before_anything_is_written(
        self, world: World, changes: dict[str, object], code: str
    ) -> None:
        with pytest.raises(Refused) as refused:
            submit(world.be, world.outgoing(**changes), OFFICER)
        assert refused.value.code == code
        assert status.counts(world.be) == {}

    def test_too_large(self, world: World) -> None:
        with pytest.raises(InputError, match=r"content\.too-large"):
            submit(world.be, world.outgoing({"text": "x" * 300_000}), OFFICER)

    def test_too_deep(self, world: World) -> None:
        deep: object = 1
        for _ in range(20):
            deep = [deep]
        with pytest.raises(InputError, match=r"content\.too-deep"):
            submit(world.be, world.outgoing({"deep": deep}), OFFICER)


def test_the_way_may_be_broken_for_one_and_not_for_another(world: World) -> None:
    def broken(path: str, body: bytes) -> bytes:
        raise DeliveryError("way.memory", retryable=False)

    call: Callable[[str, bytes], bytes] = broken
    world.network.endpoints[MA] = call
    submit(world.be, world.outgoing(), OFFICER)
    deliver_due(world.be, world.network.channels)
    assert status.lanes(world.be)[0].failures == 1
