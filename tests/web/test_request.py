"""Asking for information: the form, its draft, its sending."""

from __future__ import annotations

import re

from django.test import Client
from tests.web.conftest import browser_of
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


def ground(browser: Client) -> str:
    found = re.search(
        r'value="([0-9a-f]{64}:terrorism[^"]*)"', browser.get("/requests/new/").content.decode()
    )
    assert found is not None
    return found[1]


def test_a_request_opens_a_case_with_a_clock(world: DeskWorld) -> None:
    browser = browser_of(world, Role.OFFICER)
    sent = browser.post("/requests/new/", {**FIELDS, "ground": ground(browser)})
    assert sent.status_code == 302, sent.content.decode()
    page = browser.get(sent.headers["Location"]).content.decode()
    assert "on its way" in page
    assert "starts with the partner" in page
    world.deliver()
    page = browser.get(sent.headers["Location"]).content.decode()
    assert "left" in page
    assert "delivered" in page


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
        form = {**FIELDS, "ground": ground(browser), "subject_category": category}
        assert browser.post("/requests/new/", form).status_code != 302
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
    browser.post("/requests/new/", {**FIELDS, "ground": ground(browser)})
    assert desk.draft(world.desk, account, "request") is None
    assert not Draft.objects.exists()
