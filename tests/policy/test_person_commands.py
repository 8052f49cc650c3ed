"""``comity rights`` and ``comity breach`` on two nodes: S12 at the console, then a leak."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cases.cast import OPERATOR, UID, deliver
from tests.federation.world import World
from tests.policy.persons import BELGIAN, MOROCCAN, letter_of, with_keys
from typer.testing import CliRunner

from comity.cli import breach, rights
from comity.cli.rights import answers, ledgers, requests
from comity.errors import ComityError, InputError, Refused
from comity.services.context import Actor
from comity.services.register.read import consult
from comity.services.rights.partners import confirm_due

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
OFFICERS = {"driss": MOROCCAN, "bram": BELGIAN}
PERSON = "given_ar=يوسف\nfamily_ar=الخطابي\ndob=1984-03-02\n"
Run = Callable[..., Any]
Desks = tuple[World, str, str]


@pytest.fixture
def run(answered: Desks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    world = answered[0]
    with_keys(world, tmp_path)
    nodes = {node.alias: node for node in world.nodes.values()}

    def acting(_: object, name: str | None) -> Actor:
        return OFFICERS[name] if name else OPERATOR

    for commands in (requests, answers, ledgers, breach):
        monkeypatch.setattr(commands, "opened", lambda home: nodes[home.name])
        monkeypatch.setattr(commands, "acting", acting)

    def command(home: str, group: Any, *typed: str, text: str = "", plain: bool = False) -> Any:
        end = [] if plain else ["--json"]
        who = {"ma": "driss", "be": "bram"}[home]
        result = CliRunner().invoke(group.app, [*typed, "--home", home, "--as", who, *end], input=text)
        if isinstance(result.exception, ComityError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output if plain else json.loads(result.output)

    return command


def test_a_request_from_its_receipt_to_its_answer(answered: Desks, run: Run, tmp_path: Path) -> None:
    world = answered[0]
    order = ("register", "--kind", "access", "--contact", "by letter", "--wish")
    number = run("ma", rights, *order, text=PERSON)["number"]
    key = str(tmp_path / "ma.officer-key")
    found = run("ma", rights, "search", number, "--key", key)
    assert f"register:{UID}" in run("ma", rights, "show", number, plain=True)
    run("ma", rights, "ask", number, "--partner", "BE", "--agreement", "BE-MA-2025")
    run("ma", rights, "take", number)
    deliver(world)
    [theirs] = run("be", rights, "list")
    run("be", rights, "search", theirs["number"], "--key", str(tmp_path / "be.officer-key"))
    world.clock.forward(days=21)
    confirm_due(world.be)
    deliver(world)
    assert "record " in run("ma", rights, "proof", number, plain=True)
    keep = [f"--tell=register:{UID}", "--reason", "inquiry"]
    with pytest.raises(InputError, match=r"rights\.field"):
        run("ma", rights, "decide", number, "--outcome", "partial", *keep, "--withhold", "phones=inquiry")
    keep += ["--withhold", f"register:{UID}/phones=rights-of-others"]
    assert len(found["found"]) > 1
    run(
        "ma",
        rights,
        "decide",
        number,
        "--outcome",
        "partial",
        *keep,
        text="an inquiry is under way in this case",
    )
    with pytest.raises(Refused, match=r"rights\.not-yet"):
        run("ma", rights, "answer", number)
    world.clock.forward(days=20)
    run("ma", rights, "answer", number, "--to", str(tmp_path / "letter"))
    letter = letter_of((tmp_path / "letter").read_text().strip())
    assert letter["code"] == "told"
    assert "+212661234567" not in str(letter)
    assert "answered" in run("ma", rights, "list", plain=True)


def test_the_ledger_and_the_logs(answered: Desks, run: Run) -> None:
    world = answered[0]
    consult(world.ma, MOROCCAN, UID, "file 12")
    assert [
        each["recipient"]
        for each in run("ma", rights, "ledger", UID, "--reason", "spot check")
        if each["kind"] == "reply"
    ] == ["BE.federal-police"]
    assert "equals" in run("ma", rights, "verify", plain=True)
    reading = ("log", UID, "--reason", "spot check")
    found = run("ma", rights, *reading, "--use", "verify-lawfulness")
    assert ("register.consulted", "driss", "file 12") in {
        (each["kind"], each["by"], each["reason"]) for each in found
    }
    with pytest.raises(Refused, match=r"log\.use"):
        run("ma", rights, *reading, "--use", "analytics")


def test_a_leak(answered: Desks, run: Run, tmp_path: Path) -> None:
    world, _, thread = answered
    for name in ("consequences", "measures"):
        (tmp_path / name).write_text(f"the {name}")
    number = run(
        "be", breach, "open", "--nature", "confidentiality", "--aware", "2026-11-23T10:00:00Z",
        "--from", "2026-11-01", "--to", "2026-11-30", "--consequences", str(tmp_path / "consequences"),
        "--measures", str(tmp_path / "measures"), "--contact", "desk", "--thread", thread, text="a laptop",
    )["number"]  # fmt: skip
    deliver(world)
    assert "TAKE NOTE" in run("ma", breach, "list", plain=True)
    assert "the measures" in run("ma", breach, "show", number, plain=True)
    run("ma", breach, "note", number)
    run("be", breach, "told", number, "--at", "2026-11-23T12:00:00Z", "--reference", "GBA-1")
    run("be", breach, "document", number, "--to", str(tmp_path / "document"))
    assert letter_of((tmp_path / "document").read_text().strip())["happened"] == "a laptop"
    run("be", breach, "close", number)
    assert "told" in run("be", breach, "show", number, plain=True)
