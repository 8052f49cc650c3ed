"""``comity transfer``: report, records, status, note, emergency, court; on three nodes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.cases.cast import OPERATOR, officer
from tests.federation.world import THIRD, World
from tests.policy.scene import OLD, everything, leaves
from tests.policy.test_l17_onward import rounds
from tests.web.world import SECRET
from typer.testing import CliRunner

from comity.cli import transfer
from comity.cli.transfer import acts, reports
from comity.core.codes.marks import Role
from comity.errors import ComityError, InputError, Refused
from comity.services.context import Actor
from comity.services.people import factor

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])
OFFICERS = {
    "lies": officer("lies", Role.OFFICER, Role.APPROVER),
    "bram": officer("bram", Role.DATA_PROTECTION_OFFICER),
}
Scene = tuple[World, str, str, str]
Run = Callable[..., Any]
WEEK = ("--from", "2026-11-20", "--to", "2026-11-27")
REASON = "he drives to the market with explosives"


@pytest.fixture
def run(three: Scene, monkeypatch: pytest.MonkeyPatch) -> Run:
    nodes = {node.alias: node for node in three[0].nodes.values()}

    def acting(_: object, name: str | None) -> Actor:
        return OFFICERS[name] if name else OPERATOR

    for commands in (acts, reports):
        monkeypatch.setattr(commands, "opened", lambda home: nodes[home.name])
        monkeypatch.setattr(commands, "acting", acting)

    def command(home: str, *typed: str, text: str = "", plain: bool = False) -> Any:
        end = [] if plain else ["--json"]
        result = CliRunner().invoke(transfer.app, [*typed, "--home", home, *end], input=text)
        if isinstance(result.exception, ComityError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output if plain else json.loads(result.output)

    return command


def test_report_records_and_status(three: Scene, run: Run) -> None:
    found = run("be", "report", *WEEK, "--as", "bram")
    assert found["transfers"] == 2
    text = run("be", "report", *WEEK, plain=True)
    assert "ground led-37-1-a: Cooperation agreement" in text
    assert "NOT PROVEN" not in text
    listed = run("be", "records", *WEEK, "--agreement", "BE-MA-2025")
    assert [each["act"] for each in listed] == ["request", "reply"]
    text = run("be", "records", *WEEK, plain=True)
    assert text.split()[:3] == ["at", "way", "act"]
    assert "Directorate General" in text
    assert "NOT PROVEN" not in text
    text = run("be", "status", "BE-TN-2025", plain=True)
    assert "108-14-3" in text
    assert "CLOSED" not in text
    with pytest.raises(InputError, match=r"transfer\.period"):
        run("be", "report", "--from", "2026-11-27", "--to", "2026-11-20")
    with pytest.raises(InputError, match=r"statistics\.period"):
        run("be", "records", "--from", "2026-11-27", "--to", "9999-12-31")
    assert run("be", "report")["from"] == "2025-01-01T00:00:00.000Z"
    assert len(run("be", "records", "--to", "2026-12-31")) == 2
    assert three[0].nodes[THIRD]


def test_a_change_is_noted_and_shown(three: Scene, run: Run) -> None:
    change = ("--country", "ma", "--kind", "assurance", "--name", "specificity", "--effect", "ended")
    found = run("be", "note", "BE-MA-2025", *change, "--as", "bram", text="withdrawn by note verbale")
    assert len(found["agreements"]) == 1
    text = run("be", "status", "BE-MA-2025", plain=True)
    assert "MA  assurance specificity: ended" in text
    assert "CLOSED: transfer.assurance (L21, transfers.MA.assurances)" in text


def test_a_change_that_nobody_knows_lists_what_is_known(run: Run) -> None:
    change = ["--country", "ma", "--kind", "assurance", "--effect", "ended"]
    for given, field, known in (
        ([*change, "--name", "kindness"], "name", "confidentiality"),
        ([*change, "--country", "fr", "--name", "confidentiality"], "country", "BE, MA"),
    ):
        with pytest.raises(InputError, match=r"transfer\.change-unknown") as told:
            run("be", "note", "BE-MA-2025", *given, "--as", "bram", text="by note verbale")
        assert told.value.facts["field"] == field
        assert known in str(told.value.facts["allowed"])


def with_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the officers an authenticator: accounts live in the desk's database, which these nodes have not."""
    monkeypatch.setattr(factor.actors, "officer", lambda node, name: name)
    monkeypatch.setattr(factor.people, "totp_secret", lambda alias, account: SECRET)
    monkeypatch.setattr(factor, "open_secret", lambda node, sealed: sealed)


def test_an_emergency_needs_the_right_code(three: Scene, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    world, thread, message, _ = three
    with_codes(monkeypatch)
    code = factor.totp(SECRET, int(world.clock().timestamp()))
    typed = ["emergency", thread, message, "--partner", THIRD, "--agreement", "BE-TN-2025"]
    typed += ["--ground", "threat-to-life", "--matter", "a driver", "--matter-is", "fact", "--is", "fact"]
    wrong = "1" * 6 if code != "1" * 6 else "2" * 6
    for given in (
        [*typed, "--as", "lies", "--code", wrong],
        [*typed, "--code", code],
        [*typed, "--as", "lies"],
    ):
        with pytest.raises(Refused, match=r"override\.unconfirmed"):
            run("be", *given, text=REASON)
    assert len(leaves(world.be, "officer.code-refused")) == 1
    rounds(world)
    assert OLD not in everything(world.nodes[THIRD])
    run("be", *typed, "--as", "lies", "--code", code, text=REASON)
    rounds(world)
    assert OLD in everything(world.nodes[THIRD])
    found = run("be", "report", *WEEK, plain=True)
    assert "emergency" in found
    assert "notice delivered" in found


def test_a_court_needs_the_permission(three: Scene, run: Run) -> None:
    _, thread, message, _ = three
    with pytest.raises(Refused, match=r"law\.court"):
        run("be", "court", thread, message, "--court", "Brussels", "--proceedings", "1", "--as", "lies")
