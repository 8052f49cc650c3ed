"""Identification at the desk: ask with files, progress, hand out with reason and code, answer, overdue; L24 and L35."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.agreement.samples import shipped
from tests.federation.world import BE, MA, sign_between
from tests.identification.cast import (
    FAMILY,
    KNOWN,
    PERSON,
    RETURN,
    hold,
    nist,
    officer,
    person,
    prints,
    said,
)
from tests.policy.scene import leaves
from tests.web.conftest import browser_of, code_now
from tests.web.world import OPERATOR, PASSWORD, SECRET, DeskWorld

from comity.core.codes.marks import Role
from comity.core.identification.attachment import FILE_BYTES
from comity.core.identification.messages import Result, ResultGround
from comity.services.cases.access import known_case
from comity.services.exchange.deliver import deliver_due
from comity.services.identification.answer import answer_identification
from comity.services.identification.attach import send_parts
from comity.services.identification.read import files_of
from comity.services.identification.request import ask
from comity.services.people import accounts, factor
from comity.services.protection.owe import chase_due
from comity.storage import people
from comity.storage.models.cases import Attachment, AttachmentPart, Case
from comity.storage.models.rights import Disclosure

ELS, JAN = officer("els", Role.OFFICER, regime=RETURN), officer("jan", Role.APPROVER, regime=RETURN)
LAWFUL = {
    "case": "BE-RET-40",
    "categories": ["names", "birth"],
    "presumed": "ma",
    "contested": "on",
    "claimed": "DZ",
    "informed_on": "2026-11-20",
    "informed_language": "ar",
    "issuing": "BE",
    "step": "send",
}


def memorandum(world: DeskWorld) -> str:
    """Put the memorandum into force, and the person into the Belgian register."""
    for node in (world.desk, world.partner):
        if node.service == BE:
            hold(node, person(), PERSON)
        else:
            hold(node, person(MA), KNOWN)
    return sign_between((world.desk, world.partner), shipped("memorandum_2016"))


def enrol(world: DeskWorld, name: str, *roles: Role) -> Client:
    """Return a browser of an officer of the regime of return."""
    held = frozenset((RETURN, role) for role in roles)
    account = accounts.enrol(world.desk, OPERATOR, accounts.Enrolment(name, PASSWORD, held, "en"))
    people.add_totp(world.desk.alias, account, factor.seal_secret(world.desk, SECRET))
    browser = Client()
    browser.force_login(account)
    return browser


def work(world: DeskWorld) -> None:
    for _ in range(3):
        world.clock.forward(seconds=1)
        for node in (world.desk, world.partner):
            chase_due(node)
            send_parts(node)
            deliver_due(node, world.network.channels)


def confirmed(name: str) -> dict[str, str]:
    """Return the codes of both persons, as if none had been used in this half minute."""
    cache.clear()
    return {
        "code": code_now(),
        "second_name": name,
        "second_password": PASSWORD,
        "second_code": code_now(),
    }


def shown_digest(page: Any) -> str:
    found = re.search(r'name="shown" value="([0-9a-f]{64})"', page.content.decode())
    assert found is not None
    return found[1]


def sent(browser: Client, **changes: Any) -> Any:
    """Fill in the form of a request and send it."""
    begun = browser.post("/identification/new/", {"subject": PERSON})
    assert begun.status_code == 200, begun.content.decode()
    text = begun.content.decode()
    ground = re.search(r'name="ground" value="([^"]+)"', text)
    assert ground is not None
    upload = SimpleUploadedFile("Said Ezziani.an2", changes.pop("octets", nist()))
    body = {"subject": PERSON, "ground": ground[1], "shown": shown_digest(begun), **LAWFUL, "prints": upload}
    return browser.post("/identification/new/", {**body, **confirmed("a.second"), **changes})


def test_a_request_with_its_file_from_the_desk(world: DeskWorld) -> None:
    memorandum(world)
    browser = enrol(world, "an.officer", Role.OFFICER)
    enrol(world, "a.second", Role.APPROVER)
    page = sent(browser)
    assert page.status_code == 302, page.content.decode()
    work(world)
    thread = Case.objects.using("ma").get().thread
    row = Attachment.objects.using("ma").get()
    assert (row.state, row.category) == ("held", "fingerprints")
    asked = Case.objects.using("ma").get().request
    assert asked["nationality"] == {"presumed": "MA", "contested": True, "claimed": ["DZ"]}
    assert asked["informed"] == {"on": "2026-11-20", "language": "ar"}
    assert sorted(asked["subject"]["fields"]) == ["birth", "names"]
    text = browser.get(f"/cases/{thread}/").content.decode()
    assert FAMILY in text
    assert "whole" in text
    assert "Said Ezziani" not in text
    assert "ansi-nist" in browser.get(f"/cases/{thread}/files/").content.decode()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"informed_on": ""}, "law.return-informed"),
        ({"informed_language": ""}, "law.return-informed"),
        ({"issuing": "FR"}, "law.return-issuer"),
        ({"presumed": "TN"}, "law.return-addressee"),
        ({"octets": b"PK\x03\x04" + bytes(50)}, "attachment.archive"),
        ({"octets": b"#!/bin/sh"}, "attachment.type"),
        ({"octets": b""}, "attachment.empty"),
        ({"octets": nist(FILE_BYTES + 1)}, "attachment.too-large"),
        ({"shown": "0" * 64}, "case.changed"),
    ],
)
def test_what_the_law_and_the_list_refuse(world: DeskWorld, changes: dict[str, Any], code: str) -> None:
    memorandum(world)
    browser = enrol(world, "an.officer", Role.OFFICER)
    enrol(world, "a.second", Role.APPROVER)
    page = sent(browser, **changes)
    assert code in page.content.decode()
    assert page.status_code in (400, 403)
    assert not Case.objects.exists()
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [{"code": "000000"}, {"second_password": "wrong"}, {"second_code": "000000"}, {"categories": ["phones"]}],
)
def test_without_two_persons_nothing_is_sent(world: DeskWorld, changes: dict[str, Any]) -> None:
    memorandum(world)
    browser = enrol(world, "an.officer", Role.OFFICER)
    enrol(world, "a.second", Role.APPROVER)
    assert sent(browser, **changes).status_code == 400
    assert not Case.objects.exists()


def test_one_person_is_not_two(world: DeskWorld) -> None:
    memorandum(world)
    browser = enrol(world, "a.second", Role.OFFICER, Role.APPROVER)
    page = sent(browser)
    assert page.status_code in (400, 403)
    assert not Case.objects.exists()


def received(world: DeskWorld) -> str:
    """Let the Belgian service ask, and the file arrive at the Moroccan desk."""
    agreement = memorandum(world)
    thread = ask(world.partner, ELS, agreement, PERSON, said(), [prints()], second=JAN)
    work(world)
    return thread


def test_a_file_is_taken_with_reason_and_code(moroccan: DeskWorld) -> None:
    thread = received(moroccan)
    browser = enrol(moroccan, "an.officer", Role.OFFICER)
    address = f"/cases/{thread}/files/"
    for body in ({"file": "in-1", "reason": ""}, {"file": "in-1", "reason": "compare", "code": "000000"}):
        assert browser.post(address, {**confirmed("x"), **body}).status_code == 400
    assert leaves(moroccan.desk, "attachment.consulted") == []
    for wrong in ("in-2", "out-1", "in-x", "", "in-9999999"):
        page = browser.post(address, {**confirmed("x"), "file": wrong, "reason": "compare"})
        assert page.status_code == 400, wrong
        assert "attachment.unknown" in page.content.decode()
    page = browser.post(address, {**confirmed("x"), "file": "in-1", "reason": "compare the prints"})
    assert (page.status_code, page.content) == (200, nist())
    assert page.headers["Content-Type"] == "application/octet-stream"
    assert page.headers["Content-Disposition"] == f'attachment; filename="{thread[-8:]}-in-1.an2"'
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Cache-Control"] == "no-store"
    assert len(leaves(moroccan.desk, "attachment.consulted")) == 1


@pytest.mark.parametrize(
    ("result", "ground"), [("identified", "fingerprints-match"), ("not-identified", "not-in-registers")]
)
def test_an_answer_from_the_desk_purges(moroccan: DeskWorld, result: str, ground: str) -> None:
    thread = received(moroccan)
    browser = enrol(moroccan, "an.approver", Role.OFFICER, Role.APPROVER)
    enrol(moroccan, "a.second", Role.APPROVER)
    address = f"/cases/{thread}/identified/"
    assert browser.get(address).status_code == 200
    body = {"result": result, "grounds": [ground], "subject": KNOWN if result == "identified" else ""}
    preview = browser.post(address, {**body, "step": "preview"})
    assert preview.status_code == 200, preview.content.decode()
    last = {**body, "step": "answer"}
    if body["subject"]:
        assert FAMILY in preview.content.decode()
        last["shown"] = shown_digest(preview)
    assert browser.post(address, {**last, **confirmed("a.second"), "second_code": "1"}).status_code == 400
    page = browser.post(address, {**last, **confirmed("a.second")})
    assert page.status_code == 302, page.content.decode()
    work(moroccan)
    assert not AttachmentPart.objects.exists()
    assert not AttachmentPart.objects.using("ma").exists()
    text = browser.get(f"/cases/{thread}/").content.decode()
    assert "identified" in text
    assert "erased" in browser.get(f"/cases/{thread}/files/").content.decode()
    counts = browser.get("/identification/").content.decode()
    assert "Nothing is overdue" in counts


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"subject": KNOWN, "confirm": "on"}, "the particulars of the request are confirmed"),
        ({"none_held": "on"}, "your register holds no entry on this person"),
    ],
)
def test_who_is_only_confirmed_has_an_entry_or_the_statement_that_there_is_none(
    moroccan: DeskWorld, how: dict[str, str], told: str
) -> None:
    thread = received(moroccan)
    browser = enrol(moroccan, "an.approver", Role.OFFICER, Role.APPROVER)
    enrol(moroccan, "a.second", Role.APPROVER)
    address = f"/cases/{thread}/identified/"
    body = {"result": "identified", "grounds": ["civil-register"]}
    page = browser.post(address, {**body, "step": "preview"})
    assert (page.status_code, "Name the entry" in page.content.decode()) == (400, True)
    preview = browser.post(address, {**body, **how, "step": "preview"})
    assert told in preview.content.decode()
    for name, value in how.items():
        assert f'name="{name}" value="{value}"' in preview.content.decode()
    last = {**body, **how, "step": "answer", **confirmed("a.second")}
    if "subject" in how:
        last["shown"] = shown_digest(preview)
    page = browser.post(address, last)
    assert page.status_code == 302, page.content.decode()
    row = Disclosure.objects.using(moroccan.desk.alias).get()
    assert row.subject == how.get("subject", "")


def test_an_ordinary_answer_is_refused(moroccan: DeskWorld) -> None:
    thread = received(moroccan)
    browser = enrol(moroccan, "an.approver", Role.APPROVER)
    for address in (f"/cases/{thread}/answer/", f"/cases/{thread}/negative/"):
        body = {"result": "not-held", "step": "preview", "categories": ["names"], "code": code_now()}
        page = browser.post(address, body)
        assert page.status_code == 403, address
        assert "law.return-form" in page.content.decode()
    assert Case.objects.get().closing is None


def test_wrong_grounds_and_changed_entries_are_refused(moroccan: DeskWorld) -> None:
    thread = received(moroccan)
    browser = enrol(moroccan, "an.approver", Role.APPROVER)
    enrol(moroccan, "a.second", Role.APPROVER)
    address = f"/cases/{thread}/identified/"
    wrong = {"result": "identified", "grounds": ["not-in-registers"], "step": "preview"}
    assert browser.post(address, wrong).status_code == 400
    body = {"result": "identified", "grounds": ["civil-register"], "subject": KNOWN, "step": "answer"}
    page = browser.post(address, {**body, "shown": "0" * 64, **confirmed("a.second")})
    assert page.status_code == 403
    assert "case.changed" in page.content.decode()
    assert Case.objects.get().closing is None


def test_further_files_and_the_overdue_list(world: DeskWorld) -> None:
    agreement = memorandum(world)
    browser = enrol(world, "els", Role.OFFICER)
    enrol(world, "a.second", Role.APPROVER)
    thread = ask(world.desk, ELS, agreement, PERSON, said(), [prints()], second=JAN)
    work(world)
    samira = officer("samira", Role.APPROVER, regime=RETURN)
    answer_identification(world.partner, samira, thread, Result.MORE_NEEDED, [ResultGround.PRINTS_UNUSABLE])
    work(world)
    assert "the fingerprints cannot be used" in browser.get(f"/cases/{thread}/").content.decode()
    assert "Send further files" in browser.get(f"/cases/{thread}/files/").content.decode()
    upload = SimpleUploadedFile("x.an2", nist(900))
    page = browser.post(f"/cases/{thread}/files/new/", {"prints": upload, **confirmed("a.second")})
    assert page.status_code == 302, page.content.decode()
    work(world)
    assert [each["state"] for each in files_of(world.partner, samira, thread)] == ["held", "held"]
    assert known_case(world.partner, samira, thread).closing is None
    world.clock.forward(days=46)
    text = browser.get("/identification/").content.decode()
    assert thread[-8:] in text
    assert "Overdue, the oldest first" in text


def test_police_officers_see_nothing_of_it(moroccan: DeskWorld) -> None:
    thread = received(moroccan)
    browser = browser_of(moroccan, Role.OFFICER, Role.APPROVER, Role.DATA_PROTECTION_OFFICER)
    for address in (f"/cases/{thread}/", f"/cases/{thread}/files/", f"/cases/{thread}/identified/"):
        page = browser.get(address)
        assert page.status_code == 404
        assert "case.unknown" in page.content.decode()
    listed = browser.get("/identification/").content.decode()
    assert thread[-8:] not in listed
    assert "You do not work in identification for return" in listed
    assert 'href="/identification/"' not in browser.get("/").content.decode()
    page = browser.post("/identification/new/", {"subject": PERSON})
    assert "No agreement on identification is in force for you" in page.content.decode()
