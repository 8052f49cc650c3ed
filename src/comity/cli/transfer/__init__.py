"""``comity transfer``: report, records, status, note, emergency, court."""

from __future__ import annotations

import typer

from comity.cli.transfer import acts, reports

app = typer.Typer(
    no_args_is_help=True,
    help="Transfers to other States: report, records, status of the parties, emergency, use before a court.",
)
app.add_typer(reports.app)
app.add_typer(acts.app)
