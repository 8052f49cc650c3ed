"""The kill test: two real nodes under TLS with pinned cards, lines that lie, and `kill -9` at every named point.

``python -m tests.processes.kill --folder DIR --messages N --kills K --seed S`` prints one JSON document. Keys process
and front are killed too. With ``--postgresql`` both nodes keep their data there, in databases of the run's own. The oracle is the
journal of identifiers that the writers keep outside the nodes: each of them must have had exactly one effect at the
partner's, in the order of its thread, and both nodes must prove it. Recalls, corrections and restrictions travel among them
(`tests.processes.spoken`): nothing that was recalled or replaced may survive, nothing else may be lost.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.federation.source import SOURCE
from tests.processes import spoken
from tests.processes.chaos_proxy import ChaosProxy, Severing
from tests.processes.effect import FAR, KIND
from tests.processes.pair import BE, MA, Place, Running, environment, free_port, prepare

from comity.services.crashpoint import POINTS
from comity.services.custody import open_node

HIT_SECONDS = 20.0
MISSES = 20
"""Points that may not be reached in time before the run gives up on the rest."""

DRAIN_SECONDS = 240.0
PLAIN = ("keys", "front", "endpoint", "worker")
"""Processes that are also killed at no point of their own choosing, each at least once."""


@dataclass
class Side:
    """One node, its proxy, its writer, and where its processes die."""

    place: Place
    running: Running
    points: Path
    journal: Path
    stop: Path
    writer: subprocess.Popen[bytes] | None = None
    seed: int = 1
    kills: Counter[str] = field(default_factory=Counter)


@dataclass
class Kill:
    """The run: what is started, killed and counted."""

    folder: Path
    messages: int
    kills: int
    seed: int
    agreement: str
    sides: tuple[Side, Side]

    def __post_init__(self) -> None:
        self.random, self.noted = random.Random(self.seed), 0

    def run(self) -> None:
        """Kill at every point at least once, then at random, while the writers write; then let all drain."""
        for side in self.sides:
            side.running.start()
        plan = [*POINTS, *PLAIN]
        while len(plan) < self.kills:
            plan.append(self.random.choice([*POINTS, *PLAIN]))
        self.random.shuffle(plan)
        waiting = plan
        misses = 0
        while waiting and misses < MISSES:
            point = waiting.pop(0)
            side = self.random.choice(self.sides)
            if not self._kill(side, point):
                misses += 1
                waiting.append(point)
        for side in self.sides:
            side.stop.touch()
        while self._written_more():
            self._wait(DRAIN_SECONDS, self._written)
        self._until("the writers", self._written)
        self._until("the outboxes", self._drained)

    def _kill(self, side: Side, point: str) -> bool:
        if point in PLAIN:
            self._wait(0.2 + self.random.random(), lambda: False)
            side.running.kill(point)
            side.kills[point] += 1
            self._tend()
            return True
        armed = side.points / point
        armed.touch()
        hit = self._wait(HIT_SECONDS, lambda: not armed.exists())
        armed.unlink(missing_ok=True)
        side.kills[point] += hit
        return hit

    def _wait(self, seconds: float, done: Callable[[], bool]) -> bool:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._tend()
            if done():
                return True
            time.sleep(0.05)
        return done()

    def _tend(self) -> None:
        """Start again whatever died."""
        for side in self.sides:
            side.running.tend()
            ended = side.writer is None or side.writer.poll() is not None
            if ended and not self._enough(side):
                side.writer = self._spawn_writer(side)

    def _enough(self, side: Side) -> bool:
        return side.stop.exists() and noted(side.journal) >= self.messages // 2

    def _spawn_writer(self, side: Side) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.processes.writer", "--agreement", self.agreement]
        command += [
            "--journal",
            str(side.journal),
            "--count",
            str(self.messages // 2),
            "--stop",
            str(side.stop),
            "--seed",
            str(side.seed),
        ]
        with side.running.log.open("ab") as log:
            return subprocess.Popen(
                command,
                env=environment(side.place, side.points),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _until(self, what: str, done: Callable[[], bool]) -> None:
        if not self._wait(DRAIN_SECONDS, done):
            logs = {
                side.place.alias: side.running.log.read_text(errors="replace")[-3000:] for side in self.sides
            }
            raise RuntimeError(f"{what} did not come to an end: {json.dumps(logs, indent=1)}")

    def _written_more(self) -> bool:
        """Tell whether the writers, not at their end, have come further: a slow machine is no fault."""
        before, self.noted = self.noted, sum(noted(side.journal) for side in self.sides)
        return not self._written() and self.noted > before

    def _written(self) -> bool:
        return all(side.writer is not None and side.writer.poll() == 0 for side in self.sides)

    def _drained(self) -> bool:
        from comity.services.exchange import status

        time.sleep(0.3)
        nodes = [open_node(side.place.home, alias=side.place.alias) for side in self.sides]
        return all(
            sum(lane.waiting for lane in status.lanes(node)) == 0 and not spoken.unsettled(node)
            for node in nodes
        )


def noted(journal: Path) -> int:
    """Return how many identifiers a journal holds."""
    return journal.read_text().count("\n") if journal.exists() else 0


def judge(run: Kill) -> dict[str, Any]:
    """Compare the journals with what both nodes hold."""
    from django.db import connections

    from comity.services.evidence.sequence import sequence
    from comity.services.evidence.verify import verify
    from comity.services.exchange import status
    from comity.storage.models.exchange import AnsweredCall, ExchangedMessage

    found: dict[str, Any] = Counter()
    findings: list[str] = []
    for side, other in (run.sides, run.sides[::-1]):
        node = open_node(side.place.home, alias=side.place.alias)
        peer = open_node(other.place.home, alias=other.place.alias)
        journal = side.journal.read_text().split()
        effects = AnsweredCall.objects.using(peer.alias).filter(at=FAR).order_by("id")
        rows = [(row.digest[:32], row.digest[32:]) for row in effects]
        counted = Counter(message for message, _ in rows)
        sent = ExchangedMessage.objects.using(node.alias).filter(direction="out", kind=KIND).order_by("id")
        order = list(sent.values_list("message", "thread", "state"))
        found["acknowledged"] += len(journal)
        found["effects"] += len(rows)
        found["lost"] += sum(counted[message] == 0 for message in journal)
        found["doubled"] += sum(count > 1 for count in counted.values())
        found["unknown"] += len(set(counted) - {message for message, _, _ in order})
        found["not_delivered"] += sum(state != "delivered" for _, _, state in order)
        for thread in {thread for _, thread in rows}:
            wrote = [message for message, named, _ in order if named == thread]
            found["out_of_order"] += wrote != [message for message, named in rows if named == thread]
        sequence(node)
        findings += [f"{one.code} {one.log} {one.entry} {one.note}" for one in verify(node).findings]
        if connections[node.alias].vendor == "sqlite":
            with connections[node.alias].cursor() as cursor:
                cursor.execute("PRAGMA integrity_check")
                findings += [row[0] for row in cursor.fetchall() if row[0] != "ok"]
        found["unacknowledged"] += len(status.unacknowledged(node))
        found.update(spoken.judge(node, peer, side.journal.with_suffix(".spoken")))
    return {**found, "findings": findings}


def main() -> None:
    """Prepare, run, judge, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=0.05)
    parser.add_argument("--postgresql", action="store_true")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    started = time.monotonic()
    with ExitStack() as ended:
        run, spoilers = lay_out(chosen, ended)
        try:
            with ExitStack() as lines:
                for one in spoilers:
                    lines.enter_context(one)
                run.run()
            for side in run.sides:
                for name in PLAIN[1:]:
                    side.running.kill(name)
            result = judge(run)
        finally:
            for side in run.sides:
                side.running.stop()
                if side.writer is not None and side.writer.poll() is None:
                    os.killpg(side.writer.pid, 9)
            close_databases()
    coverage = run.sides[0].kills + run.sides[1].kills
    chaos = [one for one in spoilers if isinstance(one, ChaosProxy)]
    severing = [one for one in spoilers if isinstance(one, Severing)]
    result |= {
        "messages": chosen.messages,
        "kills": sum(coverage.values()),
        "coverage": {point: coverage[point] for point in (*POINTS, *PLAIN)},
        "requests": sum(one.requests for one in chaos),
        "faults": dict(sorted(sum((one.faults for one in chaos), Counter()).items())),
        "connections": sum(one.connections for one in severing),
        "severed": sum(one.severed for one in severing),
        "seconds": round(time.monotonic() - started, 1),
    }
    sys.stdout.write(json.dumps(result) + "\n")


