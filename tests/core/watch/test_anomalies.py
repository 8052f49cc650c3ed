"""Which searches stand out: each sign from its limit on, and not one search before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from comity.core.watch.anomalies import (
    LIMITS,
    WINDOW,
    Anomaly,
    Look,
    Sign,
    Told,
    Usual,
    anomalies,
    is_late,
    is_news,
)

NOW = datetime(2026, 11, 25, 15, tzinfo=UTC)
"""A Wednesday."""

_numbers = count()


def look(**changes: object) -> Look:
    number = next(_numbers)
    values = {
        "search": f"s{number}",
        "at": NOW - timedelta(minutes=1),
        "person": f"p{number}",
        "name": f"n{number}",
    }
    return Look(**{**values, **changes})  # type: ignore[arg-type]  # the changes of a test


def signs(looks: list[Look], usual: Usual = Usual()) -> dict[Sign, Anomaly]:  # noqa: B008  a frozen value
    return {one.sign: one for one in anomalies(looks, usual, NOW)}


def test_ordinary_work_stands_out_by_nothing() -> None:
    assert signs([look(family="f", birth="b", after="c") for _ in range(3)]) == {}


@pytest.mark.parametrize(
    ("sign", "least", "changes"),
    [
        (Sign.VOLUME, LIMITS.volume, {}),
        (Sign.NAME, LIMITS.name, {"name": "one"}),
        (Sign.FAMILY, LIMITS.family, {"family": "one"}),
        (Sign.BIRTHDAY, LIMITS.birthday, {"birth": "one", "after": "two"}),
        (Sign.DOCUMENT, LIMITS.document, {"document": "one"}),
        (Sign.UNCASED, LIMITS.uncased, {"cased": False}),
        (Sign.UNJUSTIFIED, LIMITS.unjustified, {"justified": False}),
        (Sign.PROFESSION, 1, {"person": "p", "profession": "lawyer"}),
    ],
)
def test_each_sign_from_its_limit_on(sign: Sign, least: int, changes: dict[str, object]) -> None:
    looks = [look(**changes) for _ in range(least)]
    assert sign not in signs(looks[1:])
    found = signs(looks)
    assert set(found) == {sign}
    assert found[sign].count == least
    assert set(found[sign].searches) == {one.search for one in looks}


def test_volume_is_measured_against_the_usual_of_the_asker_and_of_the_desk() -> None:
    looks = [look() for _ in range(40)]
    assert Sign.VOLUME in signs(looks, Usual(own=10, desk=12))
    assert Sign.VOLUME not in signs(looks, Usual(own=10, desk=14)), (
        "no more than three times the desk's usual"
    )
    assert Sign.VOLUME not in signs(looks, Usual(own=20, desk=1))


def test_the_same_person_again_is_no_enumeration() -> None:
    again = [look(person="p", name="n", family="f", birth="b", after="c", document="d") for _ in range(20)]
    assert signs(again) == {}


def test_a_year_alone_is_no_birthday() -> None:
    assert signs([look(birth="1984") for _ in range(20)]) == {}


def test_dates_one_after_the_other_in_any_order() -> None:
    days = [look(birth=f"d{day}", after=f"d{day + 1}") for day in (3, 1, 5, 2, 4)]
    found = signs(days)[Sign.RUN]
    assert (found.count, found.about) == (5, "d1")
    gap = [one for one in days if one.birth != "d3"]
    assert Sign.RUN not in signs(gap)


def test_dates_that_run_in_a_circle_end() -> None:
    circle = [look(birth=f"d{day}", after=f"d{(day + 1) % 6}") for day in range(6)]
    assert Sign.RUN not in signs(circle), "words made up so that no date is the first"


def test_what_is_older_than_the_window_does_not_count() -> None:
    looks = [look(name="one") for _ in range(LIMITS.name)]
    old = replace(looks[0], at=NOW - WINDOW)
    assert signs([old, *looks[1:]]) == {}


def test_yesterday_counts_for_names_and_not_for_the_day() -> None:
    looks = [look(name="one", cased=False) for _ in range(LIMITS.name)]
    before = replace(looks[0], at=NOW - timedelta(days=1))
    assert set(signs([before, *looks[1:]])) == {Sign.NAME}


def test_a_profession_is_louder_when_the_person_is_asked_for_because_of_others() -> None:
    own = look(person="p", profession="journalist")
    assert set(signs([own])) == {Sign.PROFESSION}
    found = signs([own, look(person="p", profession="journalist", at_odds=True)])
    assert set(found) == {Sign.AT_ODDS}
    assert (found[Sign.AT_ODDS].code, found[Sign.AT_ODDS].count) == ("journalist", 2)


def test_the_hour_adds_weight_and_is_no_sign() -> None:
    night = NOW.replace(hour=2)
    assert signs([look(at=night) for _ in range(10)]) == {}
    found = signs([look(at=night, justified=False), look(justified=False)])
    assert (found[Sign.UNJUSTIFIED].count, found[Sign.UNJUSTIFIED].late) == (2, 1)


@pytest.mark.parametrize(
    ("at", "late"),
    [
        (datetime(2026, 11, 25, 6, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 25, 5, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 25, 19, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 28, 12, 0, tzinfo=UTC), True),
    ],
)
def test_hours_of_work(at: datetime, late: bool) -> None:
    assert is_late(at) is late


def test_a_name_written_second_is_counted_with_those_written_first() -> None:
    hidden = [look(second_name="one", second_family="f") for _ in range(LIMITS.name - 1)]
    assert signs(hidden) == {}
    found = signs([*hidden, look(name="one")])
    assert set(found) == {Sign.NAME}
    assert found[Sign.NAME].count == LIMITS.name
    families = [look(second_name=f"s{number}", second_family="f") for number in range(LIMITS.family)]
    assert set(signs(families)) == {Sign.FAMILY}


LATER = NOW + timedelta(minutes=1)


def told(count: int = 5, settled: datetime | None = None) -> Told:
    return Told(count, NOW, settled)


def of(sign: Sign, count: int, latest: datetime | None = LATER) -> Anomaly:
    return Anomaly(sign, count, ("s",), "about", latest=latest)


def test_what_was_told_is_told_again_when_there_is_twice_as_much() -> None:
    assert is_news(of(Sign.NAME, 10), told(), LATER)
    assert not is_news(of(Sign.NAME, 9), told(), LATER)
    earlier = NOW - timedelta(seconds=1)
    assert not is_news(of(Sign.NAME, 10, earlier), told(), LATER), "it was told of later ones"
    assert is_news(of(Sign.FEW_FOLLOWED, 10, None), told(), LATER)


@pytest.mark.parametrize("sign", [Sign.PROFESSION, Sign.AT_ODDS])
@pytest.mark.parametrize("settled", [None, NOW])
def test_each_search_for_a_protected_profession_is_told(sign: Sign, settled: datetime | None) -> None:
    assert is_news(of(sign, 3), told(2, settled), LATER)
    assert is_news(of(sign, 1), told(2, settled), LATER), "an older one has left the window"
    assert not is_news(of(sign, 3, NOW), told(2, settled), LATER)


def test_a_settlement_says_nothing_of_the_next_month() -> None:
    month = NOW + WINDOW
    assert is_news(of(Sign.NAME, 5, month), told(settled=NOW), month)
    assert not is_news(of(Sign.NAME, 5, LATER), told(settled=NOW), month - timedelta(seconds=1))
    assert not is_news(of(Sign.NAME, 5, month), told(), month), "it stands there still"


def test_more_than_three_times_the_usual_and_not_as_much() -> None:
    usual = Usual(own=10, desk=12)
    assert Sign.VOLUME not in signs([look() for _ in range(36)], usual)
    assert Sign.VOLUME in signs([look() for _ in range(37)], usual)


def test_the_newest_search_is_named_first() -> None:
    looks = [look(name="one", at=NOW - timedelta(minutes=minute)) for minute in (9, 1, 5, 3, 7)]
    newest = sorted(looks, key=lambda each: each.at, reverse=True)
    assert signs(looks)[Sign.NAME].searches == tuple(each.search for each in newest)


def test_only_what_is_in_a_row_is_named() -> None:
    days = [look(birth=f"d{day}", after=f"d{day + 1}") for day in range(5)]
    others = [look(birth="d2"), look(birth="x", after="y"), look()]
    assert set(signs([*days, *others])[Sign.RUN].searches) == {each.search for each in days}
