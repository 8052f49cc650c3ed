"""At the desk an officer says of each text what it is, and a reader sees it by word and by form (L5)."""

from __future__ import annotations

import pytest
from tests.web.conftest import browser_of, code_now
from tests.web.test_answer import asked
from tests.web.test_information import MARKS, written
from tests.web.test_protection import THEIRS, answered
from tests.web.test_request import FIELDS, ground
from tests.web.world import DeskWorld

from comity.core.codes.marks import Assertion, Role
from comity.services.cases.thread.clarify import ask_clarification
from comity.services.cases.views import show_case
from comity.storage.models.cases import Case

WORDS = {"en": "assessment", "fr": "appréciation", "nl": "oordeel", "ar": "تقدير"}


@pytest.mark.parametrize("missing", ["facts_is", "reasons_is", "link_is", "about_is"])
def test_no_form_has_an_answer_ready(world: DeskWorld, missing: str) -> None:
    browser = browser_of(world, Role.OFFICER)
    page = browser.get("/requests/new/").content.decode()
    select = page.split(f'<select name="{missing}"')[1].split("</select>")[0]
    assert 'value="fact"' in select
    assert "selected" not in select.replace('value="" selected', "")
    form = {name: value for name, value in FIELDS.items() if name != missing}
    for given in ({}, {missing: ""}, {missing: "rumour"}):
        refused = browser.post(
            "/requests/new/", {**form, **given, "ground": ground(browser), "code": code_now()}
        )
        assert refused.status_code == 400, given
        assert missing in refused.context["form"].errors
    assert not Case.objects.using(world.desk.alias).exists()


def test_information_and_notes_are_asked_about_too(moroccan: DeskWorld) -> None:
    browser = browser_of(moroccan, Role.OFFICER, Role.APPROVER)
    for name in MARKS:
        form = {**written(browser, step="write"), name: ""}
        refused = browser.post("/information/new/", form)
        assert refused.status_code == 400
        assert name in refused.context["form"].errors
    thread = asked(moroccan)
    preview = {"step": "preview", "categories": ["names"], "note": "surely he"}
    assert browser.post(f"/cases/{thread}/answer/", preview).status_code == 400
    page = browser.post(f"/cases/{thread}/answer/", {**preview, "note_is": "assessment"})
    assert page.status_code == 200
    assert "<q>" in page.content.decode()
    answered(moroccan, browser, thread, note="surely he", note_is="assessment")
    reply = show_case(moroccan.partner, THEIRS, thread)["reply"]
    assert reply["assertions"] == {"note": "assessment"}


@pytest.mark.parametrize("language", sorted(WORDS))
def test_assessments_look_different_by_word_and_form(world: DeskWorld, language: str) -> None:
    browser = browser_of(world, Role.OFFICER, language=language)
    sent = browser.post("/requests/new/", {**FIELDS, "ground": ground(browser), "code": code_now()})
    page = browser.get(sent.headers["Location"]).content.decode()
    told = {name: page.split(FIELDS[name][:12])[0].rsplit("<dd>", 1)[1] for name in ("facts", "link")}
    assert '<span class="told fact">' in told["facts"]
    assert "<q>" not in told["facts"]
    assert '<span class="told assessment">' in told["link"]
    assert WORDS[language] in told["link"]
    assert "<q>" in told["link"]


def test_a_clarification_says_what_it_is(world: DeskWorld) -> None:
    thread = world.request(world.desk, about="somebody")
    ask_clarification(world.partner, THEIRS, thread, "which of the two?")
    world.deliver()
    browser = browser_of(world, Role.OFFICER)
    assert 'name="text_is" required' in browser.get(f"/cases/{thread}/").content.decode()
    said = {"clarify": "1", "text": "the younger"}
    for wrong in ({}, {"text_is": "rumour"}):
        refused = browser.post(f"/cases/{thread}/say/", {**said, **wrong})
        assert (refused.status_code, "case.assertion-missing" in refused.content.decode()) == (400, True)
    assert browser.post(f"/cases/{thread}/say/", {**said, "text_is": Assertion.FACT.value}).status_code == 302


def test_the_reader_sees_as_of_when_and_how_complete(world: DeskWorld) -> None:
    browser = browser_of(world, Role.OFFICER)
    dated = {"as_of": "2026-05-01", "completeness": "partial"}
    form = written(browser, step="write", code=code_now(), **dated)
    sent = browser.post("/information/new/", form)
    page = browser.get(sent.headers["Location"]).content.decode()
    assert "2026-05-01" in page
    assert "known to be incomplete" in page
    silent = browser.post("/information/new/", written(browser, step="write"))
    assert "not stated" in browser.get(silent.headers["Location"]).content.decode()
    later = browser.post("/information/new/", written(browser, step="write", as_of="2099-01-01"))
    assert (later.status_code, "case.as-of-to-come" in later.content.decode()) == (400, True)
