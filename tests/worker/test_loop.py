"""The worker's loop: delivers, runs its tasks, survives what fails, ends when asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import OperationalError
from tests.federation import effects
from tests.federation.world import MA, OFFICER, THIRD, World, introduce, make_world

from comity.errors import NodeError
from comity.services.context import Node
from comity.services.exchange import status
from comity.services.exchange.receive import receive_batch
from comity.services.exchange.submit import submit
from comity.services.health import close_connections, last_beat_seconds
from comity.storage.exchange import lanes
from comity.worker.loop import PartnerTask, Task, Worker
from comity.worker.tasks import tasks

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"], transaction=True)


def closing(node: Node) -> Callable[[str, bytes], bytes]:
    """Return an endpoint that leaves no connection in the thread of the sender."""

    def receive(path: str, body: bytes) -> bytes:
        try:
            return receive_batch(node, body)
        finally:
            close_connections(node)

    return receive


@pytest.fixture
def world(db: None, tmp_path: Path) -> World:
    made = make_world(endpoints=closing)
    config = made.be.config.model_copy(update={"home": tmp_path})
    made.nodes[made.be.service] = replace(made.be, config=config)
    return made


def until(done: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def running(worker: Worker) -> threading.Thread:
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    return thread


def test_delivers_takes_over_and_ends(world: World) -> None:
    message = submit(world.be, world.outgoing(kind="test.worker-note"), OFFICER)
    lane = lanes.due_lanes("be", world.clock())[0]
    far = world.clock().replace(year=2027)
    assert lanes.claim_lane("be", lane, "dead", world.clock(), far)
    worker = Worker(world.be, world.network.channels, ())
    thread = running(worker)
    until(lambda: status.counts(world.be).get("out.queued", 0) == 0)
    worker.stop()
    thread.join(10)
    assert not thread.is_alive()
    found = status.status(world.be, message)
    assert found is not None
    assert found.code == "message.kind"
    assert last_beat_seconds(world.be) is not None
    assert effects.seen(world.ma) == []


def test_tasks_repeat_and_failures_stop_nothing(world: World) -> None:
    seen: list[str] = []

    def fails_with(error: Exception) -> Callable[[Node, object], int]:
        def run(node: Node, channels: object) -> int:
            seen.append(type(error).__name__)
            raise error

        return run

    def works(node: Node, channels: object) -> int:
        seen.append("works")
        return 1

    listed = (
        Task("known", 0.1, fails_with(NodeError("test.trouble"))),
        Task("database", 0.1, fails_with(OperationalError("locked"))),
        Task("works", 0.1, works),
    )
    worker = Worker(world.be, world.network.channels, listed)
    thread = running(worker)
    until(lambda: all(seen.count(name) >= 2 for name in ("NodeError", "OperationalError", "works")))
    worker.stop()
    thread.join(10)
    assert not thread.is_alive()


def test_a_partner_that_does_not_answer_holds_up_no_other(world: World) -> None:
    introduce(world.be, THIRD)
    seen: list[str] = []
    stuck = threading.Event()

    def run(node: Node, channels: object, partner: str) -> int:
        seen.append(partner)
        if partner == THIRD:
            stuck.wait(20)
        return 1

    worker = Worker(world.be, world.network.channels, (PartnerTask("speak", 0.1, run),))
    thread = running(worker)
    until(lambda: seen.count(MA) >= 3)
    assert seen.count(THIRD) == 1
    stuck.set()
    until(lambda: seen.count(THIRD) >= 2)
    worker.stop()
    thread.join(10)
    assert not thread.is_alive()


def test_every_task_has_its_own_name_and_pace(world: World) -> None:
    listed = tasks(world.be)
    assert len({task.name for task in listed}) == len(listed)
    assert all(0 < task.every_seconds <= 3600 for task in listed)
