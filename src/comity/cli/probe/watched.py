"""`comity probe anomalies` and `follow-ups`: which searches stand out, how many hits are followed up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, opened
from comity.cli.show import emit, table
from comity.core.instant import write_instant

if TYPE_CHECKING:
    from comity.services.watch.noticed import View

anomalies = typer.Typer(
    no_args_is_help=True, help="Searches that stand out; a data-protection officer settles them."
)

_HEADINGS = ("anomaly", "changed at", "sign", "asker", "partner", "count", "outside hours", "outcome")


@anomalies.command("list")
def list_anomalies(
    home: HomeOption,
    settled: Annotated[bool, typer.Option("--settled", help="Those settled, not those open.")] = False,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what stands out, newest first: who searched and how much, never for whom."""
    node = opened(home)
    from comity.services.watch.noticed import listed

    found = listed(node, acting(node, officer), settled=settled)
    lines = table(_HEADINGS, map(_row, found), none="Nothing stands out.")
    emit([each.document() for each in found], lines, as_json)


@anomalies.command()
def settle(
    home: HomeOption,
    anomaly: Annotated[str, typer.Argument(metavar="ANOMALY", help="Identifier, from the list.")],
    outcome: Annotated[str, typer.Option("--outcome", help="lawful, reminded or reported.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept sealed for three years.")],
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Settle an anomaly with a reason, as a data-protection officer (--as)."""
    node = opened(home)
    from comity.services.watch.noticed import Outcome
    from comity.services.watch.noticed import settle as settled

    if outcome not in list(Outcome):
        raise typer.BadParameter("one of " + ", ".join(Outcome), param_hint="--outcome")
    settled(node, acting(node, officer), anomaly.strip().lower(), Outcome(outcome), reason)
    emit({"anomaly": anomaly, "outcome": outcome}, [f"Settled: {outcome}."], as_json)


def follow_ups(home: HomeOption, officer: OfficerOption = None, as_json: JsonOption = False) -> None:
    """Show how many hits are followed up at each partner, and how many of a partner's searches here, in ninety days."""
    node = opened(home)
    from comity.services.watch.ratios import ratios

    found = [each.document() for each in ratios(node, acting(node, officer))]
    columns = ("regime", "partner", "side", "searches", "hits", "followed", "share")
    rows = [[one[name] for name in columns] for one in found]
    emit(found, table(columns, rows, none="No search yet."), as_json)


def _row(view: View) -> tuple[object, ...]:
    return (
        view.uid,
        write_instant(view.changed_at),
        f"{view.sign} {view.code}".strip(),
        view.asker or None,
        view.partner or None,
        view.count,
        view.late or None,
        view.outcome or None,
    )
