"""Commands of ``comity case`` about time: extensions, reasons of a delay, reminders, substitutes, statistics."""

from __future__ import annotations

import typer

from comity.cli.clocks import notices, statistics

app = typer.Typer()
for group in (notices, statistics):
    app.add_typer(group.app)
