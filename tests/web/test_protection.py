"""At the desk: questions, parts, conditions, correction, restriction, consent, and who has not complied."""

from __future__ import annotations

from django.core.cache import cache
from django.test import Client
from tests.web.conftest import browser_of, code_now
from tests.web.test_answer import asked
from tests.web.world import ASKING, PERSONS, DeskWorld

from comity.core.cases.consent import Use
from comity.core.codes.exchange import Purpose, Regime
from comity.core.codes.marks import Assertion, Role
from comity.services.cases.thread.acknowledge import acknowledge
from comity.services.cases.thread.clarify import clarify
from comity.services.cases.views import show_case
from comity.services.context import Actor, ActorKind
from comity.services.protection.consent import ask_consent
from comity.services.protection.restrict import restrict_sent

THEIRS = Actor("karim", ActorKind.OFFICER, ASKING)
THEIR_DPO = Actor("bram", ActorKind.OFFICER, frozenset({(Regime.POLICE, Role.DATA_PROTECTION_OFFICER)}))


def answered(world: DeskWorld, browser: Client, thread: str, **changes: str) -> None:
    """Release the names on a request, as the signed-in approver."""
    shown = browser.post(f"/cases/{thread}/answer/", {"step": "preview", "categories": ["names"], **changes})
    text = shown.content.decode()
    digest = text.split('name="shown" value="')[1].split('"')[0]
    body = {"step": "release", "categories": ["names"], "shown": digest, "code": fresh_code(), **changes}
    assert browser.post(f"/cases/{thread}/answer/", body).status_code == 302
    world.deliver()


def fresh_code() -> str:
    """Return the present code, as if none had been used in this half minute."""
    cache.clear()
    return code_now()


def there(world: DeskWorld, thread: str) -> str:
    return str(show_case(world.partner, THEIRS, thread))


def text_of(browser: Client, address: str) -> str:
    page = browser.get(address)
    assert page.status_code == 200, address
    return page.content.decode()


