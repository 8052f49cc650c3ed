"""Answering: only an approver, only what is permitted, exactly what was shown, only with the second factor."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from tests.web.conftest import browser_of, code_now
from tests.web.world import ASKING, PASSWORD, PERSONS, DeskWorld

from comity.core.codes.exchange import Purpose
from comity.core.codes.marks import DataCategory, Role
from comity.core.probe.query import read_query
from comity.errors import Refused
from comity.services.cases.views import show_case
from comity.services.context import Actor, ActorKind
from comity.services.people import named_actor
from comity.services.probe.ask import ask

PERSON = {"given": "Youssef", "family": "Benjelloun", "dob": "1984-05-17"}


def asked(world: DeskWorld) -> str:
    """Let the Belgian service find the person at this desk's service and ask about it."""
    world.hold_persons(world.desk)
    world.publish(world.desk, world.partner)
    asker = Actor("karim", ActorKind.OFFICER, ASKING)
    outcome = ask(
        world.partner,
        world.network.channels,
        world.desk.service,
        world.agreement,
        Purpose.TERRORISM,
        "B-2026-117",
        read_query(PERSON),
        asker,
    )
    return world.request(world.partner, outcome.references[0].reference)


def preview(browser: Client, thread: str, *categories: str) -> str:
    page = browser.post(f"/cases/{thread}/answer/", {"step": "preview", "categories": categories})
    return page.content.decode()


