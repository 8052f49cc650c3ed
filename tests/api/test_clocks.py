"""Over REST: the statistics of an agreement, and the cases whose time runs out."""

from __future__ import annotations

import pytest
from tests.api.conftest import system
from tests.web.world import OPERATOR, DeskWorld

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.services.clocks.remind import remind
from comity.services.clocks.statistics import figures
from comity.services.context import Actor, ActorKind
from comity.services.people import service_accounts
from comity.services.people.service_accounts import Scope

STATISTICS = "/api/1/statistics?agreement=BE-MA-2025"


def test_the_statistics_are_those_of_both_nodes(world: DeskWorld) -> None:
    world.request(world.desk, about="somebody")
    client = system(world, Scope.READ_EVIDENCE)
    told = client.get(f"{STATISTICS}&from=2026-11-01&to=2026-11-30").json()
    assert (told["from"], told["to"], told["statements"]) == ("2026-11-01", "2026-11-30", [])
    from datetime import date

    from comity.core.cases.statistics import days

    there = figures(
        world.partner, OPERATOR, world.agreement, days(date(2026, 11, 1), date(2026, 11, 30), date.today())
    )
    assert told["figures"] == {party: each.model_dump(mode="json") for party, each in there.items()}
    assert told["figures"][world.desk.service]["requests"] == {"urgent": 0, "ordinary": 1}


def test_the_figures_of_a_year(world: DeskWorld) -> None:
    world.request(world.desk, about="somebody")
    client = system(world, Scope.READ_EVIDENCE)
    told = client.get("/api/1/statistics/yearly?year=2026").json()
    assert (told["year"], told["due"]) == (2026, "2027-03-01")
    [line] = told["agreements"]
    assert (line["code"], line["state"], line["verdict"]) == ("BE-MA-2025", "due", None)
    assert told["totals"][world.desk.service]["requests"] == {"urgent": 0, "ordinary": 1}
    assert client.get("/api/1/statistics/yearly").json()["agreements"] == [], "2025 had none"
    for year in ("1", "9999", "x"):
        assert client.get(f"/api/1/statistics/yearly?year={year}").status_code == 400
    assert system(world, Scope.READ_CASES, name="cases").get("/api/1/statistics/yearly").status_code == 403


def test_without_days_the_last_year_that_is_over(world: DeskWorld) -> None:
    told = system(world, Scope.READ_EVIDENCE).get(STATISTICS).json()
    assert (told["from"], told["to"]) == ("2025-01-01", "2025-12-31")


@pytest.mark.parametrize(
    ("days", "code"),
    [
        ("&from=2026-13-01", "api.malformed"),
        ("&to=9999-12-31", "statistics.period"),
        ("&from=2026-02-01&to=2026-01-01", "statistics.period"),
        ("&from=0001-01-01&to=2026-01-01", "statistics.period"),
    ],
)
def test_days_that_are_none_are_refused(world: DeskWorld, days: str, code: str) -> None:
    answer = system(world, Scope.READ_EVIDENCE).get(STATISTICS + days)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_an_account_of_another_regime_reads_no_statistics_of_this_one(world: DeskWorld) -> None:
    from django.test import Client

    scopes = frozenset({Scope.READ_EVIDENCE})
    token = service_accounts.create(world.desk, OPERATOR, "other", Regime.RETURN_IDENTIFICATION, scopes, 30)
    answer = Client(headers={"authorization": f"Bearer {token}"}).get(STATISTICS)
    assert (answer.status_code, answer.json()["code"]) == (400, "agreement.not-found")


def test_a_case_whose_time_runs_out_stands_once_with_its_last_step(world: DeskWorld) -> None:
    thread = world.request(world.partner, about="somebody")
    world.enrol("the.head", Role.HEAD_OF_DESK)
    client = system(world, Scope.READ_CASES)
    assert client.get("/api/1/reminders").json() == []
    world.clock.forward(days=20)
    remind(world.desk)
    [told] = client.get("/api/1/reminders").json()
    assert (told["thread"], told["step"], told["owner"]) == (thread, "missed", None)


def test_what_waits_for_us_is_told_apart(world: DeskWorld) -> None:
    theirs, ours = world.request(world.partner, about="a"), world.request(world.desk, about="b")
    client = system(world, Scope.READ_CASES)
    assert {each["thread"] for each in client.get("/api/1/cases").json()} == {theirs, ours}
    [waiting] = client.get("/api/1/cases?waiting_only=true").json()
    assert (waiting["thread"], waiting["todo"]) == (theirs, ["answer"])
    assert client.get("/api/1/cases?waiting_only=true&side=asked").json() == []
    asker = Actor("karim", ActorKind.OFFICER, frozenset({(Regime.POLICE, Role.OFFICER)}))
    from comity.services.cases.thread.clarify import ask_clarification

    ask_clarification(world.partner, asker, ours, "which of the two?")
    world.deliver()
    [waiting] = client.get("/api/1/cases?waiting_only=true&side=asked").json()
    assert (waiting["thread"], waiting["todo"]) == (ours, ["clarify"])
