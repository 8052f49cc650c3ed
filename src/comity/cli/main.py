"""The `comity` command: one file per command group."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Annotated

import typer

from comity import __version__
from comity.errors import ComityError

GROUPS = (
    "agreement",
    "breach",
    "case",
    "demo",
    "evidence",
    "exchange",
    "match",
    "oversight",
    "overlap",
    "partner",
    "plan",
    "register",
    "rights",
    "transfer",
    "user",
)
"""Groups with a module of the same name that exposes `app`."""

SINGLES = {
    "init": "running.init",
    "run": "running.run",
    "check": "running.check",
    "backup": "running.backup",
    "restore": "running.backup",
    "probe": "probe",
    "scenario": "running.scenario",
}
"""Command at the top level -> module whose `app` adds it."""


FURTHER = {
    "case": ("thread.words", "thread.protect", "thread.consent", "thread.identify", "thread.hit"),
    "evidence": ("oversight.verify",),
}
"""Group -> modules that add further commands to its `app`."""


EXIT_CODES = (
    "Exit codes: 0 done; 1 refused or failed, with the code of the refusal on standard error; 2 not a command as written; "
    "3 a probe with too little data, of which nothing was sent."
)


def build(first: str = "") -> typer.Typer:
    """Assemble the command from its groups.

    Args:
        first: the first word typed; only what it needs is imported, so that a command starts quickly.
    """
    app = typer.Typer(
        name="comity",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        epilog=EXIT_CODES,
    )
    app.callback()(_about)
    known = first in GROUPS or first in SINGLES
    for module in dict.fromkeys(SINGLES.values()):
        if not known or SINGLES.get(first) == module:
            app.add_typer(importlib.import_module(f"comity.cli.{module}").app)
    for name in GROUPS:
        if not known or first == name:
            for further in FURTHER.get(name, ()):
                importlib.import_module(f"comity.cli.{further}")
            app.add_typer(importlib.import_module(f"comity.cli.{name}").app, name=name)
    return app


def _say_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"comity {__version__}\n")
        raise typer.Exit


def _about(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_say_version, is_eager=True)
    ] = False,
) -> None:
    """Services of two or more countries cooperate under a signed agreement, without a shared database."""


def main() -> None:
    """Run the command; a refusal prints its code and sentence on standard error and exits 1.

    What it and the processes that it starts write is for the node's own user only.
    """
    os.umask(0o077)
    try:
        build(sys.argv[1] if len(sys.argv) > 1 else "")(prog_name="comity")
    except ComityError as error:
        tell(error, as_json="--json" in sys.argv)
        sys.exit(1)


def tell(error: ComityError, *, as_json: bool) -> None:
    """Print a refusal on standard error: its code, its sentence, who must act."""
    from comity.cli.show import document, plain
    from comity.services.sentences import facts_once, sentence

    text, act = sentence(error.code, "en", console=True)
    if as_json:
        told = {"error": error.code, "sentence": text, "act": act, "facts": error.facts}
        sys.stderr.write(document(told) + "\n")
        return
    facts = ", ".join(f"{name}: {value}" for name, value in facts_once(error).items())
    sys.stderr.write(plain(f"{error.code}: {text}" + (f" ({facts})" if facts else "")) + f"\n{act}\n")
