"""Downloads of parts: two at once, and a disk that fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.db import connections
from tests.services.probe.land import BE, GROUP, MA, Land

from comity.core.codes.exchange import Regime
from comity.errors import ComityError, NodeError
from comity.services.exchange.deliver import deliver_due
from comity.services.probe import parts, replica
from comity.services.probe.index import publish, stored_manifest
from comity.storage import probe as rows

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])


def _at_once(act: Callable[[], object]) -> list[BaseException]:
    """Run something in two threads and return what they raised."""
    start = threading.Barrier(2)
    raised: list[BaseException] = []

    def run() -> None:
        start.wait(10)
        try:
            act()
        except (ComityError, OSError) as error:
            raised.append(error)
        finally:
            connections.close_all()  # those of this thread

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    return raised


def test_the_worker_and_an_officer_fetch_the_same_index_at_once(
    land: Land, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(land.ma, BE, Regime.POLICE, GROUP)
    deliver_due(land.ma, land.network.channels)
    row = rows.newest_replica("be", (MA, Regime.POLICE.value, GROUP.value))
    assert row is not None
    sizes = stored_manifest(row.manifest).parts()
    wanted: list[tuple[str, int]] = []

    def served(*asked: object) -> tuple[dict[str, int], bytes]:
        body = asked[-1]
        assert isinstance(body, dict)
        part, offset = body["part"], body["offset"]
        wanted.append((part, offset))
        time.sleep(0.05)
        half = sizes[part] // 2 + 1
        return {"size": sizes[part]}, parts.read_part(parts.index_folder(land.ma), part, offset, half)

    # No thread but this one reads the database of the test.
    monkeypatch.setattr(replica, "rows", SimpleNamespace(newest_replica=lambda *_: row))
    monkeypatch.setattr(replica, "call", served)
    monkeypatch.setattr(replica, "_ready", lambda *_: None)
    monkeypatch.setattr(replica, "require_receivable", lambda *_: None)
    raised = _at_once(lambda: replica.fetch(land.be, land.network.channels, MA, Regime.POLICE, GROUP))
    assert raised == []
    assert len(wanted) == len(set(wanted)) == 2 * len(sizes)
    found = {path.name: path.stat().st_size for path in parts.replica_folder(land.be).iterdir()}
    assert found == sizes


def test_a_download_that_vanished_is_a_fault_of_the_disk(land: Land) -> None:
    with pytest.raises(NodeError, match=r"probe\.disk"):
        parts.complete(parts.replica_folder(land.be), "ab" * 32)


def test_a_lock_that_cannot_be_taken_is_a_fault_of_the_disk(land: Land) -> None:
    land.be.config.run.parent.mkdir(parents=True, exist_ok=True)
    land.be.config.run.write_bytes(b"")
    with pytest.raises(NodeError, match=r"probe\.disk"):
        replica.fetch(land.be, land.network.channels, MA, Regime.POLICE, GROUP)
