"""clkhash and anonlink (Apache-2.0): Bloom filters of every record and query, the greatest Dice similarity of each query.

``python -m bench.peers.probe_filters FOLDER OUT``. Both sides share a secret and hand their filters to whoever compares.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

from bench.peers.reading import read_records

COLUMNS = {"given": 200, "family": 200, "dob": 300, "pob": 100}
DATES = {"dob"}
LEAST = 0.5


def main() -> None:
    """Encode, compare, write."""
    folder, target = Path(sys.argv[1]), Path(sys.argv[2])
    formats: Any = importlib.import_module("clkhash.field_formats")
    comparators: Any = importlib.import_module("clkhash.comparators")
    schema: Any = importlib.import_module("clkhash.schema")
    clk: Any = importlib.import_module("clkhash.clk")
    anonlink: Any = importlib.import_module("anonlink")
    fields = []
    for name, bits in COLUMNS.items():
        comparator = comparators.NgramComparison(1 if name in DATES else 2, positional=name in DATES)
        hashing = formats.FieldHashingProperties(
            comparator=comparator, strategy=formats.BitsPerFeatureStrategy(bits), missing_value=None
        )
        fields.append(formats.StringSpec(name, hashing, regex=r"[\s\S]*"))
    rules = schema.Schema(fields, 1024)
    register, queries = (read_records(folder / f"{side}.csv") for side in "ab")
    begun = time.perf_counter()
    ours, theirs = (
        clk.generate_clks([[row[name] for name in COLUMNS] for row in rows], rules, "secret", validate=False)
        for rows in (register, queries)
    )
    encoding = time.perf_counter() - begun
    begun = time.perf_counter()
    found = anonlink.candidate_generation.find_candidate_pairs(
        [ours, theirs], anonlink.similarities.dice_coefficient_accelerated, LEAST, k=3
    )
    comparing = time.perf_counter() - begun
    best: dict[str, tuple[float, str]] = {}
    for score, first, second in zip(found[0], found[2][0], found[2][1], strict=True):
        name = queries[second]["id"]
        best[name] = max(best.get(name, (0.0, "")), (float(score), register[first]["id"]))
    target.write_text(
        json.dumps(
            {
                "set_up_us_per_record": round(1e6 * encoding / (len(register) + len(queries)), 1),
                "bytes_per_record": 128,
                "server_ms_per_query": round(1000 * comparing / len(queries), 2),
                "bytes_up": 128,
                "bytes_down": 4,
                "best": best,
            }
        ),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
