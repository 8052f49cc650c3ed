"""Probing from the desk: only by POST, nothing stored, the outcome explained."""

from __future__ import annotations

import re

from django.test import Client
from tests.web.conftest import browser_of
from tests.web.world import DeskWorld

from comity.core.codes.marks import Role

SAID = {"offence": "participation in a terrorist group", "aim": "learn-more", "concerns": "suspect"}
PERSON = {"given": "Youssef", "family": "Benjelloun", "dob": "1984-05-17", "case": "B-2026-117", **SAID}


def probing(world: DeskWorld) -> tuple[Client, str]:
    world.hold_persons(world.partner)
    world.publish(world.partner, world.desk)
    browser = browser_of(world, Role.OFFICER)
    form = browser.get("/probe/").content.decode()
    ground = re.search(r'value="([0-9a-f]{64}:terrorism[^"]*)"', form)
    assert ground is not None
    return browser, ground[1]


def test_a_hit_says_why_and_leads_to_a_request(world: DeskWorld) -> None:
    browser, ground = probing(world)
    page = browser.post("/probe/", {**PERSON, "ground": ground})
    text = page.content.decode()
    assert page.status_code == 200
    assert "The partner holds a matching entry" in text
    assert "two names and the year of birth" in text
    reference = re.search(r'name="reference" value="([0-9a-f]{32})"', text)
    assert reference is not None
    begun = browser.post(
        "/requests/new/",
        {
            "step": "begin",
            "reference": reference[1],
            "case": PERSON["case"],
            "ground": page.context["request_ground"],
        },
    )
    assert reference[1] in begun.content.decode()
    assert PERSON["family"] not in begun.content.decode(), "the name is not carried along"


def test_a_miss_says_what_it_does_not_mean(world: DeskWorld) -> None:
    browser, ground = probing(world)
    page = browser.post("/probe/", {**PERSON, "family": "Vanderelst", "given": "Wout", "ground": ground})
    assert "Nothing was found with these rules" in page.content.decode()
    assert "may still be known" in page.content.decode()


def test_too_little_asks_for_more(world: DeskWorld) -> None:
    browser, ground = probing(world)
    page = browser.post("/probe/", {"family": "Benjelloun", "case": "B-1", "ground": ground, **SAID})
    said = page.content.decode()
    assert "Not enough to search with" in said
    assert 'value="Benjelloun"' in said, "what was typed need not be typed again"


def test_another_probe_of_the_case_keeps_why_and_nothing_of_the_person(world: DeskWorld) -> None:
    browser, ground = probing(world)
    page = browser.post("/probe/", {**PERSON, "family": "Vanderelst", "given": "Wout", "ground": ground})
    kept = page.context["kept"]
    assert kept == {
        "ground": ground,
        **{name: {**PERSON, **SAID}[name] for name in ("case", "offence", "aim")},
    }
    begun = browser.post("/probe/", {**kept, "step": "begin", "family": "Vanderelst"}).content.decode()
    assert f'value="{PERSON["case"]}"' in begun
    assert f'<option value="{ground}" selected>' in begun
    assert "Vanderelst" not in begun


def test_nothing_is_cached_completed_or_put_in_an_address(world: DeskWorld) -> None:
    browser, ground = probing(world)
    for page in (
        browser.get("/probe/?family=Benjelloun"),
        browser.post("/probe/", {**PERSON, "ground": ground}),
    ):
        assert page.headers["Cache-Control"] == "no-store"
    form = browser.get("/probe/?family=Benjelloun").content.decode()
    assert "Benjelloun" not in form, "an address fills in nothing"
    assert 'hx-history="false"' in form
    assert '"history":false' in form
    inputs = re.findall(r"<input type=\"text\"[^>]*>", form)
    assert len(inputs) >= 10
    assert all('autocomplete="off"' in each for each in inputs)
    assert "draft" not in form


def test_a_mistake_keeps_what_was_typed_and_names_the_field(world: DeskWorld) -> None:
    browser, ground = probing(world)
    page = browser.post("/probe/", {**PERSON, "dob": "17/05/1984", "ground": ground})
    assert page.status_code == 400
    assert "probe.subject-date" in page.content.decode()
    assert "Benjelloun" in page.content.decode()
    page = browser.post("/probe/", {**PERSON, "case": "", "ground": ground})
    assert page.status_code == 400
    assert 'aria-invalid="true"' in page.content.decode()


def test_without_an_agreement_there_is_no_form(world: DeskWorld) -> None:
    from comity.services.agreements.stop import suspend
    from comity.services.context import Actor, ActorKind

    suspend(world.desk, Actor("os:test", ActorKind.OPERATOR), world.agreement, "test")
    page = browser_of(world, Role.OFFICER).get("/probe/").content.decode()
    assert "No agreement in force lets you probe" in page
