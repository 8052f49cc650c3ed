"""recordlinkage (BSD): blocking, string comparison and the ECM classifier, after its tutorial; one counterpart at most."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from bench.peers.reading import read_records, write_links

BLOCKS = {"persons": ("family", "dob"), "febrl": ("surname", "date_of_birth", "given_name", "postcode")}
NAMES = {"persons": ("given", "family", "pob"), "febrl": ("given_name", "surname", "address_1", "suburb")}
EXACT = {
    "persons": ("dob", "year", "sex", "nat"),
    "febrl": ("date_of_birth", "street_number", "postcode", "state"),
}

TIE = 1e-6
"""Added for each agreeing field: most of its probabilities are 1 to six places, and in any order."""


def main() -> None:
    """Link the files in the folder of the first argument; write to the second."""
    folder, target, kind = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    pandas: Any = importlib.import_module("pandas")
    library: Any = importlib.import_module("recordlinkage")
    left, right = (
        pandas.DataFrame(rows).set_index(next(iter(rows[0]))).replace("", None)
        for rows in (read_records(folder / "a.csv"), read_records(folder / "b.csv"))
    )
    for frame in (left, right):
        frame["year"] = frame["dob" if kind == "persons" else "date_of_birth"].str[:4]
    index = library.Index()
    for column in BLOCKS[kind]:
        index.block(column)
    pairs = index.index(left, right)
    compare = library.Compare()
    for column in NAMES[kind]:
        compare.string(column, column, method="jarowinkler", threshold=0.85, label=column)
    for column in EXACT[kind]:
        compare.exact(column, column, label=column)
    features = compare.compute(pairs, left, right)
    classifier = library.ECMClassifier(binarize=0.8)
    classifier.fit(features)
    table = classifier.prob(features).rename("score").reset_index()
    table.columns = ["first", "second", "score"]
    table["score"] += features.sum(axis=1).to_numpy() * TIE
    table = table.sort_values("score", ascending=False)
    table = table.drop_duplicates("second").drop_duplicates("first")
    write_links(target, table[["first", "second", "score"]].itertuples(index=False))


if __name__ == "__main__":
    main()
