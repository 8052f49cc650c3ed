"""Refusing: a ground from the closed list, an ordinary one on the wire, the second factor."""

from __future__ import annotations

from tests.web.conftest import browser_of, code_now
from tests.web.world import ASKING, DeskWorld

from comity.core.codes.marks import RefusalGround, Role
from comity.services.cases.views import show_case
from comity.services.context import Actor, ActorKind


def test_every_ground_is_offered_in_words(moroccan: DeskWorld) -> None:
    thread = moroccan.request(moroccan.partner, about="Salma El Idrissi")
    page = browser_of(moroccan, Role.APPROVER).get(f"/cases/{thread}/refuse/").content.decode()
    for ground in RefusalGround:
        assert f'value="{ground.value}"' in page
    assert "risk of torture" in page


def test_a_protected_ground_reaches_the_partner_as_an_ordinary_one(moroccan: DeskWorld) -> None:
    thread = moroccan.request(moroccan.partner, about="Salma El Idrissi")
    browser = browser_of(moroccan, Role.APPROVER)
    form = {"ground": "n1", "reason": "Known to us as protected.", "code": code_now()}
    assert browser.post(f"/cases/{thread}/refuse/", form).status_code == 302
    moroccan.deliver()
    there = show_case(moroccan.partner, Actor("karim", ActorKind.OFFICER, ASKING), thread)
    assert there["ground"] == "a"
    assert "protected" not in str(there)
    assert "n1" not in browser.get(f"/cases/{thread}/").content.decode(), "not even for other officers here"
    protector = browser_of(moroccan, Role.DATA_PROTECTION_OFFICER, name="the.protector")
    assert '<bdi dir="ltr">n1</bdi>' in protector.get(f"/cases/{thread}/").content.decode()


def test_without_code_or_ground_nothing_is_refused(moroccan: DeskWorld) -> None:
    thread = moroccan.request(moroccan.partner, about="Salma El Idrissi")
    browser = browser_of(moroccan, Role.APPROVER)
    for form in ({"ground": "a", "code": "123"}, {"code": code_now()}):
        assert browser.post(f"/cases/{thread}/refuse/", form).status_code == 400
    assert "Refuse" in browser.get(f"/cases/{thread}/").content.decode()
