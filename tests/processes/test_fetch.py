"""A real node is lost and restored, and fetches again what it had acknowledged, while it is killed at every point."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.processes.pair import BE, MA, Place, Running, environment, free_port

from comity.services.crashpoint import RECOVERY_POINTS

pytestmark = pytest.mark.processes

BATCHES, EACH = 4, 30
DELIVERED_SECONDS = 60.0
COMITY = "from tests.processes.effect import register; register(); from comity.cli.main import main; main()"
PREPARE = """
import sys
from pathlib import Path
from tests.federation.source import SOURCE
from tests.processes.pair import BE, MA, Place, prepare
folder, be, ma = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
places = Place(BE, "be", folder / "be", be, be), Place(MA, "ma", folder / "ma", ma, ma)
print(prepare(folder, places, SOURCE))
"""
SEND = """
import os
from pathlib import Path
from comity.services.custody import open_node
node = open_node(Path(os.environ["COMITY_HOME"]))
from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.services.context import SYSTEM
from comity.services.exchange.submit import Outgoing, submit_many
for number in range({batches}):
    print(*submit_many(node, [
        Outgoing(ServiceId({partner!r}), Regime.POLICE, "test.note", Act.INFORM, {{"text": "x" * 500}},
            agreement={agreement!r}, purpose=Purpose.DRUGS)
        for _ in range({each})
    ], SYSTEM), sep="\\n")
"""
LOOK = """
import json, os
from pathlib import Path
from comity.services.custody import open_node
node = open_node(Path(os.environ["COMITY_HOME"]))
from comity.storage.models.exchange import AnsweredCall, AcceptedBatch, ExchangedMessage
from tests.processes.effect import FAR
rows = ExchangedMessage.objects.using(node.alias).filter(kind="test.note").order_by("id")
print(json.dumps({
    "messages": [[r.message, r.state, r.batch, r.received_at and r.received_at.isoformat(), r.digest] for r in rows],
    "effects": [r.digest[:32] for r in AnsweredCall.objects.using(node.alias).filter(at=FAR).order_by("id")],
}))
"""


class Pair:
    """Two real nodes over plain HTTP on loopback; the second one is lost."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ports = free_port(), free_port()
        self.be = Place(BE, "be", folder / "be", ports[0], ports[0])
        self.ma = Place(MA, "ma", folder / "ma", ports[1], ports[1])
        # In a process of its own: the homes have databases of their own.
        self.agreement = self.done(self.be, PREPARE, str(folder), *map(str, ports)).split()[-1]
        self.running = {one.alias: Running(one, folder / f"{one.alias}.log") for one in (self.be, self.ma)}

    def run(
        self, place: Place, code: str, *words: str, points: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", code, *words],
            env=environment(place, points),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def done(self, place: Place, code: str, *words: str) -> str:
        ended = self.run(place, code, *words)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def look(self, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.done(place, LOOK))
        return found

    def send(self, batches: int) -> list[str]:
        """Send messages and wait until the partner has acknowledged them."""
        code = SEND.format(batches=batches, each=EACH, partner=str(MA), agreement=self.agreement)
        sent = self.done(self.be, code).split()
        until = time.monotonic() + DELIVERED_SECONDS
        while time.monotonic() < until:
            states = {one[0]: one[1] for one in self.look(self.be)["messages"]}
            if all(states[one] == "delivered" for one in sent):
                return sent
            time.sleep(0.5)
        raise AssertionError((self.folder / "be.log").read_text()[-2000:])


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    made = Pair(tmp_path)
    try:
        for one in made.running.values():
            one.start()
        yield made
    finally:
        for one in made.running.values():
            one.stop()


def test_lost_restored_and_fetched_while_it_is_killed(pair: Pair) -> None:
    before = pair.send(1)
    since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    pair.done(pair.ma, COMITY, "backup", "--home", str(pair.ma.home), "--out", "ma.backup")
    lost = pair.send(BATCHES)
    whole = pair.look(pair.ma)
    # 1. The home is lost; the journal, and the unlock key, are not.
    pair.running["ma"].stop()
    pair.ma.home.rename(pair.folder / "lost")
    kept = ["--journal", "lost/journal/erasures.log", "--unlock-file", "ma.unlock"]
    pair.done(pair.ma, COMITY, "restore", "ma.backup", "--home", str(pair.ma.home), *kept)
    assert [one[0] for one in pair.look(pair.ma)["messages"]] == before
    checked = pair.run(pair.ma, COMITY, "check", "--home", str(pair.ma.home))
    assert "comity exchange missing" in checked.stdout + checked.stderr
    # 2. It fetches, and dies at every point; what is whole by then stays.
    points = pair.folder / "points"
    points.mkdir()
    words = [
        "exchange",
        "missing",
        str(BE),
        "--since",
        since,
        "--fetch",
        "--json",
        "--home",
        str(pair.ma.home),
    ]
    pair.running["ma"].start_keys()
    held = len(before)
    for point in RECOVERY_POINTS:
        (points / point).touch()
        assert pair.run(pair.ma, COMITY, *words, points=points).returncode == -9
        found = pair.look(pair.ma)
        held += EACH if point == "fetch.after-commit" else 0
        assert [one[0] for one in found["messages"]] == [*before, *lost][: len(found["messages"])]
        assert len(found["messages"]) >= held
        assert found["effects"] == [one[0] for one in found["messages"]]
    # 3. The same command goes on, and both nodes hold the same.
    told = json.loads(pair.done(pair.ma, COMITY, *words))
    assert told["messages"] == told["refused"] == told["gone"] == []
    assert pair.look(pair.ma) == whole
    assert whole["effects"] == [*before, *lost]
    sent = {one[0]: one[2:4] for one in pair.look(pair.be)["messages"]}
    assert {one[0]: one[2:4] for one in whole["messages"]} == sent
    # 4. The lane goes on.
    pair.running["ma"].stop()
    pair.running["ma"].start()
    following = pair.send(1)
    assert pair.look(pair.ma)["effects"] == [*before, *lost, *following]
