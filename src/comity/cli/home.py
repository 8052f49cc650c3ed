"""What every command shares: the home it works on, the node it opens, the person who acts."""

from __future__ import annotations

import getpass
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from comity.services.context import Actor, Node
    from comity.transport.channel import Channels

HomeOption = Annotated[
    Path,
    typer.Option(
        "--home", envvar="COMITY_HOME", help="Home of the node.", file_okay=False, show_default=False
    ),
]
FirstDay = Annotated[
    datetime | None,
    typer.Option("--from", formats=["%Y-%m-%d"], help="First day (UTC); without it, the first of the year."),
]
LastDay = Annotated[
    datetime | None,
    typer.Option(
        "--to", formats=["%Y-%m-%d"], help="Last day (UTC), counted; without it, the last of the year."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
OfficerOption = Annotated[
    str | None, typer.Option("--as", envvar="COMITY_OFFICER", help="User name of the officer who acts.")
]

CodeOption = Annotated[
    str,
    typer.Option(
        "--code", help="Code of the second factor; at a terminal it is asked for.", show_default=False
    ),
]


_OPENED: dict[Path, Node] = {}


def opened(home: Path) -> Node:
    """Open the node of a home: configuration, unlock key, database, key agent, message handlers; once a process."""
    found = _OPENED.get(home.resolve())
    if found is not None:
        return found
    from comity.services.custody import open_node

    node = open_node(home)
    from comity.services import wiring

    wiring.connect()
    _OPENED[home.resolve()] = node
    return node


def channels(node: Node) -> Channels:
    """Return the ways to the partners of a node."""
    from comity.services.partners.ways import http_channels

    return http_channels(node)


def acting(node: Node, name: str | None) -> Actor:
    """Return the named officer, or the operator at the console when no name is given."""
    if name:
        from comity.services.people import named_actor

        return named_actor(node, name)
    return operator()


def operator() -> Actor:
    """Return the operator at the console; may administer, may never release an identity."""
    from comity.services.context import Actor, ActorKind

    try:
        login = getpass.getuser()
    except (KeyError, OSError):
        login = str(os.getuid())
    return Actor(name=f"os:{login}", kind=ActorKind.OPERATOR)


def at_terminal() -> bool:
    """Tell whether somebody can answer."""
    return sys.stdin.isatty()


def in_person(officer: str | None, code: str) -> tuple[str, str]:
    """Return the officer who is present and the code of its second factor, which is asked for at a terminal.

    Raises:
        Refused: ``override.unconfirmed``.
    """
    from comity.errors import Refused

    if not code and at_terminal():
        code = str(typer.prompt("Code of the second factor", hide_input=True))
    if officer is None or not code:
        raise Refused("override.unconfirmed", missing="--as" if officer is None else "--code")
    return officer, code
