"""An administrator's work without a mouse: an officer is added and given roles, a system gets its token and loses it."""

from __future__ import annotations

from pathlib import Path

from django.core.cache import cache
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer
from tests.browser.conftest import window
from tests.browser.test_keyboard import code, sign_in, tab_to, write
from tests.web.world import make_desk_world

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.services.people import named_actor, service_accounts


def test_officers_and_systems_by_keyboard(chromium: Browser, live_server: LiveServer, tmp_path: Path) -> None:
    world = make_desk_world(tmp_path)
    world.enrol("the.admin", Role.ADMINISTRATOR, language="ar")
    with window(chromium, live_server) as context:
        page = context.new_page()
        sign_in(page, "the.admin")
        cache.clear()
        page.goto("/agreements/")
        page.keyboard.press("u")
        page.wait_for_url("**/people/")
        tab_to(page, "main a[href$='/people/new/']")
        page.keyboard.press("Enter")
        page.wait_for_url("**/people/new/")
        write(page, "#id_name", "jan.janssens")
        tab_to(page, "#id_roles_0")
        page.keyboard.press("Space")
        write(page, "#id_code", code())
        page.keyboard.press("Enter")
        expect(page.locator("main code").last).to_contain_text("-")
        assert page.evaluate("document.activeElement.tagName") == "H1"
        assert named_actor(world.desk, "jan.janssens").roles == {(Regime.POLICE, Role.OFFICER)}
        page.keyboard.press("u")
        page.wait_for_url("**/people/")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url("**/officers/jan.janssens/")
        tab_to(page, "main a[href$='/roles/']")
        page.keyboard.press("Enter")
        page.wait_for_url("**/roles/")
        tab_to(page, "#id_roles_1")
        page.keyboard.press("Space")
        tab_to(page, "form.sheet button")
        page.keyboard.press("Enter")
        page.wait_for_url("**/officers/jan.janssens/")
        assert (Regime.POLICE, Role.APPROVER) in named_actor(world.desk, "jan.janssens").roles
        page.goto("/people/systems/new/")
        write(page, "#id_name", "case-system")
        tab_to(page, "#id_scopes_0")
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        expect(page.locator("main code").last).to_contain_text("comity_")
        token = page.locator("main code").last.inner_text()
        assert service_accounts.verify_token(world.desk, token).regime is Regime.POLICE
        page.goto("/people/systems/")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url("**/revoke/")
        tab_to(page, "button.grave")
        page.keyboard.press("Enter")
        page.wait_for_url("**/people/systems/")
        assert service_accounts.shown(world.desk, "case-system").state == "revoked"
