"""The traces of a record: they agree with the same person, differ with others, and are salted by the reference."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core.probe.judging import Agreement, Date, Names, Opened, Told, evidence, most
from comity.core.probe.opening import told_of
from comity.core.probe.query import Query, read_query
from comity.core.probe.rules.traces import LETTERS, PARTS, TOWNS, compare, traces_of
from comity.core.probe.sketch import SKETCH_BYTES, read_sketch, sketch_of

SALT = bytes(range(16))


def person(**known: str) -> Query:
    told = {"given": "Zoulikha", "family": "Bourgheda", "dob": "1971-04-12", "pob": "Berkane"}
    return read_query({**told, **known})


def agreed(
    asked: Query, held: Query, salt: bytes = SALT
) -> tuple[bool | None, bool | None, bool | None, float, float]:
    found = compare(asked, traces_of(held, salt), True, salt)
    return found.town, found.month, found.day, found.worse, found.better


@given(st.binary(min_size=16, max_size=16))
def test_a_person_agrees_with_the_own_traces_under_every_reference(salt: bytes) -> None:
    assert agreed(person(), person(), salt) == (True, True, True, 1.0, 1.0)


@given(st.binary(min_size=16, max_size=16), st.integers(0, 40))
def test_a_sketch_reads_as_it_was_made(salt: bytes, bearers: int) -> None:
    made = sketch_of(person(), bearers, salt)
    assert read_sketch(made.to_octets()) == made


@given(st.binary(min_size=SKETCH_BYTES, max_size=SKETCH_BYTES))
def test_octets_are_a_sketch_or_none(octets: bytes) -> None:
    read = read_sketch(octets)
    assert read is None or read.to_octets() == octets


@pytest.mark.parametrize(
    ("at", "most_"), [(0, 7), (1, 15), (2, TOWNS), (3, PARTS * PARTS - 1), (6, 0), (7, 0)]
)
def test_a_sketch_that_says_more_than_it_may_is_none(at: int, most_: int) -> None:
    octets = bytearray(sketch_of(person(), 1, SALT).to_octets())
    octets[at] = most_ + 1
    assert read_sketch(bytes(octets)) is None


def test_a_name_in_the_other_script_agrees_and_a_misspelled_one_nearly_does() -> None:
    held = person(given="Mohamed", family="Benali")
    assert agreed(read_query({"given_ar": "محمد", "family_ar": "بن علي", "dob": "1971"}), held)[4] == 1.0
    salts = [bytes([one]) * 16 for one in range(64)]
    slips = [agreed(person(family="Bourgheba"), person(), salt)[3] for salt in salts]
    others = [agreed(person(family="Tahiri"), person(), salt)[3] for salt in salts]
    assert sum(slips) / 64 > sum(others) / 64 + 0.1


def test_what_one_side_does_not_know_says_nothing() -> None:
    assert agreed(read_query({"family": "Bourgheda", "dob": "1971-01-01"}), person())[:3] == (
        None,
        None,
        None,
    )
    assert compare(person(), traces_of(read_query({"family": "Bourgheda"}), SALT), False, SALT).month is None
    assert agreed(person(pob="Maroc"), person())[0] is None


def test_traces_of_one_person_under_two_references_say_nothing_of_each_other() -> None:
    found = {traces_of(person(), bytes([one]) * 16) for one in range(64)}
    assert len(found) == 64
    towns = {one.town for one in found}
    assert len(towns) > 30
    assert 0 not in towns
    assert all(one.first < 1 << LETTERS and one.month < PARTS for one in found)


def test_letters_that_agree_and_the_own_town_are_evidence_and_no_opening_adds_more_than_is_promised() -> None:
    asked, found = person(), Agreement(Names.ONE, Date.FULL)
    told = told_of(asked)

    def weighed(held: Query) -> float:
        sketch = sketch_of(held, 1, SALT)
        opened = Opened(sketch, compare(asked, sketch.traces, sketch.day, SALT))
        return evidence(found, told, opened, candidates=1)

    promised = evidence(found, told, candidates=1)
    slip, other = person(family="Bourgheba"), person(family="Tahiri", pob="Antwerpen")
    assert weighed(other) < weighed(slip) <= promised + most(found, told)
    assert weighed(person(pob="Antwerpen")) < weighed(person())
    assert Told().day is False
