"""Links at the desk: seen with a reason, entered with what they rest on, deleted when unfounded, hidden with an end."""

from __future__ import annotations

from django.test import Client
from tests.web.conftest import browser_of
from tests.web.world import OPERATOR, DeskWorld

from comity.core.codes.marks import Role
from comity.services.register.state import restrict
from comity.storage.models.register import RegisterAct, RegisterLink, RegisterSubject

LOOK = {"step": "look", "reason": "file 12"}
LINK = {
    "kind": "family",
    "basis": "the civil register",
    "basis_is": "fact",
    "handling": "H1",
    "source": "B",
    "information": "2",
    "reason": "file 12",
}


def entries(world: DeskWorld) -> list[str]:
    world.hold_persons(world.desk)
    return [row.uid for row in RegisterSubject.objects.order_by("id")]


def text(browser: Client, **form: str) -> str:
    return browser.post("/register/links/", form).content.decode()


def test_a_link_is_entered_seen_and_deleted(world: DeskWorld) -> None:
    one, other, *_ = entries(world)
    browser = browser_of(world, Role.OFFICER)
    assert "Show the links" in text(browser, uid=one)
    assert browser.post("/register/links/", {"step": "look", "uid": one, "reason": ""}).status_code == 400
    assert "No link." in text(browser, uid=one, **LOOK)
    for name in ("basis_is", "basis", "kind"):
        form = {"step": "link", "uid": one, "other": other, **LINK, name: ""}
        assert browser.post("/register/links/", form).status_code == 400, name
    assert not RegisterLink.objects.exists()
    page = text(browser, step="link", uid=one, other=other, **LINK)
    assert "the civil register" in page
    assert '<span class="told fact">' in page
    assert "B2" in page
    link = RegisterLink.objects.get()
    assert other in text(browser, uid=one, **LOOK)
    assert "Delete this link" not in text(browser, step="part", uid=one, link=link.uid, reason="another man")
    assert not RegisterLink.objects.exists()
    assert RegisterAct.objects.filter(kind="parted").count() == 1


def test_a_restricted_end_hides_the_link(world: DeskWorld) -> None:
    one, other, *_ = entries(world)
    browser = browser_of(world, Role.OFFICER)
    text(browser, step="link", uid=one, other=other, **LINK)
    restrict(world.desk, OPERATOR, other, "contested")
    page = text(browser, uid=one, **LOOK)
    assert "No link." in page
    assert other not in page
    refused = browser.post("/register/links/", {"uid": other, **LOOK})
    assert (refused.status_code, "register.restricted" in refused.content.decode()) == (403, True)


def test_a_handling_is_chosen_whole_and_shown_whole(world: DeskWorld) -> None:
    """H3 needs what it restricts, the other codes have nothing of the kind; the colour stands beside."""
    one, other, *_ = entries(world)
    browser = browser_of(world, Role.OFFICER)
    form = {"step": "link", "uid": one, "other": other, **LINK}
    for wrong in ({"handling": "H3"}, {"handling": "H1", "sub_codes": ["no-court"]}):
        page = browser.post("/register/links/", {**form, **wrong})
        assert (page.status_code, "register.handling" in page.content.decode()) == (400, True)
    assert not RegisterLink.objects.exists()
    whole = {"handling": "H3", "sub_codes": ["no-onward", "case-only"], "tlp": "AMBER+STRICT"}
    page = browser.post("/register/links/", {**form, **whole}).content.decode()
    assert "H3: other restrictions, only for the case for which it was given, never passed on" in page
    assert '<span class="tlp amber-strict"><bdi dir="ltr">TLP:AMBER+STRICT</bdi></span>' in page
