"""Security keys: added, used and removed by their owner; what is foreign, altered, copied or repeated is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.web.conftest import code_now
from tests.web.softkey import ORIGIN, SoftKey
from tests.web.test_answer import asked
from tests.web.test_sign_in import sign_in
from tests.web.world import OPERATOR, DeskWorld

from comity import settings as node_settings
from comity.core.codes.marks import Role
from comity.core.crypto.encoding import from_text, to_text
from comity.errors import Refused
from comity.services import serving
from comity.services.people import accounts, security_keys
from comity.services.people.actors import Officer, actor_of
from comity.storage.models.evidence import EvidenceEntry

ADD = "/account/security/keys/new/"
ANSWER = dict[str, Any]


def browser_at(account: Officer | None = None, host: str = "localhost") -> Client:
    browser = Client(SERVER_NAME=host)
    if account is not None:
        browser.force_login(account)
    return browser


def confirm(browser: Client) -> None:
    """Confirm by a code, as every change of security asks."""
    cache.clear()
    assert browser.post("/account/confirm/", {"code": code_now(), "next": ADD}).status_code == 302


def add(browser: Client, key: SoftKey, name: str = "blue") -> Any:
    options = browser.get(ADD).context["key_options"]
    return browser.post(ADD, {"name": name, "credential": json.dumps(key.register(options))})


def holder(world: DeskWorld, key: SoftKey, *roles: Role) -> tuple[Officer, Client]:
    """Enrol an officer with an authenticator and this key."""
    account = world.enrol("an.officer", *(roles or (Role.OFFICER,)))
    browser = browser_at(account)
    confirm(browser)
    assert add(browser, key).status_code == 302
    return account, browser


def kinds(world: DeskWorld) -> list[str]:
    rows = EvidenceEntry.objects.using(world.desk.alias).order_by("id")
    return [json.loads(bytes(row.leaf))["kind"] for row in rows]


def decided(world: DeskWorld) -> list[str]:
    return [kind for kind in kinds(world) if kind != "case.consulted"]


def stored(world: DeskWorld) -> list[Any]:
    rows = Authenticator.objects.using(world.desk.alias).order_by("pk")
    return [(row.pk, row.type, row.data, row.last_used_at) for row in rows]


def at_the_code(name: str = "an.officer") -> tuple[Client, str]:
    """Give the password; return the browser and what the page asks the key for."""
    browser = browser_at()
    assert sign_in(browser, name) == "/account/code/"
    return browser, browser.get("/account/code/").context["key_options"]


def test_a_key_is_added_listed_and_opens_the_desk(world: DeskWorld) -> None:
    key = SoftKey()
    account, browser = holder(world, key)
    page = browser.get("/account/security/").content.decode()
    assert "blue" in page
    browser, options = at_the_code()
    done = browser.post("/account/code/", {"credential": json.dumps(key.sign(options))})
    assert done.headers["Location"] == "/start/"
    assert browser.get("/").status_code == 200
    assert [kind for kind in kinds(world) if "key" in kind] == ["officer.security-key-added"]
    assert kinds(world)[-1] == "officer.signed-in"
    [held] = security_keys.own_keys(world.desk, account)
    assert held.name == "blue"
    assert held.used_at is not None


def test_the_name_of_a_key_is_sealed_and_nothing_unused_is_stored(world: DeskWorld) -> None:
    account = world.enrol("an.officer", Role.OFFICER)
    browser = browser_at(account)
    confirm(browser)
    sent = SoftKey().register(browser.get(ADD).context["key_options"])
    sent |= {"clientExtensionResults": {"x": "y" * 100}, "response": {**sent["response"], "more": "z"}}
    browser.post(ADD, {"name": "Karim's key", "credential": json.dumps(sent)})
    row = Authenticator.objects.using(world.desk.alias).get(type="webauthn")
    assert "Karim" not in json.dumps(row.data)
    assert set(row.data) == {"name", "credential", "counter", "host"}
    assert set(row.data["credential"]["response"]) == {"clientDataJSON", "attestationObject"}
    assert "clientExtensionResults" not in row.data["credential"]


def test_adding_and_removing_ask_for_the_second_factor_first(world: DeskWorld) -> None:
    _, browser = holder(world, SoftKey())
    fresh = browser_at(Officer.objects.get(username="an.officer"))
    number = Authenticator.objects.using(world.desk.alias).get(type="webauthn").pk
    for address in (ADD, f"/account/security/keys/{number}/remove/"):
        for page in (fresh.get(address), fresh.post(address, {})):
            assert page.headers["Location"].startswith("/account/confirm/?"), address
    assert fresh.get("/account/confirm/password/").headers["Location"] == "/account/confirm/"
    assert (
        browser.post(f"/account/security/keys/{number}/remove/").headers["Location"] == "/account/security/"
    )
    assert kinds(world)[-1] == "officer.security-key-removed"
    assert browser.post(f"/account/security/keys/{number}/remove/").status_code == 400


def test_the_first_second_factor_may_be_a_key_and_the_last_one_stays(world: DeskWorld) -> None:
    account = world.enrol("new.officer", Role.OFFICER, second_factor=False)
    browser = browser_at()
    sign_in(browser, "new.officer")
    key, other = SoftKey(), SoftKey()
    assert browser.get("/").headers["Location"] == "/account/authenticator/"
    assert add(browser, key).headers["Location"] == "/account/recovery-codes/"
    assert len(browser.get("/account/recovery-codes/").context["unused_codes"]) == 10
    assert browser.get("/").status_code == 200
    [held] = security_keys.own_keys(world.desk, account)
    page = browser.post(f"/account/security/keys/{held.number}/remove/")
    assert (page.status_code, "officer.last-second-factor" in page.content.decode()) == (403, True)
    assert add(browser, other, "red").status_code == 302
    assert browser.post(f"/account/security/keys/{held.number}/remove/").status_code == 302
    assert [each.name for each in security_keys.own_keys(world.desk, account)] == ["red"]


def test_a_key_confirms_a_decision(moroccan: DeskWorld) -> None:
    key = SoftKey()
    thread = asked(moroccan)
    _, browser = holder(moroccan, key, Role.APPROVER)
    address = f"/cases/{thread}/refuse/"
    page = browser.get(address)
    form = {"ground": page.context["form"].fields["ground"].choices[0][0], "reason": "", "code": ""}
    answer, told = json.dumps(SoftKey().sign(page.context["code"].key_options)), decided(moroccan)
    for wrong in ({"credential": ""}, {"credential": "x"}, {"credential": answer}):
        page = browser.post(address, {**form, **wrong})
        assert page.status_code == 400
        assert decided(moroccan) == told
    answer = json.dumps(key.sign(page.context["code"].key_options))
    done = browser.post(address, {**form, "credential": answer})
    assert done.headers["Location"] == f"/cases/{thread}/"
    assert decided(moroccan) != told


def _altered(member: str) -> Callable[[ANSWER], ANSWER]:
    def change(answer: ANSWER) -> ANSWER:
        octets = bytearray(from_text(answer["response"][member]))
        octets[-1] ^= 1
        return {**answer, "response": {**answer["response"], member: to_text(bytes(octets))}}

    return change


FOREIGN: dict[str, tuple[Callable[[SoftKey], SoftKey], Callable[[ANSWER], ANSWER]]] = {
    "another site": (lambda key: replace(key, origin="https://comity.example.net"), lambda answer: answer),
    "another port": (lambda key: replace(key, origin="http://localhost:2"), lambda answer: answer),
    "a host below": (lambda key: replace(key, origin="http://desk.localhost:1"), lambda answer: answer),
    "framed": (lambda key: replace(key, cross_origin=True), lambda answer: answer),
    "another relying party": (lambda key: replace(key, host="example.net"), lambda answer: answer),
    "nobody present": (lambda key: replace(key, flags=0), lambda answer: answer),
    "a registration": (lambda key: replace(key, kind="webauthn.create"), lambda answer: answer),
    "another key's": (lambda key: SoftKey(), lambda answer: answer),
    "signature altered": (lambda key: key, _altered("signature")),
    "signed octets altered": (lambda key: key, _altered("authenticatorData")),
    "page's words altered": (lambda key: key, _altered("clientDataJSON")),
}


@pytest.mark.parametrize("fault", FOREIGN)
def test_what_is_foreign_or_altered_opens_nothing_and_changes_nothing(world: DeskWorld, fault: str) -> None:
    key = SoftKey()
    holder(world, key)
    browser, options = at_the_code()
    before, told = stored(world), kinds(world)
    other, alter = FOREIGN[fault]
    page = browser.post("/account/code/", {"credential": json.dumps(alter(other(key).sign(options)))})
    assert page.status_code == 200
    assert "could not be confirmed" in page.content.decode()
    assert browser.get("/").status_code == 302
    assert (stored(world), kinds(world)) == (before, told)
    right = replace(key).sign(page.context["key_options"])
    assert browser.post("/account/code/", {"credential": json.dumps(right)}).headers["Location"] == "/start/"


@pytest.mark.parametrize(
    "fault", ["another site", "another port", "framed", "another relying party", "nobody present"]
)
def test_what_is_foreign_is_not_registered(world: DeskWorld, fault: str) -> None:
    browser = browser_at(world.enrol("an.officer", Role.OFFICER))
    confirm(browser)
    before, told = stored(world), kinds(world)
    page = add(browser, FOREIGN[fault][0](SoftKey()))
    assert page.status_code == 200
    assert "could not be confirmed" in page.content.decode()
    assert (stored(world), kinds(world)) == (before, told)


def test_an_answer_is_taken_once_and_by_its_session_only(world: DeskWorld) -> None:
    key = SoftKey(counts=False)
    holder(world, key)
    browser, options = at_the_code()
    answer = json.dumps(key.sign(options))
    other, _ = at_the_code()
    assert "could not be confirmed" in other.post("/account/code/", {"credential": answer}).content.decode()
    held = browser.cookies.output()
    assert browser.post("/account/code/", {"credential": answer}).headers["Location"] == "/start/"
    again = browser_at()
    again.cookies.load(held)
    assert again.post("/account/code/", {"credential": answer}).headers.get("Location") != "/"


def test_two_answers_to_one_challenge_at_the_same_time(world: DeskWorld) -> None:
    """Both requests read the session before either has written it; the second finds the challenge answered."""
    key = SoftKey(counts=False)
    holder(world, key)
    browser, options = at_the_code()
    state = browser.session["mfa.webauthn.state"]
    answer = json.dumps(key.sign(options))
    assert browser.post("/account/code/", {"credential": answer}).headers["Location"] == "/start/"
    late, _ = at_the_code()
    session = late.session
    session["mfa.webauthn.state"] = state
    session.save()
    assert "could not be confirmed" in late.post("/account/code/", {"credential": answer}).content.decode()


def test_a_copied_key_is_refused_and_told(world: DeskWorld) -> None:
    key = SoftKey()
    holder(world, key)
    copy = replace(key)
    for _ in range(2):
        browser, options = at_the_code()
        assert (
            browser.post("/account/code/", {"credential": json.dumps(key.sign(options))}).status_code == 302
        )
    browser, options = at_the_code()
    page = browser.post("/account/code/", {"credential": json.dumps(copy.sign(options))})
    assert "may have been copied" in page.content.decode()
    assert browser.get("/").status_code == 302
    assert kinds(world)[-1] == "officer.security-key-copied"


def test_five_wrong_keys_close_the_door_for_codes_too(world: DeskWorld) -> None:
    key = SoftKey()
    holder(world, key)
    cache.clear()
    browser, options = at_the_code()
    for _ in range(5):
        page = browser.post("/account/code/", {"credential": json.dumps(SoftKey().sign(options))})
        options = page.context["key_options"]
    for answer in ({"credential": json.dumps(key.sign(options))}, {"code": code_now()}):
        assert "Too many attempts" in browser.post("/account/code/", answer).content.decode()


def test_keys_work_at_the_configured_address_only(world: DeskWorld) -> None:
    account, _ = holder(world, SoftKey())
    elsewhere = browser_at(account, "127.0.0.1")
    assert ORIGIN in elsewhere.get("/account/security/").content.decode()
    page = elsewhere.get(ADD)
    assert (page.status_code, "officer.key-address" in page.content.decode()) == (403, True)
    browser = browser_at(host="127.0.0.1")
    sign_in(browser, "an.officer")
    page = browser.get("/account/code/")
    assert (page.context["key_options"], ORIGIN in page.content.decode()) == ("", True)


def test_behind_tls_the_name_of_the_desk_counts(world: DeskWorld) -> None:
    config = world.desk.config.model_copy(update={"desk_url": "https://localhost"})
    serving.serve(replace(world.desk, config=config), world.network.channels)
    key = SoftKey(origin="https://localhost")
    holder(world, key)
    for fault in ("http://localhost:1", "http://localhost", "https://localhost:444"):
        browser, options = at_the_code()
        wrong = json.dumps(replace(key, origin=fault).sign(options))
        assert browser.post("/account/code/", {"credential": wrong}).status_code == 200
    browser, options = at_the_code()
    assert browser.post("/account/code/", {"credential": json.dumps(key.sign(options))}).status_code == 302


def test_a_desk_that_is_a_number_registers_none_and_the_move_is_seen(world: DeskWorld) -> None:
    account, _ = holder(world, SoftKey())
    config = world.desk.config.model_copy(update={"desk_url": "https://192.0.2.1"})
    node = replace(world.desk, config=config)
    with pytest.raises(Refused, match="officer.key-address"):
        security_keys.require_address(config, "192.0.2.1")
    assert security_keys.keys_of_other_addresses(world.desk) == 0
    assert security_keys.keys_of_other_addresses(node) == 1
    assert account.username == "an.officer"


def test_nobody_holds_more_than_ten_and_a_key_is_registered_once(world: DeskWorld) -> None:
    key = SoftKey()
    account, browser = holder(world, key)
    page = add(browser, replace(key))
    assert "officer.key-known" in page.content.decode()
    for _ in range(security_keys.MAX_KEYS - 1):
        assert add(browser, SoftKey()).status_code == 302
    page = add(browser, SoftKey())
    assert (page.status_code, "officer.key-limit" in page.content.decode()) == (403, True)
    assert len(security_keys.own_keys(world.desk, account)) == security_keys.MAX_KEYS


def test_a_reset_removes_keys_as_well(world: DeskWorld) -> None:
    account, browser = holder(world, SoftKey())
    accounts.reset_second_factor(world.desk, OPERATOR, "an.officer")
    assert stored(world) == []
    assert browser.get("/").headers["Location"].startswith("/account/sign-in/")
    assert not accounts.has_second_factor(world.desk, account)


def test_nobody_removes_anothers_key(world: DeskWorld) -> None:
    holder(world, SoftKey())
    number = Authenticator.objects.using(world.desk.alias).get(type="webauthn").pk
    thief = world.enrol("a.thief", Role.OFFICER)
    browser = browser_at(thief)
    confirm(browser)
    assert browser.post(f"/account/security/keys/{number}/remove/").status_code == 400
    with pytest.raises(Exception, match="officer.key-unknown"):
        security_keys.remove_key(world.desk, actor_of(thief), thief, number)


def test_no_key_replaces_the_password_and_no_browser_is_trusted() -> None:
    from django.urls import NoReverseMatch, reverse

    assert node_settings.MFA_PASSKEY_LOGIN_ENABLED is False
    assert node_settings.MFA_TRUST_ENABLED is False
    for name in ("mfa_login_webauthn", "mfa_signup_webauthn", "mfa_trust"):
        with pytest.raises(NoReverseMatch):
            reverse(name)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
MEMBERS = ("clientDataJSON", "authenticatorData", "signature", "attestationObject")
SHAPED = st.fixed_dictionaries(
    {
        "id": st.just("AAAA") | JSON,
        "rawId": st.just("AAAA") | JSON,
        "type": st.just("public-key") | JSON,
        "response": st.fixed_dictionaries(
            {name: st.binary(max_size=200).map(to_text) | JSON for name in MEMBERS}
        ),
    }
)


@settings(max_examples=40)
@given(typed=JSON.map(json.dumps) | SHAPED.map(json.dumps) | st.text(max_size=60) | st.just("[" * 16_000))
def test_any_bytes_are_a_wrong_key_and_no_fault_of_the_node(typed: str) -> None:
    from unittest import mock

    from comity.web.accounts import ceremony

    account = Officer(pk=1, username="x")
    with (
        mock.patch.object(ceremony.auth, "get_credentials", return_value=[]),
        mock.patch.object(
            ceremony.auth, "get_state", return_value={"challenge": "AAAA", "user_verification": None}
        ),
    ):
        for verify in (lambda: ceremony.registered(typed), lambda: ceremony.asserted(account, typed)):
            with pytest.raises(ceremony.ValidationError):
                verify()
