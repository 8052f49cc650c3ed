"""The `comity` command: one file per command group."""

from __future__ import annotations

import importlib
import json
import sys

import typer

from comity.errors import ComityError

GROUPS = ("agreement", "case", "demo", "evidence", "partner", "register", "user")
"""Groups with a module of the same name that exposes `app`."""

SINGLES = ("init", "run", "check", "backup", "probe")
"""Modules whose `app` adds its commands at the top level."""


def build() -> typer.Typer:
    """Assemble the command from its groups."""
    app = typer.Typer(name="comity", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
    for name in SINGLES:
        app.add_typer(importlib.import_module(f"comity.cli.{name}").app)
    for name in GROUPS:
        app.add_typer(importlib.import_module(f"comity.cli.{name}").app, name=name)
    return app


def main() -> None:
    """Run the command; a refusal prints its code and sentence on standard error and exits 1."""
    try:
        build()()
    except ComityError as error:
        _tell(error)
        sys.exit(1)


def _tell(error: ComityError) -> None:
    from comity.services.sentences import sentence

    text, act = sentence(error.code, "en")
    if "--json" in sys.argv:
        document = {"error": error.code, "sentence": text, "act": act, "facts": error.facts}
        sys.stderr.write(json.dumps(document, ensure_ascii=False) + "\n")
        return
    facts = ", ".join(f"{name}: {value}" for name, value in error.facts.items())
    sys.stderr.write(f"{error.code}: {text}" + (f" ({facts})" if facts else "") + f"\n{act}\n")
