"""Over REST: that somebody asked and until when, that there was a breach and who was told; never who, never an answer."""

from __future__ import annotations

import pytest
from tests.api.conftest import system
from tests.web.test_persons import person_and_breach
from tests.web.world import DeskWorld

from comity.services.people.service_accounts import Scope


def test_requests_and_breaches_without_words(world: DeskWorld) -> None:
    numbers = person_and_breach(world.desk)
    client = system(world, Scope.READ_EVIDENCE)
    answer = client.get("/api/1/evidence/persons")
    [asks] = answer.json()
    assert (asks["number"], asks["kind"], asks["state"]) == (numbers["number"], "access", "open")
    assert "Idrissi" not in answer.content.decode()
    answer = client.get("/api/1/evidence/breaches")
    [breach] = answer.json()
    assert (breach["number"], breach["cases"], breach["overdue"]) == (numbers["breach"], 0, False)
    assert "غير معروف بعد" not in answer.content.decode()
    other = system(world, Scope.READ_CASES, name="other-system")
    for place in ("persons", "breaches"):
        assert other.get(f"/api/1/evidence/{place}").status_code == 403


@pytest.mark.parametrize("place", ["persons", "breaches"])
def test_a_system_answers_nobody(world: DeskWorld, place: str) -> None:
    client = system(world, Scope.READ_EVIDENCE)
    answer = client.post(f"/api/1/evidence/{place}", "{}", "application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "service-account.release")
