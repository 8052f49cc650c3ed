"""``comity oversight``: replay, bundle, sample, looks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from comity.cli.home import FirstDay, HomeOption, JsonOption, LastDay, OfficerOption, acting, opened
from comity.cli.show import emit, table
from comity.core.codes.exchange import Regime
from comity.core.instant import write_instant
from comity.errors import InputError

app = typer.Typer(no_args_is_help=True, help="Oversight: replay, bundle, sample, looks.")

Subject = Annotated[
    str,
    typer.Argument(metavar="ID", help="Number of a case (3f9a-07c2), its thread, or identifier of a search."),
]
Reason = Annotated[str, typer.Option("--reason", help="Why you look; kept sealed for three years.")]


@app.command()
def replay(
    home: HomeOption,
    subject: Subject,
    reason: Reason,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide every envelope again by the agreement of its day, and verify its evidence; exit 1 if anything differs."""
    node = opened(home)
    from comity.services.oversight import shown
    from comity.services.oversight.look import replay as replayed

    found = shown.document(replayed(node, acting(node, officer), subject, reason))
    emit(found, shown.lines(found), as_json)
    if not found["agrees"]:
        raise typer.Exit(1)


@app.command()
def bundle(
    home: HomeOption,
    subject: Subject,
    reason: Reason,
    out: Annotated[Path, typer.Option(help="File to write; must not exist.", dir_okay=False)],
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a sealed bundle for the authority, which `comity evidence verify-bundle` checks without a node."""
    node = opened(home)
    from comity.services.oversight.look import bundle as bundled
    from comity.services.oversight.packed import pack

    octets = pack(bundled(node, acting(node, officer), subject, reason))
    try:
        with out.open("xb") as file:
            file.write(octets)
    except FileExistsError:
        raise InputError("file.exists", file=out.name) from None
    except OSError:
        raise InputError("file.write", file=out.name) from None
    emit({"file": str(out), "bytes": len(octets)}, [f"{len(octets)} bytes written to {out}"], as_json)


@app.command()
def sample(
    home: HomeOption,
    count: Annotated[int, typer.Option(help="How many searches.")],
    reason: Reason,
    first: FirstDay = None,
    last: LastDay = None,
    regime: Annotated[Regime, typer.Option(help="Regime of the searches.")] = Regime.POLICE,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw searches at random, to open their justifications with `comity probe audit`.

    Without days: of the last calendar year that is over.
    """
    node = opened(home)
    from comity.core.cases.statistics import days
    from comity.services.oversight.sample import draw

    period = days(first and first.date(), last and last.date(), node.clock().date())
    found = draw(node, acting(node, officer), regime, period, count, reason)
    value = {
        "seed": found.seed,
        "of": found.of,
        "searches": [
            {
                "search": each.rid,
                "partner": each.partner,
                "purpose": each.purpose,
                "asked_at": write_instant(each.asked_at),
                "state": each.state,
            }
            for each in found.searches
        ],
    }
    lines = [f"{len(found.searches)} of {found.of} searches, drawn by {found.seed}"]
    rows = [
        (write_instant(each.asked_at), each.rid, each.partner, each.purpose, each.state)
        for each in found.searches
    ]
    lines += table(("asked at", "search", "partner", "purpose", "state"), rows, none="no search")
    emit(value, lines, as_json)


@app.command()
def looks(home: HomeOption, officer: OfficerOption = None, as_json: JsonOption = False) -> None:
    """Show who looked into which exchange, and why; newest first."""
    node = opened(home)
    from comity.services.oversight.look import looks as looked

    found = looked(node, acting(node, officer))
    value = [
        {
            "at": write_instant(one.at),
            "by": one.by,
            "act": one.act,
            "subject": one.subject,
            "reason": one.reason,
        }
        for one in found
    ]
    columns = ("at", "by", "act", "subject", "reason")
    rows = [[one[name] for name in columns] for one in value]
    emit(value, table(columns, rows, none="nobody has looked yet"), as_json)
