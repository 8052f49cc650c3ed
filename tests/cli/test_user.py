"""``comity user``: passwords come from standard input, tokens are shown once, refusals have codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.web.world import DeskWorld, make_desk_world
from typer.testing import CliRunner

from comity.cli import user
from comity.core.codes.marks import Role
from comity.errors import ComityError, InputError, Refused
from comity.services.people import service_accounts

pytestmark = pytest.mark.django_db(databases=["default", "ma"])
PASSWORD = "correct horse battery staple\n"
Run = Callable[..., Any]


@pytest.fixture
def world(db: None, tmp_path: Path) -> DeskWorld:
    return make_desk_world(tmp_path)


@pytest.fixture
def run(world: DeskWorld, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run ``comity user`` and return what ``--json`` prints."""
    monkeypatch.setattr(user, "opened", lambda home: world.desk)

    def command(*words: str, typed: str = "") -> Any:
        result = CliRunner().invoke(user.app, [*words, "--home", "be", "--json"], input=typed)
        if isinstance(result.exception, ComityError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return json.loads(result.output)

    return command


def test_the_life_of_an_account(run: Run) -> None:
    assert run("add", "jan.janssens", "--role", "police:officer", "--language", "nl", typed=PASSWORD)
    run("roles", "jan.janssens", "--role", "police:approver", "--role", "police:officer")
    run("disable", "jan.janssens")
    [closed] = run("list")
    assert closed == {
        "name": "jan.janssens",
        "active": False,
        "language": "nl",
        "roles": ["police:approver", "police:officer"],
        "second_factor": False,
        "demo": False,
        "security_keys": 0,
        "last_sign_in": None,
        "password_given": False,
    }
    run("enable", "jan.janssens")
    run("password", "jan.janssens", typed="another long password 1\n")
    run("reset-second-factor", "jan.janssens")
    assert run("list")[0]["active"] is True


def test_a_password_is_never_an_argument(run: Run) -> None:
    result = CliRunner().invoke(
        user.app, ["add", "jan", "--role", "police:officer", "--home", "be", "--password", "x"]
    )
    assert result.exit_code == 2
    with pytest.raises(InputError, match=r"officer\.password"):
        run("add", "jan", "--role", "police:officer", typed="short\n")


def test_a_demo_code_is_refused_outside_a_demonstration(run: Run) -> None:
    run("add", "jan", "--role", "police:officer", typed=PASSWORD)
    with pytest.raises(Refused, match=r"officer\.demo"):
        run("demo-code", "jan")


def test_a_token_is_shown_once(run: Run, world: DeskWorld) -> None:
    made = run(
        "service-account", "add", "case-system", "--regime", "police", "--scope", "probe", "--days", "3"
    )
    assert service_accounts.verify_token(world.desk, made["token"]).actor.name == "account:case-system"
    [listed] = run("service-account", "list")
    assert listed["state"] == "active"
    assert made["token"] not in json.dumps(listed)
    run("service-account", "revoke", "case-system")
    assert run("service-account", "list")[0]["state"] == "revoked"
    for words in (("--scope", "everything"), ("--scope", "probe", "--days", "999")):
        with pytest.raises(InputError, match=r"service-account\.(scopes|days)"):
            run("service-account", "add", "other", "--regime", "police", *words)


def test_the_help_names_every_role_and_scope() -> None:
    wide = {"COLUMNS": "400", "TERMINAL_WIDTH": "400"}
    roles = CliRunner().invoke(user.app, ["add", "--help"], env=wide).output
    scopes = CliRunner().invoke(user.app, ["service-account", "add", "--help"], env=wide).output
    assert [role for role in Role if role.value not in roles] == []
    assert [scope for scope in service_accounts.Scope if scope.value not in scopes] == []
