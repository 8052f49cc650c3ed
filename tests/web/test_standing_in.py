"""Who stands in at the desk: an officer names its own substitute, the head of desk anybody's."""

from __future__ import annotations

from tests.web.conftest import browser_of
from tests.web.world import DeskWorld

from comity.core.codes.marks import Role

PAGE = "/standing-in/"


def posted(officer: str, by: str) -> dict[str, str]:
    return {"officer": officer, "regime": "police", "by": by}


def test_an_officer_names_its_own_and_the_case_says_so(moroccan: DeskWorld) -> None:
    thread = moroccan.request(moroccan.partner, about="Salma El Idrissi")
    one = browser_of(moroccan, Role.OFFICER, name="first.officer")
    browser_of(moroccan, Role.OFFICER, name="second.officer")
    page = one.get(PAGE).content.decode()
    assert 'value="second.officer"' in page
    assert 'name="officer" value="second.officer"' not in page, "not for a colleague"
    assert one.post(PAGE, posted("first.officer", "second.officer")).status_code == 302
    assert '<option value="second.officer" selected>' in one.get(PAGE).content.decode()
    one.post(f"/cases/{thread}/owner/", {"take": "1"})
    assert "second.officer" in one.get(f"/cases/{thread}/").content.decode()
    assert one.post(PAGE, posted("first.officer", "")).status_code == 302
    assert "second.officer" not in one.get(f"/cases/{thread}/").content.decode()


def test_what_is_not_permitted_is_told_and_changes_nothing(moroccan: DeskWorld) -> None:
    one = browser_of(moroccan, Role.OFFICER, name="first.officer")
    browser_of(moroccan, Role.OFFICER, name="second.officer")
    for wrong, code in (
        (posted("second.officer", "first.officer"), "actor.role"),
        (posted("first.officer", "first.officer"), "clock.substitute"),
        (posted("first.officer", "nobody.there"), "officer.unknown"),
        ({**posted("first.officer", "second.officer"), "regime": "x"}, "officer.unknown"),
    ):
        answer = one.post(PAGE, wrong)
        assert answer.status_code >= 400, wrong
        assert code in answer.content.decode(), wrong
    assert (
        "selected" not in one.get(PAGE).content.decode().partition('name="by"')[2].partition("</select>")[0]
    )


def test_the_head_of_desk_names_anybodys(moroccan: DeskWorld) -> None:
    for name in ("first.officer", "second.officer"):
        browser_of(moroccan, Role.OFFICER, name=name)
    head = browser_of(moroccan, Role.HEAD_OF_DESK, name="the.head", language="ar")
    page = head.get(PAGE).content.decode()
    assert "من ينوب" in page
    assert 'name="officer" value="first.officer"' in page
    assert head.post(PAGE, posted("first.officer", "second.officer")).status_code == 302
    assert '<option value="second.officer" selected>' in head.get(PAGE).content.decode()
