"""``comity init``: create a node."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from comity.cli.home import HomeOption, JsonOption, operator
from comity.cli.show import emit
from comity.config import DatabaseConfig, DatabaseEngine, Listener
from comity.core.codes.exchange import Regime
from comity.core.faults import named
from comity.errors import InputError

app = typer.Typer()


@app.command()
def init(
    home: HomeOption,
    name: Annotated[str, typer.Option(help="Name of the service, as partners see it.")],
    country: Annotated[str, typer.Option(help="ISO 3166 code of two letters.")],
    regimes: Annotated[
        str, typer.Option(help="Comma-separated: police, return-identification; or intelligence alone.")
    ],
    service: Annotated[
        str | None, typer.Option(help="Identifier; made of country and name if absent.")
    ] = None,
    desk_port: Annotated[int, typer.Option(min=1, max=65535, help="Desk and REST, on loopback.")] = 8400,
    partner_host: Annotated[str, typer.Option(help="Address on which partners are heard.")] = "127.0.0.1",
    partner_port: Annotated[int, typer.Option(min=1, max=65535)] = 8443,
    partner_url: Annotated[
        str | None, typer.Option(help="How partners reach this node: https://host:port.")
    ] = None,
    unlock_file: Annotated[
        Path | None, typer.Option(help="Demonstrations: keep the unlock key in this file.")
    ] = None,
    dpo_key: Annotated[
        Path | None, typer.Option(help="Where the data-protection officer's key is written.")
    ] = None,
    database: Annotated[DatabaseEngine, typer.Option(help="Where data is kept.")] = DatabaseEngine.SQLITE,
    dsn: Annotated[str, typer.Option(help="PostgreSQL connection string, without password.")] = "",
    language: Annotated[str, typer.Option(help="en, fr, nl or ar.")] = "en",
    time_zone: Annotated[str, typer.Option(help="IANA name.")] = "UTC",
    demo: Annotated[bool, typer.Option("--demo", help="Mark the node as a demonstration.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Create keys, database, certificate, card and configuration of a node."""
    from comity.services.custody import NewNode, create_node

    wish = NewNode(
        name=name,
        country=country.upper(),
        regimes=read_regimes(regimes),
        desk=Listener(port=desk_port),
        partner=Listener(host=partner_host, port=partner_port),
        partner_url=partner_url or f"https://{partner_host}:{partner_port}",
        service=service,
        unlock_file=unlock_file,
        officer_key=dpo_key,
        demo=demo,
        database=DatabaseConfig(engine=database, dsn=dsn),
        language=language,
        time_zone=time_zone,
    )
    made = create_node(home, wish, operator())
    value = {"service": made.service, "fingerprint": made.words, "officer_key": str(made.officer_key)}
    lines = [
        f"Node {made.service} created in {home}.",
        f"Fingerprint of its card: {' '.join(made.words)}",
        f"Key of the data-protection officer: {made.officer_key} (hand it over and delete it here)",
    ]
    if made.unlock_key is not None:
        value["unlock_key"] = made.unlock_key
        lines.append(f"Unlock key, shown this once; without it the node cannot be opened: {made.unlock_key}")
    emit(value, lines, as_json)


def read_regimes(text: str) -> tuple[Regime, ...]:
    """Return the regimes of a comma-separated list.

    Raises:
        InputError: ``init.regimes``.
    """
    try:
        return tuple(Regime(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        raise InputError("init.regimes", allowed=named(Regime)) from None
