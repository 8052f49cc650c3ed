"""The fictitious people of the benchmarks: the same by seed, in both scripts, as skewed as names are."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from bench.people import europe, maghreb
from bench.people.persons import ORIGINS, SHARES, persons
from bench.people.pivot import arabic, plain, servant
from bench.people.writing import COLUMNS
from tests.house.sources import ROOT


def written(folder: Path, seed: int) -> Path:
    words = [sys.executable, "-m", "bench.people", str(folder)]
    told = ["--persons", "3000", "--queries", "600", "--seed", str(seed)]
    subprocess.run([*words, *told], check=True, cwd=ROOT)
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("people"), 7)


def test_same_seed_same_files(made: Path, tmp_path: Path) -> None:
    again, other = written(tmp_path / "again", 7), written(tmp_path / "other", 8)
    for name in ("a.csv", "b.csv", "truth.csv", "about.csv"):
        assert (again / name).read_bytes() == (made / name).read_bytes()
        assert (other / name).read_bytes() != (made / name).read_bytes()


def test_truth_names_records_that_exist_half_of_the_queries(made: Path) -> None:
    register, queries = rows(made / "a.csv"), rows(made / "b.csv")
    assert tuple(register[0]) == tuple(queries[0]) == COLUMNS
    truth = rows(made / "truth.csv")
    assert len(truth) == 300
    assert {row["id_a"] for row in truth} <= {row["id"] for row in register}
    assert {row["id_b"] for row in truth} <= {row["id"] for row in queries}
    assert len({row["id_a"] for row in truth}) == len({row["id_b"] for row in truth}) == len(truth)


def test_most_of_the_moroccan_side_is_in_arabic(made: Path) -> None:
    moroccan = [row for row in rows(made / "a.csv") if row["nat"] == "MA"]
    arabic_ones = sum(row["family"][0] > "\u0600" for row in moroccan)
    assert 0.4 < arabic_ones / len(moroccan) < 0.65


@pytest.mark.parametrize(
    "names", [maghreb.families(), europe.dutch()[2], europe.french()[2]], ids=ORIGINS[:3]
)
def test_enough_family_names_of_each_main_origin(names: list[object]) -> None:
    assert len(names) >= 600


def test_names_are_skewed_as_in_life() -> None:
    people = [one for one in persons(3, 60_000) if one.origin == "maghreb"]
    families = Counter(one.family.arabic[0] for one in people).most_common(1)[0][1] / len(people)
    men = [one.given[0].arabic[0] for one in people if one.sex == "M"]
    assert families < 0.01
    assert 0.03 < Counter(men).most_common(1)[0][1] / len(men) < 0.08


def test_origins_in_their_shares() -> None:
    found = Counter(one.origin for one in persons(5, 20_000))
    for origin, share in zip(ORIGINS, SHARES, strict=True):
        assert abs(found[origin] / 20_000 - share) < 0.02


def test_sound_notation_in_both_scripts() -> None:
    assert arabic("fAWimap") == "فاطمة"
    assert arabic("EuTmAn") == "عثمان"
    assert plain("$AdIyap").latin["fr"][0].startswith("Ch")
    assert plain("$AdIyap").latin["en"][0].startswith("Sh")
    assert servant("raHmAn").latin["fr"][0] == "Abderrahmane"
    assert servant("raHmAn").arabic[0] == "عبد الرحمان"
