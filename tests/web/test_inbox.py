"""The inbox and the case page: order, clock, owner, what is new, for each officer."""

from __future__ import annotations

from tests.web.conftest import browser_of
from tests.web.world import DeskWorld

from comity.core.cases.number import case_number
from comity.core.codes.exchange import Regime
from comity.core.codes.marks import RefusalGround, Role
from comity.services.cases.refuse import refuse
from comity.services.context import Actor, ActorKind
from comity.storage.models.cases import Case


def test_a_request_is_new_until_each_officer_has_opened_it(moroccan: DeskWorld) -> None:
    thread = moroccan.request(moroccan.partner, about="Salma El Idrissi")
    one = browser_of(moroccan, Role.OFFICER, name="first.officer")
    two = browser_of(moroccan, Role.OFFICER, name="second.officer")
    assert "1 unread case." in one.get("/").content.decode()
    one.get(f"/cases/{thread}/")
    assert "0 unread cases." in one.get("/").content.decode()
    assert "1 unread case." in two.get("/").content.decode()


def test_what_became_of_a_request_stands_first_until_its_owner_has_read_it(world: DeskWorld) -> None:
    own = browser_of(world, Role.OFFICER, name="karim")
    colleague = browser_of(world, Role.OFFICER, name="another.officer")
    thread = world.request(world.desk, about="Salma El Idrissi")
    own.get(f"/cases/{thread}/")
    world.clock.forward(hours=1)
    approver = frozenset({(Regime.POLICE, Role.APPROVER)})
    refuse(world.partner, Actor("salma", ActorKind.OFFICER, approver), thread, RefusalGround.A)
    world.deliver()
    page = own.get("/").content.decode()
    assert "1 unread case." in page
    assert '<span class="tag warn">to read</span>' in page
    assert thread not in colleague.get("/").content.decode(), "the colleague holds another's case not"
    own.get(f"/cases/{thread}/")
    assert thread not in own.get("/").content.decode()


def test_a_case_says_when_its_words_go(moroccan: DeskWorld) -> None:
    thread = moroccan.request(moroccan.partner, about="Salma El Idrissi")
    row = Case.objects.using(moroccan.desk.alias).get(thread=thread)
    text = browser_of(moroccan, Role.OFFICER).get(f"/cases/{thread}/").content.decode()
    assert "<dt>Words erased on</dt>" in text
    assert row.erase_at is not None
    assert row.erase_at.date().isoformat() in text


def test_what_nobody_holds_is_read_by_the_head_of_desk(world: DeskWorld) -> None:
    karim = browser_of(world, Role.OFFICER, name="karim")
    head = browser_of(world, Role.HEAD_OF_DESK, name="the.head")
    thread = world.request(world.desk, about="Salma El Idrissi")
    assert karim.post(f"/cases/{thread}/owner/", {"drop": "1"}).status_code == 302
    approver = frozenset({(Regime.POLICE, Role.APPROVER)})
    refuse(world.partner, Actor("salma", ActorKind.OFFICER, approver), thread, RefusalGround.A)
    world.deliver()
    assert thread not in karim.get("/").content.decode()
    assert "to read" in head.get("/").content.decode()


def test_the_clock_runs_and_is_seen_to_run_out(moroccan: DeskWorld) -> None:
    moroccan.request(moroccan.partner, about="Salma El Idrissi")
    browser = browser_of(moroccan, Role.OFFICER)
    assert "0 overdue." in browser.get("/").content.decode()
    moroccan.clock.forward(days=30)
    page = browser.get("/").content.decode()
    assert "1 overdue." in page
    assert 'class="tag bad">overdue' in page


def test_taking_and_giving_up_a_case(moroccan: DeskWorld) -> None:
    thread = moroccan.request(moroccan.partner, about="Salma El Idrissi")
    browser = browser_of(moroccan, Role.OFFICER)
    assert browser.post(f"/cases/{thread}/owner/", {"take": "1"}).status_code == 302
    assert "Give it up" in browser.get(f"/cases/{thread}/").content.decode()
    other = browser_of(moroccan, Role.OFFICER, name="second.officer")
    refused = other.post(f"/cases/{thread}/owner/", {"owner": "second.officer"})
    assert refused.status_code == 403, "only the head of desk takes a case from somebody"
    head = browser_of(moroccan, Role.HEAD_OF_DESK, name="the.head")
    assert head.post(f"/cases/{thread}/owner/", {"owner": "second.officer"}).status_code == 302
    assert "second.officer" in browser.get(f"/cases/{thread}/").content.decode()


def test_a_case_of_another_regime_does_not_exist(moroccan: DeskWorld) -> None:
    from django.test import Client
    from tests.web.world import OPERATOR

    from comity.core.codes.exchange import Regime
    from comity.services.people import accounts

    thread = moroccan.request(moroccan.partner, about="Salma El Idrissi")
    account = moroccan.enrol("returns.officer", Role.OFFICER)
    roles = frozenset({(Regime.RETURN_IDENTIFICATION, Role.OFFICER)})
    accounts.give_roles(moroccan.desk, OPERATOR, "returns.officer", roles)
    browser = Client()
    browser.force_login(account)
    page = browser.get(f"/cases/{thread}/")
    assert page.status_code == 404
    assert "case.unknown" in page.content.decode()
    assert case_number(thread) not in browser.get("/").content.decode()


def test_the_partners_words_are_escaped_and_isolated(moroccan: DeskWorld) -> None:
    thread = moroccan.request(moroccan.partner, about="<script>alert(1)</script>\u200fسلمى")
    page = browser_of(moroccan, Role.OFFICER).get(f"/cases/{thread}/").content.decode()
    assert "<script>alert" not in page
    assert "\u200f" not in page
    assert "&lt;script&gt;" in page


def test_each_line_says_what_waits_for_us(world: DeskWorld) -> None:
    from comity.core.codes.exchange import Regime
    from comity.services.cases.thread.clarify import ask_clarification
    from comity.services.context import Actor, ActorKind

    thread = world.request(world.desk, about="Salma El Idrissi")
    browser = browser_of(world, Role.OFFICER)
    assert "question to answer" not in browser.get("/").content.decode()
    asker = Actor("salma", ActorKind.OFFICER, frozenset({(Regime.POLICE, Role.APPROVER)}))
    ask_clarification(world.partner, asker, thread, "which of the two?")
    world.deliver()
    page = browser.get("/").content.decode()
    assert "question to answer" in page
    assert case_number(thread) in page
