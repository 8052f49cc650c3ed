"""clkhash and anonlink (Apache-2.0): Bloom filters of the fields, Dice similarity, one counterpart at most (greedy)."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from bench.peers.reading import read_records, write_links

COLUMNS = {
    "persons": {"given": 200, "family": 200, "dob": 300, "pob": 100, "sex": 20, "nat": 20},
    "febrl": {
        "given_name": 200, "surname": 200, "date_of_birth": 300, "street_number": 100, "address_1": 100,
        "suburb": 100, "postcode": 100, "state": 20,
    },
}  # fmt: skip
"""Column -> bits that a value sets; names by pairs of letters, dates by digits in their places."""

DATES = {"dob", "date_of_birth", "postcode"}
LEAST = 0.6


def main() -> None:
    """Link the files in the folder of the first argument; write to the second."""
    folder, target, kind = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    formats: Any = importlib.import_module("clkhash.field_formats")
    comparators: Any = importlib.import_module("clkhash.comparators")
    schema: Any = importlib.import_module("clkhash.schema")
    clk: Any = importlib.import_module("clkhash.clk")
    anonlink: Any = importlib.import_module("anonlink")
    fields = []
    for name, bits in COLUMNS[kind].items():
        comparator = comparators.NgramComparison(1 if name in DATES else 2, positional=name in DATES)
        hashing = formats.FieldHashingProperties(
            comparator=comparator, strategy=formats.BitsPerFeatureStrategy(bits), missing_value=None
        )
        fields.append(formats.StringSpec(name, hashing, regex=r"[\s\S]*"))
    rules = schema.Schema(fields, 1024)
    sides = [read_records(folder / f"{side}.csv") for side in "ab"]
    filters = [
        clk.generate_clks(
            [[row[name] for name in COLUMNS[kind]] for row in rows], rules, "secret", validate=False
        )
        for rows in sides
    ]
    found = anonlink.candidate_generation.find_candidate_pairs(
        filters, anonlink.similarities.dice_coefficient_accelerated, LEAST, k=20
    )
    scores = {
        (first, second): score
        for score, first, second in zip(found[0], found[2][0], found[2][1], strict=True)
    }
    key = next(iter(sides[0][0]))
    links = []
    for group in anonlink.solving.greedy_solve(found):
        places = dict(group)
        if len(places) == 2:
            links.append((sides[0][places[0]][key], sides[1][places[1]][key], scores[places[0], places[1]]))
    write_links(target, links)


if __name__ == "__main__":
    main()
