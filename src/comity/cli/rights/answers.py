"""``comity rights``: decide, answer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, opened
from comity.cli.rights.requests import Number
from comity.cli.show import emit
from comity.cli.thread.words import text_of
from comity.core.codes.marks import DataCategory
from comity.core.instant import write_instant
from comity.core.rights.codes import Outcome, RestrictionReason
from comity.errors import InputError

if TYPE_CHECKING:
    from comity.services.rights.answering import LeftOut

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
    withhold: Annotated[
        list[str] | None,
        typer.Option(help="Field of a told entry that stays out, as KEY/FIELD=REASON; repeat."),
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

    fields = tuple(_left_out(each) for each in withhold or ())
    reasoning = text_of(words) if reason or fields else ""
    decision = Decision(
        outcome, tuple(tell or ()), tuple(other or ()), tuple(reason or ()), reasoning, fields
    )
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


def _left_out(text: str) -> LeftOut:
    """Return the field that an option names.

    Raises:
        InputError: ``rights.field``.
    """
    from comity.services.rights.answering import LeftOut

    named, _, reason = text.partition("=")
    key, _, name = named.rpartition("/")
    try:
        return LeftOut(key, DataCategory(name), RestrictionReason(reason))
    except ValueError:
        raise InputError("rights.field") from None


def write_token(token: str, to: Path | None, as_json: bool) -> None:
    """Write a signed document to a new file, or print it."""
    if to is None:
        sys.stdout.write(token + "\n")
        return
    from comity.services.custody.unlock import write_secret_file

    write_secret_file(to, token.encode("ascii") + b"\n")
    emit({"file": str(to)}, [f"written to {to}"], as_json)
