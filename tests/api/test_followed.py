"""Over REST: plans are read, own texts that did not leave are read and thrown away; what persons do is refused by name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from tests.api.conftest import system
from tests.api.test_rest import REQUEST
from tests.egress.scene import HIDDEN, enter, protected
from tests.web.world import OPERATOR, DeskWorld, sign_between_desks

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Taint
from comity.services.people import service_accounts
from comity.services.people.service_accounts import Scope
from comity.services.plans.report import report
from comity.storage.models.egress import BlockedDraft

PASTED = "Karim Tazi, 12/03/1985?"


def test_a_plan_is_listed_counted_and_followed(world: DeskWorld) -> None:
    plan = sign_between_desks(world)
    world.request(world.desk, about="somebody")
    client = system(world, Scope.READ_EVIDENCE)
    [line] = client.get("/api/1/plans").json()
    assert (line["hash"], line["state"]) == (plan, "in-force")
    found = client.get(f"/api/1/plans/{line['code']}").json()
    assert found["hash"] == plan
    assert found == report(world.desk, OPERATOR, plan)
    assert found["objectives"][0]["measures"][0]["counters"]
    assert found["figures_digest"] == report(world.partner, OPERATOR, plan)["figures_digest"]


def test_another_regime_sees_no_plan(world: DeskWorld) -> None:
    plan = sign_between_desks(world)
    scopes = frozenset({Scope.READ_EVIDENCE})
    other = Regime.RETURN_IDENTIFICATION
    token = service_accounts.create(world.desk, OPERATOR, "other-system", other, scopes, 30)
    client = Client(headers={"authorization": f"Bearer {token}"})
    assert client.get("/api/1/plans").json() == []
    answer = client.get(f"/api/1/plans/{plan}")
    assert (answer.status_code, answer.json()["code"]) == (404, "plan.not-found")


def test_ones_own_text_that_did_not_leave(world: DeskWorld) -> None:
    enter(world.desk, protected(Taint.ASYLUM))
    client = system(world, Scope.REQUEST)
    body = json.dumps({**REQUEST, "about": PASTED, "reference": None})
    assert client.post("/api/1/cases", body, "application/json").json()["code"] == "law.protected"
    [kept] = client.get("/api/1/not-sent").json()
    assert PASTED in json.dumps(kept["content"])
    assert not {"L23", "asylum", HIDDEN} & set(json.dumps(kept).replace('"', " ").split())
    address = f"/api/1/not-sent/{kept['reference']}"
    other = system(world, Scope.REQUEST, name="other-system")
    assert other.get("/api/1/not-sent").json() == []
    for answer in (other.get(address), other.delete(address)):
        assert (answer.status_code, answer.json()["code"]) == (404, "egress.draft-unknown")
    assert client.get(address).json() == kept
    assert client.delete(address).json() == {"reference": kept["reference"]}
    assert client.get("/api/1/not-sent").json() == []
    assert not BlockedDraft.objects.using(world.desk.alias).exists()


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("get", "/api/1/true-grounds"),
        ("post", "/api/1/conclusions"),
        ("post", "/api/1/plans/x/entries"),
        ("post", "/api/1/identifications"),
        ("get", "/api/1/cases/x/files/1"),
        ("post", "/api/1/evidence/persons"),
        ("post", "/api/1/evidence/breaches"),
        ("post", "/api/1/cases/x/recall"),
    ],
)
def test_what_a_person_does_is_refused_by_name(world: DeskWorld, method: str, address: str) -> None:
    client = system(world, *Scope)
    answer = getattr(client, method)(address)
    assert (answer.status_code, answer.json()["code"]) == (403, "service-account.release")
    without = system(world, Scope.READ_METRICS, name="other-system")
    assert getattr(without, method)(address).json()["code"] == "service-account.scope"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("/api/1/cases/0123456789abcdef", "case.unknown"),
        ("/api/1/agreements/NOTHING", "agreement.not-found"),
        ("/api/1/agreements/NOTHING/transfers", "agreement.not-found"),
        ("/api/1/plans/NOTHING", "plan.not-found"),
        ("/api/1/register/imports/nothing/errors", "register.no-import"),
    ],
)
def test_what_the_address_names_and_is_not_there_is_a_404(world: DeskWorld, address: str, code: str) -> None:
    answer = system(world, *Scope).get(address)
    assert (answer.status_code, answer.json()["code"]) == (404, code)


@pytest.mark.parametrize(
    ("address", "known"),
    [
        ("/api/1/evidence/transfers?first=2026-01-01&last=2026-01-31", "from, to"),
        ("/api/1/statistics?agreement=x&first=2026-01-01", "agreement, from, to"),
        ("/api/1/cases?waiting=true", "open_only, side, waiting_only"),
        ("/api/1/cases/x?full=1", "none"),
        ("/api/1/evidence?since=1", "none"),
    ],
)
def test_an_unknown_parameter_is_refused_and_the_known_are_named(
    world: DeskWorld, address: str, known: str
) -> None:
    answer = system(world, *Scope).get(address)
    assert (answer.status_code, answer.json()["code"]) == (400, "api.parameter")
    assert answer.json()["facts"]["allowed"] == known


def test_every_operation_refuses_a_parameter_that_it_does_not_know(world: DeskWorld) -> None:
    from comity.api.interface import interface

    client = system(world, *Scope)
    paths: dict[str, Any] = interface.get_openapi_schema(path_prefix="/api/1/")["paths"]
    for path, operations in paths.items():
        for method in operations:
            answer = getattr(client, method)(path.replace("{", "").replace("}", "") + "?nobody_knows=1")
            assert answer.json()["code"] == "api.parameter", (method, path)


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("/api/1/cases/x/clarification", {"answer": "x", "more": "x"}),
        ("/api/1/cases/x/clarification-request", {"question": "x", "more": "x"}),
        ("/api/1/information", {"more": "x"}),
    ],
)
def test_an_unknown_field_of_a_body_is_refused(world: DeskWorld, address: str, body: dict[str, str]) -> None:
    answer = system(world, *Scope).post(address, json.dumps(body), "application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "api.malformed")
    assert "more" in answer.json()["facts"]["field"].split(", ")


def test_control_characters_are_refused_and_not_repeated(world: DeskWorld) -> None:
    body = json.dumps({"question": "who\x1b[2J?"})
    answer = system(world, *Scope).post("/api/1/cases/x/clarification-request", body, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "api.malformed")
    assert "without control characters" in answer.json()["facts"]["reason"]
    assert "2J" not in answer.content.decode()
