"""A system of another regime cannot tell over REST that a case exists: same 404, same headers, same work, same counters.

Enforced by `case_within` and `threads_named` in `storage/cases.py`: without the regimes in the latter a name that fits two cases of
others is ``case.ambiguous``, and the test of short names fails.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from tests.cases.cast import SALMA
from tests.discretion.conftest import RETURN, system_of
from tests.discretion.measured import seen
from tests.discretion.test_desk import never
from tests.web.world import DeskWorld

from comity.api.document import document
from comity.core.codes.exchange import Regime
from comity.core.evidence.event import Bilateral
from comity.services.cases.thread.clarify import ask_clarification
from comity.services.evidence.alarms import raise_alarm
from comity.services.evidence.sequence import sequence
from comity.storage.models.cases import Case
from comity.storage.transaction import atomic

pytestmark = pytest.mark.django_db(databases=["default", "ma"])
BODIES: dict[str, dict[str, Any]] = {
    "clarification-request": {"question": "who?"},
    "hit-report": {
        "outcome": "located",
        "at": "2026-11-23T10:00:00Z",
        "measures": ["none"],
        "place": "x",
        "reason": "x",
        "circumstances": "x",
        "assertions": dict.fromkeys(("place", "reason", "circumstances"), "fact"),
    },
    "clarification": {"answer": "the younger", "assertion": "fact"},
    "filing": {"case": "B-7"},
}
LOOKS = ("/api/1/evidence/replays", "/api/1/evidence/bundles")


def routes() -> list[tuple[str, str]]:
    """Return method and address of every operation on a case."""
    found = []
    for address, methods in json.loads(document())["paths"].items():
        if "{thread}" in address:
            placed = address.replace("{act}", "recall").replace("{number}", "1")
            found += [(method, placed) for method in methods]
    return sorted(found)


def call(client: Client, method: str, address: str, thread: str) -> Any:
    body = json.dumps(BODIES.get(address.rsplit("/", 1)[1], {})) if method == "post" else None
    more = {"content_type": "application/json"} if method == "post" else {}
    return seen(client, method, address, thread, body, **more)


@pytest.fixture
def case(moroccan: DeskWorld) -> tuple[DeskWorld, str]:
    thread = moroccan.request(moroccan.partner, about="Salma El Idrissi")
    ask_clarification(moroccan.desk, SALMA, thread, "which of the two?")
    moroccan.deliver()
    return moroccan, thread


def test_a_foreign_case_and_none_are_told_alike(case: tuple[DeskWorld, str]) -> None:
    world, thread = case
    client = system_of(world, RETURN)
    assert len(routes()) >= 7
    for method, address in routes():
        foreign = call(client, method, address, thread)
        assert foreign == call(client, method, address, never(thread)), (method, address)
        assert foreign.status in (403, 404), (method, address)
    for address in LOOKS:
        bodies = [json.dumps({"subject": each, "reason": "yearly audit"}) for each in (thread, never(thread))]
        foreign, none = (
            seen(client, "post", address, name, body, content_type="application/json")
            for name, body in zip((thread, never(thread)), bodies, strict=True)
        )
        assert foreign == none, address
        assert foreign.status == 400, "what the body names, and not the address"


def test_the_comparison_sees_a_difference(case: tuple[DeskWorld, str]) -> None:
    world, thread = case
    client = system_of(world, Regime.POLICE)
    own, none = (call(client, "get", "/api/1/cases/{thread}", each) for each in (thread, never(thread)))
    assert (own.status, none.status) == (200, 404)
    assert sum(own.opened) > sum(none.opened)


@pytest.mark.parametrize("ending", [8, 12, 31])
def test_a_short_name_that_fits_cases_of_others_fits_none(case: tuple[DeskWorld, str], ending: int) -> None:
    """One, two, or one of ours and one of theirs: what ends so elsewhere is not counted."""
    world, thread = case
    client = system_of(world, RETURN)
    short, nobody = thread[-ending:], never(thread)[-ending:]
    for double in (None, "f"):
        if double is not None:
            row = Case.objects.get(thread=thread)
            row.pk, row.thread = None, double * (32 - ending) + short
            row.save(force_insert=True)
        foreign = call(client, "get", "/api/1/cases/{thread}", short)
        assert foreign == call(client, "get", "/api/1/cases/{thread}", nobody)
        assert "case.unknown" in foreign.body
    insider = system_of(world, Regime.POLICE, name="an-insider")
    assert "case.ambiguous" in call(insider, "get", "/api/1/cases/{thread}", short).body


def test_no_counter_moves(moroccan: DeskWorld) -> None:
    client = system_of(moroccan, RETURN)
    paths = json.loads(document())["paths"]
    reading = {a: each["get"] for a, each in paths.items() if "get" in each and "{" not in a}
    assert len(reading) >= 8

    def told(client: Client) -> dict[str, Any]:
        found = {}
        for address, operation in reading.items():
            takes = {each["name"] for each in operation.get("parameters", ())}
            found[address] = client.get(
                address, {"agreement": "BE-MA-2025"} if "agreement" in takes else {}
            ).json()
        logs = found["/api/1/evidence"]["logs"]
        found["/api/1/evidence"]["logs"] = [each for each in logs if not each["log"].endswith("internal/1")]
        return found

    insider = system_of(moroccan, Regime.POLICE, name="an-insider")
    moroccan.deliver()
    before, known = told(client), told(insider)
    moroccan.request(moroccan.partner, about="Salma El Idrissi")
    thread = moroccan.request(moroccan.desk, about="somebody else")
    ask_clarification(moroccan.partner, SALMA, thread, "which of the two?")
    moroccan.deliver()
    with atomic("default"):
        scope = Bilateral(moroccan.partner.service, Regime.POLICE)
        raise_alarm(moroccan.desk, "clock.disagreement", f"case/{thread}", scope, "{}")
    sequence(moroccan.desk)
    assert told(client) == before
    assert {a for a, each in told(insider).items() if each != known[a]} >= {"/api/1/cases", "/api/1/evidence"}
