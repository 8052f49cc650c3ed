"""At the desk: a hit is reported, a handling is chosen and shown whole, each text has its language and direction."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.told import FACTS
from tests.web.conftest import browser_of
from tests.web.test_answer import asked
from tests.web.test_protection import THEIRS, answered, text_of
from tests.web.world import DeskWorld

from comity.core.codes.exchange import Purpose, Regime
from comity.core.codes.marks import Role
from comity.services.cases.thread.inform import inform
from comity.services.cases.views import show_case
from comity.storage.models.register import RegisterSubject

REPORT = {
    "outcome": "located",
    "at": "2026-11-01T10:00",
    "measures": ["identity-checked", "questioned"],
    "place": "ميناء طنجة",
    "place_is": "fact",
    "reason": "passport control",
    "reason_is": "fact",
    "circumstances": "he came by ferry",
    "circumstances_is": "assessment",
    "language": "ar",
}


def told(world: DeskWorld) -> str:
    """Let the partner give information, and return its thread."""
    thread = inform(
        world.partner,
        THEIRS,
        world.desk.service,
        world.agreement,
        Purpose.TERRORISM,
        "a driver",
        "he is on his way",
        assertions=FACTS,
    )
    world.deliver()
    return thread


def test_a_hit_is_reported(moroccan: DeskWorld) -> None:
    thread = told(moroccan)
    browser = browser_of(moroccan, Role.OFFICER)
    assert "Report a hit" in text_of(browser, f"/cases/{thread}/")
    address = f"/cases/{thread}/hit/"
    assert "On what did you act?" in text_of(browser, address)
    for change in (
        {"message": "0" * 32},
        {"measures": ["none", "arrested"]},
        {"place_is": ""},
        {"route": "to Ceuta"},
        {"at": "yesterday"},
    ):
        assert browser.post(address, {"message": thread, **REPORT, **change}).status_code == 400, change
    late = browser.post(address, {"message": thread, **REPORT, "at": "2099-01-01T10:00"})
    assert (late.status_code, "case.hit-to-come" in late.content.decode()) == (400, True)
    assert browser.post(address, {"message": thread, **REPORT}).status_code == 302
    moroccan.deliver()
    [words] = [
        each["words"]
        for each in show_case(moroccan.partner, THEIRS, thread)["passages"]
        if each["kind"] == "hit-report"
    ]
    assert (words["place"], words["outcome"], words["language"]) == ("ميناء طنجة", "located", "ar")
    page = text_of(browser, f"/cases/{thread}/")
    assert '<bdi dir="rtl" lang="ar">ميناء طنجة</bdi>' in page
    assert '<bdi dir="rtl" lang="ar">passport control</bdi>' in page
    assert "the person or object was found" in page


def test_what_became_of_a_check_is_asked_for_and_shown(moroccan: DeskWorld) -> None:
    """The Belgian partner asks for a specific check; the law of Morocco knows an inquiry only."""
    moroccan.hold_persons(moroccan.partner, "id,full,dob,check\n1,Wout Vanderelst,1984-05-17,specific\n")
    uid = RegisterSubject.objects.using(moroccan.partner.alias).get().uid
    thread = inform(
        moroccan.partner,
        replace(THEIRS, roles=frozenset({(Regime.POLICE, Role.APPROVER)})),
        moroccan.desk.service,
        moroccan.agreement,
        Purpose.TERRORISM,
        "a driver",
        "he is on his way",
        assertions=FACTS,
        subject=uid,
    )
    moroccan.deliver()
    browser = browser_of(moroccan, Role.OFFICER)
    page = text_of(browser, f"/cases/{thread}/")
    assert "specific check: question and search the person" in page
    assert "inquiry check: question the person" in page
    address = f"/cases/{thread}/hit/"
    assert "Check that the law of the place allows" in text_of(browser, address)
    said = {"message": thread, **REPORT, "check": "inquiry", "aware": "yes"}
    for change, status in (
        ({"aware": ""}, 400),
        ({"check": "", "aware": ""}, 400),
        ({"check": "specific"}, 400),
        ({"check": "specific", "deviation": "he reached into his coat"}, 400),
        ({}, 302),
    ):
        assert browser.post(address, {**said, **change}).status_code == status, change
    moroccan.deliver()
    page = text_of(browser, f"/cases/{thread}/")
    assert "lowered: the law of the place knows no more" in page
    assert "yes, the person knows" in page


def test_where_nothing_was_given_nothing_is_reported(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    browser = browser_of(moroccan, Role.OFFICER)
    assert "Report a hit" not in text_of(browser, f"/cases/{thread}/")
    assert "nothing in this case on which you could have acted" in text_of(browser, f"/cases/{thread}/hit/")
    posted = browser.post(f"/cases/{thread}/hit/", {"message": thread, **REPORT})
    assert posted.status_code == 400


def test_the_language_of_an_answer_is_chosen_and_shown(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    browser = browser_of(moroccan, Role.APPROVER)
    answered(moroccan, browser, thread, note="comme demandé", note_is="fact", language="fr")
    assert show_case(moroccan.partner, THEIRS, thread)["reply"]["language"] == "fr"
    assert '<bdi dir="ltr" lang="fr">comme demandé</bdi>' in text_of(browser, f"/cases/{thread}/")


@pytest.mark.parametrize("language", ["en", "fr", "nl", "ar"])
def test_the_page_s_language_is_chosen_at_first(moroccan: DeskWorld, language: str) -> None:
    browser = browser_of(moroccan, Role.OFFICER, language=language)
    page = text_of(browser, "/information/new/")
    assert f'<option value="{language}" selected>' in page
