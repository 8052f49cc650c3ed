"""``comity exchange``: what an operator sees of the queues."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.federation.world import MA, OFFICER, World, make_world
from typer.testing import CliRunner

from comity.cli import exchange
from comity.errors import InputError
from comity.services.exchange.deliver import deliver_due
from comity.services.exchange.submit import submit

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])


@pytest.fixture
def world(db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    made = make_world()
    monkeypatch.setattr(exchange, "opened", lambda home: made.be)
    return made


def run(*words: str) -> str:
    outcome = CliRunner().invoke(
        exchange.app, [*words, "--home", str(Path("/nonexistent"))], catch_exceptions=False
    )
    assert outcome.exit_code == 0
    return outcome.output


def test_nothing_yet(world: World) -> None:
    assert run("status") == "no message yet\n"


def test_a_queue_that_waits_says_why(world: World) -> None:
    world.network.cut_off.add(MA)
    message = submit(world.be, world.outgoing(), OFFICER)
    deliver_due(world.be, world.network.channels)
    world.clock.forward(minutes=6)
    text = run("status")
    assert (
        f"to {MA} (police): 1 waiting since 2026-11-23T12:00:00.000Z, 1 failed attempts (way.memory)" in text
    )
    assert f"unacknowledged: {message} inform to {MA}" in text
    found = json.loads(run("status", "--json"))
    assert found["messages"] == {"out.queued": 1}
    assert found["queues"][0]["code"] == "way.memory"
    assert [one["id"] for one in found["unacknowledged"]] == [message]


def test_one_message(world: World) -> None:
    message = submit(world.be, world.outgoing({"name": "secret"}), OFFICER)
    deliver_due(world.be, world.network.channels)
    text = run("message", message, "--json")
    assert json.loads(text)["id"] == message
    assert "secret" not in text


def test_no_such_message(world: World) -> None:
    with pytest.raises(InputError, match=r"message\.unknown"):
        run("message", "0" * 32)
