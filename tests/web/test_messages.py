"""How messages stand, at the desk; after a restore an administrator fetches what was lost."""

from __future__ import annotations

from datetime import timedelta

from tests.federation.world import set_state
from tests.web.conftest import browser_of
from tests.web.world import DeskWorld

from comity.core.codes.marks import Role
from comity.services.exchange.deliver import deliver_due
from comity.services.exchange.missing import expect_missing, recoveries
from comity.storage.models.cases import Case
from comity.storage.models.clocks import ClockTurn
from comity.storage.models.exchange import AcceptedBatch, ExchangedMessage
from comity.storage.models.protection import Passage
from comity.storage.transaction import atomic


def lose(world: DeskWorld) -> None:
    """Roll the desk back to before anything came, as a restore does, and let it know that it must ask."""
    alias = world.desk.alias
    for model in (Case, ClockTurn, Passage, AcceptedBatch):
        model.objects.using(alias).all().delete()
    ExchangedMessage.objects.using(alias).filter(direction="in").delete()
    with atomic(alias):
        expect_missing(world.desk, world.clock() - timedelta(hours=1))


def test_what_waits_and_why(moroccan: DeskWorld) -> None:
    head = browser_of(moroccan, Role.HEAD_OF_DESK)
    assert "Every message has its receipt" in head.get("/messages/").content.decode()
    moroccan.network.cut_off.add(moroccan.partner.service)
    thread = moroccan.request(moroccan.desk, about="Salma El Idrissi")
    moroccan.clock.forward(minutes=6)
    deliver_due(moroccan.desk, moroccan.network.channels)
    page = head.get("/messages/").content.decode()
    assert thread in page
    assert "No receipt for more than five minutes" in page
    assert "way.memory" in page, "and why the last attempt failed"


def test_an_administrator_fetches_what_a_restore_lost(moroccan: DeskWorld) -> None:
    thread = moroccan.request(moroccan.partner, about="Salma El Idrissi")
    lose(moroccan)
    administrator = browser_of(moroccan, Role.ADMINISTRATOR)
    page = administrator.get("/messages/").content.decode()
    assert "Lost by a restore" in page
    assert "not known" in page
    [row] = [each for each in recoveries(moroccan.desk) if each.regime == "police"]
    chosen = {"partner": row.partner, "regime": row.regime}
    asked = administrator.post("/messages/", {**chosen, "do": "ask"}).content.decode()
    assert "1 message that this node had acknowledged is missing" in asked
    fetched = administrator.post("/messages/", {**chosen, "do": "fetch"}).content.decode()
    assert "1 message is here again" in fetched
    assert Case.objects.using(moroccan.desk.alias).filter(thread=thread).exists()


def test_a_request_sent_after_the_backup_is_a_case_again(moroccan: DeskWorld) -> None:
    alias = moroccan.desk.alias
    thread = moroccan.request(moroccan.desk, about="Salma El Idrissi")
    deliver_due(moroccan.desk, moroccan.network.channels)
    lose(moroccan)
    ExchangedMessage.objects.using(alias).filter(direction="out", message=thread).delete()
    row = next(each for each in recoveries(moroccan.desk) if each.regime == "police")
    chosen = {"partner": row.partner, "regime": row.regime, "do": "fetch"}
    page = browser_of(moroccan, Role.ADMINISTRATOR).post("/messages/", chosen).content.decode()
    told, _, listed = page.partition("Requests that this node had sent itself are cases again")
    assert told != page
    assert thread in listed
    assert Case.objects.using(alias).get(thread=thread).owner is None


def test_every_page_says_that_a_partner_is_suspended(moroccan: DeskWorld) -> None:
    thread = moroccan.request(moroccan.partner, about="Salma El Idrissi")
    officer = browser_of(moroccan, Role.OFFICER)
    pages = ("/", f"/cases/{thread}/", "/requests/new/", "/probe/")
    told = "This partner is suspended here"
    assert not [each for each in pages if told in officer.get(each).content.decode()]
    set_state(moroccan.desk, moroccan.partner.service, "suspended")
    assert not [each for each in pages if told not in officer.get(each).content.decode()]


def test_what_a_suspended_partner_would_not_get_is_not_offered(moroccan: DeskWorld) -> None:
    thread = moroccan.request(moroccan.partner, about="Salma El Idrissi")
    officer = browser_of(moroccan, Role.OFFICER, Role.APPROVER)
    offered = {
        f"/cases/{thread}/": ('data-key="r"', "Ask what is meant"),
        "/requests/new/": ('name="facts"',),
        "/probe/": ('name="family"',),
        "/information/new/": ('name="matter"',),
    }
    for page, marks in offered.items():
        text = officer.get(page).content.decode()
        assert not [each for each in marks if each not in text], page
    set_state(moroccan.desk, moroccan.partner.service, "suspended")
    for page, marks in offered.items():
        text = officer.get(page).content.decode()
        assert not [each for each in marks if each in text], page
    assert "Restrict" in officer.get(f"/cases/{thread}/").content.decode(), "what protects stays"


def test_what_was_typed_when_a_partner_was_suspended_is_kept(moroccan: DeskWorld) -> None:
    officer = browser_of(moroccan, Role.OFFICER, Role.APPROVER)
    set_state(moroccan.desk, moroccan.partner.service, "suspended")
    answer = officer.post("/requests/new/", {"facts": "a car loaded at night", "ground": "x:y"})
    assert answer.status_code == 400
    told = {"step": "write", "matter": "a driver on his way", "reasons": "near the border", "ground": "x:y"}
    assert "a driver on his way" in officer.post("/information/new/", told).content.decode()
    set_state(moroccan.desk, moroccan.partner.service, "confirmed")
    assert "a car loaded at night" in officer.get("/requests/new/").content.decode()


def test_nobody_else_fetches(moroccan: DeskWorld) -> None:
    moroccan.request(moroccan.partner, about="Salma El Idrissi")
    lose(moroccan)
    head = browser_of(moroccan, Role.HEAD_OF_DESK)
    page = head.get("/messages/").content.decode()
    assert "An administrator fetches it" in page
    answer = head.post(
        "/messages/", {"partner": str(moroccan.partner.service), "regime": "police", "do": "fetch"}
    )
    assert answer.status_code == 403
    assert "actor.role" in answer.content.decode()
    assert not Case.objects.using(moroccan.desk.alias).exists()


def test_a_partner_that_nobody_restored_from_is_refused(moroccan: DeskWorld) -> None:
    administrator = browser_of(moroccan, Role.ADMINISTRATOR)
    answer = administrator.post("/messages/", {"partner": "XX.nobody", "regime": "police", "do": "fetch"})
    assert answer.status_code == 502
    assert "partner.unknown" in answer.content.decode()
