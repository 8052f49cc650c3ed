"""`comity register`: import lists and registers, consult one's own, restrict, review and erase."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, opened
from comity.cli.register.imports import add_import
from comity.cli.register.linking import add_links
from comity.cli.register.options import ReasonOption
from comity.cli.register.searching import add_search
from comity.cli.register.shown import held_lines, held_value
from comity.cli.show import emit, table
from comity.core.codes.exchange import Regime

if TYPE_CHECKING:
    from comity.services.register.order import ImportReport

app = typer.Typer(no_args_is_help=True, help="The register: imports, consultation, restriction, erasure.")
add_import(app)
add_search(app)
add_links(app)

UidArgument = Annotated[str, typer.Argument(metavar="UID", help="Identifier of the subject, 32 hex digits.")]
RegimeOption = Annotated[Regime, typer.Option("--regime")]


def report_value(report: ImportReport) -> dict[str, Any]:
    """Return an import's report as JSON."""
    counts = vars(report.counts)
    return {
        "import": report.uid,
        "source": report.source,
        "format": report.format,
        "state": report.state.value,
        "failure": report.failure,
        "resumed": report.resumed,
        **counts,
        "stored": report.counts.stored,
        "types": report.types,
        "faults": report.faults,
        "cautions": report.cautions,
        "absent": report.absent,
    }


def report_line(report: ImportReport) -> str:
    """Return an import's report in one line."""
    counts = report.counts
    return (
        f"{report.uid[:8]}  {report.source} ({report.format})  {report.state.value}  rows {counts.rows}: "
        f"new {counts.new}, changed {counts.changed}, unchanged {counts.unchanged}, "
        f"joined {counts.joined}, refused {counts.refused}"
    )


_COUNTS = ("rows", "new", "changed", "unchanged", "joined", "refused")


@app.command()
def status(home: HomeOption, as_json: JsonOption = False) -> None:
    """Show the latest imports."""
    node = opened(home)
    from comity.services.register.status import all_reports

    found = all_reports(node)
    rows = [
        (
            each.uid[:8],
            each.source,
            each.format,
            each.state.value,
            *(getattr(each.counts, name) for name in _COUNTS),
        )
        for each in found
    ]
    lines = table(("import", "source", "format", "state", *_COUNTS), rows, none="No import.")
    emit([report_value(each) for each in found], lines, as_json)


@app.command("list-errors")
def list_errors(
    imported: Annotated[
        str, typer.Argument(metavar="IMPORT", help="Identifier of the import, or its beginning.")
    ],
    home: HomeOption,
    cautions: Annotated[
        bool, typer.Option("--cautions", help="What speaks against rows that were stored, instead.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the rows that an import refused: line, column, reason; never a value of the file."""
    node = opened(home)
    from comity.cli.register.reasons import meant
    from comity.services.register.status import errors

    found = list(errors(node, imported, cautions=cautions))
    value = [
        {"line": line, "column": column, "reason": why, "file": part} for line, column, why, part in found
    ]
    shown = [
        f"{part + ' ' if part else ''}line {line}: {column or 'row'}: {meant(why)}"
        for line, column, why, part in found
    ]
    emit(value, shown or ["No caution." if cautions else "No row was refused."], as_json)


@app.command()
def count(home: HomeOption, as_json: JsonOption = False) -> None:
    """Count the subjects by regime, kind and state."""
    node = opened(home)
    from comity.services.register.read import count as counted

    found = [
        {"regime": regime.value, "kind": kind, "state": state.value, "subjects": number}
        for regime, kind, state, number in counted(node)
    ]
    columns = ("regime", "kind", "state", "subjects")
    rows = [[each[column] for column in columns] for each in found]
    emit(found, table(columns, rows, none="The register is empty."), as_json)


@app.command()
def show(
    uid: UidArgument,
    home: HomeOption,
    reason: ReasonOption,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one subject; who looked and why is recorded."""
    node = opened(home)
    from comity.services.register.read import consult

    found = consult(node, acting(node, officer), uid, reason)
    emit(held_value(found), held_lines(found), as_json)


@app.command()
def restrict(
    uid: UidArgument,
    home: HomeOption,
    reason: ReasonOption,
    quarantine: Annotated[bool, typer.Option("--quarantine", help="For good; only erasure follows.")] = False,
    lift: Annotated[bool, typer.Option("--lift", help="Lift an earlier restriction.")] = False,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Restrict a subject, so that nobody finds it; or quarantine it, or lift a restriction."""
    if quarantine and lift:
        raise typer.BadParameter("--quarantine and --lift exclude each other")
    node = opened(home)
    from comity.services.register import state

    act = state.quarantine if quarantine else state.lift_restriction if lift else state.restrict
    version = act(node, acting(node, officer), uid, reason)
    entered = "quarantined" if quarantine else "active" if lift else "restricted"
    emit(
        {"uid": uid, "version": version, "state": entered},
        [f"{uid} is {entered} (version {version})."],
        as_json,
    )


@app.command("list-due")
def list_due(home: HomeOption, officer: OfficerOption = None, as_json: JsonOption = False) -> None:
    """List the entries that end within ninety days, as a head of desk (--as); without a review they are erased."""
    node = opened(home)
    from comity.services.register.reviewing.prolong import due_for

    found = due_for(node, acting(node, officer))
    rows = [(each.ends, each.uid, each.source, each.regime) for each in found]
    lines = table(("ends", "subject", "source", "regime"), rows, none="Nothing ends within ninety days.")
    emit([each.document() for each in found], lines, as_json)


@app.command()
def review(
    uid: UidArgument,
    home: HomeOption,
    until: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="Day on which it ends then; three years at most.")
    ],
    reason: ReasonOption,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep an entry longer, as a named head of desk (--as), before it ends; the reason is kept for oversight."""
    node = opened(home)
    from comity.services.register.reviewing.prolong import prolong

    version = prolong(node, acting(node, officer), uid, until.date(), reason)
    emit(
        {"uid": uid, "version": version, "ends": until.date().isoformat()},
        [f"{uid} ends on {until.date()} (version {version})."],
        as_json,
    )


@app.command()
def erase(
    uid: UidArgument,
    home: HomeOption,
    reason: ReasonOption,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase a subject: its content is gone, a tombstone without content stays."""
    node = opened(home)
    from comity.services.register.erase import erase as erased

    version = erased(node, acting(node, officer), uid, reason)
    emit({"uid": uid, "version": version, "state": "erased"}, [f"{uid} is erased."], as_json)
