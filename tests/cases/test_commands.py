"""``comity agreement`` and ``comity case``, on two nodes of one process."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cases.cast import (
    HEAD,
    LIEN,
    LOTTE,
    OPERATOR,
    REFERENCE,
    SALMA,
    deliver,
    make_desks,
    officer,
    with_suspect,
)
from tests.federation.world import World
from tests.web.world import SECRET
from typer.testing import CliRunner

from comity.cli import agreement as agreement_commands
from comity.cli import case as case_commands
from comity.cli.thread import follow as follow_commands
from comity.core.codes.marks import Role
from comity.errors import ComityError, InputError, Refused
from comity.services.context import Actor
from comity.services.people import factor
from comity.services.watch import approve

pytestmark = pytest.mark.django_db(databases=["be", "ma"])

LIES = officer("lies", Role.OFFICER, Role.APPROVER)
OFFICERS = {actor.name: actor for actor in (LOTTE, LIEN, LIES, SALMA, HEAD)}
TEXTS = {
    "facts": "a car loaded at night",
    "offence": "participation in a terrorist group",
    "reasons": "the hit on the index of the partner",
    "link": "named as the driver",
}
MARKS = {"facts": "fact", "reasons": "fact", "link": "assessment"}
Run = Callable[..., Any]


@pytest.fixture
def world() -> World:
    return make_desks()[0]


@pytest.fixture
def run(world: World, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on a node: ``run("be", "agreement", "list")`` returns what ``--json`` prints."""
    nodes = {"be": world.be, "ma": world.ma}

    def acting(_: object, name: str | None) -> Actor:
        return OFFICERS[name] if name else OPERATOR

    for commands in (agreement_commands, case_commands, follow_commands):
        monkeypatch.setattr(commands, "opened", lambda home: nodes[home.name])
        monkeypatch.setattr(commands, "acting", acting)

    def command(home: str, group: str, *words: str, typed: str = "", plain: bool = False) -> Any:
        app = {"agreement": agreement_commands.app, "case": case_commands.app}[group]
        end = [] if plain else ["--json"]
        result = CliRunner().invoke(app, [*words, "--home", home, *end], input=typed)
        if isinstance(result.exception, ComityError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output if plain else json.loads(result.output)

    return command


def test_an_agreement_from_draft_to_stop(world: World, run: Run) -> None:
    words = ("draft", "--theirs", "MA", "--ours", "BE", "--pack", "be-ma-2022", "--valid-until", "2029-12-31")
    drafted = run("be", "agreement", *words)
    name = drafted["hash"]
    assert (drafted["state"], drafted["valid_before"]) == ("draft", "2030-01-01T00:00:00.000Z")
    run("be", "agreement", "propose", name[:12])
    deliver(world)
    assert run("ma", "agreement", "sign", name[:12], "--as", "nadia")["state"] == "half-signed"
    deliver(world)
    assert run("be", "agreement", "sign", name[:12])["state"] == "in-force"
    deliver(world)
    found = {each["hash"]: each["state"] for each in run("ma", "agreement", "list")}
    assert found[name] == "in-force"
    shown = run("ma", "agreement", "show", name[:12], plain=True)
    assert "illustrative" in shown
    assert "terrorism.request" in shown
    assert "signed by BE.federal-police" in shown
    changes = run("be", "agreement", "diff", name[:12], "BE-MA-2025")
    assert any(change["part"] == "clauses.sporting-events.request" for change in changes)
    stopped = run("be", "agreement", "terminate", name[:12], typed="a leak")
    assert stopped["state"] == "terminated"
    assert "a leak" not in json.dumps(stopped)
    with pytest.raises(InputError, match=r"agreement\.reason-missing"):
        run("be", "agreement", "suspend", "BE-MA-2025", typed=" ")


def test_a_source_file(tmp_path: Path, run: Run) -> None:
    source = tmp_path / "plan.toml"
    source.write_text("code = 1\nvalid_from = 2026-01-01\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        run("be", "agreement", "draft", "--theirs", "MA.dgsn", str(source))
    assert refused.value.code == "agreement.source-field"
    with pytest.raises(InputError, match=r"agreement\.no-source"):
        run("be", "agreement", "draft", "--theirs", "MA.dgsn")


def test_a_case_from_request_to_answer(world: World, run: Run) -> None:
    with_suspect(world)
    words = ("request", "--partner", "MA", "--agreement", "BE-MA-2025", "--purpose", "terrorism")
    more = ("--case", "BE-117", "--category", "suspect", "--reference", REFERENCE, "--as", "lotte")
    more += ("--second", "lien")
    thread = run(
        "be", "case", *words, *more, "--data", "names,birth", typed=json.dumps({**TEXTS, "assertions": MARKS})
    )["thread"]
    deliver(world)
    [entry] = run("ma", "case", "inbox", "--as", "salma")
    assert (entry["thread"], entry["clock"]["state"]) == (thread, "open")
    assert run("be", "case", "clock", thread[:13]) == run("ma", "case", "clock", thread[:13])
    preview = run("ma", "case", "answer", thread, "--preview", "--as", "salma")
    assert set(preview["fields"]) == {"names", "birth"}
    narrower = run("ma", "case", "answer", thread, "--preview", "--data", "names", "--as", "salma")
    assert (set(narrower["fields"]), narrower["digest"]) == ({"names"}, preview["digest"])
    with pytest.raises(Refused, match=r"case\.changed"):
        run("ma", "case", "answer", thread, "--shown", "0" * 64, "--as", "salma")
    run("ma", "case", "answer", thread, "--data", "names", "--shown", preview["digest"], "--as", "salma")
    deliver(world)
    shown = run("be", "case", "show", thread, "--as", "lotte", plain=True)
    assert "answered-in-time" in shown
    assert "الخطابي" in shown
    assert "1984" not in shown
    assert "الخطابي" not in run("be", "case", "show", thread, plain=True)
    assert [each["side"] for each in run("be", "case", "list", "--as", "lotte")] == ["asked"]


def test_the_first_request_after_a_hit_waits_for_a_second_person(
    world: World, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_suspect(world)
    monkeypatch.setattr(approve, "acting_for", lambda node, name, scope: OFFICERS[name])
    words = ("request", "--partner", "MA", "--agreement", "BE-MA-2025", "--purpose", "terrorism")
    more = ("--case", "BE-117", "--category", "suspect", "--reference", REFERENCE, "--as", "lotte")
    typed = json.dumps({**TEXTS, "assertions": MARKS})
    held = run("be", "case", *words, *more, typed=typed)
    assert held["thread"] is None
    uid = held["follow_up"]
    assert [each["follow_up"] for each in run("be", "case", "follow-up", "list", "--as", "lien")] == [uid]
    shown = run("be", "case", "follow-up", "show", uid, "--as", "lien")
    assert shown["request"]["offence"] == TEXTS["offence"]
    assert run("be", "case", "follow-up", "show", uid)["request"] == {}
    with pytest.raises(Refused, match=r"case\.approver"):
        run("be", "case", "follow-up", "approve", uid, "--as", "lotte")
    thread = run("be", "case", "follow-up", "approve", uid, "--as", "lien")["thread"]
    deliver(world)
    assert [each["thread"] for each in run("ma", "case", "inbox", "--as", "salma")] == [thread]
    assert "waits for a second person" in run(
        "be", "case", *words, *more[:1], "BE-118", *more[2:], typed=typed, plain=True
    )
    [other] = run("be", "case", "follow-up", "list")
    run("be", "case", "follow-up", "decline", other["follow_up"], "--reason", "not needed", "--as", "lotte")
    assert run("be", "case", "follow-up", "list") == []


def test_in_an_emergency_an_approver_is_present_and_sends_alone(
    world: World, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with_suspect(world)
    monkeypatch.setattr(factor.actors, "officer", lambda node, name: name)
    monkeypatch.setattr(factor.people, "totp_secret", lambda alias, account: SECRET)
    monkeypatch.setattr(factor, "open_secret", lambda node, sealed: sealed)
    words = (
        "request",
        "--partner",
        "MA",
        "--agreement",
        "BE-MA-2025",
        "--purpose",
        "terrorism",
        "--case",
        "BE-117",
    )
    more = ("--category", "suspect", "--reference", REFERENCE, "--as", "lies")
    uid = run("be", "case", *words, *more, typed=json.dumps({**TEXTS, "assertions": MARKS}))["follow_up"]
    reason = tmp_path / "reason.txt"
    reason.write_text("two witnesses saw the weapon being loaded an hour ago")
    code = factor.totp(SECRET, int(world.clock().timestamp()))
    order = ("case", "follow-up", "emergency", uid, "--ground", "threat-to-life", "--from", str(reason))
    wrong = "1" * 6 if code != "1" * 6 else "2" * 6
    for given in (("--code", code), ("--as", "lies"), ("--as", "lies", "--code", wrong)):
        with pytest.raises(Refused, match=r"override\.unconfirmed"):
            run("be", *order, *given)
    assert [each["follow_up"] for each in run("be", "case", "follow-up", "list", "--as", "lies")] == [uid]
    thread = run("be", *order, "--as", "lies", "--code", code)["thread"]
    deliver(world)
    assert [each["thread"] for each in run("ma", "case", "inbox", "--as", "salma")] == [thread]


def test_everything_that_is_missing_in_a_request_is_named_at_once(world: World, run: Run) -> None:
    written = {
        "facts": " ",
        "language": "German",
        "urgency_reason": "soon",
        "secret": "Benjelloun",
        "offence": "theft",
    }
    with pytest.raises(InputError) as refused:
        run("be", "case", "request", "--partner", "MA", "--data", "names,nose", typed=json.dumps(written))
    facts = refused.value.facts
    assert refused.value.code == "case.request-field"
    missing = "agreement, purpose, case, category, facts, reasons, link, reference or about"
    assert facts["missing"] == missing
    assert facts["field"] == f"{missing}, language, urgency_reason, secret, data"
    assert "language: a language tag: fr, nl, ar-MA, und" in str(facts["reason"])
    assert "data: one of names, birth" in str(facts["reason"])
    assert "Benjelloun" not in str(facts)


def test_refuse_and_assign(world: World, run: Run) -> None:
    with_suspect(world)
    words = (
        "request",
        "--partner",
        "MA",
        "--agreement",
        "BE-MA-2025",
        "--purpose",
        "terrorism",
        "--case",
        "1",
    )
    urgent = ("--urgency", "urgent-direct", "--category", "suspect", "--as", "lotte")
    texts = {**TEXTS, "about": "the driver", "urgency_ground": "danger-to-life", "urgency_reason": "tonight"}
    toml = "\n".join(f'{name} = "{text}"' for name, text in texts.items())
    marks = "\n".join(f'{name} = "{mark}"' for name, mark in {**MARKS, "about": "assessment"}.items())
    typed = f"{toml}\n[assertions]\n{marks}"
    thread = run("be", "case", *words, *urgent, typed=typed)["thread"]
    deliver(world)
    run("ma", "case", "assign", thread, "--to", "salma", "--as", "salma")
    run("ma", "case", "refuse", thread, "--ground", "n1", "--as", "salma")
    deliver(world)
    shown = run("be", "case", "show", thread, "--as", "lotte")
    assert (shown["ground"], shown["clock"]["state"]) == ("a", "refused")
    assert "n1" not in json.dumps(shown)
    message = run("be", "case", "recall", thread, "--as", "lotte")["message"]
    [last] = [each for each in run("be", "case", "show", thread)["timeline"] if each["message"] == message]
    assert (last["kind"], last["state"]) == ("recall", "queued")


@pytest.mark.parametrize("typed", ["facts = [", '{"unknown": "x"}', '{"facts": 1}', ""])
def test_texts_that_cannot_be_read(run: Run, typed: str) -> None:
    words = (
        "request",
        "--partner",
        "MA",
        "--agreement",
        "BE-MA-2025",
        "--purpose",
        "terrorism",
        "--case",
        "1",
    )
    with pytest.raises(InputError):
        run("be", "case", *words, "--category", "suspect", "--reference", REFERENCE, typed=typed)
