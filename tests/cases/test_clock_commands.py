"""``comity case extend``, ``explain``, ``reminders``, ``substitute`` and ``statistics``; ``comity agreement calendar``."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.cases.cast import HEAD, LOTTE, OPERATOR, SALMA, YOUSSEF, ask, deliver, make_desks, with_suspect
from tests.cases.test_cases import URGENT
from tests.federation.world import BE, START, World
from typer.testing import CliRunner

from comity.cli import agreement as agreement_commands
from comity.cli import case as case_commands
from comity.cli.clocks import notices, statistics
from comity.errors import ComityError, InputError, Refused
from comity.services.cases.inbox import assign
from comity.services.clocks.remind import remind
from comity.services.clocks.statistics import answer_statements
from comity.services.context import Actor
from comity.storage import people
from comity.storage.models.people import Officer

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
OFFICERS = {actor.name: actor for actor in (LOTTE, SALMA, HEAD, YOUSSEF)}
Run = Callable[..., Any]


@pytest.fixture
def asked() -> tuple[World, str]:
    world, agreement = make_desks()
    with_suspect(world)
    thread = ask(world, agreement, **URGENT)
    deliver(world)
    return world, thread


@pytest.fixture
def run(asked: tuple[World, str], monkeypatch: pytest.MonkeyPatch) -> Run:
    nodes = {"be": asked[0].be, "ma": asked[0].ma}

    def acting(_: object, name: str | None) -> Actor:
        return OFFICERS[name] if name else OPERATOR

    for commands in (case_commands, notices, statistics):
        monkeypatch.setattr(commands, "opened", lambda home: nodes[home.name])
        monkeypatch.setattr(commands, "acting", acting)

    def command(home: str, *words: str, typed: str = "", plain: bool = False) -> Any:
        end = [] if plain else ["--json"]
        result = CliRunner().invoke(case_commands.app, [*words, "--home", home, *end], input=typed)
        if isinstance(result.exception, ComityError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output if plain else json.loads(result.output)

    return command


def test_extend_and_clock(run: Run, asked: tuple[World, str]) -> None:
    world, thread = asked
    words = ("extend", thread[:13], "--by", "PT4H", "--as", "salma")
    assert run("ma", *words, typed="a judge is asked")["by"] == "PT4H"
    deliver(world)
    assert run("be", "clock", thread)["extended_hours"] == 4
    assert "extended by 4 h" in run("be", "clock", thread, plain=True)
    with pytest.raises(InputError, match=r"case\.request-field"):
        run("ma", "extend", thread, "--by", "soon", "--as", "salma", typed="x")
    with pytest.raises(Refused, match=r"clock\.person"):
        run("ma", "extend", thread, "--by", "PT1H", typed="x")


def test_explain(run: Run, asked: tuple[World, str]) -> None:
    world, thread = asked
    world.clock.forward(hours=9)
    assert "answer, explain" in run("ma", "inbox", "--as", "salma", plain=True)
    assert "comity case explain" in run("ma", "show", thread, "--as", "salma", plain=True)
    run("ma", "explain", thread, "--ground", "technical", "--as", "salma", typed="the line was down")
    deliver(world)
    assert "comity case explain" not in run("ma", "show", thread, "--as", "salma", plain=True)


def test_substitute_and_reminders(run: Run, asked: tuple[World, str]) -> None:
    world, thread = asked
    for actor in (SALMA, YOUSSEF):
        account = Officer(username=actor.name, created_at=START)
        people.save_officer("ma", account)
        people.replace_roles("ma", account, actor.roles)
    assign(world.ma, HEAD, thread, SALMA)
    assert run("ma", "substitute", "salma", "--by", "youssef", "--as", "nadia")["substitute"] == "youssef"
    world.clock.forward(hours=6, minutes=30)
    remind(world.ma)
    [found] = run("ma", "reminders", "--as", "youssef")
    assert (found["thread"], found["step"], found["owner"]) == (thread, "substitute", "salma")
    assert "owner" in run("ma", "reminders", "--as", "salma", plain=True)
    assert "nothing" in run("ma", "reminders", plain=True)


def test_the_figures_of_the_year(run: Run, asked: tuple[World, str]) -> None:
    world, _ = asked
    world.clock.now = datetime(2027, 1, 5, tzinfo=UTC)
    found = run("be", "yearly")
    assert (found["year"], found["due"], found["stated"]) == (2026, "2027-03-01", {})
    assert [each["state"] for each in found["agreements"]] == ["due"]
    plain = run("be", "yearly", "--state", "--as", "nadia", plain=True)
    assert "due by 2027-03-01" in plain
    assert "stated" in plain
    assert run("be", "yearly", "--year", "2025")["agreements"] == []


def test_statistics(run: Run, asked: tuple[World, str]) -> None:
    world, _ = asked
    days = ("statistics", "--agreement", "BE-MA-2025", "--from", "2026-11-01", "--to", "2026-11-23")
    here, there = run("be", *days), run("ma", *days)
    assert here["figures"] == there["figures"]
    assert here["figures"][BE]["requests"] == {"urgent": 1, "ordinary": 0}
    assert here["statements"] == []
    shown = run("be", *days, plain=True)
    assert f"requests of {BE}" in shown
    assert re.search(r"^requests received +1 urgent, 0 ordinary$", shown, re.MULTILINE)
    assert re.search(r"^median time to an answer +none$", shown, re.MULTILINE)
    assert "_" not in shown
    lone = run("be", "statistics", "--agreement", "BE-MA-2025")
    assert (lone["from"], lone["to"]) == ("2025-01-01", "2025-12-31"), "the last calendar year that is over"
    assert lone["figures"][BE]["requests"] == {"urgent": 0, "ordinary": 0}
    begun = run("be", "statistics", "--agreement", "BE-MA-2025", "--from", "2026-11-01")
    assert (begun["from"], begun["to"]) == ("2026-11-01", "2026-12-31")
    ended = run("be", "statistics", "--agreement", "BE-MA-2025", "--to", "2026-11-23")
    assert (ended["from"], ended["to"]) == ("2026-01-01", "2026-11-23")
    with pytest.raises(InputError, match=r"statistics\.period"):
        run("be", "statistics", "--agreement", "BE-MA-2025", "--to", "9999-12-31")
    with pytest.raises(InputError, match=r"statistics\.period"):
        run("be", *days, "--state", "--as", "nadia")
    world.clock.now = START + timedelta(days=1)
    assert run("be", *days, "--state", "--as", "nadia")["stated"]
    deliver(world)
    answer_statements(world.ma)
    deliver(world)
    assert [each["verdict"] for each in run("be", *days)["statements"]] == ["confirmed"]
    assert "confirmed" in run("ma", *days, plain=True)
    with pytest.raises(Refused, match=r"actor\.role"):
        run("be", *days, "--as", "lotte")


def test_calendar() -> None:
    words = ["calendar", "MA", "Africa/Casablanca", "--from", "2026", "--to", "2026"]
    plain = CliRunner().invoke(agreement_commands.app, words)
    assert plain.exit_code == 0
    read = tomllib.loads(plain.output)["calendars"]["ma"]
    found = json.loads(CliRunner().invoke(agreement_commands.app, [*words, "--json"]).output)
    assert [day.isoformat() for day in read["holidays"]] == found["holidays"]
