"""At the desk: a request of a person from its receipt to its answer, the ledger, a breach."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.policy.persons import letter_of
from tests.web.conftest import browser_of
from tests.web.test_answer import asked
from tests.web.test_protection import answered, fresh_code, text_of
from tests.web.world import DeskWorld

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.core.probe.query import read_query
from comity.core.rights.codes import BreachNature, Origin, RightsKind
from comity.services.breaches.opened import Found, open_breach
from comity.services.context import Actor, ActorKind, Node
from comity.services.rights.requests import Asked, register_request
from comity.storage.models.exchange import ExchangedMessage
from comity.storage.models.rights import Breach, RightsRequest

DPO = Actor("the.dpo", ActorKind.OFFICER, frozenset({(Regime.POLICE, Role.DATA_PROTECTION_OFFICER)}))
REQUEST = {
    "regime": "police",
    "kind": "access",
    "origin": "person",
    "received": "2026-11-23",
    "contact": "by registered letter",
    "words": "What do you hold on me?",
    "wish": "on",
    "given": "Youssef",
    "family": "Benjelloun",
    "dob": "1984-05-17",
}
BREACH = {
    "regime": "police",
    "nature": "confidentiality",
    "aware": "2026-11-23T10:00",
    "first": "2026-11-01",
    "last": "2026-11-30",
    "happened": "a laptop was stolen",
    "consequences": "requests may be read",
    "measures": "the device was locked",
    "contact": "desk of the officer",
}


def person_and_breach(node: Node) -> dict[str, str]:
    """Let a person ask and a breach be known; return their numbers."""
    person = read_query({"given": "Salma", "family": "El Idrissi", "dob": "1991-11-02"})
    now = node.clock()
    asks = Asked(person, RightsKind.ACCESS, Origin.PERSON, now, "by letter", wish=True)
    number = register_request(node, DPO, Regime.POLICE, asks)
    since = now - timedelta(days=1)
    words = dict.fromkeys(("happened", "consequences", "measures", "contact"), "غير معروف بعد")
    found = Found(BreachNature.AVAILABILITY, now, since, now, **words)
    return {"number": number, "breach": open_breach(node, DPO, Regime.POLICE, found)}


def test_a_request_from_its_receipt_to_its_answer(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    answered(moroccan, browser_of(moroccan, Role.APPROVER, name="salma"), thread)
    browser = browser_of(moroccan, Role.DATA_PROTECTION_OFFICER)
    assert browser.post("/persons/new/", {**REQUEST, "contact": ""}).status_code == 400
    assert browser.post("/persons/new/", {**REQUEST, "given": "", "family": ""}).status_code == 400
    assert browser.post("/persons/new/", REQUEST).status_code == 302
    row = RightsRequest.objects.using(moroccan.desk.alias).get()
    page = f"/persons/{row.number}/"
    assert "Benjelloun" not in text_of(browser, "/persons/")
    assert "Benjelloun" in text_of(browser, page)
    assert browser.post(page, {"do": "take"}).status_code == 302
    assert browser.post(page, {"do": "search"}).status_code == 302
    shown = text_of(browser, page)
    assert "comity rights search --key" in shown
    assert "requests and replies" in shown
    # What the partner is asked needs the second factor; nothing leaves without it.
    ask = {"do": "ask", "agreement": moroccan.agreement}
    assert browser.post(page, {**ask, "code": "000000"}).status_code == 400
    assert not ExchangedMessage.objects.using(moroccan.desk.alias).filter(act="rights").exists()
    assert browser.post(page, {**ask, "code": fresh_code()}).status_code == 302
    assert "not confirmed yet" in text_of(browser, page)
    # The decision: reasons for what is left out.
    row.refresh_from_db(using=moroccan.desk.alias)
    [entry] = [each["key"] for each in row.search["found"] if each["place"] == "register"]
    form = {"outcome": "partial", "told": [entry], "reasons": ["rights-of-others"]}
    reasoning = {"reasoning": "another person is named in these cases"}
    decide = f"{page}decide/"
    assert browser.post(decide, {**form, **reasoning, "code": "000000"}).status_code == 400
    refused = browser.post(decide, {**form, "reasons": [], "code": fresh_code()})
    assert (refused.status_code, "rights.reasons" in refused.content.decode()) == (400, True)
    assert browser.post(decide, {**form, **reasoning, "code": fresh_code()}).status_code == 302
    early = browser.post(page, {"do": "letter"})
    assert (early.status_code, "rights.not-yet" in early.content.decode()) == (403, True)
    moroccan.clock.forward(days=21)
    letter = browser.post(page, {"do": "letter"})
    assert letter.status_code == 200
    assert letter_of(letter.content.decode())["code"] == "told"
    assert reasoning["reasoning"] in text_of(browser, page)


def test_a_single_field_stays_out_of_the_answer(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    answered(moroccan, browser_of(moroccan, Role.APPROVER, name="salma"), thread)
    browser = browser_of(moroccan, Role.DATA_PROTECTION_OFFICER)
    browser.post("/persons/new/", REQUEST)
    row = RightsRequest.objects.using(moroccan.desk.alias).get()
    page = f"/persons/{row.number}/"
    browser.post(page, {"do": "search"})
    row.refresh_from_db(using=moroccan.desk.alias)
    entry, others = None, []
    for each in row.search["found"]:
        if each["place"] == "register":
            entry = each
        else:
            others.append(each["key"])
    assert entry is not None
    asked_about = browser.get(f"{page}decide/").content.decode()
    assert asked_about.count('name="field-') == len(entry["fields"]) > 1
    place = entry["fields"].index("names")
    form = {"outcome": "partial", "told": [entry["key"]], "others": others, f"field-{place}": "inquiry"}
    unexplained = browser.post(f"{page}decide/", {**form, "code": fresh_code()})
    assert "rights.reasons" in unexplained.content.decode()
    why = {"reasoning": "the name alone would show the inquiry"}
    assert browser.post(f"{page}decide/", {**form, **why, "code": fresh_code()}).status_code == 302
    shown = text_of(browser, page)
    assert "Single fields that stay out" in shown
    assert why["reasoning"] in shown
    moroccan.clock.forward(days=21)
    [told] = letter_of(browser.post(page, {"do": "letter"}).content.decode())["told"]
    assert set(told["content"]["fields"]) == set(entry["fields"]) - {"names"}


def test_the_ledger(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    answered(moroccan, browser_of(moroccan, Role.APPROVER, name="salma"), thread)
    browser = browser_of(moroccan, Role.DATA_PROTECTION_OFFICER)
    from comity.storage.models.rights import Disclosure

    [subject] = Disclosure.objects.using(moroccan.desk.alias).values_list("subject", flat=True)
    page = browser.post(
        "/persons/ledger/", {"regime": "police", "subject": subject, "reason": "file 12"}
    ).content.decode()
    assert "The ledger equals the message log" in page
    assert moroccan.partner.service in page
    Disclosure.objects.using(moroccan.desk.alias).all().delete()
    page = browser.post(
        "/persons/ledger/", {"regime": "police", "subject": subject, "reason": "file 12"}
    ).content.decode()
    assert "Ledger and message log differ" in page
    assert (
        browser.post(
            "/persons/ledger/", {"regime": "police", "subject": "x", "reason": "file 12"}
        ).status_code
        == 400
    )


def test_a_breach_is_written_down_told_and_closed(moroccan: DeskWorld) -> None:
    asked(moroccan)
    browser = browser_of(moroccan, Role.DATA_PROTECTION_OFFICER)
    assert browser.post("/breaches/new/", {**BREACH, "measures": ""}).status_code == 400
    refused = browser.post("/breaches/new/", {**BREACH, "aware": "2027-11-23T10:00"})
    assert "breach.aware" in refused.content.decode()
    assert browser.post("/breaches/new/", BREACH).status_code == 302
    moroccan.deliver()
    row = Breach.objects.using(moroccan.desk.alias).get()
    page = f"/breaches/{row.number}/"
    assert Breach.objects.using(moroccan.partner.alias).get().partner == moroccan.desk.service
    assert browser.post(page, {"do": "close"}).status_code == 403
    assert browser.post(page, {"do": "told", "at": "", "reference": ""}).status_code == 400
    told = {"do": "told", "at": "2026-11-23T12:00", "reference": "CNDP-17"}
    assert browser.post(page, told).status_code == 302
    document = browser.post(page, {"do": "document"})
    assert letter_of(document.content.decode())["happened"] == "a laptop was stolen"
    assert browser.post(page, {"do": "close"}).status_code == 302
    assert "CNDP-17" in text_of(browser, page)


@pytest.mark.parametrize("role", [Role.HEAD_OF_DESK, Role.ADMINISTRATOR])
def test_what_was_found_is_the_officer_s_alone(moroccan: DeskWorld, role: Role) -> None:
    numbers = person_and_breach(moroccan.desk)
    browser = browser_of(moroccan, role)
    for act in ("take", "search", "ask", "letter"):
        assert browser.post(f"/persons/{numbers['number']}/", {"do": act}).status_code == 403
    assert browser.post(f"/persons/{numbers['number']}/decide/", {}).status_code == 403
