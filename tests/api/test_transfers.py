"""Over REST: the report on transfers and how each direction stands; an emergency is never a system's."""

from __future__ import annotations

import json

from tests.api.conftest import system
from tests.web.world import OPERATOR, DeskWorld

from comity.core.agreement.profile import ChangeEffect, ChangeKind
from comity.services.people.service_accounts import Scope
from comity.services.transfers.status import note_change
from comity.storage.models.protection import Notice

NOVEMBER = "/api/1/evidence/transfers?from=2026-11-01&to=2026-11-30"


def test_the_report_of_the_regime(world: DeskWorld) -> None:
    world.request(world.desk, about="somebody")
    client = system(world, Scope.READ_EVIDENCE)
    found = client.get(NOVEMBER).json()
    assert found["transfers"] == 1
    assert found["unproven"] == []
    [line] = found["categories"]
    assert (line["ground"], line["direction"], line["acts"]) == ("led-37-1-a", "out", {"request": 1})
    for wrong in ("from=2026-11-30&to=2026-11-01", "from=soon&to=2026-11-01", "to=9999-12-31"):
        assert client.get(f"/api/1/evidence/transfers?{wrong}").status_code == 400
    assert client.get("/api/1/evidence/transfers").json()["from"] == "2025-01-01T00:00:00.000Z"
    other = system(world, Scope.READ_CASES, name="other-system")
    assert other.get(NOVEMBER).status_code == 403


def test_what_is_closed_and_why_and_the_request_is_refused(world: DeskWorld) -> None:
    client = system(world, Scope.READ_AGREEMENTS, Scope.REQUEST)
    address = f"/api/1/agreements/{world.agreement}/transfers"
    assert all(not way["missing"] for way in client.get(address).json()["directions"])
    note_change(
        world.desk,
        OPERATOR,
        world.agreement,
        "BE",
        ChangeKind.GROUND,
        "led-37-1-a",
        ChangeEffect.ENDED,
        world.clock(),
        "repealed",
    )
    ways = {way["sender"]: way for way in client.get(address).json()["directions"]}
    [missing] = ways[world.desk.service]["missing"]["terrorism"]
    assert missing["code"] == "transfer.ground-ended"
    assert ways[world.partner.service]["missing"] == {}
    body = {
        "partner": "MA",
        "agreement": "BE-MA-2025",
        "purpose": "drugs",
        "matter": "a new route",
        "reasons": "crates marked in red",
        "assertions": {"matter": "fact", "reasons": "assessment"},
    }
    answer = client.post("/api/1/information", json.dumps(body), "application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "transfer.ground-ended")


def test_neither_emergency_nor_court_is_a_system_s(world: DeskWorld) -> None:
    thread = world.request(world.partner, about="somebody")
    client = system(world, Scope.REQUEST, Scope.READ_CASES)
    for act in ("emergency", "court"):
        answer = client.post(f"/api/1/cases/{thread}/{act}", "{}", "application/json")
        assert (answer.status_code, answer.json()["code"]) == (403, "service-account.release")
    assert not Notice.objects.using(world.desk.alias).filter(act="notify").exists()
