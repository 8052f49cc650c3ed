"""The officer's work without a mouse: sign in with the second factor, probe, request, answer."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from django.core.cache import cache
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer
from tests.browser.conftest import window
from tests.browser.pages import choose_ground, make_scene
from tests.web.world import PASSWORD, SECRET, make_desk_world

from comity.core.codes.marks import Role
from comity.services.people import factor


def code() -> str:
    return factor.totp(SECRET, int(datetime.now(UTC).timestamp()))


def tab_to(page: Page, selector: str, limit: int = 60) -> None:
    """Press Tab until the element has the focus; it must be visible then."""
    for _ in range(limit):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"{selector} shows no focus"
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by the keyboard")


def write(page: Page, selector: str, text: str) -> None:
    tab_to(page, selector)
    page.keyboard.insert_text(text)


def sign_in(page: Page, name: str) -> None:
    page.goto("/account/sign-in/")
    write(page, "#id_login", name)
    write(page, "#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/code/")
    write(page, "#id_code", code())
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: not urlsplit(url).path.startswith("/account/"))


def select(page: Page, selector: str, part: str) -> None:
    """Choose an option with the arrow keys."""
    tab_to(page, selector)
    for _ in range(40):
        if part in page.locator(selector).input_value():
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"no {part} in {selector}")


def test_sign_in_probe_and_request(chromium: Browser, live_server: LiveServer, tmp_path: Path) -> None:
    world = make_desk_world(tmp_path)
    world.hold_persons(world.partner)
    world.publish(world.partner, world.desk)
    world.enrol("an.officer", Role.OFFICER)
    with window(chromium, live_server) as context:
        page = context.new_page()
        sign_in(page, "an.officer")
        # One key from anywhere to the probe.
        page.keyboard.press("p")
        page.wait_for_url("**/probe/")
        page.keyboard.press("/")
        select(page, "#id_ground", ":terrorism")
        write(page, "#id_case", "B-2026-117")
        write(page, "#id_offence", "Participation in a terrorist group")
        select(page, "#id_aim", "learn-more")
        select(page, "#id_concerns", "suspect")
        write(page, "#id_given", "Youssef")
        write(page, "#id_family", "Benjelloun")
        write(page, "#id_dob", "1984-05-17")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("The partner holds a matching entry")
        expect(page.locator("h1")).to_be_focused()
        tab_to(page, "main form button")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("Request information")
        assert len(page.locator("#id_reference").input_value()) == 32
        write(page, "#id_offence", "Participation in a terrorist group")
        select(page, "#id_subject_category", "suspect")
        tab_to(page, "#id_categories_0")
        page.keyboard.press("Space")
        write(page, "#id_facts", "Two men were seen near the station.")
        # Kept while it is written, long before it is whole.
        expect(page.locator("#draft")).to_have_text("Draft kept.", timeout=15_000)
        select(page, "#id_facts_is", "fact")
        write(page, "#id_reasons", "Born in Fès.")
        select(page, "#id_reasons_is", "fact")
        write(page, "#id_link", "Suspected of having lent papers.")
        select(page, "#id_link_is", "assessment")
        # The code that signed in was used; the next one would have to be waited for.
        cache.clear()
        write(page, "#id_code", code())
        page.keyboard.press("Enter")
        page.wait_for_url("**/requests/waiting/*/")
        expect(page.locator("h1")).to_have_text("A request that waits")


def test_read_the_inbox_and_answer(chromium: Browser, live_server: LiveServer, tmp_path: Path) -> None:
    scene = make_scene(tmp_path, "en")
    with window(chromium, live_server) as context:
        page = context.new_page()
        sign_in(page, "an.officer")
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("k")
        address = page.evaluate("document.activeElement.getAttribute('href')")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{address}")
        page.goto(f"/cases/{scene.thread}/")
        page.keyboard.press("?")
        expect(page.locator("#keys dt", has_text=re.compile("^r$"))).to_be_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("x")
        page.wait_for_url("**/refuse/")
        page.goto(f"/cases/{scene.thread}/")
        page.keyboard.press("r")
        page.wait_for_url("**/answer/")
        tab_to(page, "#id_categories_0")
        page.keyboard.press("Space")
        tab_to(page, "form.sheet button")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("Exactly this will leave")
        # The code that signed in was used; a recovery code, or the next one, is needed: time moves on.
        cache.clear()
        write(page, "#id_code", code())
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/cases/{scene.thread}/")
        expect(page.locator("#reply-title")).to_have_text("What was released")


def test_help_opens_and_closes_and_typing_is_not_a_shortcut(
    chromium: Browser, live_server: LiveServer, tmp_path: Path
) -> None:
    scene = make_scene(tmp_path, "ar")
    with window(chromium, live_server, scene.account) as context:
        page = context.new_page()
        page.goto("/")
        page.keyboard.press("?")
        expect(page.locator("#keys")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#keys")).to_be_hidden()
        page.goto("/probe/")
        choose_ground(page)
        page.locator("#id_case").focus()
        page.keyboard.type("japi?")
        assert page.locator("#id_case").input_value() == "japi?"
        assert page.url.endswith("/probe/")


def test_skip_link_comes_first(chromium: Browser, live_server: LiveServer, tmp_path: Path) -> None:
    scene = make_scene(tmp_path, "fr")
    with window(chromium, live_server, scene.account) as context:
        page = context.new_page()
        page.goto("/")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_the_pages_work_without_scripts(chromium: Browser, live_server: LiveServer, tmp_path: Path) -> None:
    world = make_desk_world(tmp_path)
    world.hold_persons(world.partner)
    world.publish(world.partner, world.desk)
    world.enrol("an.officer", Role.OFFICER)
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/account/sign-in/")
    page.fill("#id_login", "an.officer")
    page.fill("#id_password", PASSWORD)
    page.click("form.sheet button")
    page.fill("#id_code", code())
    page.click("form.sheet button")
    page.click("nav a[href='/probe/']")
    value = page.locator("#id_ground option[value*=':terrorism']").first.get_attribute("value")
    page.select_option("#id_ground", value)
    for field, text in (
        ("case", "B-1"),
        ("offence", "participation in a terrorist group"),
        ("given", "Youssef"),
        ("family", "Benjelloun"),
        ("dob", "1984-05-17"),
    ):
        page.fill(f"#id_{field}", text)
    page.select_option("#id_aim", "learn-more")
    page.select_option("#id_concerns", "suspect")
    page.click("form.sheet > button")
    assert page.locator("h1").inner_text() == "The partner holds a matching entry"
    context.close()


def test_the_inbox_renews_itself_and_keeps_the_focus(
    chromium: Browser, live_server: LiveServer, tmp_path: Path
) -> None:
    scene = make_scene(tmp_path, "en")
    with window(chromium, live_server, scene.account) as context:
        page = context.new_page()
        page.clock.install()
        page.goto("/")
        expect(page.locator("tbody tr")).to_have_count(3)
        page.keyboard.press("j")
        first = page.evaluate("document.activeElement.getAttribute('href')")
        scene.world.request(scene.world.partner, about="Wout Vanderelst")
        page.clock.fast_forward(31_000)
        expect(page.locator("tbody tr")).to_have_count(4)
        expect(page.locator("#rows [role=status]")).to_contain_text("4 unread cases.")
        assert page.evaluate("document.activeElement.getAttribute('href')") == first
