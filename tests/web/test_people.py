"""Administration at the desk: the same refusals and evidence as the command line, after the second factor."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from tests.web.conftest import browser_of, code_now
from tests.web.test_security_keys import kinds
from tests.web.test_sign_in import sign_in
from tests.web.world import PASSWORD, DeskWorld

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.errors import Refused
from comity.services.people import accounts, factor, named_actor, service_accounts
from comity.storage import people

NEW = {"name": "jan.janssens", "language": "nl", "roles": ["police:officer", "police:approver"]}
JAN = "/people/officers/jan.janssens/"
SYSTEM = {"name": "case-system", "regime": "police", "scopes": ["probe", "request"], "days": "30"}


@pytest.fixture
def admin(world: DeskWorld) -> Client:
    """A browser in which an administrator is signed in."""
    return browser_of(world, Role.ADMINISTRATOR, name="the.admin")


def confirmed(browser: Client) -> Client:
    """Give the second factor, as an administrator does at the first act."""
    cache.clear()
    assert browser.post("/account/confirm/", {"code": code_now(), "next": "/people/"}).status_code == 302
    return browser


def enrolled(browser: Client) -> str:
    """Enrol Jan and return his first password."""
    page = browser.post("/people/new/", NEW)
    assert page.status_code == 200, page.content.decode()
    assert page.headers["Cache-Control"] == "no-store"
    return str(page.context["password"])


def test_an_officer_is_added_and_works_after_an_own_password_and_second_factor(
    world: DeskWorld, admin: Client
) -> None:
    password = enrolled(confirmed(admin))
    assert kinds(world)[-1] == "officer.enrolled"
    assert re.fullmatch(r"(?:[a-z2-7]{4}-){5}[a-z2-7]{4}", password)
    for page in (admin.get("/people/"), admin.get(JAN)):
        assert password not in page.content.decode()
    browser = Client()
    sign_in(browser, "jan.janssens", password)
    for address in ("/", "/probe/", "/account/authenticator/", "/account/security/keys/new/", "/people/"):
        assert browser.get(address).headers["Location"] == "/account/password/", address
    for wrong in (
        {"password": password, "again": password},
        {"password": "short", "again": "short"},
        {"password": PASSWORD, "again": PASSWORD + "x"},
    ):
        assert browser.post("/account/password/", wrong).status_code == 400
        assert browser.get("/").headers["Location"] == "/account/password/"
    done = browser.post("/account/password/", {"password": PASSWORD, "again": PASSWORD})
    assert done.headers["Location"] == "/account/security/"
    assert kinds(world)[-1] == "officer.password"
    page = browser.get("/account/authenticator/")
    assert page.headers["Content-Language"] == "nl"
    code = factor.totp(page.context["form"].secret, int(datetime.now(UTC).timestamp()))
    browser.post("/account/authenticator/", {"code": code})
    assert browser.get("/probe/").status_code == 200
    assert accounts.shown(world.desk, "jan.janssens").password_given is False
    assert sign_in(Client(), "jan.janssens", password) == ""


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "Jan Janssens"}, "officer.name"),
        ({"name": "the.admin"}, "officer.exists"),
        ({"roles": ["intelligence:officer"]}, None),
        ({"roles": ["police:chief"]}, None),
        ({"language": "de"}, None),
    ],
)
def test_a_bad_account_is_refused_like_at_the_console(
    world: DeskWorld, admin: Client, change: dict[str, Any], code: str | None
) -> None:
    told = kinds(confirmed_world(world, admin))
    page = admin.post("/people/new/", {**NEW, **change})
    assert page.status_code == 400
    assert code is None or code in page.content.decode()
    assert kinds(world) == told
    assert len(accounts.listed(world.desk)) == 1


def confirmed_world(world: DeskWorld, browser: Client) -> DeskWorld:
    confirmed(browser)
    return world


def acts(world: DeskWorld) -> dict[str, dict[str, Any]]:
    """Return every act of administration with what it posts."""
    world.enrol("jan.janssens", Role.OFFICER)
    scopes = service_accounts.parse_scopes(["probe"])
    operator = named_actor(world.desk, "the.admin")
    service_accounts.create(world.desk, operator, "old-system", Regime.POLICE, scopes, 3)
    return {
        "/people/new/": {**NEW, "name": "mia.peeters"},
        JAN + "roles/": {"roles": ["police:approver"]},
        JAN + "access/": {"act": "close"},
        JAN + "second-factor/": {"act": "reset"},
        "/people/systems/new/": SYSTEM,
        "/people/systems/old-system/revoke/": {},
    }


def test_no_act_without_the_second_factor_and_none_by_a_get(world: DeskWorld, admin: Client) -> None:
    todo = acts(world)
    told = kinds(world)
    for address, posted in todo.items():
        page = admin.get(address, posted)
        assert page.status_code == 200
        assert 'name="code"' in page.content.decode(), address
        for code in ({}, {"code": "000000"}, {"code": "", "credential": "{}"}):
            cache.clear()
            assert admin.post(address, {**posted, **code}).status_code == 400, address
    assert kinds(world) == told
    cache.clear()
    first, *others = todo.items()
    assert admin.post(first[0], {**first[1], "code": code_now()}).status_code == 200
    for address, posted in others:
        assert 'name="code"' not in admin.get(address).content.decode(), address
        assert admin.post(address, posted).status_code in (200, 302), address
    assert kinds(world)[len(told) :] == [
        "officer.enrolled",
        "officer.roles",
        "officer.disabled",
        "officer.second-factor-reset",
        "service-account.created",
        "service-account.revoked",
    ]


def test_the_confirmation_ends_after_five_minutes(world: DeskWorld, admin: Client) -> None:
    acts(world)
    confirmed(admin)
    assert 'name="code"' not in admin.get(JAN + "access/").content.decode()
    session = admin.session
    session["account_authentication_methods"] = [
        {**each, "at": each["at"] - 301} for each in session["account_authentication_methods"]
    ]
    session.save()
    assert 'name="code"' in admin.get(JAN + "access/").content.decode()
    assert admin.post(JAN + "access/", {"act": "close"}).status_code == 400


def test_an_officer_is_closed_opened_changed_and_reset(world: DeskWorld, admin: Client) -> None:
    jan = browser_of(world, Role.OFFICER, name="jan.janssens")
    confirmed(admin)
    admin.post(JAN + "access/", {"act": "close"})
    assert jan.get("/").headers["Location"].startswith("/account/sign-in/")
    admin.post(JAN + "access/", {"act": "open"})
    admin.post(JAN + "roles/", {"roles": ["police:auditor"]})
    assert named_actor(world.desk, "jan.janssens").roles == {(Regime.POLICE, Role.AUDITOR)}
    admin.post(JAN + "second-factor/", {"act": "reset"})
    page = admin.get(JAN)
    assert (page.context["shown"].second_factor, page.context["shown"].active) == (False, True)
    admin.post(JAN + "roles/", {})
    assert named_actor(world.desk, "jan.janssens").roles == frozenset()


def test_the_last_sign_in_is_shown(world: DeskWorld, admin: Client) -> None:
    world.enrol("jan.janssens", Role.OFFICER)
    assert "never" in admin.get(JAN).content.decode()
    browser = Client()
    sign_in(browser, "jan.janssens")
    assert "never" in admin.get(JAN).content.decode(), "the password alone is no sign-in"
    browser.post("/account/code/", {"code": code_now()})
    assert "never" not in admin.get(JAN).content.decode()


def test_nobody_changes_the_own_roles_or_second_factor(world: DeskWorld, admin: Client) -> None:
    confirmed(admin)
    told = kinds(world)
    own = "/people/officers/the.admin/"
    assert "Change the roles" not in admin.get(own).content.decode()
    for address, posted in (("roles/", {"roles": ["police:approver"]}), ("second-factor/", {"act": "reset"})):
        page = admin.post(own + address, posted)
        assert (page.status_code, "officer.self" in page.content.decode()) == (403, True)
    assert kinds(world) == told
    assert named_actor(world.desk, "the.admin").roles == {(Regime.POLICE, Role.ADMINISTRATOR)}


def test_the_last_administrator_stays(world: DeskWorld, admin: Client) -> None:
    second = browser_of(world, Role.ADMINISTRATOR, name="other.admin")
    confirmed(admin)
    own = "/people/officers/the.admin/access/"
    assert admin.post("/people/officers/other.admin/access/", {"act": "close"}).status_code == 302
    page = admin.post(own, {"act": "close"})
    assert (page.status_code, "officer.last-administrator" in page.content.decode()) == (403, True)
    assert kinds(world)[-1] == "officer.disabled"
    assert admin.get("/people/").status_code == 200
    assert second.get("/people/").status_code == 302
    admin.post("/people/officers/other.admin/access/", {"act": "open"})
    assert admin.post(own, {"act": "close"}).status_code == 302
    assert admin.get("/people/").headers["Location"].startswith("/account/sign-in/")


def test_an_administrator_who_was_closed_meanwhile_does_not_close_the_other(world: DeskWorld) -> None:
    """Two administrators close each other at once: the second comes with roles it read before."""
    for name in ("the.admin", "other.admin"):
        world.enrol(name, Role.ADMINISTRATOR)
    first, second = (named_actor(world.desk, name) for name in ("the.admin", "other.admin"))
    accounts.disable(world.desk, first, "other.admin")
    with pytest.raises(Refused, match=r"officer\.last-administrator"):
        accounts.disable(world.desk, second, "the.admin")
    with pytest.raises(Refused, match=r"officer\.last-administrator"):
        accounts.give_roles(world.desk, second, "the.admin", frozenset())
    assert named_actor(world.desk, "the.admin").roles


def test_a_token_is_shown_once_and_its_system_ends_at_once(world: DeskWorld, admin: Client) -> None:
    page = confirmed(admin).post("/people/systems/new/", SYSTEM)
    token = page.context["token"]
    assert page.content.decode().count(token) == 1
    assert page.headers["Cache-Control"] == "no-store"
    bearer = service_accounts.verify_token(world.desk, token)
    assert (bearer.regime, {scope.value for scope in bearer.scopes}) == (Regime.POLICE, {"probe", "request"})
    again = admin.post("/people/systems/new/", SYSTEM)
    assert (again.status_code, "service-account.exists" in again.content.decode()) == (400, True)
    assert token not in admin.get("/people/systems/").content.decode()
    assert token not in str(dict(admin.session))
    assert admin.post("/people/systems/case-system/revoke/").headers["Location"] == "/people/systems/"
    with pytest.raises(Refused, match=r"service-account\.revoked"):
        service_accounts.verify_token(world.desk, token)
    assert "case-system/revoke" not in admin.get("/people/systems/").content.decode()


@pytest.mark.parametrize(
    "change",
    [{"days": "0"}, {"days": "367"}, {"scopes": []}, {"scopes": ["release"]}, {"regime": "intelligence"}],
)
def test_a_bad_system_is_refused(world: DeskWorld, admin: Client, change: dict[str, Any]) -> None:
    assert confirmed(admin).post("/people/systems/new/", {**SYSTEM, **change}).status_code == 400
    assert service_accounts.listed(world.desk) == []


def test_what_is_unknown_is_told(world: DeskWorld, admin: Client) -> None:
    for address, code in (
        ("/people/officers/nobody/", "officer.unknown"),
        ("/people/officers/nobody/roles/", "officer.unknown"),
        ("/people/systems/nothing/revoke/", "service-account.absent"),
    ):
        page = admin.get(address)
        assert (page.status_code, code in page.content.decode()) == (400, True)


def test_a_password_given_at_the_console_needs_no_replacement(world: DeskWorld) -> None:
    account = world.enrol("jan.janssens", Role.OFFICER)
    assert account.password_given is False
    accounts.change_password(
        world.desk, named_actor(world.desk, "jan.janssens"), "jan.janssens", PASSWORD + "2"
    )
    stored = people.officer_named(world.desk.alias, "jan.janssens")
    assert stored is not None
    assert stored.password_given is False


def test_changing_the_own_password_asks_for_the_second_factor_and_keeps_the_session(world: DeskWorld) -> None:
    browser = browser_of(world, Role.OFFICER)
    other = Client()
    other.force_login(people.officer_named(world.desk.alias, "an.officer"))
    new = {"password": PASSWORD + "2", "again": PASSWORD + "2"}
    assert browser.get("/account/password/").headers["Location"].startswith("/account/confirm/?")
    confirmed(browser)
    assert browser.post("/account/password/", new).status_code == 302
    assert browser.get("/").status_code == 200
    assert other.get("/").headers["Location"].startswith("/account/sign-in/")
