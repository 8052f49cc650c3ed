"""``comity oversight`` and ``comity plan``: what is printed, as sentences and as JSON, and how they end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cases.cast import DPO, HEAD, OPERATOR, ask, deliver
from tests.federation.world import World
from tests.oversight.test_replay import AUDITOR, WHY, covered, desks
from tests.plans.samples import ANNEX, NEXT
from typer.testing import CliRunner

from comity.cli import oversight, plan
from comity.core.cases.number import case_number
from comity.core.oversight.bundle import open_bundle
from comity.errors import ComityError, InputError, Refused
from comity.services.context import Actor
from comity.services.oversight.packed import unpack
from comity.storage.models.exchange import ExchangedMessage

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
OFFICERS = {actor.name: actor for actor in (DPO, HEAD, AUDITOR)}
Run = Callable[..., Any]


@pytest.fixture
def world() -> tuple[World, str]:
    return desks()


@pytest.fixture
def run(world: tuple[World, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    nodes = {"be": world[0].be, "ma": world[0].ma}
    for home in nodes:
        (tmp_path / home).mkdir()

    def acting(_: object, name: str | None) -> Actor:
        return OFFICERS[name] if name else OPERATOR

    for commands in (oversight, plan):
        monkeypatch.setattr(commands, "opened", lambda home: nodes[home.name])
        monkeypatch.setattr(commands, "acting", acting)

    def run(app: Any, node: str, *words: object, fails: int = 0) -> str:
        made = CliRunner().invoke(app, [*map(str, words), "--home", str(tmp_path / node)])
        if isinstance(made.exception, ComityError):
            raise made.exception
        assert made.exit_code == fails, made.output
        return made.output

    return run


def test_replay_bundle_and_looks(world: tuple[World, str], run: Run, tmp_path: Path) -> None:
    both, agreement = world
    thread = ask(both, agreement)
    deliver(both)
    covered(both)
    said = run(oversight.app, "be", "replay", thread, "--reason", WHY, "--as", "amal")
    assert "permitted by terrorism.request; agrees; received" in said
    assert "everything agrees" in said
    told = json.loads(run(oversight.app, "ma", "replay", thread, "--reason", WHY, "--as", "driss", "--json"))
    assert (told["agrees"], told["steps"][0]["way"], told["clock"]["state"]) == (True, "in", "open")
    file = tmp_path / "bundle.zip"
    words = ("bundle", thread, "--reason", WHY, "--out", file, "--as", "amal")
    assert "bytes written" in run(oversight.app, "be", *words)
    assert open_bundle(unpack(file.read_bytes())).findings == ()
    with pytest.raises(InputError, match=r"file\.exists"):
        run(oversight.app, "be", *words)
    looked = run(oversight.app, "be", "looks", "--as", "driss")
    assert looked.splitlines()[0].split() == ["at", "by", "act", "subject", "reason"]
    assert [line.split()[1:3] for line in looked.splitlines()[1:]] == [
        ["amal", "bundle"],
        ["amal", "bundle"],
        ["amal", "replay"],
    ]
    with pytest.raises(Refused, match=r"actor\.role"):
        run(oversight.app, "be", "looks", "--as", "nadia")


def test_an_exchange_is_named_as_everywhere_else(world: tuple[World, str], run: Run) -> None:
    both, agreement = world
    thread = ask(both, agreement)
    deliver(both)
    covered(both)
    number = case_number(thread).upper()
    assert thread in run(oversight.app, "be", "replay", number, "--reason", WHY, "--as", "amal")
    assert f"replay  {thread}  " in run(oversight.app, "be", "looks", "--as", "amal")
    ask(both, agreement)
    with pytest.raises(InputError, match=r"case\.ambiguous"):
        run(oversight.app, "be", "replay", thread[:4], "--reason", WHY, "--as", "amal")
    with pytest.raises(InputError, match=r"oversight\.unknown"):
        run(oversight.app, "be", "replay", "0000-0000", "--reason", WHY, "--as", "amal")


def test_a_difference_ends_with_one(world: tuple[World, str], run: Run) -> None:
    both, agreement = world
    thread = ask(both, agreement)
    deliver(both)
    ExchangedMessage.objects.using("be").filter(message=thread).update(batch=None)
    said = run(oversight.app, "be", "replay", thread, "--reason", WHY, fails=1)
    assert "FINDING bundle.receipt-missing" in said
    assert "1 findings" in said


def test_a_sample_of_none(world: tuple[World, str], run: Run) -> None:
    words = ("sample", "--count", 5, "--from", "2026-01-01", "--to", "2026-12-31", "--reason", WHY)
    assert "0 of 0 searches, drawn by" in run(oversight.app, "be", *words)
    told = json.loads(run(oversight.app, "be", *words, "--json"))
    assert (told["of"], told["searches"], len(told["seed"])) == (0, [], 64)
    assert "0 of 0 searches" in run(oversight.app, "be", "sample", "--count", 5, "--reason", WHY)


@pytest.mark.parametrize(("first", "last"), [("2026-01-02", "2026-01-01"), ("2026-01-01", "9999-12-31")])
def test_a_period_that_is_none_draws_nothing(
    world: tuple[World, str], run: Run, first: str, last: str
) -> None:
    with pytest.raises(InputError, match=r"statistics\.period"):
        run(oversight.app, "be", "sample", "--count", 5, "--from", first, "--to", last, "--reason", WHY)
    assert run(oversight.app, "be", "looks") == "nobody has looked yet\n"


def test_a_plan_from_draft_to_successor(world: tuple[World, str], run: Run, tmp_path: Path) -> None:
    both, agreement = world
    assert run(plan.app, "be", "list") == "no plan yet\n"
    name = json.loads(run(plan.app, "be", "draft", "--agreement", "BE-MA-2025", "--json"))["plan"]
    assert "signed" in run(plan.app, "be", "sign", "BE-MA-2025-PLAN", "--as", "nadia")
    deliver(both)
    listed = run(plan.app, "ma", "list").splitlines()
    assert listed[0].split() == ["code", "state", "from", "to", "before", "partner", "plan"]
    assert "half-signed" in listed[1]
    run(plan.app, "ma", "sign", name[:10])
    deliver(both)
    ask(both, agreement)
    deliver(both)
    run(plan.app, "ma", "enter", name, "state", "--measure", "desk-of-morocco", "--state", "under-way")
    decided = ("decision", "--text", "A liaison officer", "--owner", "ma", "--due", "2026-12-01")
    made = json.loads(run(plan.app, "be", "enter", name, *decided, "--json"))["message"]
    deliver(both)
    run(plan.app, "ma", "enter", name, "agreed", "--of", made)
    contact = ("appointed", "--function", "Head", "--name", "Nadia Example", "--reach", "+212 500 000 000")
    run(plan.app, "ma", "enter", name, *contact)
    deliver(both)
    said = run(plan.app, "be", "report", name, "--as", "nadia")
    assert said == run(plan.app, "ma", "report", name)
    assert "requests, asked by BE.federal-police: 1" in said
    assert "requests that cite a hit, terrorism: " in said
    assert "refused, terrorism, ground a: 0" in said
    assert "\n    recalled: 0" in said
    assert "(MA.dgsn, due 2026-06-30): under-way  OVERDUE" in said
    assert "answered late, asked by BE.federal-police: 0 (most 0)  met" in said
    assert "A liaison officer: agreed" in said
    assert "MA.dgsn: Head, Nadia Example" in said
    source = tmp_path / "next.toml"
    source.write_text(NEXT.format(given_up=""), encoding="utf-8")
    heir = ("draft", source, "--agreement", "BE-MA-2025", "--succeeds", "BE-MA-2025-PLAN", "--json")
    found = json.loads(run(plan.app, "be", *heir))["plan"]
    told = json.loads(run(plan.app, "be", "report", found, "--json"))
    carried = [m["id"] for o in told["objectives"] for m in o["measures"] if m["carried"]]
    assert carried == ["desk-of-morocco", "desk-of-belgium", "hits-followed"]
    source.write_bytes(b"\xff")
    with pytest.raises(InputError, match=r"file\.read"):
        run(plan.app, "be", *heir)
    assert ANNEX.startswith("# Objectives")
