"""``comity breach``: open, list, show, document, told, note, close."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, opened
from comity.cli.rights.answers import ToFile, write_token
from comity.cli.rights.requests import AT, RegimeOption
from comity.cli.show import due, emit, table
from comity.cli.thread.words import text_of
from comity.cli.thread.written import LanguageOption, read_text
from comity.core.codes.exchange import Regime
from comity.core.codes.languages import UNKNOWN
from comity.core.instant import end_of
from comity.core.rights.codes import BreachNature

app = typer.Typer(
    no_args_is_help=True, help="Breaches of personal data: the 72-hour clock, authority and partners."
)

DAY = ["%Y-%m-%d"]
Number = Annotated[str, typer.Argument(help="Number of the breach.")]


@app.command(name="open")
def open_(
    home: HomeOption,
    nature: Annotated[BreachNature, typer.Option(help="What was lost.")],
    aware: Annotated[datetime, typer.Option(formats=AT, help="When the service became aware of it (UTC).")],
    first: Annotated[datetime, typer.Option("--from", formats=DAY, help="First day concerned (UTC).")],
    last: Annotated[datetime, typer.Option("--to", formats=DAY, help="Last day concerned (UTC), counted.")],
    consequences: Annotated[
        Path, typer.Option(help="File: likely consequences.", exists=True, dir_okay=False)
    ],
    measures: Annotated[
        Path, typer.Option(help="File: measures taken or proposed.", exists=True, dir_okay=False)
    ],
    contact: Annotated[str, typer.Option(help="Where authority and partners can ask.")],
    happened: Annotated[
        Path | None,
        typer.Option(help="File: what happened; without it, standard input. For the authority only."),
    ] = None,
    thread: Annotated[list[str] | None, typer.Option(help="Only this case; repeat.")] = None,
    register: Annotated[bool, typer.Option("--register", help="The whole register is concerned.")] = False,
    language: LanguageOption = UNKNOWN,
    regime: RegimeOption = Regime.POLICE,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a breach down; every partner concerned is told at once, and chased."""
    node = opened(home)
    from comity.services.breaches.opened import Found, open_breach
    from comity.services.cases.access import find_thread

    found = Found(
        nature=nature,
        aware_at=aware.replace(tzinfo=UTC),
        first=first.replace(tzinfo=UTC),
        before=end_of(last.date()),
        happened=text_of(happened),
        consequences=read_text(consequences),
        measures=read_text(measures),
        contact=contact,
        threads=tuple(find_thread(node, each) for each in thread or ()),
        register=register,
        language=language,
    )
    number = open_breach(node, acting(node, officer), regime, found)
    emit({"number": number}, [f"written down as {number}"], as_json)


@app.command(name="list")
def list_breaches(home: HomeOption, officer: OfficerOption = None, as_json: JsonOption = False) -> None:
    """List breaches, ours and those that partners told of, the most pressing first."""
    node = opened(home)
    from comity.services.breaches.shown import breaches

    found = breaches(node, acting(node, officer))
    headings = (
        "number",
        "of",
        "nature",
        "aware",
        "due",
        "cases",
        "searches",
        "persons",
        "authority",
        "partners",
    )
    rows = [
        (
            each["number"],
            each["partner"] or node.service,
            each["nature"],
            each["aware_at"][:16],
            due(each, 16),
            each["cases"],
            each["searches"],
            each["persons"],
            each["authority_at"] and each["authority_at"][:16],
            _told(each),
        )
        for each in found
    ]
    emit(found, table(headings, rows, none="No breach."), as_json)


@app.command()
def show(
    home: HomeOption, number: Number, officer: OfficerOption = None, as_json: JsonOption = False
) -> None:
    """Show a breach with its words and who was told."""
    node = opened(home)
    from comity.services.breaches.shown import show_breach

    found = show_breach(node, acting(node, officer), number)
    content = found["content"] or {}
    lines = [f"{found['number']}  {found['nature']}  due {found['due_at'][:16]}  {_told(found)}"]
    names = ("happened", "consequences", "measures", "contact", "reference", "late")
    lines += [f"{name}: {content[name]}" for name in names if content.get(name)]
    emit(found, lines, as_json)


@app.command()
def document(
    home: HomeOption,
    number: Number,
    to: ToFile = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the signed document for the supervisory authority."""
    node = opened(home)
    from comity.services.breaches.shown import write_document

    write_token(write_document(node, acting(node, officer), number), to, as_json)


@app.command()
def told(
    home: HomeOption,
    number: Number,
    at: Annotated[datetime, typer.Option(formats=AT, help="When the notice reached the authority (UTC).")],
    reference: Annotated[str, typer.Option(help="Reference of the authority.")],
    late: Annotated[
        Path | None, typer.Option(help="File: why it took more than 72 hours; only then.")
    ] = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Note that the supervisory authority was told, as the data-protection officer."""
    node = opened(home)
    from comity.services.breaches.opened import tell_authority

    why = "" if late is None else read_text(late)
    tell_authority(node, acting(node, officer), number, at.replace(tzinfo=UTC), reference, why)
    emit({"number": number}, ["noted"], as_json)


@app.command()
def note(
    home: HomeOption, number: Number, officer: OfficerOption = None, as_json: JsonOption = False
) -> None:
    """Take note of a breach of which a partner has told."""
    node = opened(home)
    from comity.services.breaches.opened import take_note

    take_note(node, acting(node, officer), number)
    emit({"number": number}, ["noted"], as_json)


@app.command()
def close(
    home: HomeOption, number: Number, officer: OfficerOption = None, as_json: JsonOption = False
) -> None:
    """Close a breach of which authority and partners have been told."""
    node = opened(home)
    from comity.services.breaches.opened import close_breach

    close_breach(node, acting(node, officer), number)
    emit({"number": number}, ["closed"], as_json)


def _told(each: dict[str, Any]) -> str:
    if each["partner"]:
        return "noted" if each["noted_at"] else "TAKE NOTE"
    return ", ".join(
        f"{one['partner']} {'told' if one['received_at'] else 'NOT YET'}" for one in each["notices"]
    )
