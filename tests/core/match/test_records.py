"""Records linked: what a date, a place and a rival change, and what a broken file does."""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.datasets import FOLDER

from comity.core.match.records.dates import DateAgreement, compare_dates, read_date
from comity.core.match.records.linking import PersonRecord, link, link_within
from comity.core.match.records.tables import PLAIN, read_mapping, read_records
from comity.core.match.register.index import RegisterIndex
from comity.errors import InputError

HELD = PersonRecord("a", "Rachid", "El Amrani", "1981-04-12", "Nador", "M", "MA")
OTHERS = [
    PersonRecord("b", "Rachid", "El Amrani", "1959-11-30", "Fès", "M", "MA"),
    PersonRecord("c", "Samira", "El Amrani", "1981-04-12", "Nador", "F", "MA"),
    PersonRecord("d", "Jan", "Peeters", "1975-01-01", "Gent", "M", "BE"),
]
ASKED = PersonRecord("q", "رشيد", "العمراني", "1981-04-12", "الناظور", "M", "MA")


def probability(asked: PersonRecord, id_a: str = "a", prior: float = 0.5) -> float:
    return {one.id_a: one.probability for one in link([HELD, *OTHERS], [asked], prior=prior)}.get(id_a, 0.0)


def test_the_person_is_found_across_scripts_and_not_his_namesake_nor_his_sister() -> None:
    assert probability(ASKED) > 0.95
    assert probability(ASKED, "b") < 0.05
    assert probability(ASKED, "c") < 0.05


def test_a_matching_date_never_lowers_the_probability() -> None:
    matching = probability(ASKED)
    for date in ("", "1981", "1981-12-04", "1981-04-13", "1981-01-01", "1990-07-07"):
        assert probability(replace(ASKED, dob=date)) <= matching


def test_the_prior_moves_the_probability() -> None:
    loose = replace(ASKED, dob="", pob="")
    assert probability(loose, prior=0.01) < probability(loose, prior=0.5) < probability(loose, prior=0.99)


def test_a_stranger_is_not_linked() -> None:
    assert list(link([HELD, *OTHERS], [PersonRecord("q", "Wim", "Claes", "1990-05-05")], prior=0.5)) == []
    assert list(link([], [ASKED], prior=0.5)) == []


@pytest.mark.parametrize(
    ("first", "second", "agreement"),
    [
        ("1981-04-12", "12/04/1981", DateAgreement.EXACT),
        ("1981-04-12", "19810412", DateAgreement.EXACT),
        ("1981-04-12", "١٩٨١-٠٤-١٢", DateAgreement.EXACT),
        ("1981-04-12", "1981-12-04", DateAgreement.SWAPPED),
        ("1981-04-12", "1981", DateAgreement.YEAR_ONLY),
        ("1981-04-12", "1981-01-01", DateAgreement.YEAR_ONLY),
        ("1981-01-01", "1981-01-01", DateAgreement.FIRST_JANUARY),
        ("1981", "1981", DateAgreement.YEAR_ONLY),
        ("1981-04-12", "1971-04-12", DateAgreement.ONE_DIGIT),
        ("1981-04-12", "1981-04-21", DateAgreement.ONE_DIGIT),
        ("1981-04-12", "1978-04-12", DateAgreement.ONE_PART),
        ("1981-04-12", "1981-04-30", DateAgreement.ONE_PART),
        ("1981", "1982-03-04", DateAgreement.YEAR_NEAR),
        ("1981-01-01", "1982", DateAgreement.YEAR_NEAR),
        ("1981-01-01", "1984-06-20", DateAgreement.DIFFERENT),
        ("1402-06-08", "1982-04-02", DateAgreement.EXACT),
        ("08/06/1402", "1982-04-02", DateAgreement.EXACT),
        ("1402", "1982-04-02", DateAgreement.YEAR_NEAR),
        ("1981-04-12", "1981-06-20", DateAgreement.YEAR_EQUAL),
        ("1981-04-12", "1960-06-20", DateAgreement.DIFFERENT),
        ("1981-04-12", "soon", DateAgreement.MISSING),
    ],
)
def test_dates(first: str, second: str, agreement: DateAgreement) -> None:
    assert compare_dates(read_date(first), read_date(second)) is agreement
    assert compare_dates(read_date(second), read_date(first)) is agreement


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_none(text: str) -> None:
    assert len(read_date(text)) == 3


