"""Names that our rules did not make, in both scripts and both directions, through the whole protocol."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator

import pytest
from tests import datasets
from tests.core.probe.simulated import simulate

from comity.core.probe.opening import Strength
from comity.core.probe.query import PartialDate, Query, WrittenName, read_query
from comity.core.probe.rules.commonness import Commonness
from comity.core.probe.rules.profile import CP1
from comity.core.probe.rules.tokens import Token, index_tokens, query_tokens

PAIRS = datasets.FOLDER / "names" / "ar_lat_maghreb.dev.tsv"
RECORDS = datasets.FOLDER / "records" / "bema20k"

needs_pairs = pytest.mark.skipif(not PAIRS.exists(), reason=f"development data not at hand: {PAIRS}")
needs_records = pytest.mark.skipif(not RECORDS.exists(), reason=f"development data not at hand: {RECORDS}")


def held_out() -> Iterator[tuple[str, str, PartialDate]]:
    """Yield Arabic name, Latin name, invented birth date of the family names kept away from tuning."""
    with PAIRS.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            arabic, latin, label, _ = line.rstrip("\n").split("\t")
            family = hashlib.sha256(arabic.split()[-1].encode()).digest()
            if label == "1" and family[0] < 10:
                spread = int.from_bytes(hashlib.sha256(f"{number}".encode()).digest()[:4], "big")
                date = PartialDate(year=1950 + spread % 50, month=1 + spread % 12, day=2 + spread % 27)
                yield arabic, latin, date


KNOWN = Commonness()


def tokens_of(query: Query) -> list[Token]:
    return [token for own in query_tokens(CP1, KNOWN, query).values() for token in own]


def described(name: str, date: PartialDate) -> Query:
    return Query(names=(WrittenName(family=name),), births=(date,))


@needs_pairs
@pytest.mark.parametrize("direction", ["latin-asks-arabic", "arabic-asks-latin"])
def test_nearly_all_held_out_people_are_hits(direction: str) -> None:
    rows = list(held_out())[:250]
    assert len(rows) >= 200
    turned = direction == "arabic-asks-latin"
    records = [
        (str(n), described(latin if turned else arabic, date)) for n, (arabic, latin, date) in enumerate(rows)
    ]
    queries = [described(arabic if turned else latin, date) for arabic, latin, date in rows]
    world = simulate(records)
    hits = 0
    for number, query in enumerate(queries):
        strength, counted, _ = world.search(query)
        right = str(number) in {world.uids[one.reference] for one in counted}
        hits += strength is Strength.HIT and right
    assert hits / len(rows) >= 0.94


@needs_pairs
def test_people_who_share_one_name_do_not_share_tokens_of_both() -> None:
    shared = total = 0
    date = PartialDate(year=1980, month=3, day=4)
    names_rules = {"names-year", "names-decade"}
    with PAIRS.open(encoding="utf-8") as lines:
        for line in list(lines)[::5]:
            left, right, label, source = line.rstrip("\n").split("\t")
            if label == "0" and source in ("neg:samefam", "neg:samegiven"):
                index = {
                    t.octets for t in index_tokens(CP1, KNOWN, described(left, date)) if t.rule in names_rules
                }
                total += 1
                shared += any(t.octets in index for t in tokens_of(described(right, date)))
    assert total > 1000
    assert shared / total < 0.02


@needs_records
def test_damaged_records_are_found_and_strangers_are_not_hits() -> None:
    with (RECORDS / "a.csv").open(encoding="utf-8") as lines:
        register = list(csv.DictReader(lines))[:4000]
    with (RECORDS / "b.csv").open(encoding="utf-8") as lines:
        asked = {row["id"]: row for row in csv.DictReader(lines)}
    with (RECORDS / "truth.csv").open(encoding="utf-8") as lines:
        truth = {row["id_b"]: row["id_a"] for row in csv.DictReader(lines)}
    slots: dict[bytes, list[str]] = {}
    for row in register:
        uid = row.pop("id")
        for token in index_tokens(CP1, KNOWN, read_query(row)):
            entries = slots.setdefault(token.octets, [])
            if len(entries) < CP1.rule(token.rule).slots:
                entries.append(uid)
    present = {uid for entries in slots.values() for uid in entries}
    known = {b: a for b, a in truth.items() if a in present}
    found = 0
    for b, a in known.items():
        row = {key: value for key, value in asked[b].items() if key != "id"}
        opened = {uid for token in tokens_of(read_query(row)) for uid in slots.get(token.octets, ())}
        found += a in opened
    assert len(known) > 1500
    assert found / len(known) >= 0.95
