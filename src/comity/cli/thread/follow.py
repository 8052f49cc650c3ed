"""`comity case follow-up`: requests that cite what a search found, and wait for a second person."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from comity.cli.home import (
    CodeOption,
    HomeOption,
    JsonOption,
    OfficerOption,
    acting,
    at_terminal,
    in_person,
    opened,
)
from comity.cli.show import emit, table
from comity.cli.thread.written import read_text
from comity.core.codes.transfer import OverrideGround

app = typer.Typer(no_args_is_help=True, help="First requests after a hit, which wait for a second person.")

Uid = Annotated[str, typer.Argument(metavar="FOLLOW-UP", help="Identifier, from the list.")]


@app.command("list")
def list_waiting(home: HomeOption, officer: OfficerOption = None, as_json: JsonOption = False) -> None:
    """List the requests that wait for a second person."""
    node = opened(home)
    from comity.services.watch.approve import listed

    found = [each.document() for each in listed(node, acting(node, officer))]
    columns = ("follow_up", "case", "partner", "regime", "asked_by", "asked_at")
    emit(
        found,
        table(columns, [[one[name] for name in columns] for one in found], none="nothing waits"),
        as_json,
    )


@app.command()
def show(home: HomeOption, uid: Uid, officer: OfficerOption = None, as_json: JsonOption = False) -> None:
    """Show a request that waits, as the one who asks or an approver; reading it is recorded."""
    node = opened(home)
    from comity.services.watch.approve import read

    view, told = read(node, acting(node, officer), uid)
    lines = [f"{name}: {value}" for name, value in {**view.document(), **told}.items() if value]
    emit({**view.document(), "request": told}, lines, as_json)


@app.command()
def approve(home: HomeOption, uid: Uid, officer: OfficerOption = None, as_json: JsonOption = False) -> None:
    """Let a request leave, as an approver (--as) who neither searched nor asks."""
    node = opened(home)
    from comity.services.watch.approve import approve as let_go

    actor = acting(node, officer)
    if at_terminal() and not as_json:
        typer.confirm(f"Send this request to the partner, as {actor.name}?", abort=True)
    thread = let_go(node, actor, uid)
    emit({"thread": thread}, [f"request sent; thread {thread}"], as_json)


@app.command()
def decline(
    home: HomeOption,
    uid: Uid,
    reason: Annotated[str, typer.Option("--reason", help="Why; committed to, never sent.")],
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decline a request, or take back one's own; what it says is erased."""
    node = opened(home)
    from comity.services.watch.approve import turn_down

    turn_down(node, acting(node, officer), uid, reason)
    emit({"follow_up": uid, "state": "declined"}, ["declined; what it said is erased"], as_json)


@app.command()
def emergency(
    home: HomeOption,
    uid: Uid,
    ground: Annotated[OverrideGround, typer.Option(help="Nothing less than this.")],
    words: Annotated[Path, typer.Option("--from", help="File with the objective reason.")],
    officer: OfficerOption = None,
    code: CodeOption = "",
    as_json: JsonOption = False,
) -> None:
    """Let one's own request leave without a second person, as an approver (--as); overseers are told at once."""
    node = opened(home)
    from comity.core.watch.follow_up import Emergency
    from comity.services.people.factor import confirm
    from comity.services.watch.approve import send_at_once

    actor = acting(node, officer)
    name, code = in_person(officer, code)
    why = Emergency(ground, read_text(words), confirm(node, name, code))
    thread = send_at_once(node, actor, uid, why)
    emit({"thread": thread}, [f"request sent; thread {thread}; overseers are told"], as_json)
