"""`comity probe batch`: ask a partner about each row of a file; goes on where a run was stopped."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, channels, opened
from comity.cli.probe.said import AimOption, ConcernsOption, OffenceOption, ProfessionOption, said
from comity.cli.show import emit
from comity.core.codes.exchange import Purpose
from comity.errors import ComityError, InputError, Refused

if TYPE_CHECKING:
    from comity.services.probe.batch.run import Report

PIECE = 1 << 16

AT_ONCE = 2
"""Calls under way: while one waits for the partner, or for its time to open, this node works on the other."""


def ask_batch(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.csv", help="Columns of the register's CSV, with an id.")
    ],
    home: HomeOption,
    partner: Annotated[str, typer.Option("--partner", help="Country code or identifier.")],
    agreement: Annotated[str, typer.Option("--agreement", help="Code or hash.")],
    purpose: Annotated[Purpose, typer.Option("--purpose")],
    case: Annotated[str, typer.Option("--case", help="Number of the case; never leaves.")],
    out: Annotated[
        Path, typer.Option("--out", help="File of results, new or to be continued.", dir_okay=False)
    ],
    reason: Annotated[str, typer.Option("--reason", help="Why; for the data-protection officer.")] = "",
    offence: OffenceOption = "",
    aim: AimOption = None,
    concerns: ConcernsOption = None,
    profession: ProfessionOption = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask a partner about each row of a file; one JSON line a row, which says nothing of the person.

    Stopped, killed, or out of quota, the same command goes on: no row is asked or counted twice.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from comity.services.probe.batch.table import read_table

    wanted, faults = read_table(_pieces(file))
    for fault in faults:
        sys.stderr.write(f"line {fault.line}: {_meant(fault.reason)}\n")
    node = opened(home)
    from comity.services.agreements.standing import find_agreement
    from comity.services.partners.directory import find_partner
    from comity.services.probe.batch.run import BatchOrder, run_batch

    order = BatchOrder(
        find_partner(node, partner),
        find_agreement(node, agreement),
        purpose,
        case,
        acting(node, officer),
        reason,
        said(offence, aim, concerns, profession),
    )
    columns = TextColumn("Asking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True)) as bar:
        shown = bar.add_task("", total=len(wanted))
        report = run_batch(
            node,
            channels(node),
            order,
            wanted,
            out,
            at_once=AT_ONCE,
            progress=lambda done: bar.update(shown, completed=done),
        )
    _tell(report, len(faults), as_json)
    if report.stopped is not None:
        raise _why(report, report.stopped)
    if faults:
        raise InputError("probe.batch-faults", faults=len(faults), rows=len(faults) + len(wanted))


def _meant(code: str) -> str:
    """Return what is wrong with a row as code and words: a code of the search, or a reason of the register's files."""
    from comity.cli.register.reasons import MEANT
    from comity.services.sentences import sentence

    return f"{code}: {MEANT[code] if code in MEANT else sentence(code, 'en', console=True)[0]}"


def _why(report: Report, stopped: ComityError) -> ComityError:
    if stopped.code.startswith("quota."):
        return Refused("probe.batch-quota", quota=stopped.code, left=report.left)
    return stopped


def _tell(report: Report, faults: int, as_json: bool) -> None:
    value = {"counts": report.counts, "before": report.before, "left": report.left, "faults": faults}
    counted = ", ".join(f"{count} {result}" for result, count in sorted(report.counts.items()))
    rest = f"{report.before} before, {report.left} left, rows that cannot be read: {faults}"
    emit(value, [f"{counted or 'nothing to ask'}; {rest}"], as_json)


def _pieces(file: Path) -> Iterator[bytes]:
    try:
        with file.open("rb") as stream:
            while piece := stream.read(PIECE):
                yield piece
    except OSError:
        raise InputError("probe.batch-file") from None
