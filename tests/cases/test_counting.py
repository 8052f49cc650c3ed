"""Counted time at the places where it goes wrong: weekends, holidays of either side, summer time, Ramadan."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.agreement.samples import shipped
from tests.cases.calendars import make, shipped_calendars

from comity.core.cases.counting import ELAPSED, Counting, clock_rules
from comity.core.codes.marks import DelayGround, Urgency

BE, MA = shipped_calendars()
BOTH = Counting((BE, MA))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_elapsed_time_knows_no_weekend() -> None:
    assert ELAPSED.end(at("2026-11-27T15:00"), timedelta(days=3)) == at("2026-11-30T15:00")
    assert ELAPSED.end(at("2026-03-28T23:30"), timedelta(hours=8)) == at("2026-03-29T07:30")


@pytest.mark.parametrize(
    ("received", "days", "ends", "why"),
    [
        ("2026-11-23T12:00", 5, "2026-11-30T23:00", "a weekend; Brussels and Casablanca are both at UTC+1"),
        ("2026-11-16T12:00", 5, "2026-11-24T23:00", "18 November is a holiday in Morocco only"),
        ("2026-11-06T12:00", 1, "2026-11-09T23:00", "received on a Moroccan holiday"),
        ("2026-11-10T12:00", 1, "2026-11-12T23:00", "11 November is a holiday in Belgium only"),
        ("2026-06-15T12:00", 1, "2026-06-16T23:00", "in summer Brussels is ahead: Casablanca ends the day"),
        ("2026-03-02T12:00", 1, "2026-03-04T00:00", "in Ramadan Casablanca is at UTC: its day ends last"),
        ("2026-12-31T22:30", 1, "2027-01-04T23:00", "New Year and a weekend"),
        ("2026-12-31T23:30", 1, "2027-01-04T23:00", "the same, received when the year is already new"),
        ("2026-06-15T22:30", 1, "2026-06-17T23:00", "in Brussels it is the 16th already"),
    ],
)
def test_working_days_of_both(received: str, days: int, ends: str, why: str) -> None:
    assert BOTH.end(at(received), timedelta(days=days)) == at(ends), why


def test_the_day_of_the_change_has_ended_when_it_has() -> None:
    """Brussels loses an hour on 29 March 2026: its day ends at 22:00 UTC, not at 23:00."""
    assert BE.end_of(date(2026, 3, 28)) == at("2026-03-28T23:00")
    assert BE.end_of(date(2026, 3, 29)) == at("2026-03-29T22:00")
    assert MA.end_of(date(2026, 2, 14)) == at("2026-02-14T23:00")
    assert MA.end_of(date(2026, 2, 15)) == at("2026-02-16T00:00")


def test_midnight_that_comes_twice_or_never() -> None:
    back = make(changes={at("2026-06-02T00:00"): -60})
    assert back.end_of(date(2026, 6, 1)) == at("2026-06-02T01:00")
    leap = make(changes={at("2026-06-01T23:30"): 60})
    assert leap.end_of(date(2026, 6, 1)) == at("2026-06-02T00:00")


def test_time_that_stood_still_is_given_back_with_the_rest_of_its_day() -> None:
    friday = at("2026-11-27T23:00")
    assert BOTH.end(at("2026-11-26T12:00"), timedelta(days=1)) == friday
    assert BOTH.end(at("2026-11-26T12:00"), timedelta(days=1), timedelta(minutes=1)) == at("2026-11-30T23:00")


def test_a_calendar_says_how_far_it_goes() -> None:
    assert not BOTH.beyond(at("2031-12-31T12:00"))
    assert BOTH.beyond(at("2032-01-02T12:00"))
    assert not ELAPSED.beyond(at("2090-01-01T00:00"))
    assert BOTH.end(at("2040-01-02T12:00"), timedelta(days=5)) == at("2040-01-10T00:00")


def test_no_common_working_day_is_an_error() -> None:
    sunday = make(frozenset({"monday", "tuesday", "wednesday", "thursday"}))
    with pytest.raises(ValueError, match="no working day"):
        Counting((sunday, make(frozenset({"friday", "saturday", "sunday"}))))


def test_the_clause_names_what_counts() -> None:
    agreement = shipped("plan_2025")
    clause = agreement.clause("border-post-data.request")
    silent = agreement.clause("terrorism.request")
    assert clause is not None
    assert silent is not None
    ordinary, urgent = (
        clock_rules(agreement, clause, each) for each in (Urgency.ORDINARY, Urgency.URGENT_DIRECT)
    )
    assert ordinary.counting == BOTH
    assert urgent.counting == ELAPSED
    assert ordinary.stands_still
    rules = clock_rules(agreement, silent, Urgency.ORDINARY)
    assert rules.counting == ELAPSED
    assert not rules.stands_still
    assert rules.extension is not None
    assert rules.extension.grounds == (DelayGround.JUDICIAL_AUTHORISATION,)
    memorandum = shipped("memorandum_2016")
    identification = memorandum.clause("identification.request")
    assert identification is not None
    assert clock_rules(memorandum, identification, Urgency.ORDINARY).extension is None
