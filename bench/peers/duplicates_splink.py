"""splink 5 (MIT) on one file with many records of a person, after its own example of historical people."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from bench.peers.reading import read_records, write_links

BLOCKS = (
    ("substr(first_name,1,3)", "substr(surname,1,4)"), ("surname", "dob"), ("first_name", "dob"),
    ("postcode", "first_name"), ("postcode", "surname"), ("dob", "birth_place"), ("substr(postcode,1,3)", "dob"),
    ("substr(postcode,1,3)", "first_name"), ("substr(postcode,1,3)", "surname"),
    ("substr(first_name,1,2)", "substr(surname,1,2)", "substr(dob,1,4)"),
)  # fmt: skip
RULES = (
    ("first_name", "surname", "dob"),
    ("substr(first_name,1,2)", "surname", "substr(postcode,1,2)"),
    ("dob", "postcode"),
)


def main() -> None:
    """Find the duplicates in the file of the first argument; write to the second."""
    pandas: Any = importlib.import_module("pandas")
    splink: Any = importlib.import_module("splink")
    library: Any = importlib.import_module("splink.comparison_library")
    backend: Any = importlib.import_module("splink.backends.duckdb")
    frame = pandas.DataFrame(read_records(Path(sys.argv[1]))).replace("", None)
    frame["whole_name"] = frame["first_name"].fillna("") + " " + frame["surname"].fillna("")
    often = {"term_frequency_adjustments": True}
    names = library.ForenameSurnameComparison(
        "first_name", "surname", forename_surname_concat_col_name="whole_name"
    )
    settings = splink.SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="id",
        comparisons=[
            names.configure(**often),
            library.DateOfBirthComparison("dob", input_is_string=True),
            library.PostcodeComparison("postcode"),
            library.ExactMatch("birth_place").configure(**often),
            library.ExactMatch("occupation").configure(**often),
        ],
        blocking_rules_to_generate_predictions=[splink.block_on(*columns) for columns in BLOCKS],
    )
    api = backend.DuckDBAPI()
    linker = splink.Linker(api.register(frame), settings, log_level="ERROR")
    rules = [splink.block_on(*columns) for columns in RULES]
    linker.training.estimate_probability_two_random_records_match(rules, recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    for columns in (("first_name", "surname"), ("dob",)):
        linker.training.estimate_parameters_using_expectation_maximisation(splink.block_on(*columns))
    found = linker.inference.predict(threshold_match_probability=0.001).as_pandas_dataframe()
    rows = found[["id_l", "id_r", "match_weight"]].itertuples(index=False)
    write_links(Path(sys.argv[2]), rows)


if __name__ == "__main__":
    main()
