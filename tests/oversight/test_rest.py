"""Oversight over REST: an account made for it replays and takes bundles; every other one does not."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from tests.api.test_rest import system
from tests.web.world import DeskWorld, make_desk_world

from comity.core.oversight.bundle import open_bundle
from comity.services.evidence.checkpoint import exchange_checkpoints
from comity.services.oversight.packed import unpack
from comity.services.people.service_accounts import Scope

pytestmark = pytest.mark.django_db(databases=["default", "ma"])


@pytest.fixture
def world(db: None, tmp_path: Path) -> DeskWorld:
    return make_desk_world(tmp_path)


def test_replay_and_bundle(world: DeskWorld) -> None:
    thread = world.request(world.partner, about="Salma El Idrissi")
    exchange_checkpoints(world.desk, world.network.channels)
    client = system(world, Scope.OVERSEE)
    body = json.dumps({"subject": thread, "reason": "yearly audit"})
    told = client.post("/api/1/evidence/replays", body, "application/json").json()
    assert (told["agrees"], [each["clause"] for each in told["steps"]]) == (True, ["terrorism.request"])
    found = client.post("/api/1/evidence/bundles", body, "application/json").json()
    assert found["file"] == f"{thread}.zip"
    assert open_bundle(unpack(base64.b64decode(found["zip"]))).findings == ()
    wrong = client.post("/api/1/evidence/replays", json.dumps({"subject": thread}), "application/json")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "api.malformed")
    silent = client.post(
        "/api/1/evidence/replays", json.dumps({"subject": thread, "reason": " "}), "application/json"
    )
    assert (silent.status_code, silent.json()["code"]) == (400, "register.reason")
