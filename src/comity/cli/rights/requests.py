"""``comity rights``: register, list, show, take, search, ask, proof."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, opened
from comity.cli.probe.subject import read_subject
from comity.cli.show import due, emit, table
from comity.core.codes.exchange import Regime
from comity.core.probe.query import read_query
from comity.core.rights.codes import Origin, RightsKind

app = typer.Typer()

AT = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"]
Number = Annotated[str, typer.Argument(help="Number of the request, or its beginning.")]
RegimeOption = Annotated[Regime, typer.Option("--regime")]


@app.command()
def register(
    home: HomeOption,
    kind: Annotated[RightsKind, typer.Option(help="What the person asks for.")],
    contact: Annotated[str, typer.Option(help="How the answer reaches the person; no name.")],
    origin: Annotated[
        Origin, typer.Option(help="The person itself, or through the authority.")
    ] = Origin.PERSON,
    received: Annotated[
        datetime | None, typer.Option(formats=AT, help="When (UTC); without it, now.")
    ] = None,
    wish: Annotated[
        bool, typer.Option("--wish", help="It asks in writing that partners be asked too.")
    ] = False,
    person: Annotated[
        Path | None, typer.Option("--person", help="File with the person; without it, standard input.")
    ] = None,
    regime: RegimeOption = Regime.POLICE,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a request down; the person is read from a file or standard input, as for `comity probe`."""
    node = opened(home)
    from comity.services.rights.requests import Asked, register_request

    since = node.clock() if received is None else received.replace(tzinfo=UTC)
    asked = Asked(read_query(read_subject(person)), kind, origin, since, contact, wish=wish)
    number = register_request(node, acting(node, officer), regime, asked)
    emit({"number": number}, [f"written down as {number}"], as_json)


@app.command(name="list")
def list_requests(home: HomeOption, officer: OfficerOption = None, as_json: JsonOption = False) -> None:
    """List the requests, those not answered first, by due time; it does not say who asks."""
    node = opened(home)
    from comity.services.rights.requests import requests

    found = [line.document() for line in requests(node, acting(node, officer))]
    headings = ("number", "kind", "from", "received", "due", "state", "handler", "answer leaves")
    rows = [
        (
            each["number"][:12],
            each["kind"],
            each["partner"] or each["origin"],
            each["received_at"][:10],
            due(each, 10),
            each["state"],
            each["handler"],
            each["release_at"] and each["release_at"][:16],
        )
        for each in found
    ]
    emit(found, table(headings, rows, none="Nobody has asked."), as_json)


@app.command()
def show(
    home: HomeOption, number: Number, officer: OfficerOption = None, as_json: JsonOption = False
) -> None:
    """Show a request with all that was found and decided, as the data-protection officer; it is recorded."""
    node = opened(home)
    from comity.services.rights.requests import show_request

    found = show_request(node, acting(node, officer), number)
    lines = [f"{found['number']}  {found['kind']}  {found['state']}  due {found['due_at'][:10]}"]
    if found["content"] is not None:
        person = {name: value for name, value in found["content"]["person"].items() if value}
        lines += [f"  {name}: {value}" for name, value in person.items()]
    lines += _found_lines(found["search"] or {"found": [], "read": {}})
    lines += [
        f"asked {each['partner']} {each['asked_at'][:10]}: "
        + ("a full search was confirmed" if each["searched_at"] else "not confirmed yet")
        for each in found["partners"]
    ]
    emit(found, lines, as_json)


@app.command()
def take(
    home: HomeOption, number: Number, officer: OfficerOption = None, as_json: JsonOption = False
) -> None:
    """Become the handler of a request."""
    node = opened(home)
    from comity.services.rights.requests import take as taken

    taken(node, acting(node, officer), number)
    emit({"number": number}, ["taken"], as_json)


@app.command()
def search(
    home: HomeOption,
    number: Number,
    key: Annotated[
        Path | None,
        typer.Option("--key", help="The officer's private key file: opens the justifications of searches."),
    ] = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Search everything held on the person; without the key it is no full search."""
    node = opened(home)
    from comity.services.rights.search import search_everything

    found = search_everything(node, acting(node, officer), number, key)
    emit(found, _found_lines(found), as_json)


@app.command()
def ask(
    home: HomeOption,
    number: Number,
    partner: Annotated[str, typer.Option(help="Country code or service id.")],
    agreement: Annotated[str, typer.Option(help="Code or hash of the agreement with it.")],
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask a partner to search too, as the person wished; it confirms that it did and says nothing of the result."""
    node = opened(home)
    from comity.services.agreements.standing import find_agreement
    from comity.services.partners.directory import find_partner
    from comity.services.rights.partners import ask_partner

    found = find_partner(node, partner)
    message = ask_partner(node, acting(node, officer), number, found, find_agreement(node, agreement))
    emit({"message": message, "partner": found}, [f"{found} is asked; message {message}"], as_json)


@app.command()
def proof(
    home: HomeOption, number: Number, officer: OfficerOption = None, as_json: JsonOption = False
) -> None:
    """Give what lets the supervisory authority verify the search: the record, its salt, the partners' confirmations."""
    node = opened(home)
    from comity.services.rights.search import proof_of_search

    found = proof_of_search(node, acting(node, officer), number)
    lines = [
        "the record of the search is that of the log",
        "a full search" if found["full"] else "NOT a full search",
    ]
    lines += [f"read in {place}: {count}" for place, count in found["record"]["read"].items()]
    lines += [
        f"{each['partner']}: " + (f"record {each['record']}" if each["record"] else "not confirmed yet")
        for each in found["partners"]
    ]
    emit(found, lines, as_json)


def _found_lines(search: dict[str, Any]) -> list[str]:
    lines = [f"read in {place}: {count}" for place, count in search["read"].items()]
    for each in search["found"]:
        likely = f"  probability {each['probability']}" if each["probability"] else ""
        marks = f"  {', '.join(each['marks'])}" if each["marks"] else ""
        lines.append(f"{each['key']}  of {each['owner']}{likely}{marks}")
        if each.get("fields"):
            lines.append(f"  holds {', '.join(each['fields'])}")
    return lines or ["not searched yet"]
