"""No serious fault for people who use a screen reader, a keyboard, a small screen or a dark one; four languages."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize
from pytest_django.live_server_helper import LiveServer
from tests.browser.conftest import window
from tests.browser.pages import PAGES, language_cookie, make_scene
from tests.web.world import PASSWORD

LANGUAGES = ("en", "fr", "nl", "ar") if os.environ.get("COMITY_TEST_DB", "sqlite") == "sqlite" else ("ar",)
"""The pages are the same on both databases: on PostgreSQL one language is opened, the one that runs the other way."""

GRAVE = ("serious", "critical")
DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 320, "height": 640}
SMALL_TARGETS = """() => [...document.querySelectorAll('button, select, input:not([type=hidden]), nav a, th a')]
    .map(each => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])
    .filter(([_, box]) => box.width > 0 && (box.width < 24 || box.height < 24)).map(([html]) => html)"""
"""WCAG 2.5.8: 24 px, but for links inside a sentence."""


def faults(page: Page, name: str, only: str = "") -> list[str]:
    """Return the grave faults of a page, by rule and place."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if only:
        # The page holds axe since it was first looked at.
        options["runOnly"] = {"type": "rule", "values": [only]}
        found = page.evaluate("options => axe.run(document, options)", options)["violations"]
    else:
        found = Axe().run(page, options=options).response["violations"]
    return [
        f"{name}: {each['id']} {node['target']} {node.get('failureSummary', '')}"
        for each in found
        if each["impact"] in GRAVE
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page(chromium: Browser, live_server: LiveServer, tmp_path: Path, language: str) -> None:
    scene = make_scene(tmp_path, language)
    found: list[str] = []
    with window(chromium, live_server, scene.account) as context:
        page = context.new_page()
        for name, open_ in PAGES.items():
            page.emulate_media(color_scheme="light")
            open_(page, scene)
            assert page.locator("html").get_attribute("lang") == language, name
            assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
            assert page.locator("h1").count() == 1, name
            found += faults(page, name)
            found += [f"{name}: smaller than 24 px: {each}" for each in page.evaluate(SMALL_TARGETS)]
            page.emulate_media(color_scheme="dark")
            found += faults(page, f"{name} dark", "color-contrast")
            page.set_viewport_size(PHONE)
            width = page.evaluate("document.scrollingElement.scrollWidth")
            found += [f"{name}: {width} px wide on a small screen"] if width > PHONE["width"] else []
            page.set_viewport_size(DESK)
    assert found == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_sign_in_pages(chromium: Browser, live_server: LiveServer, tmp_path: Path, language: str) -> None:
    scene = make_scene(tmp_path, language)
    scene.world.enrol("new.officer", second_factor=False, language=language)
    found: list[str] = []
    for name in ("an.officer", "new.officer"):
        with window(chromium, live_server) as context:
            language_cookie(context, live_server.url, language)
            page = context.new_page()
            page.goto("/account/sign-in/")
            assert page.locator("html").get_attribute("lang") == language
            found += faults(page, "sign-in")
            page.fill("#id_login", name)
            page.fill("#id_password", PASSWORD)
            page.locator("form.sheet button").click()
            found += faults(page, f"after the password of {name}")
            page.fill("#id_code", "000000")
            page.locator("#id_code").press("Enter")
            page.wait_for_load_state()
            found += faults(page, f"wrong code of {name}")
    assert found == []
