"""Messages a second between two nodes on one machine: sealed, decided, stored, delivered, receipted.

Two real homes; each node has its keys process; the recipient's partner endpoint runs under granian with one worker; the
sender submits and delivers in this process over HTTP on loopback. Counted is the time from the first `submit` to the
last stored receipt. ``python -m bench.exchange [--messages N]``
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.federation.source import SOURCE
from tests.processes.pair import BE, MA, Place, Running, environment, free_port, prepare

from bench import report

BATCHES = (1, 20, 50)
DATABASES = ("sqlite", "postgresql")


def main() -> None:
    """Measure every combination and write the report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=3000)
    parser.add_argument("--database", choices=DATABASES, action="append")
    parser.add_argument("--batch", type=int, action="append")
    parser.add_argument("--profile", action="store_true", help="print what dominates in the sender")
    parser.add_argument("--sender", help=argparse.SUPPRESS)
    parser.add_argument("--dry", action="store_true", help="do not write the report")
    chosen = parser.parse_args()
    if chosen.sender:
        send(json.loads(chosen.sender))
        return
    results = {
        database: measure(database, tuple(chosen.batch or BATCHES), chosen.messages, chosen.profile)
        for database in chosen.database or DATABASES
    }
    if chosen.dry:
        sys.stdout.write(json.dumps(results, indent=2) + "\n")
        return
    report.write("exchange", "python -m bench.exchange", results)


def measure(database: str, batches: tuple[int, ...], messages: int, profile: bool) -> dict[str, Any]:
    """Return messages a second for each batch size on one database."""
    with tempfile.TemporaryDirectory(prefix="comity-bench-") as name:
        folder = Path(name)
        places = tuple(
            Place(service, alias, folder / alias, port := free_port(), port)
            for service, alias in ((BE, "be"), (MA, "ma"))
        )
        be, ma = places[0], places[1]
        dsn = databases() if database == "postgresql" else None
        agreement = prepare(folder, (be, ma), SOURCE, dsn)
        log = folder / "log"
        log.touch()
        receiver, sender = Running(ma, log), Running(be, log)
        try:
            receiver.start()
            receiver.kill("worker")
            sender.start_keys()
            found = {}
            for batch in batches:
                count = messages if batch > 1 else max(200, messages // 5)
                order = {"batch": batch, "count": count, "agreement": agreement, "profile": profile}
                found[f"batch_{batch}"] = run_sender(be, order, receiver)
            return found
        finally:
            receiver.stop()
            sender.stop()


def run_sender(place: Place, order: dict[str, Any], receiver: Running) -> dict[str, Any]:
    """Run the sending process and return its figures, with the processor time of both sides."""
    before = tree_seconds(receiver)
    done = subprocess.run(
        [sys.executable, "-m", "bench.exchange", "--sender", json.dumps(order)],
        env=environment(place),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-4000:])
    if order["profile"]:
        sys.stderr.write(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    found["receiver_cpu_ms_per_message"] = round((tree_seconds(receiver) - before) / order["count"] * 1000, 3)
    return found


def send(order: dict[str, Any]) -> None:
    """Submit and deliver; print the figures. Runs in the sending process."""
    from comity.services.custody import open_node

    node = open_node(Path(os.environ["COMITY_HOME"]))
    from tests.processes.effect import SILENT

    from comity.core.codes.exchange import Act, Purpose, Regime
    from comity.services.context import SYSTEM
    from comity.services.exchange import deliver, status
    from comity.services.exchange.submit import Outgoing, submit_many
    from comity.services.partners.ways import http_channels

    channels = http_channels(node)
    body = {"subject": "reference 1234567890abcdef", "text": "fictitious facts of the case " * 12}

    def outgoing() -> Outgoing:
        return Outgoing(
            MA, Regime.POLICE, SILENT, Act.INFORM, body, agreement=order["agreement"], purpose=Purpose.DRUGS
        )

    size, count = int(order["batch"]), int(order["count"])
    deliver.BATCH_MESSAGES = size

    def work(total: int) -> None:
        for _ in range(total // size):
            submit_many(node, [outgoing() for _ in range(size)], SYSTEM)
            if deliver.deliver_due(node, channels) != size:
                raise RuntimeError(json.dumps([str(lane) for lane in status.lanes(node)]))

    work(size)
    before, processor = status.counts(node).get("out.delivered", 0), time.process_time()
    started = time.perf_counter()
    if order["profile"]:
        profiled(lambda: work(count))
    else:
        work(count)
    seconds = time.perf_counter() - started
    delivered = status.counts(node)["out.delivered"] - before
    figures = {
        "messages": delivered,
        "seconds": round(seconds, 2),
        "messages_per_second": round(delivered / seconds),
        "sender_cpu_ms_per_message": round((time.process_time() - processor) / delivered * 1000, 3),
    }
    sys.stdout.write(json.dumps(figures))


def profiled(work: Any) -> None:
    """Run under the profiler and print the functions that cost most to standard error."""
    import cProfile
    import pstats

    profile = cProfile.Profile()
    profile.runcall(work)
    pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(35)


def tree_seconds(running: Running) -> float:
    """Return the processor seconds that a node's processes have used so far."""
    pids = [child.pid for child in running.children.values() if child.poll() is None]
    if running.keys is not None:
        pids.append(running.keys.process.pid)
    ticks = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(entry.name) in pids or int(fields[2]) in pids:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def databases() -> dict[str, str]:
    """Create two empty PostgreSQL databases and return how to reach them."""
    for alias in ("be", "ma"):
        name = f"comity_bench_{alias}"
        subprocess.run(["dropdb", "--if-exists", name], check=True, capture_output=True)
        subprocess.run(["createdb", name], check=True, capture_output=True)
    return {alias: f"dbname=comity_bench_{alias}" for alias in ("be", "ma")}


if __name__ == "__main__":
    main()