def lay_out(chosen: argparse.Namespace, ended: ExitStack) -> tuple[Kill, list[ChaosProxy | Severing]]:
    """Prepare both homes, and for each a line that breaks and a proxy behind its front that spoils exchanges."""
    folder: Path = chosen.folder
    sockets = Path(ended.enter_context(tempfile.TemporaryDirectory(prefix="comity-kill-")))
    spoilers: list[ChaosProxy | Severing] = []
    places, dsn = [], {}
    for number, (service, alias) in enumerate(((BE, "be"), (MA, "ma"))):
        port, seed = free_port(), chosen.seed + 2 * number
        line = Severing(port, rate=2 * chosen.rate, seed=seed)
        behind, within = sockets / f"{alias}.front", sockets / f"{alias}.endpoint"
        spoilers += [line, ChaosProxy(within, rate=chosen.rate, seed=seed + 1, at=behind)]
        places.append(Place(service, alias, folder / alias, port, line.port, tls=True))
        if chosen.postgresql:
            dsn[alias] = ended.enter_context(own_database(f"comity_kill_{os.getpid()}_{alias}"))
    agreement = prepare(folder, (places[0], places[1]), SOURCE, dsn or None)
    sides = []
    for number, place in enumerate(places):
        points, log = folder / f"{place.alias}.points", folder / f"{place.alias}.log"
        points.mkdir()
        log.touch()
        paths = {"behind": sockets / f"{place.alias}.front", "socket": sockets / f"{place.alias}.endpoint"}
        files = [folder / f"{place.alias}.{word}" for word in ("journal", "stop")]
        running = Running(place, log, points, **paths)
        sides.append(Side(place, running, points, *files, seed=chosen.seed * 10 + number))
    run = Kill(folder, chosen.messages, chosen.kills, chosen.seed, agreement, (sides[0], sides[1]))
    return run, spoilers


@contextmanager
def own_database(name: str) -> Iterator[str]:
    """Create a PostgreSQL database, and drop it at the end; its connection string."""
    subprocess.run(["createdb", name], check=True, capture_output=True)
    try:
        yield f"dbname={name}"
    finally:
        subprocess.run(["dropdb", "--force", name], check=True, capture_output=True)


def close_databases() -> None:
    """Close what the judge has opened."""
    from django.db import connections

    connections.close_all()


if __name__ == "__main__":
    main()
