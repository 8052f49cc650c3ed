"""``comity case``: identify, supplement, identified, attachment, overdue; on two nodes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.federation.world import World
from tests.identification.cast import DPO, ELS, HEAD, JAN, KNOWN, PERSON, SAMIRA, TARIQ, desks, nist, work
from tests.policy.conftest import with_homes
from typer.testing import CliRunner

from comity.cli import case as case_commands
from comity.cli.thread import identify
from comity.cli.thread.written import read_text
from comity.errors import ComityError, InputError, Refused
from comity.services.context import Actor, ActorKind

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
OFFICERS = {actor.name: actor for actor in (ELS, JAN, SAMIRA, TARIQ, HEAD, DPO)}
TOLD = """
presumed = "MA"
contested = true
claimed = ["DZ"]
informed_on = 2026-11-20
informed_language = "ar"
issuing_country = "BE"
"""
Run = Callable[..., Any]


@pytest.fixture
def memo(tmp_path: Path) -> tuple[World, str]:
    world, agreement = desks()
    with_homes(world, tmp_path)
    return world, agreement


@pytest.fixture
def run(memo: tuple[World, str], monkeypatch: pytest.MonkeyPatch) -> Run:
    nodes = {"be": memo[0].be, "ma": memo[0].ma}

    def acting(_: object, name: str | None) -> Actor:
        return OFFICERS[name] if name else Actor("os:root", ActorKind.OPERATOR)

    for commands in (case_commands, identify):
        monkeypatch.setattr(commands, "opened", lambda home: nodes[home.name])
        monkeypatch.setattr(commands, "acting", acting)

    def command(home: str, *typed: str, text: str = "", plain: bool = False) -> Any:
        end = [] if plain else ["--json"]
        result = CliRunner().invoke(case_commands.app, [*typed, "--home", home, *end], input=text)
        if isinstance(result.exception, ComityError):
            raise result.exception
        assert result.exit_code == 0, result.output
        work(memo[0])
        return result.output if plain else json.loads(result.output)

    return command


@pytest.fixture
def prints(tmp_path: Path) -> Path:
    path = tmp_path / "prints.an2"
    path.write_bytes(nist())
    return path


def asked(run: Run, agreement: str, prints: Path, *more: str, text: str = TOLD) -> str:
    words = ["identify", "--agreement", agreement, "--subject", PERSON, "--case", "BE-RET-9", "--as", "els"]
    found: str = run("be", *words, "--attach", str(prints), "--second", "jan", *more, text=text)["thread"]
    return found


def test_from_the_request_to_the_purge(
    memo: tuple[World, str], run: Run, prints: Path, tmp_path: Path
) -> None:
    shown = run(
        "be",
        "identify",
        "--agreement",
        memo[1],
        "--subject",
        PERSON,
        "--case",
        "x",
        "--as",
        "els",
        "--preview",
    )
    thread = asked(run, memo[1], prints, "--shown", shown["digest"])
    assert run("ma", "show", thread, "--as", "samira")["files"][0]["state"] == "held"
    page = run("ma", "show", thread, "--as", "samira", plain=True)
    assert "presumed MA, contested True, claimed DZ" in page
    assert "file       1 received, ansi-nist" in page
    [line] = run("ma", "attachment", "list", thread, plain=True).splitlines()
    assert "held, 4 of 4 parts" in line
    out = tmp_path / "out.an2"
    told = run(
        "ma",
        "attachment",
        "open",
        thread,
        "1",
        "--out",
        str(out),
        "--as",
        "samira",
        text="compare the prints",
    )
    assert (out.read_bytes(), told["bytes"]) == (nist(), len(nist()))
    assert out.stat().st_mode & 0o777 == 0o600
    with pytest.raises(InputError, match=r"attachment\.exists"):
        run("ma", "attachment", "open", thread, "1", "--out", str(out), "--as", "samira", text="again")
    more = ["identified", thread, "--result", "more-needed", "--ground", "fingerprints-unusable"]
    run("ma", *more, "--as", "samira")
    prints.write_bytes(nist(900))
    run("be", "supplement", thread, "--attach", str(prints), "--second", "jan", "--as", "els")
    answer = ["identified", thread, "--result", "identified", "--ground", "fingerprints-match"]
    answer += ["--subject", KNOWN, "--as", "samira", "--second", "tariq"]
    digest = run("ma", *answer, "--preview")["digest"]
    run("ma", *answer, "--shown", digest)
    for home in ("be", "ma"):
        states = [each["state"] for each in run(home, "attachment", "list", thread)]
        assert states == ["gone", "gone"]
    counts = run("be", "overdue", "--as", "nadia")[0]["counts"]["BE.federal-police"]
    assert (counts["identified"], counts["overdue"]) == (1, 0)
    assert "identified 1" in run("ma", "overdue", plain=True)
    assert ", fingerprints-match" in run("be", "show", thread, "--as", "els", plain=True)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (TOLD.replace("informed_on = 2026-11-20\n", ""), "law.return-informed"),
        (TOLD.replace('issuing_country = "BE"', 'issuing_country = "FR"'), "law.return-issuer"),
        (TOLD.replace('"MA"', '"TN"'), "law.return-addressee"),
        (TOLD + 'asylum = "refused"\n', "case.request-field"),
        (TOLD.replace('"ar"', '"Arabic, probably"'), "case.request-field"),
        ("presumed = ", "case.texts-malformed"),
    ],
)
def test_what_is_missing_is_refused(
    memo: tuple[World, str], run: Run, prints: Path, text: str, code: str
) -> None:
    with pytest.raises(ComityError) as refusal:
        asked(run, memo[1], prints, text=text)
    assert refusal.value.code == code


def test_every_circumstance_that_is_missing_or_wrong_is_named(
    memo: tuple[World, str], run: Run, prints: Path, tmp_path: Path
) -> None:
    text = 'claimed = "DZ"\ninformed_on = 2026-11-20\nissuing_country = "Belgium"\nasylum = "refused"\n'
    with pytest.raises(InputError) as caught:
        asked(run, memo[1], prints, text=text)
    facts = caught.value.facts
    assert facts["missing"] == "presumed, contested, informed_language"
    assert [each.split(":")[0] for each in str(facts["reason"]).split("; ")] == [
        "claimed",
        "issuing_country",
        "asylum",
    ]
    assert "Belgium" not in str(facts)
    with pytest.raises(InputError, match=r"file\.read"):
        read_text(tmp_path / "nowhere.toml")


def test_what_is_to_be_done_is_the_command_that_does_it(
    memo: tuple[World, str], run: Run, prints: Path
) -> None:
    thread = asked(run, memo[1], prints)
    work(memo[0])
    assert " identified " in run("ma", "inbox", "--as", "samira", plain=True)
    assert "to do      comity case identified" in run("ma", "show", thread, "--as", "samira", plain=True)
    with pytest.raises(InputError) as caught:
        run(
            "ma",
            "identified",
            thread,
            "--result",
            "identified",
            "--ground",
            "documents-wanted",
            "--as",
            "samira",
            "--second",
            "tariq",
        )
    assert "civil-register" in str(caught.value.facts["allowed"])


def test_bad_files_and_persons_are_refused(memo: tuple[World, str], run: Run, prints: Path) -> None:
    prints.write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(InputError, match=r"attachment\.archive"):
        asked(run, memo[1], prints)
    prints.unlink()
    with pytest.raises(InputError, match=r"attachment\.unreadable"):
        asked(run, memo[1], prints)
    prints.write_bytes(nist())
    thread = asked(run, memo[1], prints)
    with pytest.raises(Refused, match=r"case\.person"):
        run("ma", "attachment", "open", thread, "1", "--out", str(prints) + "2", text="curious")
