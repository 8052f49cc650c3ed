"""The first request after a hit at the desk: it waits, another approver reads it and lets it leave, or somebody declines."""

from __future__ import annotations

from django.test import Client
from tests.web.conftest import browser_of, code_now
from tests.web.test_request import FIELDS, ground
from tests.web.world import DeskWorld

from comity.core.codes.marks import Role
from comity.storage.models.cases import Case
from comity.storage.models.people import Draft
from comity.storage.models.watch import FollowUp

ASKED = {**FIELDS, "about": "", "about_is": "", "reference": "7" * 32}
WHY = "a bomb may go off in the station tonight"


def waits(browser: Client) -> str:
    """Send a request that cites a reference, and return the page on which it waits."""
    sent = browser.post("/requests/new/", {**ASKED, "ground": ground(browser), "code": code_now()})
    assert sent.status_code == 302, sent.content.decode()
    assert sent.headers["Location"].startswith("/requests/waiting/")
    return sent.headers["Location"]


def test_it_waits_and_another_approver_lets_it_leave(world: DeskWorld) -> None:
    officer = browser_of(world, Role.OFFICER)
    page = waits(officer)
    assert not Case.objects.using(world.desk.alias).exists()
    assert not Draft.objects.using(world.desk.alias).exists(), "what waits is no draft any more"
    assert "An approver who did not search decides." in officer.get(page).content.decode()
    approver = browser_of(world, Role.APPROVER, name="another.officer")
    assert "1 request waits for a second person" in approver.get("/").content.decode()
    listed = approver.get("/requests/waiting/").content.decode()
    assert page in listed
    assert FIELDS["case"] in listed, "the case is told apart from others"
    text = approver.get(page).content.decode()
    assert FIELDS["facts"] in text
    assert "Approve and send" in text
    assert "It cannot wait" not in text
    assert approver.post(page, {"do": "approve", "code": "000000"}).status_code == 400
    done = approver.post(page, {"do": "approve", "code": code_now()})
    assert done.status_code == 302, done.content.decode()
    row = Case.objects.using(world.desk.alias).get()
    assert done.headers["Location"] == f"/cases/{row.thread}/"
    assert row.owner == "an.officer"
    assert "No request waits." in approver.get("/requests/waiting/").content.decode()


def test_an_approver_alone_decides_only_in_an_emergency(world: DeskWorld) -> None:
    alone = browser_of(world, Role.OFFICER, Role.APPROVER)
    page = waits(alone)
    text = alone.get(page).content.decode()
    assert "Approve and send" not in text
    assert 'name="code"' not in text, "it was given to ask, a moment ago"
    refused = alone.post(page, {"do": "approve"})
    assert (refused.status_code, "follow-up.same" in refused.content.decode()) == (403, True)
    short = {"do": "emergency", "emergency-ground": "threat-to-life", "emergency-reason": "soon"}
    assert alone.post(page, short).status_code == 400
    assert not Case.objects.using(world.desk.alias).exists()


def test_an_emergency_is_before_the_data_protection_officer_at_once(world: DeskWorld) -> None:
    alone = browser_of(world, Role.OFFICER, Role.APPROVER)
    page = waits(alone)
    given = {"do": "emergency", "emergency-ground": "threat-to-life", "emergency-reason": WHY}
    assert alone.post(page, given).status_code == 302
    assert Case.objects.using(world.desk.alias).get().by_hit
    protector = browser_of(world, Role.DATA_PROTECTION_OFFICER, name="the.protector")
    text = protector.get("/oversight/searches/").content.decode()
    assert "a request sent without a second person, in an emergency" in text
    assert "imminent threat to the life of a person" in text


def test_it_is_taken_back_or_declined_with_a_reason(world: DeskWorld) -> None:
    officer = browser_of(world, Role.OFFICER)
    page = waits(officer)
    assert officer.post(page, {"do": "decline", "decline-reason": ""}).status_code == 400
    assert officer.post(page, {"do": "decline", "decline-reason": "not needed"}).status_code == 302
    row = FollowUp.objects.using(world.desk.alias).get()
    assert (row.state, row.content) == ("declined", None)
    assert officer.get(page).status_code == 403
    assert "follow-up.decided" in officer.get(page).content.decode()


def test_a_stranger_does_not_see_that_it_waits(world: DeskWorld) -> None:
    page = waits(browser_of(world, Role.OFFICER))
    other = browser_of(world, Role.OFFICER, name="another.officer")
    assert "No request waits." in other.get("/requests/waiting/").content.decode()
    assert "waits for a second person" not in other.get("/").content.decode()
    unseen, unknown = other.get(page), other.get("/requests/waiting/0/")
    assert (unseen.status_code, unknown.status_code) == (404, 404)
    assert FIELDS["facts"] not in unseen.content.decode()
