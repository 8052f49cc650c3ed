"""Recalling from the desk: the partner's copy is emptied, its receipt shows it, the second factor is asked."""

from __future__ import annotations

from django.core.cache import cache
from tests.web.conftest import browser_of, code_now
from tests.web.test_request import FIELDS, ground
from tests.web.world import ASKING, DeskWorld

from comity.cli.thread.shown import case_shown
from comity.core.codes.marks import Role
from comity.services.cases.recall import recall
from comity.services.cases.views import show_case
from comity.services.context import Actor, ActorKind

THEIRS = Actor("karim", ActorKind.OFFICER, ASKING)
OURS = Actor("salma", ActorKind.OFFICER, ASKING)


def test_a_request_is_recalled(world: DeskWorld) -> None:
    browser = browser_of(world, Role.OFFICER)
    sent = browser.post("/requests/new/", {**FIELDS, "ground": ground(browser), "code": code_now()})
    cache.clear()  # a code works once; the next one would have to be waited for
    address = sent.headers["Location"]
    thread = address.split("/")[2]
    world.deliver()
    assert "Benjelloun" in str(show_case(world.partner, THEIRS, thread)["request"])
    assert "Recall what you sent" in browser.get(address).content.decode()
    assert browser.post(f"{address}recall/", {"code": "000000"}).status_code == 400
    assert browser.post(f"{address}recall/", {"code": code_now()}).status_code == 302
    world.deliver()
    assert "Benjelloun" not in str(show_case(world.partner, THEIRS, thread))
    page = browser.get(address).content.decode()
    assert "was recalled by the service that sent it" in page
    assert not [words for words in FALSE if words in page]


FALSE = ("did not take the request", "not accepted by", "starts with the partner", "case.recalled")


def test_what_was_recalled_is_not_offered_for_an_answer(moroccan: DeskWorld) -> None:
    thread = moroccan.request(moroccan.partner, about="Salma El Idrissi")
    browser = browser_of(moroccan, Role.APPROVER)
    assert f"/cases/{thread}/answer/" in browser.get(f"/cases/{thread}/").content.decode()
    recall(moroccan.partner, THEIRS, thread)
    moroccan.deliver()
    page = browser.get(f"/cases/{thread}/").content.decode()
    assert "was recalled by the service that sent it" in page
    assert not [words for words in (*FALSE, "/answer/", "/refuse/", "/negative/") if words in page]
    assert "withdrawn or erased" in "\n".join(case_shown(show_case(moroccan.desk, OURS, thread)))


def test_nothing_sent_is_nothing_to_recall(moroccan: DeskWorld) -> None:
    thread = moroccan.request(moroccan.partner, about="Salma El Idrissi")
    browser = browser_of(moroccan, Role.APPROVER)
    assert "Recall what you sent" not in browser.get(f"/cases/{thread}/").content.decode()
    page = browser.post(f"/cases/{thread}/recall/", {"code": code_now()})
    assert page.status_code == 403
    assert "case.nothing-sent" in page.content.decode()
