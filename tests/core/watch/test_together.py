"""One person's enumeration spread over several accounts stands out; what one asker shows alone, or chance makes, does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from comity.core.watch.anomalies import LIMITS, Look, Sign
from comity.core.watch.together import limits_together, together

NOW = datetime(2026, 11, 25, 15, tzinfo=UTC)
ASKERS = ("amina", "jan", "els", "tom")
_numbers = count()
WIDE = limits_together(0)


def look(number: int, **changes: object) -> Look:
    one = next(_numbers)
    values = {"search": f"s{one}", "at": NOW, "person": f"p{one}", "asker": ASKERS[number % len(ASKERS)]}
    return Look(**{**values, **changes})  # type: ignore[arg-type]  # the changes of a test


@pytest.mark.parametrize(
    ("least", "word"),
    [
        (WIDE.name, "name"),
        (WIDE.name, "second_name"),
        (WIDE.document, "document"),
    ],
)
def test_many_share_what_no_one_asker_shows(least: int, word: str) -> None:
    looks = [look(number, **{word: "one"}) for number in range(least)]
    assert together(looks[1:], 50) == ()
    [found] = together(looks, 50)
    assert (found.sign, found.count, len(found.searches)) == (Sign.TOGETHER, least, least)


def test_days_of_birth_in_a_row_count_under_one_name_or_family() -> None:
    days = [
        look(day, family="f", name=f"n{day}", birth=f"d{day}", after=f"d{day + 1}") for day in range(WIDE.run)
    ]
    [found] = together(days, 50)
    assert found.about.startswith("ascending-dates/")
    strangers = [
        look(day, family=f"f{day}", name=f"n{day}", birth=f"d{day}", after=f"d{day + 1}")
        for day in range(WIDE.run)
    ]
    assert together(strangers, 50) == (), "among all whom a desk searches for, chance makes rows of days"


def test_what_one_of_them_shows_alone_is_raised_for_that_one_only() -> None:
    alone = [look(0, name="one", asker="amina") for _ in range(LIMITS.name)]
    others = [look(number, name="one", asker=f"a{number}") for number in range(LIMITS.name)]
    assert together([*alone, *others], 50) == ()
    assert together([look(0, name="one", asker="amina") for _ in range(30)], 50) == ()


def test_one_case_of_one_person_with_many_people_is_no_enumeration() -> None:
    assert together([look(number, name="one", person="p") for number in range(40)], 50) == ()


def test_a_big_desk_meets_common_names() -> None:
    looks = [look(number, name="one", asker=f"a{number}") for number in range(40)]
    assert together(looks, 1_000) != ()
    assert together(looks, 5_000) == ()
    big, small = limits_together(5_000), limits_together(0)
    assert (big.name, big.document, big.run) == (50, 50, 50)
    assert (small.name, small.document, small.run) == (8, 8, 8)


def test_older_and_newer_are_put_in_order() -> None:
    looks = [look(number, name="one", at=NOW - timedelta(minutes=number)) for number in range(WIDE.name)]
    [found] = together(reversed(looks), 50)
    assert found.searches == tuple(each.search for each in looks)
    assert found.latest == NOW


def test_two_who_both_keep_below_their_own_limit_are_seen() -> None:
    most = LIMITS.name - 1
    looks = [look(0, name="one", asker=asker) for asker in ("amina", "jan") for _ in range(most)]
    [found] = together(looks, 50)
    assert found.count == 2 * most == WIDE.name


@pytest.mark.parametrize("word", ["name", "second_name", "family", "second_family"])
def test_days_in_a_row_count_under_any_of_the_names(word: str) -> None:
    days = [look(day, birth=f"d{day}", after=f"d{day + 1}", **{word: "one"}) for day in range(WIDE.run)]
    assert any(each.about == "ascending-dates/d0" for each in together(days, 50))
