"""At the desk: the report on transfers, changes of status, emergencies, use before a court."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.federation.world import THIRD
from tests.web.conftest import browser_of
from tests.web.test_answer import asked
from tests.web.test_information import answered as given_answer
from tests.web.test_information import choice, with_third
from tests.web.test_probe import PERSON, probing
from tests.web.test_protection import answered, fresh_code, text_of
from tests.web.world import ASKING, OPERATOR, DeskWorld

from comity.core.agreement.profile import ChangeEffect, ChangeKind
from comity.core.cases.consent import Use
from comity.core.codes.exchange import Purpose, Regime
from comity.core.codes.marks import Role
from comity.errors import Refused
from comity.services.agreements.standing import stored_standing
from comity.services.cases.views import show_case
from comity.services.context import Actor, ActorKind
from comity.services.exchange.deliver import deliver_due
from comity.services.protection.consent import ask_consent, decide_consent
from comity.services.transfers.status import note_change
from comity.storage.cases import find_case
from comity.storage.models.agreements import TransferStatus
from comity.storage.models.protection import Notice, Passage

NOVEMBER = "?first=2026-11-01&last=2026-11-30"
OURS = Actor("karim", ActorKind.OFFICER, ASKING)
THEIR_APPROVER = Actor("aya", ActorKind.OFFICER, frozenset({(Regime.POLICE, Role.APPROVER)}))


def test_the_report_shows_ground_authority_and_proof(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    answered(moroccan, browser_of(moroccan, Role.APPROVER, name="salma"), thread)
    page = text_of(browser_of(moroccan, Role.DATA_PROTECTION_OFFICER), f"/transfers/{NOVEMBER}")
    assert "The log proves each of these transfers." in page
    assert "agreement to which Morocco is party" in page
    assert "legally binding instrument" in page
    assert "Federal police" in page
    assert "CNDP-BE-MA-ILLUSTRATIVE" in page
    assert "Benjelloun" not in page
    assert "بنجلون" not in page


def test_a_wrong_period_is_said(moroccan: DeskWorld) -> None:
    browser = browser_of(moroccan, Role.AUDITOR)
    assert browser.get("/transfers/?first=2026-11-30&last=2026-11-01").status_code == 400
    assert browser.get("/transfers/?first=soon&last=2026-11-01").status_code == 400
    assert browser.get("/transfers/?first=2026-11-01&last=9999-12-31").status_code == 400


def changed(**changes: str) -> dict[str, str]:
    usual = {
        "country": "BE",
        "status": "assurance:confidentiality",
        "effect": "ended",
        "reason": "leaked to the press",
    }
    return {**usual, "code": fresh_code(), **changes}


def test_a_change_closes_a_direction_and_its_reason_is_sealed(moroccan: DeskWorld) -> None:
    address = f"/agreements/{moroccan.agreement}/transfers/"
    thread = asked(moroccan)
    browser = browser_of(moroccan, Role.DATA_PROTECTION_OFFICER)
    assert 'class="tag bad"' not in text_of(browser, address)
    assert browser.post(address, changed()).status_code == 302
    page = text_of(browser, address)
    assert "An assurance of the recipient that the transfer needs does not hold on this day." in page
    assert "L21" in page
    assert "leaked to the press" not in page
    releasing = browser_of(moroccan, Role.APPROVER, name="salma")
    shown = releasing.post(f"/cases/{thread}/answer/", {"step": "preview", "categories": ["names"]})
    digest = shown.content.decode().split('name="shown" value="')[1].split('"')[0]
    body = {"step": "release", "categories": ["names"], "shown": digest, "code": fresh_code()}
    refused = releasing.post(f"/cases/{thread}/answer/", body)
    assert refused.status_code == 403
    assert "An assurance of the recipient" in refused.content.decode()
    row = find_case(moroccan.desk.alias, thread)
    assert row is not None
    assert row.closing is None


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"code": "000000"}, 400),
        ({"reason": ""}, 400),
        ({"country": "FR"}, 400),
        ({"status": "ground:led-36"}, 400),
        ({"since": "2030-01-01"}, 400),
    ],
)
def test_a_change_that_is_not_whole_is_not_noted(
    moroccan: DeskWorld, changes: dict[str, str], status: int
) -> None:
    address = f"/agreements/{moroccan.agreement}/transfers/"
    browser = browser_of(moroccan, Role.ADMINISTRATOR)
    assert browser.post(address, changed(**changes)).status_code == status
    assert not TransferStatus.objects.using(moroccan.desk.alias).exists()


def test_a_closed_direction_closes_the_search_and_the_index(world: DeskWorld) -> None:
    browser, ground = probing(world)
    assert (
        "The partner holds a matching entry"
        in browser.post("/probe/", {**PERSON, "ground": ground}).content.decode()
    )
    note_change(
        world.partner,
        OPERATOR,
        world.agreement,
        "MA",
        ChangeKind.GROUND,
        "ma-44-2",
        ChangeEffect.ENDED,
        world.clock(),
        "withdrawn by the CNDP",
    )
    page = browser.post("/probe/", {**PERSON, "ground": ground})
    assert page.status_code == 403
    assert "The stated ground does not hold on this day." in page.content.decode()
    with pytest.raises(Refused, match=r"probe\.no-permit"):
        world.publish(world.partner, world.desk)


def test_an_auditor_reads_and_notes_nothing(moroccan: DeskWorld) -> None:
    address = f"/agreements/{moroccan.agreement}/transfers/"
    browser = browser_of(moroccan, Role.AUDITOR)
    assert "Note a change" not in text_of(browser, address)
    assert browser.post(address, changed()).status_code == 403
    assert stored_standing(moroccan.desk, moroccan.agreement).changes == ()


@pytest.mark.parametrize("language", ["fr", "nl", "ar"])
def test_the_pages_speak_each_language(moroccan: DeskWorld, language: str) -> None:
    thread = asked(moroccan)
    roles = (Role.APPROVER, Role.DATA_PROTECTION_OFFICER)
    browser = browser_of(moroccan, *roles, language=language)
    for address in (
        f"/transfers/{NOVEMBER}",
        f"/agreements/{moroccan.agreement}/transfers/",
        f"/cases/{thread}/emergency/",
        f"/cases/{thread}/court/",
    ):
        page = text_of(browser, address)
        for english in ("Transfers", "Objective reason", "Give to a court", "Grounds", "Show"):
            assert f">{english}<" not in page, (address, english)


def test_with_nobody_else_to_tell_an_emergency_says_so(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    browser = browser_of(moroccan, Role.APPROVER)
    form = {
        "message": thread,
        "recipient": "",
        "ground": "threat-to-life",
        "matter": "a driver",
        "matter_is": "fact",
        "reason_is": "assessment",
        "reason": "he drives to the market with explosives",
        "code": fresh_code(),
    }
    page = browser.post(f"/cases/{thread}/emergency/", form)
    assert page.status_code == 400
    assert "No agreement in force permits" in page.content.decode()
    assert not Notice.objects.using(moroccan.desk.alias).filter(act="notify").exists()


@pytest.mark.django_db(databases=["default", "ma", "third"])
def test_s9_an_emergency_leaves_with_its_notice_and_not_without_the_code(
    world: DeskWorld, tmp_path: Path
) -> None:
    third = with_third(world, tmp_path)
    thread, message = given_answer(world)
    browser = browser_of(world, Role.APPROVER)
    address = f"/cases/{thread}/emergency/"
    page = text_of(browser, address)
    form = {
        "message": message,
        "recipient": choice(page, "terrorism"),
        "ground": "threat-to-life",
        "matter": "a driver",
        "matter_is": "fact",
        "reason_is": "assessment",
        "reason": "he drives to the market with explosives",
    }
    assert "BE-MA-2025" not in page.split('id="id_recipient"')[1].split("</select>")[0]
    for wrong in ({"code": "000000"}, {"reason": "urgent", "code": fresh_code()}, {"ground": "comfort"}):
        assert browser.post(address, {**form, **wrong}).status_code == 400
    assert not Notice.objects.using(world.desk.alias).filter(act="notify").exists()
    assert browser.post(address, {**form, "code": fresh_code()}).status_code == 302
    for node in (world.desk, third):
        deliver_due(node, world.network.channels)
    world.deliver()
    assert "Benjelloun" in str(Passage.objects.using("third").get().body)
    told = Notice.objects.using(world.partner.alias).get(act="notify")
    assert (told.content["recipient"], told.target) == (THIRD, message)
    report = text_of(browser_of(world, Role.AUDITOR, name="anna"), f"/transfers/{NOVEMBER}")
    assert "Emergencies in which the owner was told afterwards" in report


def test_a_court_gets_it_once_the_provider_has_permitted(world: DeskWorld) -> None:
    thread = world.request(world.partner, about="Salma El Idrissi")
    browser = browser_of(world, Role.APPROVER)
    address = f"/cases/{thread}/court/"
    form = {"message": thread, "court": "Court of Brussels", "proceedings": "2026/117"}
    refused = browser.post(address, {**form, "code": fresh_code()})
    assert refused.status_code == 403
    assert "has not permitted its use before a court" in refused.content.decode()
    officer = Actor("an.officer", ActorKind.OFFICER, ASKING)
    asked_for = ask_consent(
        world.desk, officer, thread, thread, Use.COURT, Purpose.TERRORISM, "the trial of March"
    )
    world.deliver()
    decide_consent(world.partner, THEIR_APPROVER, thread, asked_for, given=True)
    world.deliver()
    assert browser.post(address, {**form, "code": "000000"}).status_code == 400
    assert browser.post(address, {**form, "court": "", "code": fresh_code()}).status_code == 400
    given = browser.post(address, {**form, "code": fresh_code()})
    assert given.status_code == 200
    assert "Court of Brussels" in given.content.decode()


def test_the_owner_reads_what_was_told_of_an_emergency(moroccan: DeskWorld) -> None:
    thread = asked(moroccan)
    Notice.objects.using(moroccan.desk.alias).create(
        direction="in",
        partner=moroccan.partner.service,
        regime="police",
        thread=thread,
        act="notify",
        kind="override-notice",
        ground="threat-to-life",
        opened_at=moroccan.clock(),
        content={"recipient": "TN.interior", "reason": "a car with explosives", "at": "now"},
    )
    page = text_of(browser_of(moroccan, Role.HEAD_OF_DESK), f"/cases/{thread}/")
    assert "imminent threat to the life of a person" in page
    assert "a car with explosives" in page
    assert "TN.interior" in page
    administrator = Actor("os:root", ActorKind.OPERATOR)
    assert "explosives" not in str(show_case(moroccan.desk, administrator, thread))
    assert show_case(moroccan.partner, OURS, thread)["notices"] == []
