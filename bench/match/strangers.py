"""False hits: what `comity match records` says about people who are not in the register.

A register of fictitious people is searched for people whom it has, for strangers, and for near strangers (brothers, twins,
fathers, namesakes of somebody registered), with more and more of a query filled in. The prior is 0.5; what a probability is
worth at the base rate follows from the shares of false and true hits. ``bench.people`` makes all of them.
"""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from bench.match.figures import interval
from bench.people.persons import Person, persons
from bench.people.writing import COLUMNS, asked, registered

BASE_RATE = 37_000
"""Searches for one true hit in the field's published figures (see `docs/matching-measured.md`)."""

THRESHOLDS = (0.5, 0.9, 0.99, 0.999)
GROUPED_AT = 0.5
SHOWN = {
    "name": ("given", "family"),
    "name, year": ("given", "family", "year"),
    "name, date": ("given", "family", "dob"),
    "name, date, place": ("given", "family", "dob", "pob"),
    "all": ("given", "family", "dob", "pob", "sex", "nat"),
}
"""Completeness of a query -> what of it is shown; `year` is the first four signs of the date."""

KIN = ("namesake", "brother or sister", "twin", "parent")


@dataclass(frozen=True, slots=True)
class Query:
    """A query, what it is about, and the register's record that is the person or the near stranger, if there is one."""

    row: tuple[str, ...]
    kind: str
    origin: str
    sex: str
    script: str
    target: str


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many persons, strangers, persons present and near strangers of each kind."""

    register: int = 100_000
    strangers: int = 40_000
    present: int = 8_000
    kin: int = 1_500
    seed: int = 37


def measured(work: Path, sizes: Sizes) -> dict[str, Any]:
    """Return shares of false and true hits by completeness, and by group of people, and for near strangers."""
    scripts = _register(work / "a.csv", sizes)
    queries = _queries(scripts, sizes)
    results: dict[str, Any] = {
        "register": sizes.register,
        "queries": dict(Counter(query.kind for query in queries)),
        "prior_of_the_command": 0.5,
        "base_rate": f"1 in {BASE_RATE}",
        "by_completeness": {},
        "by_group": {},
        "near_strangers_at_" + str(GROUPED_AT): {},
    }
    for shown, columns in SHOWN.items():
        links = _links(work, queries, columns)
        results["by_completeness"][shown] = _by_threshold(queries, links)
        results["by_group"][shown] = _by_group(queries, links, scripts)
        results["near_strangers_at_" + str(GROUPED_AT)][shown] = _near(queries, links)
    results["prior_at_base_rate"] = _prior_at_base_rate(work, queries)
    return results


def _prior_at_base_rate(work: Path, queries: Sequence[Query]) -> dict[str, Any]:
    """Return what the command says of complete queries when its prior is the base rate itself."""
    links = _links(work, queries, SHOWN["all"], prior=1 / BASE_RATE)
    of = {query.row[0]: query for query in queries}
    told = [
        (odds, record == of[number].target, of[number].kind)
        for number in links
        for record, odds in links[number]
    ]
    return {
        "highest_probability": max((odds for odds, *_ in told), default=0.0),
        "links_from_half": sum(odds >= 0.5 for odds, *_ in told),
        "present_with_a_link_from_0.01": sum(kind == "present" and true for _, true, kind in told),
        "strangers_links_from_0.01": sum(kind == "stranger" for *_, kind in told),
    }


def _register(path: Path, sizes: Sizes) -> dict[str, tuple[Person, str]]:
    """Write the register; return of each record its person and script."""
    clerk, found = Random(f"{sizes.seed}/register"), {}
    with path.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(COLUMNS)
        for number, person in enumerate(persons(sizes.seed, sizes.register)):
            written = registered(number, person, clerk)
            rows.writerow(written.row)
            found[written.row[0]] = (person, written.script)
    return found


def _queries(register: dict[str, tuple[Person, str]], sizes: Sizes) -> list[Query]:
    luck = Random(f"{sizes.seed}/queries")
    found: list[Query] = []

    def add(person: Person, kind: str, script: str, target: str) -> None:
        written = asked(len(found), person, script, luck)
        found.append(Query(written.row, kind, person.origin, person.sex, written.script, target))

    for target in luck.sample(sorted(register), sizes.present):
        add(register[target][0], "present", register[target][1], target)
    for person in persons(sizes.seed + 1_000_003, sizes.strangers):
        add(person, "stranger", registered(0, person, luck).script, "")
    givers = iter(persons(sizes.seed + 2_000_003, 80 * sizes.kin))
    for kind in KIN:
        for target in luck.sample(sorted(register), sizes.kin):
            person, script = register[target]
            giver = _giver(givers, person)
            add(_kin(person, giver, kind, luck), kind, script, target)
    return found


def _giver(givers: Iterator[Person], person: Person) -> Person:
    """Return a person of the same origin and sex and another given name."""
    return next(
        one
        for one in givers
        if (one.origin, one.sex) == (person.origin, person.sex) and one.given[0] is not person.given[0]
    )


def _kin(person: Person, giver: Person, kind: str, luck: Random) -> Person:
    """Make a near stranger: of the same family and place, with what a relative does not share taken from another."""
    year, month, day = person.born
    if kind == "namesake":
        return replace(person, born=giver.born if giver.born != person.born else (year - 1, month, day))
    if kind == "twin":
        return replace(person, given=giver.given)
    if kind == "parent":
        return replace(person, given=giver.given, born=(year - luck.randint(20, 40), *giver.born[1:]))
    return replace(
        person,
        given=giver.given,
        born=(year + luck.choice((-3, -2, -1, 1, 2, 3)), *giver.born[1:]),
    )


Links = dict[str, list[tuple[str, float]]]


def _links(work: Path, queries: Sequence[Query], columns: Sequence[str], prior: float = 0.5) -> Links:
    """Return query -> (record, probability) by the product's command."""
    with (work / "b.csv").open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(COLUMNS)
        for query in queries:
            values = dict(zip(COLUMNS, query.row, strict=True))
            date = values["dob"] if "dob" in columns else values["dob"][:4] if "year" in columns else ""
            rows.writerow(
                [values["id"]]
                + [date if name == "dob" else values[name] if name in columns else "" for name in COLUMNS[1:]]
            )
    words = [sys.executable, "-m", "comity.cli", "match", "records", str(work / "a.csv"), str(work / "b.csv")]
    subprocess.run([*words, "--out", str(work / "links.csv"), "--prior", f"{prior:.9f}"], check=True)
    found: Links = defaultdict(list)
    with (work / "links.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            found[row["id_b"]].append((row["id_a"], float(row["probability"])))
    return found


def _by_threshold(queries: Sequence[Query], links: Links) -> dict[str, Any]:
    strangers = [query for query in queries if query.kind == "stranger"]
    present = [query for query in queries if query.kind == "present"]
    found = {}
    for threshold in THRESHOLDS:
        false = sum(_hits(query, links, threshold) > 0 for query in strangers)
        hits = sum(_hits(query, links, threshold) for query in strangers)
        true = sum(_reached(query, links, threshold) for query in present)
        found[str(threshold)] = _shares(false, hits, len(strangers), true, len(present))
    return found


def _shares(false: int, hits: int, strangers: int, true: int, present: int) -> dict[str, Any]:
    """Return shares with their interval, and false hits for one true hit at the base rate."""
    low, high = interval(false, strangers)
    recall = true / max(1, present)
    each = hits / max(1, strangers) * (BASE_RATE - 1)
    return {
        "strangers": strangers,
        "strangers_with_a_false_hit": false,
        "false_positive_rate": round(false / max(1, strangers), 6),
        "false_positive_rate_95": [round(low, 6), round(high, 6)],
        "present_found": round(recall, 4),
        "false_hits_per_true_hit_at_base_rate": round(each / recall, 2) if recall else None,
        "at_most_95": round(high * max(1.0, hits / max(1, false)) * (BASE_RATE - 1) / recall, 2)
        if recall
        else None,
    }


def _hits(query: Query, links: Links, threshold: float) -> int:
    return sum(odds >= threshold for _, odds in links.get(query.row[0], ()))


def _reached(query: Query, links: Links, threshold: float) -> bool:
    return any(record == query.target and odds >= threshold for record, odds in links.get(query.row[0], ()))


def _by_group(
    queries: Sequence[Query], links: Links, register: dict[str, tuple[Person, str]]
) -> dict[str, Any]:
    """Return the shares of each group at `GROUPED_AT`; `unfair` where the whole's share lies outside the interval."""
    ways: dict[str, Callable[[Query], str]] = {
        "origin and sex": lambda query: f"{query.origin}, {query.sex}",
        "script of the query": lambda query: query.script,
        "query and register": lambda query: (
            f"{query.script} in {register[query.target][1]}" if query.target else ""
        ),
    }
    strangers = [query for query in queries if query.kind == "stranger"]
    present = [query for query in queries if query.kind == "present"]
    whole_false = sum(_hits(query, links, GROUPED_AT) > 0 for query in strangers) / len(strangers)
    whole_true = sum(_reached(query, links, GROUPED_AT) for query in present) / len(present)
    found: dict[str, Any] = {}
    for way, group in ways.items():
        for name in sorted({group(query) for query in present}):
            those = [query for query in strangers if group(query) == name]
            found[f"{way}: {name}"] = _group(
                those, [query for query in present if group(query) == name], links, whole_false, whole_true
            )
    for script in ("arabic", "latin"):
        for other in ("arabic", "latin"):
            those = [query for query in strangers if query.script == script]
            false = sum(_hit_in(query, links, register, other) for query in those)
            found[f"query and register: {script} in {other}"] |= {
                "strangers": len(those),
                "strangers_with_a_false_hit": false,
                "false_positive_rate": round(false / len(those), 6),
            }
    return found


def _hit_in(query: Query, links: Links, register: dict[str, tuple[Person, str]], script: str) -> bool:
    return any(
        odds >= GROUPED_AT and register[record][1] == script for record, odds in links.get(query.row[0], ())
    )


def _group(
    strangers: Iterable[Query], present: Sequence[Query], links: Links, whole_false: float, whole_true: float
) -> dict[str, Any]:
    those = list(strangers)
    false = sum(_hits(query, links, GROUPED_AT) > 0 for query in those)
    true = sum(_reached(query, links, GROUPED_AT) for query in present)
    low, high = interval(false, len(those))
    least, most = interval(true, len(present))
    unfair = []
    if those and low > whole_false:
        unfair.append("more false hits")
    if most < whole_true:
        unfair.append("missed more often")
    return {
        "strangers": len(those),
        "strangers_with_a_false_hit": false,
        "false_positive_rate": round(false / max(1, len(those)), 6),
        "false_positive_rate_95": [round(low, 6), round(high, 6)],
        "present": len(present),
        "present_found": round(true / len(present), 4),
        "present_found_95": [round(least, 4), round(most, 4)],
        "unfair": unfair,
    }


def _near(queries: Sequence[Query], links: Links) -> dict[str, Any]:
    """Return for each kind of near stranger the share taken for the person they are near to."""
    found = {}
    for kind in KIN:
        those = [query for query in queries if query.kind == kind]
        taken = sum(_reached(query, links, GROUPED_AT) for query in those)
        low, high = interval(taken, len(those))
        found[kind] = {
            "queries": len(those),
            "taken_for_the_other": round(taken / len(those), 4),
            "taken_95": [round(low, 4), round(high, 4)],
        }
    return found
