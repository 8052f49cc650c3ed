"""Asking for information: the form, its draft, its sending."""

from __future__ import annotations

import re
import time

import pytest
from django.test import Client
from tests.web.conftest import browser_of, code_now
from tests.web.world import DeskWorld

from comity.core.codes.marks import Role
from comity.services.people import desk
from comity.services.people.actors import officer
from comity.storage.models.cases import Case
from comity.storage.models.people import Draft

FIELDS = {
    "about": "Youssef Benjelloun, born in Fès in 1984",
    "case": "B-2026-117",
    "facts": "Two men were seen near the station.",
    "offence": "Participation in a terrorist group",
    "reasons": "Born in Fès.",
    "link": "Suspected of having lent papers.",
    "about_is": "fact",
    "facts_is": "fact",
    "reasons_is": "fact",
    "link_is": "assessment",
    "subject_category": "suspect",
    "categories": ["names", "birth"],
    "urgency": "ordinary",
    "language": "fr",
    "step": "send",
}
"""What a whole request says; sending it takes the second factor besides (`code_now`), once in five minutes."""


def ground(browser: Client) -> str:
    found = re.search(
        r'value="([0-9a-f]{64}:terrorism[^"]*)"', browser.get("/requests/new/").content.decode()
    )
    assert found is not None
    return found[1]


def test_a_request_opens_a_case_with_a_clock(world: DeskWorld) -> None:
    browser = browser_of(world, Role.OFFICER)
    sent = browser.post("/requests/new/", {**FIELDS, "ground": ground(browser), "code": code_now()})
    assert sent.status_code == 302, sent.content.decode()
    page = browser.get(sent.headers["Location"]).content.decode()
    assert "on its way" in page
    assert "starts with the partner" in page
    world.deliver()
    page = browser.get(sent.headers["Location"]).content.decode()
    assert "left" in page
    assert "delivered" in page


@pytest.mark.parametrize("code", [None, "", "000000"])
def test_sending_takes_the_second_factor(world: DeskWorld, code: str | None) -> None:
    """Nothing is sent without it, and nothing that was written is lost."""
    browser = browser_of(world, Role.OFFICER)
    assert 'name="code"' in browser.get("/requests/new/").content.decode()
    given = {} if code is None else {"code": code}
    page = browser.post("/requests/new/", {**FIELDS, "ground": ground(browser), **given})
    assert page.status_code == 400
    assert FIELDS["facts"] in page.content.decode()
    assert 'name="code"' in page.content.decode()
    assert not Case.objects.using(world.desk.alias).exists()


def test_within_five_minutes_it_is_asked_once(world: DeskWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = browser_of(world, Role.OFFICER)
    form = {**FIELDS, "ground": ground(browser)}
    # A right code counts, whatever else is wrong.
    assert browser.post("/requests/new/", {**form, "about": "", "code": code_now()}).status_code == 400
    assert 'name="code"' not in browser.get("/requests/new/").content.decode()
    assert browser.post("/requests/new/", form).status_code == 302
    assert browser.post("/requests/new/", {**form, "case": "B-2026-118"}).status_code == 302
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 301)
    assert browser.post("/requests/new/", form).status_code == 400
    assert Case.objects.using(world.desk.alias).count() == 2


def test_the_code_is_no_part_of_the_draft(world: DeskWorld) -> None:
    browser = browser_of(world, Role.OFFICER)
    browser.post("/requests/draft/", {"facts": "Half a sentence", "code": "123456"})
    account = officer(world.desk, "an.officer")
    assert desk.draft(world.desk, account, "request") == {"facts": "Half a sentence"}


def test_an_urgent_request_says_why(world: DeskWorld) -> None:
    browser = browser_of(world, Role.OFFICER)
    page = browser.post("/requests/new/", {**FIELDS, "ground": ground(browser), "urgency": "urgent-direct"})
    assert page.status_code == 400
    assert "An urgent request says why." in page.content.decode()


def test_neither_reference_nor_description_is_refused(world: DeskWorld) -> None:
    browser = browser_of(world, Role.OFFICER)
    page = browser.post("/requests/new/", {**FIELDS, "ground": ground(browser), "about": ""})
    assert "describe the person" in page.content.decode()


def test_a_category_of_person_is_chosen(world: DeskWorld) -> None:
    browser = browser_of(world, Role.OFFICER)
    for category in ("", "unknown"):
        form = {**FIELDS, "ground": ground(browser), "subject_category": category, "code": code_now()}
        assert "subject_category" in browser.post("/requests/new/", form).context["form"].errors
    assert not Case.objects.using(world.desk.alias).exists()


def test_a_category_outside_the_clause_is_not_offered_and_not_taken(world: DeskWorld) -> None:
    browser = browser_of(world, Role.OFFICER)
    page = browser.post(
        "/requests/new/", {**FIELDS, "ground": ground(browser), "categories": ["fingerprints"]}
    )
    assert page.status_code == 400


def test_a_suspended_agreement_takes_the_form_away(world: DeskWorld) -> None:
    from tests.web.world import OPERATOR

    from comity.services.agreements.stop import suspend

    browser = browser_of(world, Role.OFFICER)
    chosen = ground(browser)
    suspend(world.desk, OPERATOR, world.agreement, "test")
    page = browser.post("/requests/new/", {**FIELDS, "ground": chosen})
    assert page.status_code == 400
    assert "No agreement in force lets you request" in page.content.decode()


def test_a_draft_is_kept_sealed_restored_and_dropped(world: DeskWorld) -> None:
    browser = browser_of(world, Role.OFFICER)
    kept = browser.post("/requests/draft/", {"facts": "Half a sentence", "categories": ["names"]})
    assert kept.status_code == 200
    account = officer(world.desk, "an.officer")
    assert desk.draft(world.desk, account, "request") == {"facts": "Half a sentence", "categories": ["names"]}
    assert "Half a sentence" in browser.get("/requests/new/").content.decode()
    browser.post("/requests/new/", {**FIELDS, "ground": ground(browser), "code": code_now()})
    assert desk.draft(world.desk, account, "request") is None
    assert not Draft.objects.exists()
