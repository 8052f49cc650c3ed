"""``comity case``: not-sent, true-grounds, conclude."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cases.cast import DPO, HEAD, LOTTE, OPERATOR, SALMA, ask, deliver
from tests.egress.scene import enter, protected
from tests.federation.world import World
from tests.policy.conftest import with_homes
from tests.policy.scene import case
from typer.testing import CliRunner

from comity.cli import case as case_commands
from comity.cli.thread import protect
from comity.core.codes.marks import Taint
from comity.errors import InputError, Refused
from comity.services.cases.thread.clarify import ask_clarification

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
OFFICERS = {actor.name: actor for actor in (LOTTE, SALMA, HEAD, DPO)}


@pytest.fixture
def desks(desks: tuple[World, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[World, str]:
    with_homes(desks[0], tmp_path)
    nodes = {"be": desks[0].be, "ma": desks[0].ma}
    monkeypatch.setattr(protect, "opened", lambda home: nodes[home.name])
    monkeypatch.setattr(protect, "acting", lambda _, name: OFFICERS[name] if name else OPERATOR)
    return desks


def run(home: str, *typed: str, plain: bool = False) -> Any:
    end = [] if plain else ["--json"]
    result = CliRunner().invoke(case_commands.app, [*typed, "--home", home, *end])
    if isinstance(result.exception, InputError | Refused):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output if plain else json.loads(result.output)


def test_what_was_not_sent_and_why(desks: tuple[World, str]) -> None:
    world, agreement = desks
    enter(world.ma, protected(Taint.TORTURE_RISK))
    thread = ask(world, agreement)
    deliver(world)
    with pytest.raises(Refused):
        ask_clarification(world.ma, SALMA, thread, "is his number 0661 99 88 77?")
    [kept] = run("ma", "not-sent", "--as", "salma")
    assert (kept["kind"], kept["thread"], kept["content"]["question"]) == (
        "clarification-request",
        thread,
        "is his number 0661 99 88 77?",
    )
    listed = run("ma", "not-sent", "--as", "salma", plain=True)
    assert listed.split()[:4] == ["reference", "at", "kind", "partner"]
    assert "0661" not in listed
    assert run("ma", "not-sent", "--as", "lotte") == []
    [ground] = run("ma", "true-grounds", "--reason", "monthly check", "--as", "driss")
    assert (ground["ground"], ground["found"], ground["by"]) == ("L27", ["number"], "salma")
    assert "L27" in run("ma", "true-grounds", "--reason", "monthly check", "--as", "driss", plain=True)
    counts = run("ma", "true-grounds", "--reason", "monthly check", "--as", "driss", "--count")
    assert [(one["kind"], one["ground"], one["number"]) for one in counts] == [("block", "L27", 1)]
    of_before = ("--count", "--from", "2020-01-01", "--to", "2020-12-31")
    assert run("ma", "true-grounds", "--reason", "monthly check", "--as", "driss", *of_before) == []
    for name in ("salma", "nadia"):
        with pytest.raises(Refused, match=r"actor\.role"):
            run("ma", "true-grounds", "--reason", "curiosity", "--as", name)
    with pytest.raises(Refused, match=r"case\.person"):
        run("ma", "true-grounds", "--reason", "curiosity")
    with pytest.raises(InputError, match=r"egress\.draft-unknown"):
        run("ma", "not-sent", "--discard", kept["reference"], "--as", "lotte")
    assert run("ma", "not-sent", "--discard", kept["reference"], "--as", "salma") == []
    assert "no text was held back" in run("ma", "not-sent", "--as", "salma", plain=True)


def test_a_case_ends(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    words = ("conclude", "BE-2026-117", "--outcome", "acquitted", "--reason", "judgment", "--as")
    made = run("be", *words, "nadia")
    assert made == {"threads": [thread], "subjects": []}
    with pytest.raises(InputError, match=r"register\.unknown"):
        run("be", *words, "nadia", "--subject", "f" * 32)


DONE = ("erased; thread", "recalled; message")


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (
            protect,
            ("conclude", "BE-2026-117", "--outcome", "dropped", "--reason", "dropped", "--as", "nadia"),
        ),
        (case_commands, ("recall", "{}", "--erase", "--as", "lotte")),
    ],
)
def test_what_does_not_come_back_is_asked_first_at_a_terminal(
    desks: tuple[World, str], monkeypatch: pytest.MonkeyPatch, module: Any, words: tuple[str, ...]
) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    monkeypatch.setattr(case_commands, "opened", lambda home: world.be)
    monkeypatch.setattr(case_commands, "acting", lambda _, name: OFFICERS[name])
    monkeypatch.setattr(module, "at_terminal", lambda: True)
    typed = [each.format(thread) for each in words]
    refused = CliRunner().invoke(case_commands.app, [*typed, "--home", "be"], input="n\n")
    assert (refused.exit_code, f"as {typed[-1]}?" in refused.output) == (1, True)
    deliver(world)
    assert case(world.ma, thread).request is not None
    agreed = CliRunner().invoke(case_commands.app, [*typed, "--home", "be"], input="y\n")
    assert agreed.exit_code == 0, agreed.output
    assert [done in agreed.output for done in DONE] != [False, False]
    assert [done in refused.output for done in DONE] == [False, False]