def test_a_question_and_its_clarification(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    browser = browser_of(moroccan, Role.APPROVER)
    assert "Ask what is meant" in text_of(browser, f"/cases/{thread}/")
    said = {"ask": "1", "text": "which of the two brothers?"}
    assert browser.post(f"/cases/{thread}/say/", said).status_code == 302
    moroccan.deliver()
    clarify(moroccan.partner, THEIRS, thread, "the younger one", assertion=Assertion.FACT)
    moroccan.deliver()
    page = text_of(browser, f"/cases/{thread}/")
    assert "the younger one" in page
    assert "which of the two brothers?" in page
    assert (
        browser.post(f"/cases/{thread}/say/", {"clarify": "1", "text": "x", "text_is": "fact"}).status_code
        == 403
    )


def test_part_of_an_answer_and_the_negative_rest(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    browser = browser_of(moroccan, Role.APPROVER)
    answered(moroccan, browser, thread, part="on")
    assert "part of an answer" in text_of(browser, f"/cases/{thread}/")
    address = f"/cases/{thread}/negative/"
    assert browser.post(address, {"result": "not-held", "code": "000000"}).status_code == 400
    assert browser.post(address, {"code": fresh_code()}).status_code == 400


def test_nothing_found(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    browser = browser_of(moroccan, Role.APPROVER)
    address = f"/cases/{thread}/negative/"
    assert browser.post(address, {"result": "not-held", "code": fresh_code()}).status_code == 302
    moroccan.deliver()
    assert "nothing is held" in text_of(browser, f"/cases/{thread}/")
    assert "'negative': 'not-held'" in there(moroccan, thread)


def test_conditions_are_acknowledged(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    browser = browser_of(moroccan, Role.APPROVER)
    answered(moroccan, browser, thread, conditions="for the trial only")
    assert "بنجلون" not in there(moroccan, thread)
    message = show_case(moroccan.partner, THEIRS, thread)["passages"][-1]["message"]
    acknowledge(moroccan.partner, THEIRS, thread, message)
    moroccan.deliver()
    assert "بنجلون" in there(moroccan, thread)
    assert "Conditions acknowledged" not in text_of(browser, "/")


def test_a_correction_from_the_register(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    browser = browser_of(moroccan, Role.APPROVER)
    answered(moroccan, browser, thread)
    watcher = browser_of(moroccan, Role.DATA_PROTECTION_OFFICER, name="a.watcher")
    assert "Nothing is outstanding" in text_of(watcher, "/outstanding/")
    assert "protection.unchanged" in text_of(browser, f"/cases/{thread}/correct/")
    moroccan.hold_persons(moroccan.desk, PERSONS.replace("Benjelloun", "Benjelloul"))
    assert "the register holds something else by now" in text_of(watcher, "/outstanding/")
    page = text_of(browser, f"/cases/{thread}/correct/")
    assert "Benjelloun" in page
    assert "Benjelloul" in page
    digest = page.split('name="shown" value="')[1].split('"')[0]
    body = {"shown": digest, "message": "", "ground": "inaccurate"}
    assert browser.post(f"/cases/{thread}/correct/", {**body, "code": "000000"}).status_code == 400
    assert (
        browser.post(f"/cases/{thread}/correct/", {**body, "shown": "0", "code": fresh_code()}).status_code
        == 403
    )
    assert browser.post(f"/cases/{thread}/correct/", {**body, "code": fresh_code()}).status_code == 302
    moroccan.deliver()
    assert "Benjelloul" in there(moroccan, thread)
    assert "Benjelloun" not in there(moroccan, thread)
    assert "Corrected; the earlier words are no longer held." in text_of(browser, f"/cases/{thread}/")


def test_a_restriction_shows_its_ground_and_no_words(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    browser = browser_of(moroccan, Role.APPROVER, Role.DATA_PROTECTION_OFFICER)
    answered(moroccan, browser, thread)
    address = f"/cases/{thread}/restrict/"
    body = {"act": "restrict-sent", "ground": "accuracy-contested"}
    assert browser.post(address, {**body, "code": "0"}).status_code == 400
    assert browser.post(address, {**body, "ground": "", "code": fresh_code()}).status_code == 400
    assert browser.post(address, {**body, "code": fresh_code()}).status_code == 302
    moroccan.deliver()
    page = text_of(browser, f"/cases/{thread}/")
    assert "its accuracy is contested" in page
    assert (
        "بنجلون" not in page.split("What was released")[-1].split("The request")[0]
        or "What was released" not in page
    )
    assert "بنجلون" not in there(moroccan, thread)


def test_a_notice_is_noted(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    browser = browser_of(moroccan, Role.HEAD_OF_DESK)
    restrict_sent_by_partner(moroccan, thread)
    assert "applied here; nobody has taken note yet" in text_of(browser, "/outstanding/")
    page = text_of(browser, f"/cases/{thread}/")
    number = page.split('name="notice" value="')[1].split('"')[0]
    assert browser.post(f"/cases/{thread}/say/", {"note": "1", "notice": "x"}).status_code == 400
    assert browser.post(f"/cases/{thread}/say/", {"note": "1", "notice": number}).status_code == 302
    assert "Nothing is outstanding" in text_of(browser, "/outstanding/")


def restrict_sent_by_partner(world: DeskWorld, thread: str) -> None:
    from comity.core.cases.protection import ProtectionGround

    restrict_sent(world.partner, THEIR_DPO, thread, ProtectionGround.CONTESTED)
    world.deliver()


def test_consent_is_decided_and_withdrawn(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    browser = browser_of(moroccan, Role.APPROVER)
    answered(moroccan, browser, thread)
    message = show_case(moroccan.partner, THEIRS, thread)["passages"][-1]["message"]
    use = ask_consent(moroccan.partner, THEIRS, thread, message, Use.PURPOSE, Purpose.DRUGS, "one network")
    moroccan.deliver()
    address = f"/cases/{thread}/consent/"
    assert "one network" in text_of(browser, address)
    assert browser.post(address, {"asked": use, "give": "1", "code": "000000"}).status_code == 400
    assert browser.post(address, {"asked": use, "give": "1", "code": fresh_code()}).status_code == 302
    moroccan.deliver()
    assert "'state': 'given'" in there(moroccan, thread)


def test_consent_is_asked(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    browser = browser_of(moroccan, Role.OFFICER)
    address = f"/cases/{thread}/consent/"
    body = {
        "ask": "1",
        "message": thread,
        "use": "other-purpose",
        "purpose": "drugs",
        "reasons": "one network",
    }
    assert browser.post(address, {**body, "message": "0" * 32}).status_code == 400
    assert browser.post(address, {**body, "use": "onward-transfer"}).status_code == 400
    assert browser.post(address, body).status_code == 302
    moroccan.deliver()
    assert "one network" in there(moroccan, thread)


def test_a_case_is_handed_over_with_a_note(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    browser = browser_of(moroccan, Role.OFFICER)
    moroccan.enrol("a.colleague", Role.OFFICER)
    assert browser.post(f"/cases/{thread}/owner/", {"take": "1"}).status_code == 302
    assert "Note for who takes it" in text_of(browser, f"/cases/{thread}/")
    assert browser.post(f"/cases/{thread}/owner/", {"owner": "a.colleague"}).status_code == 403
    given = {"owner": "a.colleague", "note": "call the prosecutor"}
    assert browser.post(f"/cases/{thread}/owner/", given).status_code == 302
    page = text_of(browser, f"/cases/{thread}/")
    assert "call the prosecutor" in page
    assert "a.colleague" in page
