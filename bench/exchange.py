"""Messages a second between two nodes on one machine: sealed, decided, stored, delivered, receipted.

Two real homes; each node has its keys process; the recipient's partner endpoint runs under granian with one worker; the
sender submits in one process and delivers from another, as a desk and a worker do, over HTTP on loopback. Counted is the
time from the first `submit` to the last stored receipt. ``python -m bench.exchange [--messages N]``
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
                count = (messages if batch > 1 else max(200, messages // 10)) // batch * batch
                order = {"batch": batch, "count": count, "agreement": agreement, "profile": profile}
                found[f"batch_{batch}"] = run_sender(be, order, receiver, sender)
            return found
        finally:
            receiver.stop()
            sender.stop()


def run_sender(place: Place, order: dict[str, Any], receiver: Running, sender: Running) -> dict[str, Any]:
    """Run the submitting and the delivering process and return the figures, with the processor time of each part."""
    with tempfile.TemporaryDirectory(prefix="comity-bench-") as name:
        order = {**order, "go": str(Path(name) / "go")}
        parts = {part: spawn(place, {**order, "part": part}) for part in ("submit", "deliver")}
        for child in parts.values():
            if child.stdout is None or child.stdout.readline() != "ready\n":
                raise RuntimeError(child.communicate()[1][-4000:])
        before = {"endpoint": tree_seconds(receiver), "keys": keys_seconds(sender) + keys_seconds(receiver)}
        started = time.perf_counter()
        Path(order["go"]).touch()
        texts = {part: child.communicate() for part, child in parts.items()}
        seconds = time.perf_counter() - started
    if any(child.returncode for child in parts.values()):
        raise RuntimeError("".join(text[1][-4000:] for text in texts.values()))
    if order["profile"]:
        sys.stderr.writelines(f"{part}:\n{text[1]}" for part, text in texts.items())
    count = order["count"]
    spent = {f"{part}_cpu_ms": float(text[0]) for part, text in texts.items()}
    keys = keys_seconds(sender) + keys_seconds(receiver) - before["keys"]
    spent["keys_cpu_ms"] = keys * 1000
    spent["receive_cpu_ms"] = (tree_seconds(receiver) - before["endpoint"]) * 1000
    return {
        "messages": count,
        "seconds": round(seconds, 2),
        "messages_per_second": round(count / seconds),
        **{f"{part}_per_message": round(value / count, 3) for part, value in spent.items()},
        "all_cpu_ms_per_message": round(sum(spent.values()) / count, 3),
    }


def spawn(place: Place, order: dict[str, Any]) -> subprocess.Popen[str]:
    """Start a sending process; it says ``ready`` and waits for the file to appear."""
    command = [sys.executable, "-m", "bench.exchange", "--sender", json.dumps(order)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=environment(place), stdout=pipe, stderr=pipe, text=True)


def send(order: dict[str, Any]) -> None:
    """Submit, or deliver, until all messages have a receipt; print the processor milliseconds used."""
    from comity.services.custody import open_node

    node = open_node(Path(os.environ["COMITY_HOME"]))
    from tests.processes.effect import SILENT

    from comity.core.codes.exchange import Act, Purpose, Regime
    from comity.services.context import SYSTEM
    from comity.services.exchange import deliver
    from comity.services.exchange.submit import Outgoing, submit_many
    from comity.services.partners.ways import http_channels

    size, count = int(order["batch"]), int(order["count"])
    deliver.BATCH_MESSAGES = size
    body = {"subject": "reference 1234567890abcdef", "text": "fictitious facts of the case " * 12}

    def submit_all(total: int) -> None:
        outgoing = Outgoing(
            MA, Regime.POLICE, SILENT, Act.INFORM, body, agreement=order["agreement"], purpose=Purpose.DRUGS
        )
        for _ in range(total // size):
            submit_many(node, [outgoing] * size, SYSTEM)

    def deliver_all(total: int) -> None:
        channels, done = http_channels(node), 0
        while done < total:
            done += deliver.deliver_due(node, channels)
            time.sleep(0.002)

    work = submit_all if order["part"] == "submit" else deliver_all
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while not Path(order["go"]).exists():
        time.sleep(0.001)
    started = time.process_time()
    if order["profile"]:
        profiled(lambda: work(count))
    else:
        work(count)
    sys.stdout.write(f"{(time.process_time() - started) * 1000:.1f}")


def profiled(work: Any) -> None:
    """Run under the profiler and print the functions that cost most to standard error."""
    import cProfile
    import pstats

    profile = cProfile.Profile()
    profile.runcall(work)
    pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(35)


def tree_seconds(running: Running) -> float:
    """Return the processor seconds that a node's endpoint and worker have used so far."""
    return seconds_of([child.pid for child in running.children.values() if child.poll() is None])


def keys_seconds(running: Running) -> float:
    """Return the processor seconds that a node's keys process has used so far."""
    return 0.0 if running.keys is None else seconds_of([running.keys.process.pid])


def seconds_of(pids: list[int]) -> float:
    """Return the processor seconds of processes and of their process groups."""
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
