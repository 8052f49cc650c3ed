"""L24, L35 over REST: a system sees the overdue list; it asks for no identification, and gets no file."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from tests.agreement.samples import shipped
from tests.api.conftest import system
from tests.api.test_rest import REQUEST
from tests.federation.world import sign_between
from tests.web.world import OPERATOR, DeskWorld

from comity.core.codes.exchange import Regime
from comity.services.people import service_accounts
from comity.services.people.service_accounts import Scope
from comity.storage.models.cases import Case


def returning(world: DeskWorld, *scopes: Scope) -> Client:
    """Return a client of a service account of the regime of return."""
    regime = Regime.RETURN_IDENTIFICATION
    token = service_accounts.create(world.desk, OPERATOR, "returns", regime, frozenset(scopes), 30)
    return Client(headers={"authorization": f"Bearer {token}"})


def post(client: Client, address: str, body: dict[str, Any]) -> tuple[int, str]:
    answer = client.post(address, json.dumps(body), "application/json")
    return answer.status_code, answer.json()["code"]


def test_an_ordinary_request_for_return_is_refused(world: DeskWorld) -> None:
    sign_between((world.desk, world.partner), shipped("memorandum_2016"))
    client = returning(world, Scope.REQUEST)
    body = {
        **REQUEST,
        "agreement": "BE-MA-MEMORANDUM-2016",
        "purpose": "identification",
        "subject_category": "to-be-identified",
        "reference": None,
        "about": "a man without documents",
    }
    assert post(client, "/api/1/cases", body) == (403, "law.return-form")
    assert not Case.objects.exists()


@pytest.mark.parametrize("scope", [Scope.REQUEST])
def test_a_system_asks_for_no_identification(world: DeskWorld, scope: Scope) -> None:
    assert post(returning(world, scope), "/api/1/identifications", {}) == (403, "service-account.release")
    assert not Case.objects.exists()


def test_a_system_gets_no_file(world: DeskWorld) -> None:
    answer = returning(world, Scope.READ_CASES).get(f"/api/1/cases/{'0' * 32}/files/1")
    assert (answer.status_code, answer.json()["code"]) == (403, "service-account.release")


def test_the_overdue_list_is_of_its_regime(world: DeskWorld) -> None:
    assert returning(world, Scope.READ_CASES).get("/api/1/identifications").json() == []
    answer = system(world, Scope.READ_CASES).get("/api/1/identifications")
    assert (answer.status_code, answer.json()["code"]) == (403, "actor.role")
