"""Several sequencers and writers at once: every entry gets one number, every number one entry."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from django.db import connections
from tests.services.evidence.cast import node

from comity.core.evidence.event import Event, Internal
from comity.services.context import Node
from comity.services.evidence.record import record_many
from comity.services.evidence.sequence import open_log, sequence
from comity.services.evidence.verify import verify
from comity.storage.evidence import entries
from comity.storage.transaction import atomic

pytestmark = pytest.mark.django_db(transaction=True, databases=["be"])
AT = datetime(2026, 11, 23, 20, 15, tzinfo=UTC)
WRITERS, ROUNDS, EACH = 3, 12, 5


def _write(be: Node, name: int, failures: list[Exception]) -> None:
    try:
        for number in range(ROUNDS):
            with atomic("be"):
                events = [Event("subject.read", AT, {"subject": f"{name}-{number}-{n}"}) for n in range(EACH)]
                record_many(be, Internal(), events)
    except Exception as error:  # noqa: BLE001 - shown by the test
        failures.append(error)
    finally:
        connections["be"].close()


def _number(be: Node, done: threading.Event, failures: list[Exception]) -> None:
    try:
        while not done.is_set():
            sequence(be)
    except Exception as error:  # noqa: BLE001 - shown by the test
        failures.append(error)
    finally:
        connections["be"].close()


def test_one_number_each() -> None:
    be, done, failures = node("be"), threading.Event(), list[Exception]()
    numbering = [threading.Thread(target=_number, args=(be, done, failures)) for _ in range(2)]
    writing = [threading.Thread(target=_write, args=(be, name, failures)) for name in range(WRITERS)]
    for thread in (*numbering, *writing):
        thread.start()
    for thread in writing:
        thread.join(60)
    done.set()
    for thread in numbering:
        thread.join(60)
    assert failures == []
    sequence(be)
    found = [entry.number for entry in entries.entries_of("be", open_log(be, Internal()))]
    assert found == list(range(WRITERS * ROUNDS * EACH))
    # All that is wrong with this node is that it has no card: entries, tiles and root fit each other.
    assert [one.code for one in verify(be).findings] == ["evidence.seal"]
