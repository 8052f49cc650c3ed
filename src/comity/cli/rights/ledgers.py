"""``comity rights``: ledger, verify, log."""

from __future__ import annotations

from typing import Annotated

import typer

from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, opened
from comity.cli.rights.requests import RegimeOption
from comity.cli.show import emit, table
from comity.core.codes.exchange import Regime

app = typer.Typer()

Subject = Annotated[str, typer.Argument(help="Identifier of the entry in the register.")]
Reason = Annotated[str, typer.Option(help="Why; kept for oversight. No names in it.")]


@app.command()
def ledger(
    home: HomeOption,
    subject: Subject,
    reason: Reason,
    regime: RegimeOption = Regime.POLICE,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """List to whom what was told of an entry of the register, third countries marked; reading it is logged."""
    node = opened(home)
    from comity.services.rights.ledger import ledger as told

    found = [each.document() for each in told(node, acting(node, officer), regime, subject, reason)]
    headings = ("at", "to", "third country", "kind", "purpose", "categories", "ground", "state", "thread")
    rows = [
        (
            each["at"][:16],
            each["recipient"],
            "yes" if each["third_country"] else "no",
            each["kind"],
            each["purpose"],
            ", ".join(each["categories"]),
            each["ground"],
            each["state"],
            each["thread"],
        )
        for each in found
    ]
    emit(found, table(headings, rows, none="Nothing was told to anybody."), as_json)


@app.command()
def verify(
    home: HomeOption,
    regime: RegimeOption = Regime.POLICE,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare the ledger with the message log and the evidence; exits 1 where they differ."""
    node = opened(home)
    from comity.services.rights.ledger import verify_ledger

    found = verify_ledger(node, acting(node, officer), regime)
    value = {
        "missing": list(found.missing),
        "unfounded": list(found.unfounded),
        "unproven": list(found.unproven),
    }
    lines = [f"{kind}: {message}" for kind, messages in value.items() for message in messages]
    emit(value, lines or ["the ledger equals the message log and the evidence"], as_json)
    if lines:
        raise typer.Exit(1)


@app.command()
def log(
    home: HomeOption,
    subject: Subject,
    use: Annotated[
        str,
        typer.Option(
            help="verify-lawfulness, self-monitoring, integrity-and-security or criminal-proceedings; nothing else."
        ),
    ],
    reason: Reason,
    regime: RegimeOption = Regime.POLICE,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what was done with an entry of the register, by whom and why; reading it is logged."""
    node = opened(home)
    from comity.services.rights.logs import read_log

    found = [each.document() for each in read_log(node, acting(node, officer), regime, subject, use, reason)]
    rows = [(each["at"][:19], each["kind"], each["by"] or None, each["reason"] or None) for each in found]
    emit(found, table(("at", "act", "by", "why"), rows, none="Nothing was done with it."), as_json)
