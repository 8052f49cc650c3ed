"""A desk that serves the Moroccan node: cases of the police, and people who work under return-identification only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client
from tests.federation.world import MA
from tests.web.world import OPERATOR, DeskWorld, make_desk_world

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.services.people import accounts, service_accounts
from comity.services.people.service_accounts import Scope

RETURN = Regime.RETURN_IDENTIFICATION


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    """Forget used codes and failed attempts."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def moroccan(db: None, tmp_path: Path) -> DeskWorld:
    """Serve the Moroccan desk."""
    return make_desk_world(tmp_path, MA)


def outsider(world: DeskWorld, *roles: Role, name: str = "an.outsider", regime: Regime = RETURN) -> Client:
    """Return a browser of an officer who holds these roles under one regime and none under the other."""
    account = world.enrol(name, *roles)
    accounts.give_roles(world.desk, OPERATOR, name, frozenset((regime, role) for role in roles))
    browser = Client()
    browser.force_login(account)
    return browser


def system_of(world: DeskWorld, regime: Regime, name: str = "a-system") -> Client:
    """Return a client with the token of a service account that has every scope under one regime."""
    token = service_accounts.create(world.desk, OPERATOR, name, regime, frozenset(Scope), 30)
    return Client(headers={"authorization": f"Bearer {token}"})
