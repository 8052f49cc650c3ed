"""`comity register import`: reads a file in pieces, shows how far it is, writes the file of refused rows."""

from __future__ import annotations

import csv
import hashlib
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, opened
from comity.cli.register.handling import HandlingOption
from comity.core.codes.exchange import Purpose, Regime
from comity.core.codes.handling import Handling
from comity.core.codes.marks import (
    SILENT_COMPLETENESS,
    Completeness,
    DataCategory,
    SubjectCategory,
    Taint,
)
from comity.errors import InputError

if TYPE_CHECKING:
    from comity.services.context import Actor, Node
    from comity.services.register.order import Counts, ImportFiles, ImportOrder, ImportReport

PIECE = 262_144

LOOKED_AT = 5_000
"""New subjects of an import up to which it looks for duplicates itself."""

FileOption = Annotated[Path | None, typer.Option(exists=True, dir_okay=False)]


FactOption = Annotated[
    list[DataCategory] | None,
    typer.Option(
        "--fact", help="Data that the source states as facts, for rows that do not say; may be repeated."
    ),
]
AsOfOption = Annotated[
    datetime | None,
    typer.Option(
        "--as-of", formats=["%Y-%m-%d"], help="Day of which the file speaks, for rows that do not say."
    ),
]
CompletenessOption = Annotated[
    Completeness, typer.Option("--completeness", help="Whether it is all that its source knows.")
]


class Evaluation(StrEnum):
    """The sixteen values of the 4x4 evaluation."""

    A1, A2, A3, A4 = "A1", "A2", "A3", "A4"
    B1, B2, B3, B4 = "B1", "B2", "B3", "B4"
    C1, C2, C3, C4 = "C1", "C2", "C3", "C4"
    X1, X2, X3, X4 = "X1", "X2", "X3", "X4"


class FileFormat(StrEnum):
    """Formats, as the command line offers them."""

    CSV, FTM, OFAC, UN = "csv", "ftm", "ofac", "un"


def add_import(app: typer.Typer) -> None:
    """Add the command to its group."""
    app.command("import")(import_)


