"""A recipient that is rolled back to before it took messages, as by a restore, and fetches them again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.federation.test_missing import endpoint
from tests.federation.world import BE, HOMES, OFFICER, World, make_world

from comity.core.codes.exchange import Regime
from comity.services.exchange.deliver import deliver_due
from comity.services.exchange.fetch import Fetched, fetch_missing
from comity.services.exchange.submit import submit_many
from comity.storage.models.agreements import StoredAgreement
from comity.storage.models.exchange import AcceptedBatch, ExchangedMessage

POLICE = Regime.POLICE


def lossy_world() -> World:
    """Return three nodes that take batches and calls, each with a journal of its own.

    Identifiers are the same in every world: a journal that other tests wrote would say that messages were erased.
    """
    world = make_world(third=True, endpoints=endpoint)
    for node in world.nodes.values():
        home = Path(tempfile.mkdtemp(dir=HOMES))
        object.__setattr__(node, "config", node.config.model_copy(update={"home": home}))
    return world


def send(world: World, count: int, **changes: object) -> list[str]:
    sent = submit_many(world.be, [world.outgoing({"n": n}, **changes) for n in range(count)], OFFICER)
    assert deliver_due(world.be, world.network.channels) == count
    return sent


def held(world: World) -> dict[str, tuple[Any, ...]]:
    """Return what the recipient holds of each message, but for when it stored it."""
    rows = ExchangedMessage.objects.using("ma").filter(direction="in").order_by("id")
    columns = ("message", "state", "batch", "received_at", "sent_at", "thread", "digest", "sealed", "content")
    return {row[0]: row[1:] for row in rows.values_list(*columns)}


def batches() -> dict[str, tuple[str, Any, bytes]]:
    rows = AcceptedBatch.objects.using("ma").order_by("id")
    return {row.batch: (row.digest, row.received_at, bytes(row.receipt)) for row in rows}


def lose(messages: list[str]) -> None:
    """Roll the recipient back to before it took these messages: rows, batches and effects."""
    found = ExchangedMessage.objects.using("ma").filter(direction="in", message__in=messages)
    AcceptedBatch.objects.using("ma").filter(batch__in=list(found.values_list("batch", flat=True))).delete()
    found.delete()
    for message in messages:
        StoredAgreement.objects.using("ma").filter(code="EFFECT", hash__endswith=message).delete()


def again(world: World, since: timedelta = timedelta(days=1)) -> Fetched:
    return fetch_missing(world.ma, world.network.channels, BE, POLICE, world.clock() - since)


def ids(found: Any) -> list[str]:
    return [one.header.id for one in found]


@contextmanager
def timed(received: list[Any]) -> Iterator[None]:
    """Note when the recipient's handler is told that a message was received."""
    from comity.services.exchange import handlers

    kind = handlers._handlers["test.timed"]
    handlers._handlers["test.timed"] = replace(
        kind, function=lambda node, message: received.append(message.received_at)
    )
    try:
        yield
    finally:
        handlers._handlers["test.timed"] = kind
