"""``comity rights``: decide, answer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, opened
from comity.cli.rights.requests import Number
from comity.cli.show import emit
from comity.cli.thread.words import text_of
from comity.core.instant import write_instant
from comity.core.rights.codes import Outcome, RestrictionReason

app = typer.Typer()

ToFile = Annotated[Path | None, typer.Option("--to", help="New file; without it, standard output.")]


@app.command()
def decide(
    home: HomeOption,
    number: Number,
    outcome: Annotated[Outcome, typer.Option(help="full, partial, or neither confirm nor deny.")],
    tell: Annotated[list[str] | None, typer.Option(help="Key of a finding that is told; repeat.")] = None,
    other: Annotated[
        list[str] | None, typer.Option(help="Key of a finding on somebody else; repeat.")
    ] = None,
    reason: Annotated[
        list[RestrictionReason] | None, typer.Option(help="Why something is left out; repeat.")
    ] = None,
    words: Annotated[
        Path | None, typer.Option("--from", help="File with the reasons in words; kept here, never told.")
    ] = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide a request and write its answer, which leaves at a time that follows from the receipt alone."""
    node = opened(home)
    from comity.services.rights.answering import Decision
    from comity.services.rights.answering import decide as decided

    reasoning = text_of(words) if reason else ""
    decision = Decision(outcome, tuple(tell or ()), tuple(other or ()), tuple(reason or ()), reasoning)
    leaves = write_instant(decided(node, acting(node, officer), number, decision))
    emit({"leaves_at": leaves}, [f"decided; the answer leaves at {leaves}"], as_json)


@app.command()
def answer(
    home: HomeOption,
    number: Number,
    to: ToFile = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hand the signed answer out, from its time on."""
    node = opened(home)
    from comity.services.rights.answering import hand_out

    write_token(hand_out(node, acting(node, officer), number), to, as_json)


def write_token(token: str, to: Path | None, as_json: bool) -> None:
    """Write a signed document to a new file, or print it."""
    if to is None:
        sys.stdout.write(token + "\n")
        return
    from comity.services.custody.unlock import write_secret_file

    write_secret_file(to, token.encode("ascii") + b"\n")
    emit({"file": str(to)}, [f"written to {to}"], as_json)
