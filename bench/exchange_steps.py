"""One exchange step by step in one process: processor time and machine instructions a message.

Both nodes, their keys and the line between them live in this process, so that nothing is left out but HTTP. With
``--instructions`` nothing is timed: valgrind counts, as the difference between a longer and a shorter run, so that starting
up does not count. Such figures do not depend on what else the machine does. ``python -m bench.exchange_steps
[--instructions] [--profile]``
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.federation.source import SOURCE
from tests.processes.pair import BE, MA, Place, free_port, prepare

from bench import report

BATCH = 50


def main() -> None:
    """Measure and write the report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--instructions", action="store_true", help="count them with valgrind; takes minutes")
    parser.add_argument("--profile", action="store_true", help="print the functions that cost most")
    parser.add_argument("--batch", type=int, default=BATCH, help="messages in a batch")
    parser.add_argument("--homes", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--agreement", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.homes:
        exchange(chosen.homes, chosen.agreement, chosen.messages, chosen.batch, profile=False)
        return
    with tempfile.TemporaryDirectory(prefix="comity-bench-") as name:
        folder = Path(name)
        places = [Place(s, a, folder / a, port := free_port(), port) for s, a in ((BE, "be"), (MA, "ma"))]
        agreement = prepare(folder, (places[0], places[1]), SOURCE)
        if chosen.instructions:
            counts = instructions(folder, agreement)
            report.write("exchange_instructions", "python -m bench.exchange_steps --instructions", counts)
            return
        figures = exchange(folder, agreement, chosen.messages, chosen.batch, profile=chosen.profile)
    report.write("exchange_steps", "python -m bench.exchange_steps", figures)


def exchange(folder: Path, agreement: str, messages: int, batch: int, *, profile: bool) -> dict[str, Any]:
    """Exchange messages in batches and return the processor milliseconds of each step for one message."""
    from comity.core.crypto.local import LocalKeys
    from comity.services.custody import open_node
    from comity.services.custody.unlock import unlock_key
    from comity.storage.keystore.vault import Vault

    nodes = {}
    for service, alias in ((BE, "be"), (MA, "ma")):
        node = open_node(folder / alias, alias=alias)
        root = unlock_key(node.config)
        nodes[service] = replace(
            node, keys=LocalKeys(Vault(node.config.vault, root).read(), node.random, root=root)
        )
    from tests.processes import effect

    from comity.core.codes.exchange import Act, Purpose, Regime
    from comity.services.context import SYSTEM
    from comity.services.exchange.deliver import deliver_due
    from comity.services.exchange.receive import receive_batch
    from comity.services.exchange.submit import Outgoing, submit_many
    from comity.transport.memory import MemoryNetwork

    effect.register()
    network, spent = MemoryNetwork(), {"submit": 0.0, "receive": 0.0, "deliver": 0.0}

    def receive(path: str, body: bytes) -> bytes:
        started = time.process_time()
        answer = receive_batch(nodes[MA], body)
        spent["receive"] += time.process_time() - started
        return answer

    network.endpoints[MA] = receive
    body = {"subject": "reference 1234567890abcdef", "text": "fictitious facts of the case " * 12}
    outgoing = Outgoing(MA, Regime.POLICE, effect.SILENT, Act.INFORM, body, agreement, purpose=Purpose.DRUGS)

    def work() -> None:
        for _ in range(messages // batch):
            started = time.process_time()
            submit_many(nodes[BE], [outgoing] * batch, SYSTEM)
            submitted = time.process_time()
            spent["submit"] += submitted - started
            deliver_due(nodes[BE], network.channels)
            spent["deliver"] += time.process_time() - submitted

    started = time.perf_counter()
    if profile:
        profiled(work)
    else:
        work()
    seconds = time.perf_counter() - started
    spent["deliver"] -= spent["receive"]
    figures: dict[str, Any] = {
        f"{step}_cpu_ms": round(value / messages * 1000, 3) for step, value in spent.items()
    }
    figures["all_cpu_ms"] = round(sum(spent.values()) / messages * 1000, 3)
    return {"messages": messages, **figures, "wall_ms": round(seconds / messages * 1000, 3)}


def instructions(folder: Path, agreement: str) -> dict[str, int]:
    """Return the machine instructions of a batch that do not depend on what it holds, and those of each message.

    Both nodes and their keys together.
    """
    single = per_batch(folder, agreement, 1, few=20, many=60)
    full = per_batch(folder, agreement, BATCH, few=2, many=5)
    message = (full - single) / (BATCH - 1)
    return {
        "fixed_per_batch": round(single - message),
        "per_message": round(message),
        "single_message": round(single),
        "per_message_in_full_batches": round(full / BATCH),
    }


def per_batch(folder: Path, agreement: str, batch: int, *, few: int, many: int) -> float:
    """Return the instructions of one batch of a size."""
    counts = [counted(folder, agreement, batch, number) for number in (few, many)]
    return (counts[1] - counts[0]) / (many - few)


def counted(folder: Path, agreement: str, batch: int, batches: int) -> int:
    """Return the instructions of a whole run."""
    command = [
        "valgrind",
        "--tool=cachegrind",
        "--cache-sim=no",
        "--cachegrind-out-file=/dev/null",
        sys.executable,
    ]
    command += ["-m", "bench.exchange_steps", "--homes", str(folder), "--agreement", agreement]
    command += ["--messages", str(batch * batches), "--batch", str(batch)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"I\s+refs:\s+([\d,]+)", done.stderr)
    if done.returncode or found is None:
        raise RuntimeError(done.stderr[-3000:])
    return int(found[1].replace(",", ""))


def profiled(work: Any) -> None:
    """Run under the profiler and print what costs most."""
    import cProfile
    import pstats

    profile = cProfile.Profile()
    profile.runcall(work)
    pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(40)


if __name__ == "__main__":
    main()
