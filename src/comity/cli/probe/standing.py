"""`comity probe standing`: searches that are made again when the partner's index changes, until the case ends."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, channels, opened
from comity.cli.probe.said import AimOption, ConcernsOption, OffenceOption, ProfessionOption, said
from comity.cli.probe.subject import read_subject
from comity.cli.show import emit, table
from comity.core.codes.exchange import Purpose
from comity.core.instant import end_of
from comity.core.probe.query import read_query

if TYPE_CHECKING:
    from comity.services.probe.standing.keep import View

standing = typer.Typer(no_args_is_help=True, help="Standing searches: made again when the index changes.")

Sid = Annotated[str, typer.Argument(metavar="STANDING", help="Identifier of the standing search.")]


@standing.command()
def add(
    home: HomeOption,
    partner: Annotated[str, typer.Option("--partner", help="Country code or identifier.")],
    agreement: Annotated[str, typer.Option("--agreement", help="Code or hash.")],
    purpose: Annotated[Purpose, typer.Option("--purpose")],
    case: Annotated[str, typer.Option("--case", help="Number of the case; never leaves.")],
    until: Annotated[
        datetime, typer.Option("--until", formats=["%Y-%m-%d"], help="Last day of the case (UTC).")
    ],
    reason: Annotated[str, typer.Option("--reason", help="Why; for the data-protection officer.")] = "",
    offence: OffenceOption = "",
    aim: AimOption = None,
    concerns: ConcernsOption = None,
    profession: ProfessionOption = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="Subject as JSON or key=value lines; - is standard input.")
    ] = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have a partner asked about a person whenever its index changes, until the case ends. Each run is counted."""
    query = read_query(read_subject(file))
    node = opened(home)
    from comity.services.agreements.standing import find_agreement
    from comity.services.partners.directory import find_partner
    from comity.services.probe.standing.keep import StandingOrder
    from comity.services.probe.standing.keep import add as added

    order = StandingOrder(
        find_partner(node, partner),
        find_agreement(node, agreement),
        purpose,
        case,
        query,
        end_of(until.date()),
        reason,
        said(offence, aim, concerns, profession),
    )
    sid = added(node, channels(node), acting(node, officer), order)
    emit({"standing": sid}, [f"Standing search {sid}; the worker asks first within a minute"], as_json)


@standing.command("list")
def list_all(home: HomeOption, officer: OfficerOption = None, as_json: JsonOption = False) -> None:
    """List one's standing searches, and how many findings are new; never for whom."""
    node = opened(home)
    from comity.services.probe.standing.keep import listed

    found = listed(node, acting(node, officer))
    emit(
        [each.document() for each in found],
        table(_HEADINGS, map(_row, found), none="No standing search."),
        as_json,
    )


@standing.command()
def show(sid: Sid, home: HomeOption, officer: OfficerOption = None, as_json: JsonOption = False) -> None:
    """Show what a standing search found anew; shown to its owner, it is new no more."""
    node = opened(home)
    from comity.services.probe.standing.keep import show as shown

    view, new = shown(node, acting(node, officer), sid.strip().lower())
    lines = [*table(_HEADINGS, [_row(view)], none=""), *(_finding(one) for one in new)]
    emit({**view.document(), "findings": new}, lines, as_json)


@standing.command()
def end(sid: Sid, home: HomeOption, officer: OfficerOption = None, as_json: JsonOption = False) -> None:
    """End a standing search; who was asked for is erased."""
    node = opened(home)
    from comity.services.probe.standing.keep import end as ended

    ended(node, acting(node, officer), sid.strip().lower())
    emit({"standing": sid, "state": "ended"}, ["Ended; the description is erased."], as_json)


_HEADINGS = ("search", "partner", "purpose", "owner", "state", "runs", "put off", "new")


def _row(view: View) -> tuple[object, ...]:
    state = f"ended ({view.ground})" if view.ended_at else f"until {view.ends_at:%Y-%m-%d %H:%M}Z"
    return (
        view.sid,
        view.partner,
        view.purpose,
        view.owner,
        state,
        view.runs,
        view.code or None,
        view.new or None,
    )


def _finding(one: dict[str, Any]) -> str:
    return f"{one['at']}  {one['result']}  reference {one['reference']}  ({', '.join(one['rules'])})"
