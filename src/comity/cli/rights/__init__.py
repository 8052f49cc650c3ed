"""``comity rights``: requests of persons concerned, the ledger of disclosures, the logs of processing."""

from __future__ import annotations

import typer

from comity.cli.rights import answers, ledgers, requests

app = typer.Typer(
    no_args_is_help=True,
    help="Persons concerned: their requests, the search of everything, answers, the ledger of disclosures, logs.",
)
app.add_typer(requests.app)
app.add_typer(answers.app)
app.add_typer(ledgers.app)
