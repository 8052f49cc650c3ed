"""``comity case``: clarification, parts, conditions, correction, restriction, consent, information; on two nodes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cases.cast import (
    DPO,
    LOTTE,
    OPERATOR,
    SALMA,
    UID,
    ask,
    deliver,
    hold,
    subject,
)
from tests.federation.world import World
from tests.policy.conftest import with_homes
from tests.policy.scene import NEW, OLD, put_right
from typer.testing import CliRunner

from comity.cli import case as case_commands
from comity.cli.thread import consent, hit, protect, words
from comity.core.cases.number import case_number
from comity.core.codes.checks import Check
from comity.errors import ComityError, InputError, Refused
from comity.services.context import Actor

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
OFFICERS = {actor.name: actor for actor in (LOTTE, SALMA, DPO)}
MARKED = ("--matter-is", "assessment", "--is", "fact")
Run = Callable[..., Any]


@pytest.fixture
def desks(desks: tuple[World, str], tmp_path: Path) -> tuple[World, str]:
    with_homes(desks[0], tmp_path)
    return desks


@pytest.fixture
def run(desks: tuple[World, str], monkeypatch: pytest.MonkeyPatch) -> Run:
    nodes = {"be": desks[0].be, "ma": desks[0].ma}

    def acting(_: object, name: str | None) -> Actor:
        return OFFICERS[name] if name else OPERATOR

    for commands in (case_commands, words, protect, consent, hit):
        monkeypatch.setattr(commands, "opened", lambda home: nodes[home.name])
        monkeypatch.setattr(commands, "acting", acting)

    def command(home: str, *typed: str, text: str = "", plain: bool = False) -> Any:
        end = [] if plain else ["--json"]
        result = CliRunner().invoke(case_commands.app, [*typed, "--home", home, *end], input=text)
        if isinstance(result.exception, ComityError):
            raise result.exception
        assert result.exit_code == 0, result.output
        deliver(desks[0])
        return result.output if plain else json.loads(result.output)

    return command


def test_clarification_parts_and_the_end(desks: tuple[World, str], run: Run) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    run("ma", "ask-clarification", thread, "--as", "salma", text="which brother?")
    [waiting] = run("be", "inbox", "--as", "lotte")
    assert (waiting["thread"], waiting["todo"]) == (thread, ["clarify"])
    assert "  clarify  " in run("be", "inbox", "--as", "lotte", plain=True)
    run("be", "clarify", thread, "--is", "fact", "--as", "lotte", text="the younger")
    run("ma", "answer", thread, "--data", "names", "--part", "--as", "salma")
    assert run("be", "show", thread, "--as", "lotte")["reply"] is None
    assert "the younger" in run("ma", "show", thread, "--as", "salma", plain=True)
    run("ma", "negative", thread, "--result", "not-held", "--as", "salma")
    assert run("be", "show", thread, "--as", "lotte")["negative"] == "not-held"


TOLD = """
place = "Zeebrugge, quay 3"
reason = "passport control"
circumstances = "he came by ferry"
[assertions]
place = "fact"
reason = "fact"
circumstances = "assessment"
"""
HIT = ("--outcome", "located", "--at", "2026-11-20T10:00", "--measure", "questioned")


def test_a_hit_is_reported(desks: tuple[World, str], run: Run, tmp_path: Path) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    file = tmp_path / "report.toml"
    file.write_text(TOLD, encoding="utf-8")
    bound = ("--handling", "H3/no-court TLP:AMBER", "--language", "nl", "--from", str(file))
    message = run("be", "report-hit", thread, *HIT, *bound, "--as", "lotte")["message"]
    sealed = run("ma", "show", thread, "--as", "salma", plain=True)
    assert "sealed until acknowledged: H3/no-court TLP:AMBER" in sealed
    run("ma", "acknowledge", thread, message, "--as", "salma")
    shown = run("ma", "show", thread, "--as", "salma", plain=True)
    for words_ in ("located", "Zeebrugge, quay 3", "questioned", "handling H3/no-court TLP:AMBER"):
        assert words_ in shown
    for wrong, code in (
        ("place = 3", "case.request-field"),
        ("address = 'x'", "case.request-field"),
        ("place =", "case.texts-malformed"),
    ):
        with pytest.raises(InputError) as error:
            run("be", "report-hit", thread, *HIT, "--as", "lotte", text=wrong)
        assert error.value.code == code
    for handling in ("H3", "H1/no-court", "H9"):
        with pytest.raises(InputError, match=r"register\.handling"):
            run("be", "report-hit", thread, *HIT, "--handling", handling, "--as", "lotte", text=TOLD)


def test_what_became_of_a_check_is_reported(desks: tuple[World, str], run: Run) -> None:
    world, agreement = desks
    hold(world.ma, subject(check=Check.INQUIRY))
    thread = ask(world, agreement)
    deliver(world)
    run("ma", "answer", thread, "--as", "salma")
    assert "check asked for: inquiry" in run("be", "show", thread, "--as", "lotte", plain=True)
    with pytest.raises(InputError, match=r"case\.request-field"):
        run("be", "report-hit", thread, *HIT, "--as", "lotte", text=TOLD)
    made = ("--check", "inquiry", "--unaware")
    run("be", "report-hit", thread, *HIT, *made, "--as", "lotte", text=TOLD)
    shown = run("ma", "show", thread, "--as", "salma", plain=True)
    assert "check asked for: inquiry, made: inquiry (as-asked)" in shown


def test_conditions(desks: tuple[World, str], run: Run, tmp_path: Path) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    terms = tmp_path / "terms.txt"
    terms.write_text("for the trial only", encoding="utf-8")
    message = run("ma", "answer", thread, "--conditions-file", str(terms), "--as", "salma")["message"]
    assert "for the trial only" in run("be", "show", thread, "--as", "lotte", plain=True)
    assert run("be", "show", thread, "--as", "lotte")["reply"] is None
    run("be", "acknowledge", thread, message, "--as", "lotte")
    assert OLD in str(run("be", "show", thread, "--as", "lotte")["reply"])


def test_correction_restriction_and_what_is_outstanding(desks: tuple[World, str], run: Run) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    run("ma", "answer", thread, "--as", "salma")
    put_right(world.ma)
    assert run("ma", "outstanding")[0]["waiting"] == "correction-due"
    digest = run("ma", "correct", thread, "--preview", "--as", "salma")["digest"]
    run("ma", "correct", thread, "--shown", digest, "--as", "salma")
    assert run("ma", "outstanding") == []
    [line] = run("be", "outstanding")
    assert (line["act"], line["waiting"], line["age_hours"]) == ("rectify", "ourselves", 0)
    headings, shown = run("be", "outstanding", plain=True).splitlines()
    assert headings.split() == ["notice", "case", "partner", "act", "ground", "state", "age", "since"]
    assert case_number(thread) in shown
    assert "rectify" in shown
    assert "applied here; nobody has taken note yet" in shown
    told = run("be", "show", thread, "--as", "lotte", plain=True)
    assert "to do      comity case note" in told
    assert f"rectify, inaccurate: comity case note {line['notice']}" in told, (
        "where an officer finds the number"
    )
    assert "rectify, inaccurate: complied with" in run("ma", "show", thread, "--as", "salma", plain=True)
    run("be", "note", str(line["notice"]), "--as", "lotte")
    assert "rectify, inaccurate: noted" in run("be", "show", thread, "--as", "lotte", plain=True)
    assert "nothing is outstanding" in run("be", "outstanding", plain=True)
    run("ma", "restrict", thread, "--ground", "accuracy-contested", "--as", "driss")
    assert run("be", "show", thread, "--as", "lotte")["reply"] is None
    run("ma", "lift", thread, "--as", "driss")
    assert NEW in str(run("be", "show", thread, "--as", "lotte")["reply"])
    run("be", "restrict", thread, "--received", "--as", "driss")
    run("be", "lift", thread, "--received", "--as", "driss")
    run(
        "be",
        "correct-words",
        thread,
        thread,
        "--as",
        "lotte",
        text='{"facts": "a van", "assertions": {"facts": "fact"}}',
    )
    assert run("ma", "show", thread, "--as", "salma")["request"]["facts"] == "a van"


def test_consent_and_use(desks: tuple[World, str], run: Run) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    message = run("ma", "answer", thread, "--as", "salma")["message"]
    use = ("use", thread, message, "--purpose", "drugs", "--as", "lotte")
    with pytest.raises(Refused, match=r"law\.purpose"):
        run("be", *use)
    asking = ("ask-consent", thread, message, "--use", "other-purpose", "--purpose", "drugs", "--as", "lotte")
    asked = run("be", *asking, text="one network")["asked"]
    run("ma", "consent", thread, asked, "--give", "--as", "salma")
    assert OLD in str(run("be", *use))
    run("ma", "withdraw-consent", thread, asked, "--as", "salma")
    with pytest.raises(Refused, match=r"law\.purpose"):
        run("be", *use)
    onward = (
        "pass-on",
        thread,
        message,
        "--partner",
        "MA",
        "--agreement",
        "BE-MA-2025",
        "--purpose",
        "terrorism",
    )
    with pytest.raises(Refused, match=r"case\.approver|agreement\.parties"):
        run("be", *onward, "--matter", "a driver", *MARKED, "--as", "lotte", text="x")


def test_information(desks: tuple[World, str], run: Run) -> None:
    named = ("--partner", "BE", "--agreement", "BE-MA-2025", "--purpose", "terrorism", "--matter", "a driver")
    thread = run(
        "ma",
        "inform",
        *named,
        *MARKED,
        "--subject",
        UID,
        "--data",
        "names",
        "--as",
        "salma",
        text="to Ostend",
    )["thread"]
    assert OLD in run("be", "show", thread, "--as", "lotte", plain=True)
    run("be", "file-away", thread, "--as", "lotte")
    assert run("be", "inbox", "--as", "lotte") == []


def test_information_in_a_case(desks: tuple[World, str], run: Run) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    named = ("--partner", "BE", "--agreement", "BE-MA-2025", "--purpose", "terrorism", "--matter", "a driver")
    belongs = ("--case", "MA-77", "--cites", case_number(thread))
    told = run("ma", "inform", *named, *MARKED, *belongs, "--as", "salma", text="to Ostend")["thread"]
    shown = run("be", "show", told, "--as", "lotte", plain=True)
    assert "MA-77" in shown
    assert "clock      none" in shown
    assert "only officers" not in shown
    assert f"cited      {case_number(thread)}  (asked)" in shown
    run("be", "file-under", told, "--case", "BE-9", "--as", "lotte")
    shown = run("be", "show", told, "--as", "lotte", plain=True)
    assert "our case   BE-9" in shown
    [line] = run("be", "list", "--side", "told", "--as", "lotte")
    assert line["thread"] == told


def test_notes(desks: tuple[World, str], run: Run) -> None:
    world, agreement = desks
    first, second = ask(world, agreement), ask(world, agreement, case="BE-2")
    deliver(world)
    run("ma", "assign", first, "--to", "salma", "--as", "salma")
    run("ma", "hand-over", first, "--to", "driss", "--as", "salma", text="night shift")
    run("ma", "channel", first, "--channel", "SIENA", "--reference", "77-1", "--as", "salma")
    shown = run("ma", "show", first, "--as", "salma", plain=True)
    assert "night shift" in shown
    assert "SIENA 77-1" in shown
    assert case_number(second) in shown
