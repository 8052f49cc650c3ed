"""What a system may do with cases: scope, regime and agreement, as the table of `tests/roles.py` says."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from tests.api.conftest import system
from tests.roles import PERSONS_ONLY, SYSTEMS, SystemRow
from tests.web.world import OPERATOR, DeskWorld

from comity.core.codes.exchange import Regime
from comity.services.people import service_accounts
from comity.services.people.service_accounts import Scope

BODIES: dict[str, dict[str, Any]] = {
    "POST /cases/{thread}/clarification-request": {"question": "which of the two?"},
    "POST /cases": {
        "purpose": "terrorism",
        "case": "B-1",
        "about": "the driver",
        "facts": "a car loaded at night",
        "offence": "participation in a terrorist group",
        "reasons": "born there",
        "link": "the driver",
        "subject_category": "suspect",
        "assertions": {"facts": "fact", "reasons": "fact", "link": "fact", "about": "fact"},
    },
    "POST /cases/{thread}/filing": {"case": "B-1"},
    "POST /information": {
        "purpose": "terrorism",
        "matter": "a warehouse",
        "reasons": "near the border",
        "assertions": {"matter": "fact", "reasons": "fact"},
    },
}


@pytest.fixture
def asked(world: DeskWorld) -> tuple[DeskWorld, str]:
    """A case of the police, received."""
    return world, world.request(world.partner, about="Salma El Idrissi")


def call(client: Client, operation: str, world: DeskWorld, thread: str) -> tuple[int, str]:
    """Call an operation; return status and code of a refusal."""
    method, _, path = operation.partition(" ")
    address = f"/api/1{path.format(thread=thread)}"
    body = BODIES.get(operation, {})
    if "purpose" in body:
        body = {"partner": world.partner.service, "agreement": world.agreement, **body}
    sent: dict[str, Any] = {} if method == "GET" else {"data": body, "content_type": "application/json"}
    answer = getattr(client, method.lower())(address, **sent)
    found = answer.json()
    return answer.status_code, found.get("code", "") if isinstance(found, dict) else ""


@pytest.mark.parametrize("row", SYSTEMS, ids=lambda row: row.operation)
def test_a_system_does_what_its_scope_names_and_nothing_else(
    asked: tuple[DeskWorld, str], row: SystemRow
) -> None:
    world, thread = asked
    for scope in Scope:
        status, code = call(system(world, scope, name=f"a-{scope.value}"), row.operation, world, thread)
        if scope == row.scope:
            assert status == 200, code
        else:
            assert (status, code) == (403, "service-account.scope"), scope


@pytest.mark.parametrize("row", SYSTEMS, ids=lambda row: row.operation)
def test_under_another_regime_there_is_no_such_case(asked: tuple[DeskWorld, str], row: SystemRow) -> None:
    world, thread = asked
    token = service_accounts.create(
        world.desk, OPERATOR, "other", Regime.RETURN_IDENTIFICATION, frozenset(Scope), 30
    )
    client = Client(headers={"authorization": f"Bearer {token}"})
    status, code = call(client, row.operation, world, thread)
    if row.named:
        assert (status, code) == (404, "case.unknown")
    elif row.operation.startswith("POST"):
        assert (status, code) == (403, "actor.role")
    else:
        assert status == 200
        address = f"/api/1{row.operation.partition(' ')[2]}"
        assert thread not in client.get(address).content.decode()


@pytest.mark.parametrize("row", SYSTEMS, ids=lambda row: row.operation)
def test_after_the_end_of_the_agreement(asked: tuple[DeskWorld, str], row: SystemRow) -> None:
    world, thread = asked
    world.clock.forward(days=60)
    status, code = call(system(world, *Scope), row.operation, world, thread)
    if row.ends:
        assert (status, code) == (403, "agreement.expired")
    else:
        assert status == 200, code


@pytest.mark.parametrize("operation", PERSONS_ONLY)
def test_what_is_a_persons_is_no_systems(asked: tuple[DeskWorld, str], operation: str) -> None:
    world, thread = asked
    assert call(system(world, *Scope), operation, world, thread) == (403, "service-account.release")
