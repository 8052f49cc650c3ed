"""A message is held back in the moment in which it is put into a batch, its receipt is stored, or its batch is taken apart.

Two connections to one PostgreSQL database, each in a transaction of its own, of which one waits for the other. Whatever
comes first: both nodes know the same in the end, and what was held back in time leaves no more. On SQLite there is one
writer at a time, so that nothing of this can happen.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

import pytest
from django.db import connections
from tests.federation import effects
from tests.federation.test_called_back import CODE, under_way
from tests.federation.world import MA, OFFICER, World
from tests.policy.scene import code_of
from tests.settings import ENGINE

from comity.core.codes.exchange import Regime
from comity.services.exchange import deliver
from comity.services.exchange.back.hold import hold_back
from comity.services.exchange.submit import submit_many
from comity.storage.exchange.outbox import Whereabouts
from comity.storage.models.exchange import KeptPart, OutboxRow
from comity.storage.transaction import atomic
from comity.transport.memory import Fault

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["be", "ma"]),
    pytest.mark.skipif(ENGINE != "postgresql", reason="SQLite has one writer at a time"),
]
WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
SECONDS = 20.0


def somebody_waits(work: Future[object]) -> None:
    """Wait until the other connection to the Belgian database waits for this one."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        assert not work.done(), work.result()
        with connections["be"].cursor() as cursor:
            cursor.execute(WAITS)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


def beside(work: Callable[[], object]) -> Future[object]:
    """Do work on a connection of its own."""
    done: Future[object] = Future()

    def whole() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001 - given to whoever waits for the result
            done.set_exception(error)
        finally:
            for alias in ("be", "ma"):
                connections[alias].close()

    threading.Thread(target=whole, daemon=True).start()
    return done


def hold(world: World, message: str) -> Whereabouts:
    with atomic("be"):
        return hold_back(world.be, MA, Regime.POLICE, {message: CODE})[message]


def sent(world: World) -> int:
    return deliver.deliver_due(world.be, world.network.channels)


def held_while_sending(world: World, message: str) -> Whereabouts:
    """Hold a message back; before that is committed, a worker has come as far as it can."""
    with atomic("be"):
        where = hold_back(world.be, MA, Regime.POLICE, {message: CODE})[message]
        working = beside(lambda: sent(world))
        somebody_waits(working)
    working.result(SECONDS)
    return where


def held_while_storing(world: World, message: str, monkeypatch: pytest.MonkeyPatch) -> object:
    """Let a worker stand before the commit of an outcome while the message is held back beside it."""
    holding: list[Future[object]] = []

    def reach(point: str) -> None:
        if point == "deliver.before-receipt" and not holding:
            holding.append(beside(lambda: hold(world, message)))
            somebody_waits(holding[0])

    monkeypatch.setattr(deliver, "reach", reach)
    sent(world)
    monkeypatch.undo()
    return holding[0].result(SECONDS)


def settled(world: World, *messages: str) -> None:
    """Go on until nothing waits, and look that each message had its effect if and only if it counts as delivered."""
    for _ in range(4):
        world.clock.forward(minutes=5)
        sent(world)
    assert not OutboxRow.objects.using("be").exists()
    delivered = [each for each in messages if code_of(world.be, each)[0] == "delivered"]
    assert effects.seen(world.ma) == delivered


def test_held_back_while_a_batch_is_made_of_it(world: World) -> None:
    """The worker has read that it waits: it must neither send it nor fail."""
    first, second = submit_many(world.be, [world.outgoing({"n": n}) for n in range(2)], OFFICER)
    assert held_while_sending(world, first) is Whereabouts.HERE
    settled(world, first, second)
    assert [code_of(world.be, each) for each in (first, second)] == [("withdrawn", CODE), ("delivered", None)]


def test_held_back_first_and_the_receipt_comes_meanwhile(world: World) -> None:
    first, second = under_way(world, Fault.LOSE_ANSWER, messages=2)
    assert held_while_sending(world, first) is Whereabouts.UNDER_WAY
    assert [code_of(world.be, each) for each in (first, second)] == [("delivered", None)] * 2
    kept = {row.message: (row.gone, bool(row.sealed)) for row in KeptPart.objects.using("be")}
    assert kept == {first: ("withheld", False), second: (None, True)}
    settled(world, first, second)


def test_the_receipt_first_and_it_is_held_back_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = under_way(world, Fault.LOSE_ANSWER, messages=2)
    assert held_while_storing(world, first, monkeypatch) is Whereabouts.GONE
    assert [code_of(world.be, each) for each in (first, second)] == [("delivered", None)] * 2
    settled(world, first, second)


def test_held_back_while_its_batch_is_taken_apart(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The batch is called back because of another message; what goes on is decided in the same transaction."""
    first, second, third = under_way(world, Fault.DROP, messages=3)
    hold(world, first)
    assert held_while_storing(world, second, monkeypatch) is Whereabouts.UNDER_WAY
    settled(world, first, second, third)
    assert code_of(world.be, first) == ("withdrawn", CODE)
    assert code_of(world.be, third) == ("delivered", None)
