"""Writes a benchmark's result with the machine, the command and the commit that produced it."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def machine() -> dict[str, Any]:
    """Describe the machine: processor, cores, memory, system; no host name, no path."""
    model = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        "unknown",
    )
    memory = next(
        (int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0
    )
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 1048576, 1),
        "load_before": round(os.getloadavg()[0], 2),
        "system": platform.system() + " " + platform.release().split("-")[0],
        "python": platform.python_version(),
    }


def write(name: str, command: str, results: dict[str, Any]) -> Path:
    """Write ``bench/results/NAME.json`` and print it.

    Args:
        name: of the benchmark.
        command: what a reader types to repeat it.
        results: figures with their units in the keys.
    """
    RESULTS.mkdir(exist_ok=True)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    document = {
        "benchmark": name,
        "command": command,
        "commit": commit.stdout.strip() or "unknown",
        "day": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "results": results,
    }
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.stdout.write(path.read_text(encoding="utf-8"))
    return path


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
