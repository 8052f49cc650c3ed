"""Signing in needs a password and a second factor; the first sign-in sets the second factor up."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from django.test import Client
from django.urls import reverse
from tests.web.conftest import browser_of, code_now
from tests.web.world import OPERATOR, PASSWORD, DeskWorld

from comity.core.codes.marks import Role
from comity.services.people import accounts, factor
from comity.storage import people
from comity.storage.models.evidence import EvidenceEntry

SIGN_IN = "/account/sign-in/"


def sign_in(browser: Client, name: str, password: str = PASSWORD) -> str:
    response = browser.post(SIGN_IN, {"login": name, "password": password})
    return response.headers.get("Location", "")


def test_password_and_code_open_the_inbox(world: DeskWorld) -> None:
    world.enrol("an.officer", Role.OFFICER)
    browser = Client()
    assert sign_in(browser, "an.officer") == "/account/code/"
    assert browser.get("/").status_code == 302, "the password alone opens nothing"
    done = browser.post("/account/code/", {"code": code_now()})
    assert done.headers["Location"] == "/start/"
    leaves = [bytes(row.leaf) for row in EvidenceEntry.objects.using(world.desk.alias)]
    assert any(b"officer.signed-in" in leaf for leaf in leaves)
    assert not any(b"an.officer" in leaf for leaf in leaves)
    assert browser.get("/").status_code == 200


def test_without_recovery_codes_the_account_page_leads_to_new_ones(world: DeskWorld) -> None:
    world.enrol("an.officer", Role.OFFICER)
    browser = Client()
    sign_in(browser, "an.officer")
    browser.post("/account/code/", {"code": code_now()})
    page = browser.get("/account/security/").content.decode()
    assert browser.get("/account/recovery-codes/").status_code == 404
    assert 'href="/account/recovery-codes/"' not in page
    assert 'href="/account/recovery-codes/new/"' in page


def test_a_code_works_once(world: DeskWorld) -> None:
    world.enrol("an.officer", Role.OFFICER)
    code = code_now()
    for expected in (302, 200):
        browser = Client()
        sign_in(browser, "an.officer")
        assert browser.post("/account/code/", {"code": code}).status_code == expected


def test_wrong_password_and_unknown_name_read_alike(world: DeskWorld) -> None:
    world.enrol("an.officer", Role.OFFICER)
    texts = []
    for name in ("an.officer", "nobody.here"):
        page = Client().post(SIGN_IN, {"login": name, "password": "wrong wrong wrong"})
        assert page.status_code == 200
        texts.append(re.sub(r'value="[^"]*"', "", page.content.decode()))
    assert "The user name or the password is not correct." in texts[0]
    assert texts[0] == texts[1]


def test_without_second_factor_only_its_set_up_opens(world: DeskWorld) -> None:
    account = world.enrol("new.officer", Role.OFFICER, second_factor=False)
    browser = Client()
    assert sign_in(browser, "new.officer") == "/start/"
    for address in ("/", "/agreements/", "/account/security/", "/account/recovery-codes/"):
        assert browser.get(address).headers["Location"] == "/account/authenticator/", address
    page = browser.get("/account/authenticator/")
    secret = page.context["form"].secret
    assert secret in page.content.decode()
    wrong = browser.post("/account/authenticator/", {"code": "000000"})
    assert wrong.status_code == 200
    assert not people.has_second_factor(world.desk.alias, account)
    right = factor.totp(secret, int(datetime.now(UTC).timestamp()))
    assert (
        browser.post("/account/authenticator/", {"code": right}).headers["Location"]
        == "/account/recovery-codes/"
    )
    codes = browser.get("/account/recovery-codes/")
    assert len(codes.context["unused_codes"]) == 10
    assert "****" not in codes.content.decode()
    assert browser.get("/").status_code == 200
    stored = people.totp_secret(world.desk.alias, account)
    assert stored is not None
    assert secret not in stored, "the secret is sealed in the database"


def test_reset_of_the_second_factor_ends_the_session(world: DeskWorld) -> None:
    browser = browser_of(world, Role.OFFICER)
    assert browser.get("/").status_code == 200
    accounts.reset_second_factor(world.desk, OPERATOR, "an.officer")
    assert browser.get("/").headers["Location"].startswith(SIGN_IN)


def test_a_closed_account_is_out_at_once(world: DeskWorld) -> None:
    browser = browser_of(world, Role.OFFICER)
    accounts.disable(world.desk, OPERATOR, "an.officer")
    assert browser.get("/").headers["Location"].startswith(SIGN_IN)
    page = Client().post(SIGN_IN, {"login": "an.officer", "password": PASSWORD}, follow=True)
    assert not page.context["user"].is_authenticated


def test_nobody_signs_up_or_resets_by_mail(world: DeskWorld) -> None:
    for address in ("/account/sign-up/", "/account/password/reset/", "/account/email/"):
        assert Client().get(address).headers["Location"] == SIGN_IN
    assert Client().get(reverse("account_login")).status_code == 200


def test_sessions_are_sealed(world: DeskWorld) -> None:
    from django.contrib.sessions.models import Session

    browser_of(world, Role.OFFICER)
    row = Session.objects.get()
    assert "_auth_user_id" not in row.session_data
    assert row.get_decoded() == {} or "_auth_user_id" in row.get_decoded()


def test_five_wrong_passwords_close_the_door_for_a_while(world: DeskWorld) -> None:
    world.enrol("an.officer", Role.OFFICER)
    browser = Client()
    for _ in range(5):
        browser.post(SIGN_IN, {"login": "an.officer", "password": "wrong wrong wrong"})
    page = browser.post(SIGN_IN, {"login": "an.officer", "password": PASSWORD})
    assert "Too many attempts" in page.content.decode()
