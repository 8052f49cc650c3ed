"""After a restore, what a partner had delivered comes again: the bytes that were acknowledged, each with one effect."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.federation import effects
from tests.federation.lost import again, batches, held, ids, lose, lossy_world, send, timed
from tests.federation.world import BE, MA, OFFICER, START, World, node_keys

from comity.core.codes.exchange import Regime
from comity.core.crypto.agent import TokenType
from comity.core.envelope import receipt as receipts
from comity.services import erasures, wiring
from comity.services.crashpoint import RECOVERY_POINTS
from comity.services.exchange import fetch, kept
from comity.services.exchange.deliver import deliver_due
from comity.services.exchange.fetch import Fetched, fetch_missing
from comity.services.exchange.missing import find_missing
from comity.services.exchange.submit import submit_many
from comity.storage import agreements
from comity.storage.models.agreements import StoredStop
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.exchange import Dispatch, ExchangedMessage, KeptPart

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])

POLICE = Regime.POLICE


@pytest.fixture
def world(db: None) -> World:
    return lossy_world()


class TestWhatIsFetched:
    def test_is_held_as_it_was_held(self, world: World) -> None:
        before = send(world, 3)
        world.clock.forward(minutes=10)
        lost = send(world, 120)
        whole, accepted = held(world), batches()
        lose(lost)
        assert list(held(world)) == before
        world.clock.forward(hours=5)
        found = again(world)
        assert (ids(found.taken), found.gone, found.refused) == (lost, (), ())
        assert found.left.messages == ()
        assert held(world) == whole
        assert batches() == accepted
        assert effects.seen(world.ma) == [*before, *lost]

    def test_has_its_effect_once(self, world: World) -> None:
        lost = send(world, 2)
        lose(lost)
        assert ids(again(world).taken) == lost
        second = again(world)
        assert (second.taken, second.gone, second.refused) == ((), (), ())
        assert effects.seen(world.ma) == lost

    def test_keeps_the_time_of_its_receipt(self, world: World) -> None:
        received: list[Any] = []
        lost = send(world, 1, kind="test.timed")
        at = world.clock()
        lose(lost)
        world.clock.forward(days=3)
        with timed(received):
            again(world, timedelta(days=4))
        assert received == [at]

    def test_the_same_batch_again_gets_the_receipt_it_got(self, world: World) -> None:
        lost = send(world, 2)
        dispatch = Dispatch.objects.using("be").get()
        parts = [
            bytes(p) for p in KeptPart.objects.using("be").order_by("id").values_list("sealed", flat=True)
        ]
        lose(lost)
        world.clock.forward(hours=1)
        again(world)
        from comity.core.envelope.batch import pack_batch

        token = node_keys(BE).sign(POLICE, TokenType.BATCH, [bytes(dispatch.manifest)])[0]
        answer = world.network.channels(MA).post("/c/1/batch", pack_batch(token, parts))
        assert receipts.receipt_token(answer) == dispatch.receipt
        assert effects.seen(world.ma) == lost

    def test_what_follows_in_the_lane_goes_on(self, world: World) -> None:
        lost = send(world, 2)
        lose(lost)
        again(world)
        following = send(world, 1)
        assert effects.seen(world.ma) == [*lost, *following]
        assert find_missing(world.ma, world.network.channels, BE, POLICE, START).messages == ()

    def test_comes_in_the_order_of_its_receipts(self, world: World) -> None:
        lost = []
        for _ in range(3):
            lost += send(world, 1)
            world.clock.forward(minutes=1)
        # The partner gives its batches other places than those in which we took them.
        rows = list(Dispatch.objects.using("be").order_by("id"))
        for place, row in zip((900, 800, 700), rows, strict=True):
            Dispatch.objects.using("be").filter(pk=row.pk).update(id=place)
        lose(lost)
        assert ids(again(world).taken) == lost
        assert effects.seen(world.ma) == lost

    def test_in_many_answers(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        lost = send(world, 7)
        accepted = batches()
        lose(lost)
        size = KeptPart.objects.using("be").order_by("-size").first()
        assert size is not None
        monkeypatch.setattr(kept, "CALL_ATTACHMENT_BYTES", 2 * size.size)
        assert ids(again(world).taken) == lost
        assert batches() == accepted
        assert EvidenceEntry.objects.using("be").count() >= 4

    def test_what_was_held_all_along_is_not_asked_for(self, world: World) -> None:
        sent = send(world, 4)
        lose(sent[2:])
        ExchangedMessage.objects.using("ma").filter(message__in=sent[:2]).update(state="accepted")
        assert ids(again(world).taken) == sent[2:]
        assert sorted(effects.seen(world.ma)) == sorted(sent)

    def test_what_was_refused_is_not_fetched(self, world: World) -> None:
        submit_many(world.be, [world.outgoing(), world.outgoing(kind="test.refusing")], OFFICER)
        deliver_due(world.be, world.network.channels)
        assert KeptPart.objects.using("be").count() == 1
        lose(list(held(world)))
        assert len(again(world).taken) == 1

    def test_stands_in_the_log_of_both(self, world: World) -> None:
        lost = send(world, 1)
        lose(lost)
        EvidenceEntry.objects.using("ma").all().delete()
        again(world)
        told = [bytes(row.leaf) for row in EvidenceEntry.objects.using("ma").order_by("id")]
        assert sum(b"message.accepted" in one and lost[0].encode() in one for one in told) == 1
        assert sum(b"batch.accepted" in one for one in told) == 1
        given = [bytes(row.leaf) for row in EvidenceEntry.objects.using("be").order_by("id")]
        assert sum(b"batch.shown-again" in one for one in given) == 1


class TestTheAgreement:
    def stop(self, world: World, alias: str, by: str) -> None:
        row = StoredStop(agreement=world.agreement, kind="terminate", by=by, at=world.clock(), reason=None)
        agreements.add_stop(alias, row)

    def test_decides_as_when_the_receipt_was_given(self, world: World) -> None:
        """What we stopped later had been accepted before; a message of today would be refused."""
        lost = send(world, 1)
        lose(lost)
        world.clock.forward(hours=1)
        self.stop(world, "ma", MA)
        world.clock.forward(hours=1)
        assert ids(again(world).taken) == lost

    def test_refuses_what_was_not_permitted_when_it_was_signed(self, world: World) -> None:
        lost = send(world, 1)
        lose(lost)
        row = StoredStop(
            agreement=world.agreement, kind="terminate", by=MA, at=START - timedelta(1), reason=None
        )
        agreements.add_stop("ma", row)
        found = again(world)
        assert [code for _, code in found.refused] == ["agreement.terminated"]
        assert held(world) == {}

    def test_its_sender_withholds_what_it_has_stopped(self, world: World) -> None:
        lost = send(world, 1)
        lose(lost)
        world.clock.forward(hours=1)
        self.stop(world, "be", BE)
        found = again(world)
        assert [why for _, why in found.gone] == ["withheld"]
        assert ids(found.left.messages) == lost


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("point", RECOVERY_POINTS)
@pytest.mark.parametrize("batch", [0, 1, 2])
def test_killed_in_the_middle(world: World, monkeypatch: pytest.MonkeyPatch, point: str, batch: int) -> None:
    lost = [message for _ in range(3) for message in send(world, 2)]
    whole, accepted = held(world), batches()
    lose(lost)
    reached = 0

    def die(at: str) -> None:
        nonlocal reached
        if at == point:
            reached += 1
            if reached == batch + 1:
                raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(fetch, "reach", die)
        with pytest.raises(Killed):
            again(world)
    whole_batches = batch + (point == "fetch.after-commit")
    assert list(held(world)) == lost[: 2 * whole_batches]
    assert len(batches()) == whole_batches
    found = again(world)
    assert ids(found.taken) == lost[2 * whole_batches :]
    assert (held(world), batches()) == (whole, accepted)
    assert effects.seen(world.ma) == lost


class TestWhatCannotBeTaken:
    def test_blocks_nothing_else(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        lost = send(world, 3)
        lose(lost)
        KeptPart.objects.using("be").filter(message=lost[1]).update(sealed=b"x", size=1)
        found = again(world)
        assert (ids(found.taken), ids(one for one, _ in found.refused)) == ([lost[0], lost[2]], [lost[1]])
        assert ids(found.left.messages) == [lost[1]]

    def test_a_handler_that_now_fails_undoes_only_its_message(self, world: World) -> None:
        from comity.services.exchange import handlers

        lost = send(world, 3)
        lose(lost)
        kind = handlers._handlers["test.note"]

        def failing(node: Any, message: Any) -> None:
            effects.write(node, message)
            if message.id == lost[1]:
                raise KeyError("a bug of ours")

        handlers._handlers["test.note"] = replace(kind, function=failing)
        try:
            found = again(world)
        finally:
            handlers._handlers["test.note"] = kind
        assert [code for _, code in found.refused] == ["message.unprocessable"]
        assert effects.seen(world.ma) == [lost[0], lost[2]]
        assert ids(again(world).taken) == [lost[1]]

    def test_sealed_for_a_key_that_the_backup_does_not_hold(self, world: World) -> None:
        lost = send(world, 1)
        lose(lost)
        from comity.core.crypto.local import LocalKeys

        held_now = world.keys(MA)
        other = LocalKeys.generate([POLICE], world.random.randbytes)
        keys = LocalKeys(
            replace(
                held_now._secrets,
                pairs=tuple(
                    replace(pair, seal=other._secrets.pairs[0].seal) if pair.regime is POLICE else pair
                    for pair in held_now._secrets.pairs
                ),
            ),
            world.random.randbytes,
            root=bytes(32),
        )
        node = replace(world.ma, keys=keys)
        found = fetch_missing(node, world.network.channels, BE, POLICE, START)
        assert [code for _, code in found.refused] == ["envelope.sealed"]
        assert held(world) == {}


class TestWhatIsGone:
    def gone(self, world: World, why: str) -> tuple[list[str], Fetched]:
        lost = send(world, 2)
        lose(lost)
        KeptPart.objects.using("be").filter(message=lost[0]).update(sealed=None, size=0, gone=why)
        return lost, again(world)

    @pytest.mark.parametrize("why", ["recalled", "erased"])
    def test_taken_back_words_leave_a_header_without_effect(self, world: World, why: str) -> None:
        lost, found = self.gone(world, why)
        assert [(one.header.id, reason) for one, reason in found.gone] == [(lost[0], why)]
        assert found.left.messages == ()
        assert held(world)[lost[0]][-1] is None
        assert list(held(world)) == lost
        assert effects.seen(world.ma) == [lost[1]]

    @pytest.mark.parametrize("why", ["corrected", "withheld", "dropped"])
    def test_what_was_not_meant_to_be_gone_stays_missing(self, world: World, why: str) -> None:
        lost, found = self.gone(world, why)
        assert ids(found.left.messages) == [lost[0]]
        assert list(held(world)) == [lost[1]]

    @pytest.mark.parametrize("kind", [fetch.WITHDRAWN_WORDS, fetch.ERASED_CASES])
    def test_what_our_own_journal_erased_is_not_stored_whatever_the_partner_gives(
        self, world: World, kind: str, tmp_path: Path
    ) -> None:
        from comity.storage.transaction import atomic

        wiring.connect()
        node = replace(world.ma, config=world.ma.config.model_copy(update={"home": tmp_path}))
        lost = send(world, 2)
        world.clock.forward(minutes=1)
        tail = "/in" if kind == fetch.WITHDRAWN_WORDS else ""
        with atomic("ma"):
            erasures.journal(node, kind, [f"{BE}/{lost[0]}{tail}"])
        lose(lost)
        found = fetch_missing(node, world.network.channels, BE, POLICE, START)
        assert [(one.header.id, reason) for one, reason in found.gone] == [(lost[0], "erased")]
        assert held(world)[lost[0]][-1] is None
        assert effects.seen(world.ma) == [lost[1]]

    def test_every_kind_of_the_journal_that_is_asked_has_its_replay(self) -> None:
        wiring.connect()
        kinds = {fetch.WITHDRAWN_WORDS, fetch.ERASED_CASES, fetch.ENDED_CONSENTS, *fetch.ON_PASSAGES}
        assert kinds <= set(erasures._replays)
