"""Run all of it and write `bench/results/match.json` and the pictures.

``python -m bench.match DATA --name-bench FOLDER --peers .venv-peers/bin/python``; DATA holds `names`, `records` and `lists`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench import report
from bench.match import name_sets, names, records, strangers

WORK = Path("build/bench-match")
LICENCES = {
    "rapidfuzz": "MIT", "jellyfish": "MIT", "nomenklatura": "MIT", "arcoder": "MIT", "splink": "MIT",
    "recordlinkage": "BSD-3-Clause", "clkhash": "Apache-2.0", "anonlink": "Apache-2.0", "pyicu": "MIT", "lightgbm": "MIT",
}  # fmt: skip
FICTITIOUS = 3_000


def main() -> None:
    """Measure the chosen parts; a part left out keeps its figures of the run before."""
    parser = argparse.ArgumentParser(prog="python -m bench.match")
    parser.add_argument("data", type=Path, help="folder with names, records and lists")
    parser.add_argument("--name-bench", type=Path, help="folder of nomenklatura's contrib/name_bench")
    parser.add_argument("--peers", type=Path, default=Path(".venv-peers/bin/python"))
    parser.add_argument("--parts", nargs="+", default=["names", "records", "strangers"])
    told = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    path = report.RESULTS / "match.json"
    results: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["results"] if path.exists() else {}
    results["peers"] = _versions(told.peers)
    if "names" in told.parts:
        results["names"] = _names(told)
    if "records" in told.parts:
        results["records"] = records.measured(told.data / "records", WORK, told.peers)
    if "strangers" in told.parts:
        results["strangers"] = strangers.measured(WORK, strangers.Sizes())
    results["left_out"] = _left_out(told)
    report.write("match", "make bench-match", results)


def _names(told: argparse.Namespace) -> dict[str, Any]:
    made = name_sets.united_nations(told.data / "lists" / "un_consolidated_part.xml")
    made |= name_sets.fictitious(FICTITIOUS)
    if told.name_bench:
        made["name_bench"] = name_sets.name_bench(told.name_bench)
    return names.measured(told.data / "names", made, WORK, told.peers)


def _left_out(told: argparse.Namespace) -> dict[str, str]:
    """Say what was not measured, and why."""
    found = {
        "un_ar_lat": "too few names in Arabic letters in the part of the United Nations' list at hand",
        "historical figures": "splink's 50,000 historical figures are downloaded by splink from a site out of reach; "
        "the package splink-datasets is not on PyPI",
        "arabnamer": "5 pairs a second",
    }
    if not told.name_bench:
        found["name_bench"] = "no folder given (--name-bench)"
        sys.stderr.write("name_bench left out: give its folder with --name-bench\n")
    return found


def _versions(peers: Path) -> dict[str, str]:
    """Return version and licence of each peer."""
    code = "import sys; from importlib.metadata import version; print(*(version(one) for one in sys.argv[1:]), sep='\\n')"
    found = subprocess.run([str(peers), "-c", code, *LICENCES], capture_output=True, text=True, check=True)
    return {
        name: f"{version}, {LICENCES[name]}"
        for name, version in zip(LICENCES, found.stdout.split(), strict=True)
    }


if __name__ == "__main__":
    main()
