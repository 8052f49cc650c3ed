"""A real browser before a desk that this process serves on loopback."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright
from pytest_django.live_server_helper import LiveServer

from comity.services.people.actors import Officer

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here needs a browser and databases that another thread sees."""
    for test in items:
        if Path(__file__).parent in test.path.parents:
            test.add_marker(pytest.mark.browser)
            test.add_marker(pytest.mark.django_db(transaction=True, databases=["default", "ma"]))
            if CHROMIUM is None:
                test.add_marker(
                    pytest.mark.skip(reason="Chromium is not installed: apt-get install chromium")
                )


@pytest.fixture(scope="session")
def player() -> Iterator[Playwright]:
    """Start Playwright once; its loop would otherwise forbid Django its synchronous queries."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        yield playwright
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def chromium(player: Playwright) -> Iterator[Browser]:
    """Start Chromium once."""
    browser = player.chromium.launch(executable_path=CHROMIUM, headless=True, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@contextmanager
def window(
    chromium: Browser, server: LiveServer, account: Officer | None = None, width: int = 1280
) -> Iterator[BrowserContext]:
    """Open a window, signed in as the officer when one is given; scripts that break fail the test."""
    context = chromium.new_context(
        base_url=server.url, viewport={"width": width, "height": 900}, locale="en-GB"
    )
    context.set_default_timeout(30_000)
    if account is not None:
        client = Client()
        client.force_login(account)
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": server.url}])
    broken: list[str] = []
    context.on("weberror", lambda error: broken.append(str(error.error)))
    context.on(
        "console", lambda said: broken.append(said.text) if "Content Security Policy" in said.text else None
    )
    try:
        yield context
    finally:
        context.close()
    assert broken == []
