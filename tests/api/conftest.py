"""A service account at the Belgian node of the desk's world."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.web.world import OPERATOR, DeskWorld, make_desk_world

from comity.core.codes.exchange import Regime
from comity.services.people import service_accounts
from comity.services.people.service_accounts import Scope

System = Callable[..., Client]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here uses the node's database and the partner's."""
    for test in items:
        if Path(__file__).parent in test.path.parents:
            test.add_marker(pytest.mark.django_db(databases=["default", "ma"]))


@pytest.fixture
def world(db: None, tmp_path: Path) -> DeskWorld:
    """Serve the Belgian node."""
    return make_desk_world(tmp_path)


def system(world: DeskWorld, *scopes: Scope, name: str = "case-system", **headers: Any) -> Client:
    """Return a client that carries the token of a new service account."""
    token = service_accounts.create(world.desk, OPERATOR, name, Regime.POLICE, frozenset(scopes), 30)
    return Client(headers={"authorization": f"Bearer {token}", **headers})
