"""Write a fictitious register and queries against it.

``python -m bench.people FOLDER --persons 1000000 --queries 20000 --seed 7``: a.csv (register) and b.csv (queries) with the
columns id,given,family,dob,pob,sex,nat; truth.csv (id_a,id_b); about.csv (of each query: origin of the name, sex, both
scripts, damage). Queries without a counterpart are about persons whom the register does not have.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterable
from pathlib import Path
from random import Random

from bench.people.persons import Person, persons
from bench.people.writing import ABROAD_IN_ARABIC, ARABIC_AT_HOME, COLUMNS, SHARES, asked, registered


def write(folder: Path, number: int, queries: int, seed: int, share: float) -> None:
    """Write the four files.

    Args:
        folder: made if it is missing.
        number: persons of the register.
        queries: rows of b.csv.
        seed: the same seed and numbers give the same files.
        share: part of the queries that has a counterpart, 0 to 1.
    """
    folder.mkdir(parents=True, exist_ok=True)
    present = round(queries * share)
    luck = Random(f"{seed}/chosen")
    chosen = set(luck.sample(range(number), present))
    wanted: list[tuple[int, Person, str]] = []
    with (folder / "a.csv").open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(COLUMNS)
        clerk = Random(f"{seed}/register")
        for place, person in enumerate(persons(seed, number)):
            written = registered(place, person, clerk)
            rows.writerow(written.row)
            if place in chosen:
                wanted.append((place, person, written.script))
    strangers = persons(seed + 1_000_003, queries - present)
    for person in strangers:
        wanted.append((-1, person, registered(0, person, luck).script))
    luck.shuffle(wanted)
    _write_queries(folder, wanted, Random(f"{seed}/queries"))


def _write_queries(folder: Path, wanted: Iterable[tuple[int, Person, str]], clerk: Random) -> None:
    with (
        (folder / "b.csv").open("w", encoding="utf-8", newline="") as queries,
        (folder / "truth.csv").open("w", encoding="utf-8", newline="") as truth,
        (folder / "about.csv").open("w", encoding="utf-8", newline="") as about,
    ):
        csv.writer(queries).writerow(COLUMNS)
        csv.writer(truth).writerow(("id_a", "id_b"))
        csv.writer(about).writerow(("id_b", "origin", "sex", "script_a", "script_b", "damage"))
        for number, (place, person, script) in enumerate(wanted):
            written = asked(number, person, script, clerk)
            csv.writer(queries).writerow(written.row)
            if place >= 0:
                csv.writer(truth).writerow((f"a{place}", f"b{number}"))
            facts = (
                f"b{number}",
                person.origin,
                person.sex,
                script,
                written.script,
                "; ".join(written.damage),
            )
            csv.writer(about).writerow(facts)


def main() -> None:
    """Read the arguments and write."""
    told = ", ".join(f"{kind} {share:.0%}" for kind, share in SHARES.items())
    parser = argparse.ArgumentParser(
        prog="python -m bench.people",
        description="Write a fictitious register and queries against it.",
        epilog=f"Moroccan registrations in Arabic {ARABIC_AT_HOME:.0%}; Europeans asked about in Arabic "
        f"{ABROAD_IN_ARABIC:.0%}. Damage of queries: {told}".replace("%", "%%"),
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--persons", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--share", type=float, default=0.5, help="share of the queries that has a counterpart"
    )
    told_to = parser.parse_args()
    write(told_to.folder, told_to.persons, told_to.queries, told_to.seed, told_to.share)


if __name__ == "__main__":
    main()
