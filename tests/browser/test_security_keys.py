"""A real browser with a security key: Chromium's virtual authenticator, at a desk on loopback."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer
from tests.browser.conftest import window
from tests.browser.test_keyboard import code, tab_to, write
from tests.web.test_security_keys import kinds
from tests.web.world import PASSWORD, DeskWorld, make_desk_world

from comity.config import Listener
from comity.core.codes.marks import Role
from comity.services import serving
from comity.services.people import security_keys

BUTTON = "[data-key-options]"
KEY = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasResidentKey": False,
    "hasUserVerification": False,
    "automaticPresenceSimulation": True,
}


def desk_at(server: LiveServer, home: Path) -> DeskWorld:
    """Serve a desk whose configuration names the address of this server."""
    world = make_desk_world(home)
    listener = Listener(port=urlsplit(server.url).port or 0)
    world.desk = replace(world.desk, config=world.desk.config.model_copy(update={"desk": listener}))
    serving.serve(world.desk, world.network.channels)
    world.enrol("an.officer", Role.OFFICER)
    return world


def plug_in(context: BrowserContext) -> Page:
    """Return a page of a browser into which a security key is plugged."""
    page = context.new_page()
    tools = context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    return page


def give_password(page: Page) -> None:
    page.goto("/account/sign-in/")
    page.fill("#id_login", "an.officer")
    page.fill("#id_password", PASSWORD)
    page.click("form.sheet button")
    page.wait_for_url("**/account/code/")


def register(page: Page) -> None:
    """Sign in by code and register the key, with the keyboard alone."""
    give_password(page)
    write(page, "#id_code", code())
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: urlsplit(url).path == "/")
    cache.clear()
    page.goto("/account/security/")
    tab_to(page, "main a[href$='/keys/new/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/confirm/**")
    write(page, "#id_code", code())
    page.keyboard.press("Enter")
    page.wait_for_url("**/keys/new/")
    write(page, "#id_name", "blue, in the safe")
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/recovery-codes/")


def sign_out(page: Page) -> None:
    page.goto("/account/sign-out/")
    page.click("main form button")
    page.wait_for_url("**/account/sign-in/**")


def test_register_sign_in_confirm_and_remove(
    chromium: Browser, live_server: LiveServer, tmp_path: Path
) -> None:
    world = desk_at(live_server, tmp_path)
    with window(chromium, live_server) as context:
        page = plug_in(context)
        register(page)
        sign_out(page)
        give_password(page)
        tab_to(page, BUTTON)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: urlsplit(url).path == "/")
        expect(page.locator("h1")).to_be_visible()
        assert [kind for kind in kinds(world) if "signed-in" in kind] == ["officer.signed-in"] * 2
        page.goto("/account/security/")
        expect(page.locator("tbody th")).to_have_text("blue, in the safe")
        page.locator("tbody a").click()
        page.wait_for_url("**/account/confirm/**")
        tab_to(page, BUTTON)
        page.keyboard.press("Space")
        page.wait_for_url("**/remove/")
        page.click("button.grave")
        page.wait_for_url("**/account/security/")
        expect(page.locator("tbody th")).to_have_count(0)
        assert kinds(world)[-1] == "officer.security-key-removed"


def test_what_is_altered_on_the_way_opens_nothing(
    chromium: Browser, live_server: LiveServer, tmp_path: Path
) -> None:
    world = desk_at(live_server, tmp_path)
    with window(chromium, live_server) as context:
        page = plug_in(context)
        register(page)
        sign_out(page)
        give_password(page)
        told = kinds(world)
        page.evaluate(
            """() => { const get = navigator.credentials.get.bind(navigator.credentials);
            navigator.credentials.get = async (asked) => { const found = await get(asked);
              new Uint8Array(found.response.signature)[12] ^= 1; return found; } }"""
        )
        page.click(BUTTON)
        expect(page.locator(".note.bad")).to_contain_text("could not be confirmed")
        assert kinds(world) == told
        page.click(BUTTON)
        page.wait_for_url(lambda url: urlsplit(url).path == "/")


def test_a_false_page_gets_a_signature_that_the_desk_refuses(
    chromium: Browser, live_server: LiveServer, tmp_path: Path
) -> None:
    """Browsers let any port of the host ask the key; that the page was another's shows in what was signed."""
    world = desk_at(live_server, tmp_path)
    elsewhere = "http://localhost:47123/"
    with window(chromium, live_server) as context:
        page = plug_in(context)
        register(page)
        sign_out(page)
        give_password(page)
        told = kinds(world)
        asked = page.locator(BUTTON).get_attribute("data-key-options") or ""
        script = (Path(__file__).parents[2] / "src/comity/web/static/keys.js").read_text(encoding="utf-8")
        false_page = f"""<!DOCTYPE html><form><input name="credential"><p data-key-said></p>
            <button type="button" hidden data-key-options='{asked}'>x</button></form>
            <script>HTMLFormElement.prototype.submit = function () {{ document.title = this.credential.value; }};
            {script}</script>"""
        context.route(elsewhere, lambda route: route.fulfill(body=false_page, content_type="text/html"))
        page.goto(elsewhere)
        page.click("button")
        page.wait_for_function("document.title.length > 0")
        stolen = json.loads(page.title())
        assert stolen["type"] == "public-key"
        # The page that was attacked still waits for its challenge to be answered: the attacker relays the answer.
        token = next(each["value"] for each in context.cookies() if each["name"] == settings.CSRF_COOKIE_NAME)
        fields = {"credential": json.dumps(stolen), "csrfmiddlewaretoken": token}
        answer = context.request.post("/account/code/", form=fields, headers={"Origin": live_server.url})
        assert answer.status == 200
        assert "could not be confirmed" in answer.text()
        assert kinds(world) == told


def test_by_its_number_the_desk_offers_no_key(
    chromium: Browser, live_server: LiveServer, tmp_path: Path
) -> None:
    world = desk_at(live_server, tmp_path)
    with window(chromium, live_server) as context:
        page = plug_in(context)
        register(page)
        port = urlsplit(live_server.url).port
        page.goto(f"http://127.0.0.1:{port}/account/sign-in/")
        page.fill("#id_login", "an.officer")
        page.fill("#id_password", PASSWORD)
        page.click("form.sheet button")
        page.wait_for_url("**/account/code/")
        assert page.locator(BUTTON).count() == 0
        expect(page.locator("main .note")).to_contain_text(live_server.url)
    assert security_keys.keys_of_other_addresses(world.desk) == 0


def test_without_a_key_at_hand_a_code_still_opens(
    chromium: Browser, live_server: LiveServer, tmp_path: Path
) -> None:
    desk_at(live_server, tmp_path)
    with window(chromium, live_server) as context:
        page = plug_in(context)
        register(page)
        sign_out(page)
        give_password(page)
        page.evaluate(
            "() => { navigator.credentials.get = () => Promise.reject(new DOMException('', 'NotAllowedError')); }"
        )
        tab_to(page, BUTTON)
        page.keyboard.press("Enter")
        expect(page.locator("[data-key-said]")).to_contain_text("No security key answered")
        assert page.evaluate("document.activeElement.dataset.keyOptions !== undefined")
        cache.clear()
        write(page, "#id_code", code())
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: urlsplit(url).path == "/")
