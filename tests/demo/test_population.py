from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from tests.core.register.reading import DEFAULTS

from comity.core.register.birth import read_birth
from comity.core.register.formats.csv_ import read_csv
from comity.core.register.formats.reading import Record
from comity.core.register.script import Script, script_of
from comity.demo.name_tables import BELGIAN_PLACES, FAMILIES, MEN, MOROCCAN_PLACES, WOMEN
from comity.demo.population import Damage, Protection, population, shared_persons, write_registers

SEED, PERSONS = 7, 600


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def test_the_seed_decides_everything(tmp_path: Path) -> None:
    first, again, other = (
        write_registers(tmp_path / str(number), PERSONS, seed)
        for number, seed in enumerate((SEED, SEED, SEED + 1))
    )
    assert first.be.read_bytes() == again.be.read_bytes()
    assert first.ma.read_bytes() == again.ma.read_bytes()
    assert first.truth.read_bytes() == again.truth.read_bytes()
    assert first.be.read_bytes() != other.be.read_bytes()


@pytest.mark.parametrize("country", ["BE", "MA"])
def test_every_row_can_be_imported(country: str) -> None:
    rows = list(population(SEED, PERSONS, country))
    assert len({row["id"] for row in rows}) == PERSONS
    lines = [",".join(rows[0])] + [",".join(row.values()) for row in rows]
    read = list(read_csv(["\n".join(lines).encode()], DEFAULTS))
    assert len(read) == PERSONS
    assert all(isinstance(reading, Record) for reading in read)


def test_registers_write_in_their_own_script() -> None:
    assert all(script_of(row["family"]) is Script.LATIN for row in population(SEED, PERSONS, "BE"))
    assert all(script_of(row["family_ar"]) is Script.ARABIC for row in population(SEED, PERSONS, "MA"))


def test_the_truth_names_rows_of_both_files(tmp_path: Path) -> None:
    files = write_registers(tmp_path, PERSONS, SEED)
    be, ma = ({row["id"]: row for row in _read(path)} for path in (files.be, files.ma))
    truth = _read(files.truth)
    assert len(truth) == 12
    for row, shared in zip(truth, shared_persons(SEED, PERSONS), strict=True):
        assert be[row["id_be"]] == shared.be
        assert ma[row["id_ma"]] == shared.ma


def test_damage_is_what_the_truth_says() -> None:
    found: Counter[Damage] = Counter()
    for shared in shared_persons(SEED, 20_000):
        if shared.protected is Protection.MINOR:
            continue
        found[shared.damage] += 1
        right, damaged = read_birth(shared.be["dob"]), read_birth(shared.ma["dob"])
        assert right.year == damaged.year
        expected = {
            Damage.NONE: (right.month, right.day),
            Damage.YEAR_ONLY: (None, None),
            Damage.SWAPPED: (right.day, right.month),
        }
        if shared.damage is Damage.ONE_DIGIT:
            assert damaged.month == right.month
            assert abs((damaged.day or 0) - (right.day or 0)) == 10
        else:
            assert (damaged.month, damaged.day) == expected[shared.damage]
    assert set(found) == set(Damage)


def test_protected_records_stand_in_the_moroccan_register() -> None:
    protected = [shared.protected for shared in shared_persons(SEED, PERSONS)]
    assert Counter(protected) == Counter(
        {Protection.NONE: 9, Protection.WITNESS: 1, Protection.ASYLUM: 1, Protection.MINOR: 1}
    )
    categories = Counter(row["category"] for row in population(SEED, PERSONS, "MA"))
    assert categories["witness"] >= 1


def test_tables_are_whole() -> None:
    for table in (MEN, WOMEN, FAMILIES, MOROCCAN_PLACES, BELGIAN_PLACES):
        assert len({row.arabic for row in table}) == len(table)
        for row in table:
            assert script_of(row.arabic) is Script.ARABIC
            assert len(row.latin) >= 2
            assert all(script_of(name) is Script.LATIN for name in row.latin)
