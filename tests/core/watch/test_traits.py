"""What two searches have in common: names across scripts and spellings, dates, stems of numbers; and what is no case."""

from __future__ import annotations

import pytest

from comity.core.probe.query import PartialDate, Query, WrittenName, read_query
from comity.core.watch.traits import is_case, traits_of


def test_another_script_or_spelling_is_the_same_name() -> None:
    latin = traits_of(read_query({"given": "Youssef", "family": "Benjelloun", "dob": "1984-05-17"}))
    arabic = traits_of(read_query({"given_ar": "يوسف", "family_ar": "بنجلون", "dob": "1984-05-17"}))
    assert latin.name == arabic.name
    assert latin.family == arabic.family
    swapped = traits_of(read_query({"given": "Benjelloun", "family": "Youssef"}))
    assert swapped.name == latin.name


def test_another_person_of_the_family_shares_the_family_only() -> None:
    one = traits_of(read_query({"given": "Youssef", "family": "Benjelloun", "dob": "1984-05-17"}))
    two = traits_of(read_query({"given": "Karima", "family": "Benjelloun", "dob": "1984-05-17"}))
    assert (one.family, one.birth) == (two.family, two.birth)
    assert one.name != two.name
    assert one.person != two.person


@pytest.mark.parametrize(
    ("dob", "after"),
    [
        ("1984-05-17", "1984-05-18"),
        ("1999-12-31", "2000-01-01"),
        ("1984-05", ""),
        ("1984", ""),
    ],
)
def test_the_day_after_a_whole_date(dob: str, after: str) -> None:
    assert traits_of(read_query({"family": "X", "dob": dob})).after == after


def test_a_day_that_the_calendar_does_not_have_has_none_after_it() -> None:
    """Nobody types one any more; a search that was stored before may hold one."""
    birth = PartialDate(year=1983, month=2, day=30)
    assert traits_of(Query(names=(WrittenName(family="X"),), births=(birth,))).after == ""


def test_neighbouring_numbers_share_their_stem() -> None:
    one, two = (traits_of(read_query({"document": number})) for number in ("BK-482 913", "bk482914"))
    assert one.document == two.document == "bk482"
    assert one.person != two.person
    assert traits_of(read_query({"document": "123456"})).document == "", (
        "too short a stem is shared by chance"
    )


@pytest.mark.parametrize("text", ["none", "N/A", "-", "xxx", "0000", " Test ", "Geen"])
def test_what_stands_where_there_is_no_case(text: str) -> None:
    assert not is_case(text)


@pytest.mark.parametrize("text", ["BE-2026-117", "Operation Atlas", "12"])
def test_a_case(text: str) -> None:
    assert is_case(text)


def test_nonsense_beside_a_name_hides_no_name() -> None:
    """A search compares every name that it is given: whoever writes one of them at random varies only that."""
    known = {"given_ar": "يوسف", "family_ar": "بنجلون"}
    one = traits_of(read_query({"given": "Qqq", "family": "Wxyz", "dob": "1984-05-17", **known}))
    two = traits_of(read_query({"given": "Zzrt", "family": "Vbnm", "dob": "1984-05-18", **known}))
    plain = traits_of(read_query({**known, "dob": "1984-05-19"}))
    assert one.name != two.name
    assert one.second_name == two.second_name == plain.name
    assert one.second_family == two.second_family == plain.family
    assert one.person != two.person


def test_one_name_in_two_scripts_is_one_name() -> None:
    both = traits_of(
        read_query({"given": "Youssef", "family": "Benjelloun", "given_ar": "يوسف", "family_ar": "بنجلون"})
    )
    assert both.second_name == ""
    assert both.person == traits_of(read_query({"given": "Youssef", "family": "Benjelloun"})).person


def test_another_date_is_another_person() -> None:
    one, two = (traits_of(read_query({"family": "X", "dob": day})) for day in ("1984-05-17", "1984-05-18"))
    assert one.person != two.person


def test_a_family_is_told_apart_only_beside_a_given_name() -> None:
    assert traits_of(read_query({"family": "Benjelloun"})).family == ""
    assert traits_of(read_query({"family": "Benjelloun"})).name != ""


@pytest.mark.parametrize(("number", "stem"), [("BK12345", "bk12"), ("K12345", "")])
def test_a_stem_has_four_signs(number: str, stem: str) -> None:
    assert traits_of(read_query({"document": number})).document == stem
