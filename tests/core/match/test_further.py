"""Columns of a file: what they are worth there, and whom they let meet."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from comity.core.match.records.linking import PersonRecord, link, link_within
from comity.core.match.register.further import (
    DIFFERS,
    FIRST_WORD,
    LEAST_PAIRS,
    WHOLE,
    agreement,
    learned,
    unlearned,
)
from comity.core.match.register.index import MOST_PLACED, RegisterIndex

TRADES = ("judge", "poet", "priest", "painter")


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("TQ13 8DF", "tq13 8df", WHOLE),
        ("tq13 8df", "tq13 8hu", FIRST_WORD),
        ("tq13", "tq13 8hu", FIRST_WORD),
        ("tq13 8df", "ex1 1aa", DIFFERS),
        ("12, Kerkstraat", "12 Dorpsplein", FIRST_WORD),
        ("-", "tq13 8df", None),
        ("", "tq13 8df", None),
    ],
)
def test_values_agree_whole_by_their_first_word_or_not(one: str, other: str, found: int | None) -> None:
    assert agreement(one, other) == agreement(other, one) == found


def test_a_column_that_changes_often_among_pairs_of_one_person_is_worth_less() -> None:
    pairs = [
        (("judge", "tq1 1aa"), ("judge" if k % 10 else "poet", "tq1 1aa" if k % 2 else "ex2 2bb"))
        for k in range(200)
    ]
    steady, loose = learned(pairs, 2)
    assert steady.of(WHOLE, 3.0) > loose.of(WHOLE, 3.0) > 0
    assert steady.of(DIFFERS, 3.0) < loose.of(DIFFERS, 3.0) < 0
    assert steady.of(WHOLE, 9.0) > steady.of(WHOLE, 3.0), "what is rare weighs more"
    assert loose.of(FIRST_WORD, 0.1) == 0, "what is shared never speaks against"


def test_nothing_is_learned_from_a_few_pairs() -> None:
    few = [(("judge",), ("judge",))] * (LEAST_PAIRS - 1)
    assert learned(few, 1) == [unlearned()]
    assert learned([*few, few[0]], 1) != [unlearned()]
    assert learned([(("judge",), ("",))] * 1000, 1) == [unlearned()], "an empty value is no pair"


def people(count: int, *, steady: bool) -> list[PersonRecord]:
    """Return two records of each person, whose trades always agree, or as it happens."""
    draw, rows = random.Random(5), list[PersonRecord]()
    for number in range(count):
        family = (
            "".join(draw.choices("bdfgklmnprstv", k=3)) + "ering" + "".join(draw.choices("bdklmnrst", k=2))
        )
        born = f"19{draw.randrange(10, 99)}-{draw.randrange(2, 13):02d}-{draw.randrange(2, 28):02d}"
        trade = draw.choice(TRADES)
        for place in range(2):
            own = trade if steady else draw.choice(TRADES)
            rows.append(PersonRecord(f"{number}-{place}", "Johan", family, born, further=(own,)))
    return rows


def test_a_file_tells_what_its_columns_are_worth() -> None:
    held = PersonRecord("h", "Johan", "Verbeke", "1950-01-01", further=("poet",))
    asked = PersonRecord("q", "Johan", "Verbeeke", "1950-01-01", further=("judge",))
    found = {}
    for steady in (True, False):
        rows = people(150, steady=steady)
        links = {
            (one.id_a, one.id_b): one.probability for one in link([*rows, held], [*rows, asked], prior=0.5)
        }
        found[steady] = links.get(("h", "q"), 0.0)
    assert found[True] < found[False] - 0.05


def test_in_a_register_full_of_doubles_several_may_be_true() -> None:
    rows = people(40, steady=True)
    asked = [replace(row, id=f"q{row.id}") for row in rows[::4]]
    found: dict[str, list[float]] = {}
    for one in link(rows, asked, prior=0.5):
        if one.id_b[1:].partition("-")[0] == one.id_a.partition("-")[0]:
            found.setdefault(one.id_b, []).append(one.probability)
    assert all(len(each) == 2 and min(each) > 0.9 for each in found.values())
    single = list(link(rows[::2], asked, prior=0.5))
    assert len([one for one in single if one.probability > 0.9]) == len(asked)


def test_a_nickname_and_the_word_of_a_column_let_two_meet_who_share_no_date() -> None:
    rows = [
        PersonRecord("a", "William", "Linton", further=("poet", "hd9 1jb")),
        PersonRecord("b", "Bill", "Linton", further=("poet", "hd9 2lj")),
        PersonRecord("c", "Bill", "Linton", further=("judge", "ex5 5xx")),
    ]
    found = {(one.id_a, one.id_b) for one in link_within(rows, prior=0.9)}
    assert ("a", "b") in found


def test_what_is_common_in_a_column_is_no_key() -> None:
    index = RegisterIndex()
    for number in range(MOST_PLACED + 1):
        one = PersonRecord("", f"Johan{'abcdefgh'[number % 8]}", "Peeters", further=("poet",))
        index.add(number, one.described())
    other = PersonRecord("q", "Mustapha", "Peeters", further=("poet",)).described()
    assert not len(index.candidates(other))
    few = RegisterIndex()
    for number in range(20):
        few.add(number, PersonRecord("", "Johan", "Peeters", further=("poet",)).described())
    assert len(few.candidates(other)) == 20
