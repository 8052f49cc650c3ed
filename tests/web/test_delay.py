"""More time and the reasons of lateness at the desk; reminders in the inbox; statistics of an agreement."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.web.conftest import browser_of
from tests.web.world import DeskWorld

from comity.core.cases.clock import ClockState
from comity.core.codes.marks import Role
from comity.services.cases.clock import clock
from comity.services.clocks.remind import remind
from comity.services.clocks.statistics import answer_statements

REASON = "the examining magistrate sits on Thursday"
PERIOD = {"first": "2026-11-01", "last": "2026-11-30"}


def asked(world: DeskWorld) -> str:
    return world.request(world.partner, about="Salma El Idrissi")


def test_more_time_moves_the_clock_on_both_sides(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    due = clock(moroccan.desk, thread).deadline
    assert due is not None
    browser = browser_of(moroccan, Role.APPROVER)
    assert "More time" in browser.get(f"/cases/{thread}/").content.decode()
    page = browser.get(f"/cases/{thread}/delay/").content.decode()
    assert "a judicial authorisation is needed" in page
    assert "the matter is complex" not in page, "the clause does not name it"
    form = {"days": "2", "hours": "6", "ground": "judicial-authorisation", "reason": REASON}
    assert browser.post(f"/cases/{thread}/delay/", form).status_code == 302
    moroccan.deliver()
    for node in (moroccan.desk, moroccan.partner):
        assert clock(node, thread).deadline == due + timedelta(days=2, hours=6)
    assert REASON in browser.get(f"/cases/{thread}/").content.decode()
    assert "Extended by 2 days 6 hours." in browser.get(f"/cases/{thread}/").content.decode()


@pytest.mark.parametrize(
    "form",
    [
        {"ground": "judicial-authorisation", "reason": REASON},
        {"days": "0", "hours": "0", "ground": "judicial-authorisation", "reason": REASON},
        {"days": "1", "ground": "complexity", "reason": REASON},
        {"days": "1", "ground": "judicial-authorisation", "reason": ""},
        {"days": "-1", "ground": "judicial-authorisation", "reason": REASON},
    ],
)
def test_a_notice_without_what_it_needs_is_not_sent(moroccan: DeskWorld, form: dict[str, str]) -> None:
    thread = asked(moroccan)
    assert browser_of(moroccan, Role.APPROVER).post(f"/cases/{thread}/delay/", form).status_code == 400
    assert clock(moroccan.desk, thread).extended == timedelta(0)


def test_more_than_the_clause_allows_is_refused_with_its_sentence(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    form = {"days": "300", "ground": "judicial-authorisation", "reason": REASON}
    page = browser_of(moroccan, Role.APPROVER).post(f"/cases/{thread}/delay/", form)
    assert page.status_code == 403
    assert "longer than the clause allows" in page.content.decode()


def test_reasons_are_asked_for_until_they_are_given(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    browser = browser_of(moroccan, Role.APPROVER)
    assert "reasons due" not in browser.get("/").content.decode()
    moroccan.clock.forward(days=30)
    assert "reasons due" in browser.get("/").content.decode()
    assert "The partner has not been told why." in browser.get(f"/cases/{thread}/").content.decode()
    page = browser.get(f"/cases/{thread}/delay/").content.decode()
    assert "No clock moves." in page
    assert 'name="days"' not in page
    form = {"ground": "technical", "reason": "the line was down"}
    assert browser.post(f"/cases/{thread}/delay/", form).status_code == 302
    assert "reasons due" not in browser.get("/").content.decode()
    moroccan.deliver()
    assert clock(moroccan.partner, thread).state is ClockState.OVERDUE


def test_a_request_of_ours_has_no_delay_page(moroccan: DeskWorld) -> None:
    thread = moroccan.request(moroccan.desk, about="Salma El Idrissi")
    browser = browser_of(moroccan, Role.APPROVER)
    assert browser.get(f"/cases/{thread}/delay/").status_code == 403
    assert "More time" not in browser.get(f"/cases/{thread}/").content.decode()


def test_a_reminder_stands_in_the_inbox_until_the_case_is_opened(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    browser = browser_of(moroccan, Role.OFFICER, name="the.owner")
    browser.post(f"/cases/{thread}/owner/", {"take": "1"})
    moroccan.clock.forward(days=4)
    assert remind(moroccan.desk) == 1
    assert "the time runs out, and it is yours" in browser.get("/").content.decode()
    browser.get(f"/cases/{thread}/")
    assert "the time runs out" not in browser.get("/").content.decode()


def test_statistics_are_shown_stated_and_confirmed(moroccan: DeskWorld) -> None:
    asked(moroccan)
    browser = browser_of(moroccan, Role.HEAD_OF_DESK)
    assert "State these figures" not in browser.get("/statistics/").content.decode()
    period = {"agreement": moroccan.agreement, **PERIOD}
    page = browser.get("/statistics/", period).content.decode()
    assert "0 urgent, 1 ordinary" in page
    assert "Nothing was stated yet." in page
    assert "State these figures" not in page, "the month is not over"
    moroccan.clock.forward(days=10)
    assert "State these figures" in browser.get("/statistics/", period).content.decode()
    assert browser.post("/statistics/state/", period).status_code == 302
    assert "the other party is counting" in browser.get("/statistics/", period).content.decode()
    moroccan.deliver()
    answer_statements(moroccan.partner)
    moroccan.deliver()
    assert 'class="tag good">confirmed' in browser.get("/statistics/", period).content.decode()


def test_a_period_that_is_none(moroccan: DeskWorld) -> None:
    browser = browser_of(moroccan, Role.HEAD_OF_DESK)
    agreement = moroccan.agreement
    wrong = {"agreement": agreement, "first": "2026-11-30", "last": "2026-11-01"}
    page = browser.get("/statistics/", wrong)
    assert page.status_code == 400
    assert "statistics.period" in page.content.decode()
    assert browser.get("/statistics/", {"agreement": agreement, "first": "x", "last": ""}).status_code == 400


def test_the_agreement_shows_what_counts(moroccan: DeskWorld) -> None:
    page = browser_of(moroccan, Role.OFFICER).get(f"/agreements/{moroccan.agreement}/").content.decode()
    assert "Africa/Casablanca" in page
    assert "2026-11-18" in page
    assert "working days of both calendars" in page
