"""``comity overlap`` and the edges in ``comity register links``: on two nodes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cases.cast import DPO, HEAD, LIEN, OPERATOR, SALMA
from tests.overlap.test_overlap import ENOUGH, Registers, registers
from typer.testing import CliRunner

from comity.cli import overlap, register
from comity.cli.register import linking
from comity.errors import ComityError, Refused
from comity.services.context import Actor

__all__ = ["registers"]
pytestmark = pytest.mark.django_db(databases=["be", "ma"])
WHERE = ("--agreement", "BE-MA-2025", "--purpose", "trafficking-in-human-beings", "--reason", "inquiry 44")
OFFICERS = {actor.name: actor for actor in (SALMA, LIEN, HEAD, DPO)}


@pytest.fixture
def run(registers: Registers, monkeypatch: pytest.MonkeyPatch) -> Any:
    nodes = {"be": registers.world.be, "ma": registers.world.ma}

    def acting(_: object, name: str | None) -> Actor:
        return OFFICERS[name] if name else OPERATOR

    for commands in (overlap, linking):
        monkeypatch.setattr(commands, "opened", lambda home: nodes[home.name])
        monkeypatch.setattr(commands, "acting", acting)
    monkeypatch.setattr(overlap, "channels", lambda node: registers.world.network.channels)

    def command(home: str, *typed: str, app: Any = overlap.app, plain: bool = False) -> Any:
        end = [] if plain else ["--json"]
        result = CliRunner().invoke(app, [*typed, "--home", str(Path(home)), *end])
        if isinstance(result.exception, ComityError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output if plain else json.loads(result.output)

    return command


def test_offered_counted_shown_and_listed(registers: Registers, run: Any) -> None:
    with pytest.raises(Refused, match=r"overlap\.person"):
        run("ma", "offer", "--partner", "BE", *WHERE)
    assert "offered to BE.federal-police" in run(
        "ma", "offer", "--partner", "BE", *WHERE, "--as", "salma", plain=True
    )
    counted = run("be", "count", "--partner", "MA", *WHERE, "--as", "lien")
    assert (counted["ours"], counted["common"]) == (ENOUGH, 3)
    [line] = run("be", "list", "--as", "lien")
    assert (line["common"], line["edge"]) == (3, False)
    with pytest.raises(Refused, match=r"overlap\.own"):
        run("be", "edge", counted["overlap"], "--reason", "the driver", "--as", "lien")
    audited = ("audit", counted["overlap"], "--reason", "the yearly audit", "--as", "driss")
    assert run("be", *audited)["recomputed"] == ENOUGH
    assert f"{ENOUGH} numbers are those of the entries stated" in run("be", *audited, plain=True)
    found = run("be", "edge", counted["overlap"], "--reason", "the driver", "--as", "nadia")
    assert (found["end"], len(found["reference"])) == ("own", 32)
    assert "True" in run("be", "list", "--as", "lien", plain=True)
    look = ("links", found["ours"], "--reason", "inquiry 44", "--as", "nadia")
    [edge] = run("be", *look, app=register.app)
    assert (edge["edge"], edge["reference"]) == (found["edge"], found["reference"])
    assert "[fact]" in run("be", *look, app=register.app, plain=True)