def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The file; for OFAC, sdn.csv.")],
    home: HomeOption,
    purpose: Annotated[list[Purpose], typer.Option("--purpose", help="May be repeated.")],
    file_format: Annotated[FileFormat, typer.Option("--format")] = FileFormat.CSV,
    source: Annotated[str, typer.Option(help="Name of the register or list; the format if not given.")] = "",
    regime: Annotated[Regime, typer.Option("--regime")] = Regime.POLICE,
    category: Annotated[
        SubjectCategory, typer.Option("--category", help="For rows without one.")
    ] = SubjectCategory.SUSPECT,
    handling: HandlingOption = Handling.H0,
    evaluation: Annotated[Evaluation, typer.Option("--evaluation")] = Evaluation.X4,
    fact: FactOption = None,
    as_of: AsOfOption = None,
    completeness: CompletenessOption = SILENT_COMPLETENESS,
    taint: Annotated[
        list[Taint] | None, typer.Option("--taint", help="For every row; may be repeated.")
    ] = None,
    retain_days: Annotated[int, typer.Option("--retain-days", min=1, max=3650)] = 1095,
    alt: FileOption = None,
    add: FileOption = None,
    comments: FileOption = None,
    ignore_unknown: Annotated[
        bool,
        typer.Option("--ignore-unknown", help="Pass over columns of a CSV file that are not documented."),
    ] = False,
    errors: Annotated[Path | None, typer.Option("--errors", help="Where to write the refused rows.")] = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import a register or a list; the same file again changes nothing, a killed import goes on."""
    from comity.core.codes.marks import InformationEvaluation, SourceEvaluation
    from comity.services.register.order import Format, ImportOrder

    order = ImportOrder(
        format=Format(file_format.value),
        source=source or file_format.value,
        regime=regime,
        purposes=tuple(dict.fromkeys(purpose)),
        category=category,
        handling=handling,
        source_evaluation=SourceEvaluation(evaluation.value[0]),
        information_evaluation=InformationEvaluation(evaluation.value[1]),
        facts=tuple(sorted(set(fact or ()))),
        as_of=None if as_of is None else as_of.date(),
        completeness=completeness,
        taints=tuple(taint or ()),
        retention_days=retain_days,
        ignore_unknown=ignore_unknown,
    )
    _run(opened(home), officer, order, (file, alt, add, comments), errors, as_json)


def _run(
    node: Node,
    officer: str | None,
    order: ImportOrder,
    paths: tuple[Path, Path | None, Path | None, Path | None],
    errors: Path | None,
    as_json: bool,
) -> None:
    from comity.cli.register import report_line, report_value
    from comity.cli.show import emit
    from comity.services.register.import_ import import_register

    actor = acting(node, officer)
    with _Bar(paths[0], quiet=as_json or not sys.stderr.isatty()) as bar:
        report = import_register(node, actor, order, _files(paths, bar.read), bar.committed)
    written = _write_errors(node, report, errors or node.config.home / "imports" / f"{report.uid}.errors.csv")
    lines = [report_line(report)]
    lines += [f"  {type_}: {number}" for type_, number in sorted(report.types.items())]
    if report.absent:
        lines.append(f"{report.absent} subjects of this source are not in this file; they stay as they are.")
    if written is not None:
        lines.append(f"Refused rows: {written}")
    if report.cautions:
        lines.append(
            f"{report.cautions} cautions: comity register list-errors --cautions {report.uid[:8]} "
            "(the rows are stored as they are)"
        )
    probable = _probable_duplicates(node, actor, order, report)
    if probable is None:
        lines.append("Too many to look for duplicates now: comity register duplicates looks for them.")
    elif probable:
        lines.append(
            f"{probable} {'pair is' if probable == 1 else 'pairs are'} probably one person: comity register duplicates --import {report.uid[:8]}"
        )
    shown = report_value(report) | {"error_file": str(written) if written else None, "duplicates": probable}
    emit(shown, lines, as_json)


def _probable_duplicates(node: Node, actor: Actor, order: ImportOrder, report: ImportReport) -> int | None:
    """Return how many new persons are probably registered already, None when they are too many to look at now."""
    from comity.services.register.finding.duplicates import duplicates

    if report.counts.new > LOOKED_AT:
        return None
    why = f"import {report.uid}"
    return len(duplicates(node, actor, order.regime, why, imported=report.uid)) if report.counts.new else 0


def _files(
    paths: tuple[Path, Path | None, Path | None, Path | None], read: Callable[[int], None]
) -> ImportFiles:
    from comity.services.register.order import ImportFiles

    seal = hashlib.sha256()
    for path in paths:
        part = hashlib.sha256()
        for piece in _pieces(path, _unseen):
            part.update(piece)
        seal.update(part.digest())
    main, alt, add, comments = paths
    return ImportFiles(
        seal.hexdigest(),
        partial(_pieces, main, read),
        *(partial(_pieces, path, _unseen) for path in (alt, add, comments)),
    )


def _unseen(_: int) -> None:
    """Take no notice of what was read."""


def _pieces(path: Path | None, read: Callable[[int], None]) -> Iterator[bytes]:
    """Yield a file in pieces.

    Raises:
        InputError: ``register.unreadable``.
    """
    if path is None:
        return
    try:
        with path.open("rb") as opened_file:
            while piece := opened_file.read(PIECE):
                read(len(piece))
                yield piece
    except OSError:
        raise InputError("register.unreadable") from None


def _write_errors(node: Node, report: ImportReport, path: Path) -> Path | None:
    """Write the file of refused rows, readable by its owner only; None when no row was refused."""
    from comity.services.register.status import HEADER
    from comity.services.register.status import errors as faults

    if not report.faults:
        return None
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADER)
        rows: Iterable[tuple[int, str, str, str]] = faults(node, report.uid)
        writer.writerows(rows)
    return path


class _Bar:
    """A progress bar over the bytes of the main file; silent when nobody watches."""

    def __init__(self, path: Path, *, quiet: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=quiet,
        )
        self._task = self._progress.add_task("0 rows", total=path.stat().st_size)

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def read(self, octets: int) -> None:
        """Note that more of the file was read."""
        self._progress.advance(self._task, octets)

    def committed(self, counts: Counts) -> None:
        """Show the rows that are committed."""
        self._progress.update(self._task, description=f"{counts.rows} rows, {counts.refused} refused")
