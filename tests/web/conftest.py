"""Browsers at the desk of a world of two services, signed in as one of a fixed cast of fictitious officers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client
from tests.federation.world import MA
from tests.web.world import SECRET, DeskWorld, make_desk_world

from comity.core.codes.marks import Role
from comity.services.people import factor

BrowserOf = Callable[..., Client]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here uses the desk's database and the partner's."""
    for test in items:
        if Path(__file__).parent in test.path.parents:
            test.add_marker(pytest.mark.django_db(databases=["default", "ma"]))


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    """Forget used codes and failed attempts."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def world(db: None, tmp_path: Path) -> DeskWorld:
    """Serve the Belgian desk."""
    return make_desk_world(tmp_path)


@pytest.fixture
def moroccan(db: None, tmp_path: Path) -> DeskWorld:
    """Serve the Moroccan desk."""
    return make_desk_world(tmp_path, MA)


def browser_of(world: DeskWorld, *roles: Role, name: str = "an.officer", language: str = "en") -> Client:
    """Return a browser in which a new officer with these roles is signed in."""
    browser = Client()
    browser.force_login(world.enrol(name, *roles, language=language))
    return browser


def code_now() -> str:
    """Return the present code of the cast's authenticator."""
    return factor.totp(SECRET, int(datetime.now(UTC).timestamp()))
