"""What a sender keeps for its partner's restore, for how long, and who is told what is missing; lanes that wait."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.federation.lost import again, lose, lossy_world, send
from tests.federation.world import BE, MA, OFFICER, START, World, set_state
from typer.testing import CliRunner

from comity.cli import exchange as command
from comity.core.codes.exchange import Act
from comity.services.custody.checkup import check_node
from comity.services.exchange import kept
from comity.services.exchange.deliver import deliver_due, due
from comity.services.exchange.missing import expect_missing
from comity.services.exchange.submit import submit_many
from comity.storage.models.exchange import Dispatch, ExchangedMessage, KeptPart, OutboxRow

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])


@pytest.fixture
def world(db: None) -> World:
    return lossy_world()


class TestWhatIsKept:
    def test_nothing_before_the_receipt_and_the_part_after_it(self, world: World) -> None:
        submit_many(world.be, [world.outgoing()], OFFICER)
        sealed = bytes(OutboxRow.objects.using("be").get().sealed)
        assert KeptPart.objects.using("be").count() == 0
        deliver_due(world.be, world.network.channels)
        assert bytes(KeptPart.objects.using("be").get().sealed or b"") == sealed
        assert OutboxRow.objects.using("be").count() == 0

    def test_its_time(self, world: World) -> None:
        send(world, 1)
        world.clock.forward(days=35)
        assert kept.drop_kept(world.be) == 0
        world.clock.forward(seconds=1)
        assert kept.drop_kept(world.be) == 1
        assert kept.kept_sums(world.be) == []

    def test_its_room(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        sent = send(world, 1)
        world.clock.forward(minutes=1)
        sent += send(world, 4)
        size = kept.kept_sums(world.be)[0].octets
        monkeypatch.setattr(kept, "_room", lambda node: size - 1)
        assert kept.kept_is_full(world.be)
        assert kept.drop_kept(world.be) == 1
        left = set(KeptPart.objects.using("be").values_list("message", flat=True))
        assert left == set(sent[1:])

    @pytest.mark.parametrize("setting", ["kept_days", "kept_mib"])
    def test_nothing_where_the_setting_says_so(self, world: World, setting: str) -> None:
        node = replace(world.be, config=world.be.config.model_copy(update={setting: 0}))
        submit_many(node, [world.outgoing()], OFFICER)
        deliver_due(node, world.network.channels)
        assert KeptPart.objects.using("be").count() == 0
        assert not kept.kept_is_full(node)

    def test_erased_while_it_was_on_its_way(self, world: World) -> None:
        submit_many(world.be, [world.outgoing()], OFFICER)
        ExchangedMessage.objects.using("be").update(content=None)
        deliver_due(world.be, world.network.channels)
        row = KeptPart.objects.using("be").get()
        assert (row.sealed, row.gone, row.size) == (None, "erased", 0)


class TestTheLaneOfASuspendedPartner:
    def due(self, world: World) -> int:
        return len(due(world.be))

    @pytest.mark.parametrize("state", ["suspended", "revoked"])
    def test_is_not_claimed_for_what_may_not_go(self, world: World, state: str) -> None:
        submit_many(world.be, [world.outgoing()], OFFICER)
        assert self.due(world) == 1
        set_state(world.be, MA, state)
        assert self.due(world) == 0
        set_state(world.be, MA, "confirmed")
        assert self.due(world) == 1

    def test_is_claimed_for_what_protects(self, world: World) -> None:
        submit_many(world.be, [world.outgoing(), world.outgoing(act=Act.RECALL)], OFFICER)
        set_state(world.be, MA, "suspended")
        assert self.due(world) == 1
        assert deliver_due(world.be, world.network.channels) == 1
        assert self.due(world) == 0

    def test_a_batch_under_way_is_taken_apart_once(self, world: World) -> None:
        submit_many(world.be, [world.outgoing()], OFFICER)
        OutboxRow.objects.using("be").update(dispatch="d" * 32)
        Dispatch(
            batch="d" * 32, partner=MA, regime="police", manifest=b"{}", digest="0" * 64, created_at=START
        ).save(using="be")
        set_state(world.be, MA, "suspended")
        assert self.due(world) == 1
        assert deliver_due(world.be, world.network.channels) == 0
        assert self.due(world) == 0
        assert Dispatch.objects.using("be").get().state == "dissolved"


def problems(world: World) -> dict[str, tuple[str, int]]:
    found = [one for one in check_node(world.ma) if one.code.startswith("check.missing")]
    return {one.key: (one.code, int(str(one.facts.get("messages", 0)))) for one in found}


def test_a_check_says_what_is_missing_until_it_is_not(world: World) -> None:
    lost = send(world, 2)
    lose(lost)
    KeptPart.objects.using("be").filter(message=lost[0]).delete()
    expect_missing(world.ma, START)
    police = f"{BE} police"
    assert problems(world)[police] == ("check.missing-unasked", 0)
    again(world)
    assert problems(world)[police] == ("check.missing-messages", 1)
    lose([lost[1]])
    ExchangedMessage.objects.using("be").filter(message=lost[0]).update(state="delivered")
    Dispatch.objects.using("be").update(closed_at=START - timedelta(days=9))
    again(world)
    assert police not in problems(world)


def test_the_command(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = send(world, 2)
    lose(lost)
    KeptPart.objects.using("be").filter(message=lost[0]).delete()
    monkeypatch.setattr(command, "opened", lambda home: world.ma)
    monkeypatch.setattr("comity.cli.home.channels", lambda node: world.network.channels)
    words = ["missing", BE, "--since", "2026-11-23T12:00:00.000Z", "--home", "nowhere", "--fetch"]
    told = CliRunner().invoke(command.app, words, catch_exceptions=False).output
    assert f"{lost[1]} test.note: fetched" in told
    assert f"{lost[0]} test.note: gone (dropped)" in told
    assert "1 missing; receipts of 1 batches were shown" in told
    found = json.loads(CliRunner().invoke(command.app, [*words, "--json"], catch_exceptions=False).output)
    assert [one["id"] for one in found["messages"]] == [lost[0]]
    assert [one["why"] for one in found["gone"]] == ["dropped"]
    status = CliRunner().invoke(command.app, ["status", "--home", "nowhere"], catch_exceptions=False).output
    assert f"{BE} (police), since the backup of 2026-11-23T12:00:00.000Z: 1 messages missing" in status
    monkeypatch.setattr(command, "opened", lambda home: world.be)
    status = CliRunner().invoke(command.app, ["status", "--home", "nowhere"], catch_exceptions=False).output
    assert f"kept for {MA}: 1 parts" in status