def test_a_mapping_of_further_columns() -> None:
    mapping = read_mapping('further = ["zip"]\n[columns]\nid = "n"\ngiven = "first"\n')
    rows = [b"n,first,zip\n", b"1,Ali,1000\n", b"2,Ali\n", b"\xff,x,y\n", b"3,Sara,2000\n"]
    faults: list[tuple[int, str]] = []
    found = list(read_records(rows, mapping, faults))
    assert [(one.id, one.given, one.further) for one in found] == [
        ("1", "Ali", ("1000",)),
        ("3", "Sara", ("2000",)),
    ]
    assert sorted(faults) == [(3, "match.ragged"), (4, "match.encoding")]


@pytest.mark.parametrize(
    "text", ["x", "[columns]\ngiven = 'g'", "[columns]\nid = 1", "[columns]\nid='i'\nage='a'"]
)
def test_a_mapping_that_says_nothing(text: str) -> None:
    with pytest.raises(InputError, match="match.mapping"):
        read_mapping(text)


def test_a_field_without_end_is_named_and_the_rest_is_kept() -> None:
    faults: list[tuple[int, str]] = []
    rows = [b"id,given\n", b"1,Ali\n", b"2," + b"x" * 200_000 + b"\n", b"3,Sara\n"]
    assert [one.id for one in read_records(rows, PLAIN, faults)] == ["1", "3"]
    assert faults == [(3, "match.ragged")]


def test_a_file_without_header() -> None:
    with pytest.raises(InputError, match="match.empty"):
        list(read_records([], PLAIN, []))
    with pytest.raises(InputError, match="match.header"):
        list(read_records([b"name,age\n"], PLAIN, []))


def test_development_records() -> None:
    """The weights were fitted on these records: a bound against decay, no measure of quality."""
    folder = FOLDER / "records" / "bema20k"
    if not folder.exists():
        pytest.skip("development data are not at hand: records")
    a, b = (
        [*read_records((folder / name).read_bytes().splitlines(keepends=True), PLAIN, [])]
        for name in ("a.csv", "b.csv")
    )
    with (folder / "truth.csv").open(encoding="utf-8") as lines:
        truth = {(row["id_a"], row["id_b"]) for row in csv.DictReader(lines)}
    found = {(one.id_a, one.id_b) for one in link(a, b, prior=0.8) if one.probability >= 0.5}
    assert len(found & truth) / len(truth) > 0.98
    assert len(found & truth) / len(found) > 0.98


def test_a_file_is_searched_for_its_own_duplicates_and_several_may_be_one_person() -> None:
    again = [
        replace(HELD, id=f"again-{number}", given=given) for number, given in enumerate(("Rachied", "رشيد"))
    ]
    found = {(one.id_a, one.id_b): one.probability for one in link_within([HELD, *OTHERS, *again], prior=0.5)}
    for pair in (("a", "again-0"), ("a", "again-1"), ("again-0", "again-1")):
        assert found[pair] > 0.9
    assert not any(first == second for first, second in found)
    assert max(probability for pair, probability in found.items() if "c" in pair or "b" in pair) < 0.5


def test_a_rare_value_shared_in_a_further_column_weighs_more_than_a_common_one() -> None:
    index = RegisterIndex()
    for number in range(40):
        columns = ("rare" if number == 1 else "common", "x")
        index.add(number, PersonRecord("", "Sara", "Family", further=columns).described())
    weights = {}
    for number, value in ((1, "rare"), (2, "common")):
        asked = PersonRecord("q", "Sara", "Family", further=(value, "x")).described()
        hits = index.search(asked, prior=0.99, several=True).hits
        reasons = next(hit.reasons for hit in hits if hit.identity == number)
        weights[value] = {one.feature: one.weight for one in reasons}["further"]
    assert weights["rare"] > weights["common"] >= 0
