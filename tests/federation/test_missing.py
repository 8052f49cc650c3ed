"""After a restore a partner shows the receipts it holds, and what they acknowledge and is not here is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.federation.world import BE, MA, OFFICER, THIRD, World, make_world, node_keys, set_state
from typer.testing import CliRunner

from comity.cli import exchange as command
from comity.core.codes.exchange import Regime
from comity.core.crypto.agent import TokenType
from comity.core.crypto.encoding import from_text, to_text
from comity.errors import PeerError, Refused
from comity.services.calls import answer_call
from comity.services.context import Node
from comity.services.exchange import missing
from comity.services.exchange.deliver import deliver_due
from comity.services.exchange.missing import Missing, find_missing
from comity.services.exchange.receive import receive_batch
from comity.services.exchange.submit import submit_many
from comity.storage.models.exchange import AcceptedBatch, Dispatch, ExchangedMessage

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])

POLICE = Regime.POLICE


def endpoint(node: Node) -> Callable[[str, bytes], bytes]:
    return lambda path, body: (answer_call if path.endswith("call") else receive_batch)(node, body)


@pytest.fixture
def world(db: None) -> World:
    return make_world(third=True, endpoints=endpoint)


def send(world: World, count: int) -> list[str]:
    sent = submit_many(world.be, [world.outgoing() for _ in range(count)], OFFICER)
    assert deliver_due(world.be, world.network.channels) == count
    return sent


def lose(messages: list[str]) -> None:
    """Roll the recipient back to before it took these messages."""
    ExchangedMessage.objects.using("ma").filter(direction="in", message__in=messages).delete()
    AcceptedBatch.objects.using("ma").all().delete()


def look(world: World, since: timedelta = timedelta(0)) -> Missing:
    return find_missing(world.ma, world.network.channels, BE, POLICE, world.clock() - since)


def test_what_was_acknowledged_after_the_backup_is_named(world: World) -> None:
    send(world, 3)
    world.clock.forward(hours=1)
    backup = world.clock()
    world.clock.forward(minutes=1)
    lost = send(world, 120)
    received = world.clock()
    lose(lost)
    found = find_missing(world.ma, world.network.channels, BE, POLICE, backup)
    assert [one.header.id for one in found.messages] == lost
    assert {one.received_at for one in found.messages} == {received}
    assert (found.batches, found.unproven) == (3, 0)


def test_nothing_is_missing(world: World) -> None:
    assert look(world) == Missing((), 0, 0)
    send(world, 2)
    assert look(world) == Missing((), 1, 0)


def test_what_was_refused_was_never_taken(world: World) -> None:
    submit_many(world.be, [world.outgoing(), world.outgoing(kind="test.refusing")], OFFICER)
    deliver_due(world.be, world.network.channels)
    lose(list(ExchangedMessage.objects.using("be").values_list("message", flat=True)))
    assert len(look(world).messages) == 1


def test_in_many_answers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = [message for _ in range(5) for message in send(world, 1)]
    lose(lost)
    for limit in ("MAX_BATCHES", "ANSWER_BYTES"):
        with monkeypatch.context() as patch:
            patch.setattr(missing, limit, 2)
            assert [one.header.id for one in look(world).messages] == lost


def test_nothing_is_changed_on_either_side(world: World) -> None:
    lose(send(world, 2))
    before = [Dispatch.objects.using("be").count(), ExchangedMessage.objects.using("ma").count()]
    look(world)
    assert [Dispatch.objects.using("be").count(), ExchangedMessage.objects.using("ma").count()] == before


def test_a_partner_that_is_suspended_on_either_side(world: World) -> None:
    lost = send(world, 1)
    lose(lost)
    set_state(world.be, MA, "suspended")
    set_state(world.ma, BE, "suspended")
    assert [one.header.id for one in look(world).messages] == lost


def test_nobody_is_shown_the_receipts_of_another(world: World) -> None:
    send(world, 2)
    third = world.nodes[THIRD]
    assert find_missing(third, world.network.channels, BE, POLICE, world.clock()).batches == 0


class TestALyingPartner:
    """A partner can hide a batch, and can neither invent nor change one."""

    def answered(self, world: World, change: Callable[[dict[str, Any]], None]) -> Missing:
        """Let the partner change what it shows before it signs it."""
        honest = missing.show_receipts(world.be, _call(world))[0]
        assert isinstance(honest, dict)
        change(honest)
        answers = iter([honest])

        def lying(_node: Node, _made: object) -> tuple[object, bytes]:
            return next(answers), b""

        from comity.services import calls

        kept = calls._handlers[missing.CALL]
        calls._handlers[missing.CALL] = replace(kept, function=lying)
        try:
            return look(world)
        finally:
            calls._handlers[missing.CALL] = kept

    def test_an_invented_receipt(self, world: World) -> None:
        lose(send(world, 2))

        def forge(body: dict[str, Any]) -> None:
            payload = from_text(body["batches"][0]["receipt"].split(".")[1])
            body["batches"][0]["receipt"] = node_keys(BE).sign(POLICE, TokenType.RECEIPT, [payload])[0]

        assert self.answered(world, forge) == Missing((), 1, 1)

    def test_a_manifest_under_another_receipt(self, world: World) -> None:
        lose(send(world, 1))

        def exchange(body: dict[str, Any]) -> None:
            octets = from_text(body["batches"][0]["manifest"])
            body["batches"][0]["manifest"] = to_text(octets.replace(b'"drugs"', b'"theft"'))

        assert self.answered(world, exchange) == Missing((), 1, 1)

    def test_a_receipt_twice(self, world: World) -> None:
        lose(send(world, 1))

        def repeat(body: dict[str, Any]) -> None:
            body["batches"] *= 2

        with pytest.raises(PeerError, match=r"return\.malformed"):
            self.answered(world, repeat)

    def test_always_more(self, world: World) -> None:
        def more(body: dict[str, Any]) -> None:
            body.update(batches=[], more=True)

        with pytest.raises(PeerError, match=r"return\.malformed"):
            self.answered(world, more)

    @pytest.mark.parametrize("change", [{"more": 1}, {"batches": None}, {"v": 2}, {"x": 1}])
    def test_another_form(self, world: World, change: dict[str, Any]) -> None:
        with pytest.raises(PeerError):
            self.answered(world, lambda body: body.update(change))


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"v": 1, "since": "now", "after": 0},
        {"v": 1, "since": "2026-11-23T12:00:00.000Z", "after": -1},
    ],
)
def test_a_malformed_question(world: World, body: Any) -> None:
    from comity.services.calls import call

    with pytest.raises(Refused):
        call(world.ma, world.network.channels, BE, POLICE, missing.CALL, body, protective=True)


def test_the_command(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = send(world, 2)
    lose(lost)
    monkeypatch.setattr(command, "opened", lambda home: world.ma)
    monkeypatch.setattr("comity.cli.home.channels", lambda node: world.network.channels)
    words = ["missing", BE, "--since", "2026-11-23T12:00:00.000Z", "--home", "nowhere"]
    told = CliRunner().invoke(command.app, words, catch_exceptions=False).output
    assert f"{lost[0]} test.note (police), acknowledged 2026-11-23T12:00:00.000Z" in told
    assert "2 missing; receipts of 1 batches were shown" in told
    found = json.loads(CliRunner().invoke(command.app, [*words, "--json"], catch_exceptions=False).output)
    assert [one["id"] for one in found["messages"]] == lost


def _call(world: World) -> Any:
    from comity.services.calls import Call

    body = {"v": 1, "since": "2026-11-23T00:00:00.000Z", "after": 0}
    return Call("0" * 32, MA, POLICE, world.clock(), body, b"")