def shown(page: str) -> str:
    """Return the digest that a preview carries."""
    found = re.search(r'name="shown" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found.group(1)


def test_what_was_shown_is_what_left(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    browser = browser_of(moroccan, Role.APPROVER)
    page = preview(browser, thread, "names", "birth")
    assert "Exactly this will leave" in page
    assert "terrorism." in page, "the deciding clause"
    assert "Benjelloun" in page
    assert "BK482913" not in page
    form = {"step": "release", "categories": ["names", "birth"], "code": code_now(), "shown": shown(page)}
    done = browser.post(f"/cases/{thread}/answer/", form)
    assert done.status_code == 302, done.content.decode()
    moroccan.deliver()
    approver = named_actor(moroccan.desk, "an.officer")
    sent = show_case(moroccan.desk, approver, thread)["reply"]
    received = show_case(moroccan.partner, Actor("karim", ActorKind.OFFICER, ASKING), thread)["reply"]
    assert sent == received
    assert sorted(received["subject"]["fields"]) == ["birth", "names"]
    for value in received["subject"]["fields"]["names"]:
        assert value["text"] in page
    case = browser.get(f"/cases/{thread}/").content.decode()
    assert "answered in time" in case


def test_without_the_code_nothing_leaves(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    browser = browser_of(moroccan, Role.APPROVER)
    seen = shown(preview(browser, thread, "names"))
    for code in ("", "000000"):
        form = {"step": "release", "categories": ["names"], "code": code, "shown": seen}
        assert browser.post(f"/cases/{thread}/answer/", form).status_code == 400
    approver = named_actor(moroccan.desk, "an.officer")
    assert show_case(moroccan.desk, approver, thread)["reply"] is None


def test_an_edit_after_the_preview_is_shown_before_anything_leaves(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    browser = browser_of(moroccan, Role.APPROVER)
    form = {"step": "release", "categories": ["names"], "shown": shown(preview(browser, thread, "names"))}
    moroccan.hold_persons(moroccan.desk, PERSONS.replace("Benjelloun", "Benjelloul"))
    refused = browser.post(f"/cases/{thread}/answer/", {**form, "code": code_now()})
    assert refused.status_code == 403
    page = refused.content.decode()
    assert "case.changed" in page
    assert "Benjelloul" in page, "what would leave now"
    approver = named_actor(moroccan.desk, "an.officer")
    assert show_case(moroccan.desk, approver, thread)["reply"] is None
    form["shown"] = shown(page)
    assert browser.post(f"/cases/{thread}/answer/", {**form, "code": code_now()}).status_code == 302


def test_a_release_without_a_preview_is_refused(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    browser = browser_of(moroccan, Role.APPROVER)
    form = {"step": "release", "categories": ["names"], "code": code_now()}
    page = browser.post(f"/cases/{thread}/answer/", form)
    assert (page.status_code, "case.changed" in page.content.decode()) == (403, True)


@pytest.fixture
def names_are_special(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let names need a second approver: the register holds none of the categories that do."""
    for module in ("comity.web.answers.views", "comity.services.cases.answer"):
        monkeypatch.setattr(f"{module}.SPECIAL_CATEGORIES", frozenset({DataCategory.NAMES}))


@pytest.mark.usefixtures("names_are_special")
def test_passwords_of_a_second_approver_cannot_be_guessed(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    browser = browser_of(moroccan, Role.APPROVER)
    moroccan.enrol("second.officer", Role.APPROVER)
    form = {"step": "release", "categories": ["names"], "shown": shown(preview(browser, thread, "names"))}
    form |= {"second_name": "second.officer", "second_code": "000000"}
    for number in range(5):
        page = browser.post(f"/cases/{thread}/answer/", {**form, "second_password": f"guess {number}"})
        assert page.status_code == 400
    right = {"second_password": PASSWORD, "second_code": code_now(), "code": code_now()}
    for name in ("second.officer", " Second.Officer", "another"):
        page = browser.post(f"/cases/{thread}/answer/", {**form, **right, "second_name": name})
        assert (page.status_code, "case.second-attempts" in page.content.decode()) == (403, True)
    assert show_case(moroccan.desk, named_actor(moroccan.desk, "an.officer"), thread)["reply"] is None


@pytest.mark.usefixtures("names_are_special")
def test_two_approvers_release_special_categories(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    browser = browser_of(moroccan, Role.APPROVER)
    moroccan.enrol("second.officer", Role.APPROVER)
    form = {"step": "release", "categories": ["names"], "shown": shown(preview(browser, thread, "names"))}
    form |= {"code": code_now(), "second_name": "second.officer", "second_code": code_now()}
    done = browser.post(f"/cases/{thread}/answer/", {**form, "second_password": PASSWORD})
    assert done.status_code == 302, done.content.decode()


def test_a_category_that_was_not_asked_for_is_not_offered(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    browser = browser_of(moroccan, Role.APPROVER)
    page = browser.post(f"/cases/{thread}/answer/", {"step": "preview", "categories": ["fingerprints"]})
    assert page.status_code == 400


def test_an_officer_without_the_role_reads_who_decides(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    browser = browser_of(moroccan, Role.OFFICER)
    assert "An approver of this regime decides" in browser.get(f"/cases/{thread}/").content.decode()
    page = browser.get(f"/cases/{thread}/answer/")
    assert page.status_code == 403
    assert "actor.role" in page.content.decode()


def test_while_the_index_is_built_a_described_request_can_still_be_answered(
    moroccan: DeskWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def behind(*_: object) -> None:
        raise Refused("register.index-behind")

    moroccan.hold_persons(moroccan.desk)
    thread = moroccan.request(moroccan.partner, about="Salma El Idrissi, born 1991")
    browser = browser_of(moroccan, Role.APPROVER)
    monkeypatch.setattr("comity.web.register.views.find", behind)
    opened = browser.get(f"/cases/{thread}/answer/")
    assert opened.status_code == 200
    assert "The index of the register is being built." in opened.content.decode()
    words = {"step": "find", "words": "Salma 1991", "manner": "exact"}
    assert browser.post(f"/cases/{thread}/answer/", words).context["same"]


def test_a_described_person_is_looked_up_first(moroccan: DeskWorld) -> None:
    moroccan.hold_persons(moroccan.desk)
    thread = moroccan.request(moroccan.partner, about="Salma El Idrissi, born 1991")
    browser = browser_of(moroccan, Role.APPROVER)
    opened = browser.get(f"/cases/{thread}/answer/")
    assert "Whom does the request concern?" in opened.content.decode()
    proposed = opened.context["clusters"]
    assert [shown.possible.held.uid for cluster in proposed for shown in cluster.members], (
        "what the request says"
    )
    words = {"step": "find", "words": "Salma 1991", "manner": "exact"}
    found = browser.post(f"/cases/{thread}/answer/", words).context["same"]
    assert [held.uid for held in found] == [proposed[0].members[0].possible.held.uid]
    chosen = browser.post(f"/cases/{thread}/answer/", {"subject": found[0].uid})
    assert "What your register holds" in chosen.content.decode()
