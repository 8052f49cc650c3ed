"""``comity case extend``, ``explain``, ``reminders`` and ``substitute``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, opened
from comity.cli.show import emit, table
from comity.cli.thread.shown import show_sent
from comity.cli.thread.written import LanguageOption, read_text
from comity.core.cases.number import case_number
from comity.core.codes.exchange import Regime
from comity.core.codes.languages import UNKNOWN
from comity.core.codes.marks import DelayGround
from comity.core.instant import read_duration, write_duration
from comity.errors import InputError, PeerError

app = typer.Typer()

Thread = Annotated[str, typer.Argument(help="Number of the case (3f9a-07c2), or beginning of its thread.")]
GroundOption = Annotated[DelayGround, typer.Option(help="Ground from the closed list.")]
ReasonOption = Annotated[
    Path | None,
    typer.Option(
        "--reason-file", help="What stands in the way; goes to the partner. Without it: standard input."
    ),
]


@app.command()
def extend(
    home: HomeOption,
    thread: Thread,
    by: Annotated[str, typer.Option(help="How much more: PT8H, P3D; whole days where working days count.")],
    ground: GroundOption = DelayGround.JUDICIAL_AUTHORISATION,
    reason: ReasonOption = None,
    language: LanguageOption = UNKNOWN,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell the requester that an answer takes more time, as a named approver or head of desk (--as)."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.clocks.delay import extend as give

    try:
        span = read_duration(by)
    except PeerError:
        raise InputError("case.request-field", field="by", reason="PT8H or P3D") from None
    name = find_thread(node, thread)
    message = give(node, acting(node, officer), name, ground, span, _reason(reason), language=language)
    found = {"thread": name, "message": message, "by": write_duration(span)}
    emit(found, [f"told the partner; the clock moves with its receipt; message {message}"], as_json)


@app.command()
def explain(
    home: HomeOption,
    thread: Thread,
    ground: GroundOption,
    reason: ReasonOption = None,
    language: LanguageOption = UNKNOWN,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell the requester why a deadline was missed, as a named approver or head of desk (--as)."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.clocks.delay import explain as tell

    name = find_thread(node, thread)
    message = tell(node, acting(node, officer), name, ground, _reason(reason), language=language)
    show_sent(name, message, "told the partner", as_json)


@app.command()
def reminders(home: HomeOption, officer: OfficerOption = None, as_json: JsonOption = False) -> None:
    """List what an officer (--as) is reminded of: cases whose time runs out."""
    node = opened(home)
    from comity.services.clocks.remind import reminders as found

    shown = [each.document() for each in found(node, acting(node, officer))]
    rows = [
        (
            case_number(each["thread"]),
            each["side"],
            each["step"],
            (each["deadline"] or "")[:10],
            each["partner"],
            each["owner"] or "nobody",
        )
        for each in shown
    ]
    headings = ("case", "side", "step", "due", "partner", "owner")
    emit(shown, table(headings, rows, none="nothing to be reminded of"), as_json)


@app.command()
def substitute(
    home: HomeOption,
    user: Annotated[str, typer.Argument(help="Officer who is stood in for.")],
    by: Annotated[str | None, typer.Option(help="Who stands in; without it, nobody.")] = None,
    regime: Annotated[Regime, typer.Option(help="Under which regime.")] = Regime.POLICE,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Name who stands in for an officer when time runs out."""
    node = opened(home)
    from comity.services.clocks.remind import put_substitute

    other = None if by is None else acting(node, by)
    put_substitute(node, acting(node, officer), acting(node, user), regime, other)
    found = {"officer": user, "regime": regime.value, "substitute": by}
    emit(found, [f"{by or 'nobody'} stands in for {user}"], as_json)


def _reason(path: Path | None) -> str:
    """Return the reasons from a file, standard input or a prompt."""
    if path is None:
        return str(typer.prompt("What stands in the way")) if sys.stdin.isatty() else sys.stdin.read()
    return read_text(path)
