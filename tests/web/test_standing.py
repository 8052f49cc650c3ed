"""A standing search that found somebody is seen in its owner's inbox, and by nobody else; looking makes it new no more."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.web.conftest import browser_of
from tests.web.world import DeskWorld

from comity.core.codes.marks import Role
from comity.services.people.actors import actor_of
from comity.storage.models.probe import ProbeStanding

NOTICE = "found something new"


@pytest.fixture
def owner(world: DeskWorld) -> tuple[Client, str]:
    """Return the browser of an officer with a standing search that found somebody, and the search."""
    world.hold_persons(world.partner)
    world.publish(world.partner, world.desk)
    browser = Client()
    account = world.enrol("an.officer", Role.OFFICER)
    browser.force_login(account)
    return browser, world.stand(actor_of(account))


def text(browser: Client, address: str) -> str:
    page = browser.get(address)
    assert page.status_code == 200
    return page.content.decode()


def test_its_owner_is_told_and_sees_what_was_found(world: DeskWorld, owner: tuple[Client, str]) -> None:
    browser, sid = owner
    shown = text(browser, "/")
    assert NOTICE in shown
    assert "B-2026-117" in shown
    listed = text(browser, "/probe/standing/")
    assert f"/probe/standing/{sid}/findings/" in listed
    assert "Benjelloun" not in shown + listed
    page = browser.post(f"/probe/standing/{sid}/findings/")
    found = page.content.decode()
    assert "The partner holds a matching entry" in found
    assert "no-store" in page.headers["Cache-Control"]
    assert "Benjelloun" not in found
    assert NOTICE not in text(browser, "/")
    again = browser.post(f"/probe/standing/{sid}/findings/").content.decode()
    assert "Nothing new was found" in again


def test_nobody_else_is_told(world: DeskWorld, owner: tuple[Client, str]) -> None:
    _, sid = owner
    colleague = browser_of(world, Role.OFFICER, name="bram.peeters")
    assert NOTICE not in text(colleague, "/")
    assert sid not in text(colleague, "/probe/standing/")
    assert colleague.post(f"/probe/standing/{sid}/findings/").status_code == 400
    assert colleague.post(f"/probe/standing/{sid}/end/").status_code == 400
    head = browser_of(world, Role.HEAD_OF_DESK, name="hind.alaoui")
    assert NOTICE not in text(head, "/")
    # The head of desk sees it, and by looking does not take the news from its owner.
    assert head.post(f"/probe/standing/{sid}/findings/").status_code == 200
    assert NOTICE in text(owner[0], "/")


def test_ended_at_the_desk_it_is_told_no_more(world: DeskWorld, owner: tuple[Client, str]) -> None:
    browser, sid = owner
    page = browser.post(f"/probe/standing/{sid}/end/")
    assert (page.status_code, page.headers["Location"]) == (302, "/probe/standing/")
    assert NOTICE not in text(browser, "/")
    assert sid not in text(browser, "/probe/standing/")
    row = ProbeStanding.objects.get(sid=sid)
    assert row.content is None
    assert browser.post(f"/probe/standing/{sid}/end/").status_code == 403


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "a trouvé du nouveau"),
        ("nl", "iets nieuws gevonden"),
        ("ar", "على شيء جديد"),
    ],
)
def test_in_the_owners_language(world: DeskWorld, language: str, words: str) -> None:
    world.hold_persons(world.partner)
    world.publish(world.partner, world.desk)
    browser, account = Client(), world.enrol("an.officer", Role.OFFICER, language=language)
    browser.force_login(account)
    world.stand(actor_of(account))
    assert words in text(browser, "/")
