"""At the desk: the figures of the year, the reminder of 1 March, stating what is owed; the clock of the core data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.web.conftest import browser_of
from tests.web.world import DeskWorld

from comity.core.codes.marks import Role
from comity.storage.models.cases import Case

ADDRESS = "/statistics/yearly/"


@pytest.fixture
def january(moroccan: DeskWorld) -> DeskWorld:
    """A request of 2026 that nobody has answered; it is January 2027."""
    moroccan.request(moroccan.partner, about="Salma El Idrissi")
    moroccan.clock.now = datetime(2027, 1, 5, tzinfo=UTC)
    return moroccan


@pytest.mark.parametrize("role", [Role.HEAD_OF_DESK, Role.DATA_PROTECTION_OFFICER])
def test_the_inbox_reminds_of_the_first_of_march(january: DeskWorld, role: Role) -> None:
    browser = browser_of(january, role)
    page = browser.get("/").content.decode()
    assert ADDRESS in page
    assert "2027-03-01" in page
    assert "this is late" not in page
    january.clock.now = datetime(2027, 3, 2, tzinfo=UTC)
    assert "this is late" in browser.get("/").content.decode()


def test_an_officer_is_not_reminded(january: DeskWorld) -> None:
    assert ADDRESS not in browser_of(january, Role.OFFICER, Role.APPROVER).get("/").content.decode()


def test_the_head_of_desk_states_the_year(january: DeskWorld) -> None:
    browser = browser_of(january, Role.HEAD_OF_DESK)
    page = browser.get(ADDRESS)
    assert page.status_code == 200
    text = page.content.decode()
    assert "BE-MA-2025" in text
    assert "not stated yet" in text
    assert "0 urgent, 1 ordinary" in text
    assert browser.post(f"{ADDRESS}state/", {"year": "2026"}).status_code == 302
    text = browser.get(f"{ADDRESS}?year=2026").content.decode()
    assert "not stated yet" not in text
    assert f"{ADDRESS}state/" not in text
    assert ADDRESS not in browser.get("/").content.decode()


def test_the_data_protection_officer_reads_and_does_not_state(january: DeskWorld) -> None:
    browser = browser_of(january, Role.DATA_PROTECTION_OFFICER)
    assert f"{ADDRESS}state/" not in browser.get(ADDRESS).content.decode()
    assert browser.post(f"{ADDRESS}state/", {}).status_code == 403


@pytest.mark.parametrize("year", ["26", "20x6", "99999", "-026", "0001"])
def test_no_such_year(january: DeskWorld, year: str) -> None:
    page = browser_of(january, Role.AUDITOR).get(ADDRESS, {"year": year})
    assert page.status_code == 400
    assert "statistics.period" in page.content.decode()


@pytest.mark.parametrize("language", ["fr", "nl", "ar"])
def test_in_the_language_of_the_reader(january: DeskWorld, language: str) -> None:
    page = browser_of(january, Role.AUDITOR, language=language).get(ADDRESS).content.decode()
    for words in ("Due by", "not stated yet", "The year before", "Figures of"):
        assert words not in page


def test_a_case_on_a_hit_shows_the_clock_of_its_core_data(moroccan: DeskWorld) -> None:
    thread = moroccan.request(moroccan.partner, about="Salma El Idrissi")
    browser = browser_of(moroccan, Role.OFFICER)
    title = "Core data on the hit, 48 hours"
    assert title not in browser.get(f"/cases/{thread}/").content.decode()
    Case.objects.using(moroccan.desk.alias).filter(thread=thread).update(by_hit=True)
    assert title in browser.get(f"/cases/{thread}/").content.decode()
    moroccan.clock.now += timedelta(hours=50)
    assert "2 h" in browser.get(f"/cases/{thread}/").content.decode()
