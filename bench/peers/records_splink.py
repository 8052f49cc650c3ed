"""splink 5 (MIT): probabilistic linkage of two files after its own tutorials (link only, term frequencies, EM)."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from bench.peers.reading import read_records, write_links

PERSONS = {
    "id": "id", "blocks": (("given", "family"), ("dob",), ("family", "year"), ("given", "year")),
    "rules": (("given", "family", "dob"),), "recall": 0.4, "em": (("dob",), ("given", "family")),
}  # fmt: skip
FEBRL = {
    "id": "rec_id",
    "blocks": (
        ("given_name", "surname"), ("date_of_birth",), ("state", "address_1"), ("street_number", "address_1"),
        ("postcode", "surname"), ("postcode", "given_name"),
    ),
    "rules": (("given_name", "surname", "date_of_birth"), ("surname", "date_of_birth", "postcode")),
    "recall": 0.8, "em": (("date_of_birth",), ("given_name", "surname")),
}  # fmt: skip


def comparisons(febrl: bool) -> list[Any]:
    """Return the comparisons of the columns, as the tutorials choose them."""
    library: Any = importlib.import_module("splink.comparison_library")

    def name(column: str) -> Any:
        return library.NameComparison(column).configure(term_frequency_adjustments=True)

    if febrl:
        return [
            name("given_name"), name("surname"),
            library.DamerauLevenshteinAtThresholds("date_of_birth", [1, 2]),
            library.JaroWinklerAtThresholds("address_1", [0.9]),
            library.ExactMatch("street_number"), library.JaroWinklerAtThresholds("suburb", [0.9]),
            library.LevenshteinAtThresholds("postcode", [1, 2]), library.ExactMatch("state"),
        ]  # fmt: skip
    born = library.DateOfBirthComparison("dob", input_is_string=True, datetime_format="%Y-%m-%d")
    place = library.JaroWinklerAtThresholds("pob", [0.9]).configure(term_frequency_adjustments=True)
    return [name("given"), name("family"), born, place, library.ExactMatch("sex"), library.ExactMatch("nat")]


def main() -> None:
    """Link the files in the folder of the first argument; write to the second."""
    folder, target, kind = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    pandas: Any = importlib.import_module("pandas")
    splink: Any = importlib.import_module("splink")
    told: dict[str, Any] = FEBRL if kind == "febrl" else PERSONS
    frames = []
    for side in "ab":
        frame = pandas.DataFrame(read_records(folder / f"{side}.csv")).replace("", None)
        frame = frame.drop(columns="soc_sec_id", errors="ignore")
        if "dob" in frame:
            frame["year"] = frame["dob"].str[:4]
        frames.append(frame)
    settings = splink.SettingsCreator(
        link_type="link_only",
        unique_id_column_name=told["id"],
        comparisons=comparisons(kind == "febrl"),
        blocking_rules_to_generate_predictions=[splink.block_on(*columns) for columns in told["blocks"]],
    )
    backend: Any = importlib.import_module("splink.backends.duckdb")
    api = backend.DuckDBAPI()
    tables = [
        api.register(frame, dataset_display_name=side) for frame, side in zip(frames, "ab", strict=True)
    ]
    linker = splink.Linker(tables, settings, log_level="ERROR")
    rules = [splink.block_on(*columns) for columns in told["rules"]]
    linker.training.estimate_probability_two_random_records_match(rules, recall=told["recall"])
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    for columns in told["em"]:
        linker.training.estimate_parameters_using_expectation_maximisation(splink.block_on(*columns))
    found = linker.inference.predict(threshold_match_probability=0.001).as_pandas_dataframe()
    key = told["id"]
    rows = found[["source_dataset_l", f"{key}_l", f"{key}_r", "match_probability"]].itertuples(index=False)
    write_links(
        target, ((one, two, odds) if side == "a" else (two, one, odds) for side, one, two, odds in rows)
    )


if __name__ == "__main__":
    main()
