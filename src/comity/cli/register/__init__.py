"""`comity register`: import lists and registers, consult one's own, restrict and erase."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, opened
from comity.cli.register.imports import add_import
from comity.cli.show import emit
from comity.core.codes.exchange import Regime

if TYPE_CHECKING:
    from comity.services.register.order import ImportReport
    from comity.services.register.read import Held

app = typer.Typer(no_args_is_help=True, help="The register: imports, consultation, restriction, erasure.")
add_import(app)

UidArgument = Annotated[str, typer.Argument(metavar="UID", help="Identifier of the subject, 32 hex digits.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; kept for oversight. No names in it.")]
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


@app.command()
def status(home: HomeOption, as_json: JsonOption = False) -> None:
    """Show the latest imports."""
    node = opened(home)
    from comity.services.register.status import all_reports

    found = all_reports(node)
    emit(
        [report_value(each) for each in found],
        [report_line(each) for each in found] or ["No import."],
        as_json,
    )


@app.command("list-errors")
def list_errors(
    imported: Annotated[
        str, typer.Argument(metavar="IMPORT", help="Identifier of the import, or its beginning.")
    ],
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """List the rows that an import refused: line, column, reason; never a value of the file."""
    node = opened(home)
    from comity.services.register.status import errors

    found = list(errors(node, imported))
    value = [
        {"line": line, "column": column, "reason": why, "file": part} for line, column, why, part in found
    ]
    shown = [
        f"{part + ' ' if part else ''}line {line}: {column or 'row'}: {why}"
        for line, column, why, part in found
    ]
    emit(value, shown or ["No row was refused."], as_json)


@app.command()
def count(home: HomeOption, as_json: JsonOption = False) -> None:
    """Count the subjects by regime, kind and state."""
    node = opened(home)
    from comity.services.register.read import count as counted

    found = [
        {"regime": regime.value, "kind": kind, "state": state.value, "subjects": number}
        for regime, kind, state, number in counted(node)
    ]
    shown = [f"{each['regime']}  {each['kind']}  {each['state']}  {each['subjects']}" for each in found]
    emit(found, shown or ["The register is empty."], as_json)


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
def search(
    home: HomeOption,
    reason: ReasonOption,
    regime: RegimeOption = Regime.POLICE,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Search one's own register for exact words: names, birth dates, numbers; asked for, or one line of standard input."""
    node = opened(home)
    from comity.services.register.search import search as searched

    text = str(typer.prompt("Words")) if sys.stdin.isatty() else sys.stdin.readline()
    found = searched(node, acting(node, officer), regime, text, reason)
    value = {"subjects": [held_value(each) for each in found.subjects], "more": found.more}
    lines = [line for each in found.subjects for line in (*held_lines(each), "")]
    if found.more:
        lines.append("There are more; give more words.")
    emit(value, lines or ["Nothing in this register carries all these words."], as_json)


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


def held_value(found: Held) -> dict[str, Any]:
    """Return a held subject as JSON."""
    content = found.subject.model_dump(mode="json", exclude_defaults=True) if found.subject else None
    return {
        "uid": found.uid,
        "version": found.version,
        "state": found.state.value,
        "source": found.source,
        "subject": content,
    }


def held_lines(found: Held) -> list[str]:
    """Return a held subject as lines for a person; names of any direction stand isolated (Unicode FSI, PDI)."""
    lines = [f"{found.uid}  version {found.version}  {found.state.value}  from {found.source}"]
    subject = found.subject
    if subject is None:
        return lines
    rows = {
        "name": [f"\u2068{name.text}\u2069 ({name.role.value})" for name in subject.names],
        "born": [birth.text() for birth in subject.births],
        "sex": [subject.sex.value] if subject.sex else [],
        "nationality": list(subject.nationalities),
        "place": [f"\u2068{place.text}\u2069 ({place.role.value})" for place in subject.places],
        "document": [
            f"{paper.kind} {paper.number} {paper.country or ''}".strip() for paper in subject.documents
        ],
        "reach": [*subject.phones, *subject.emails],
        "vehicle": [f"{vehicle.kind} {vehicle.mark} {vehicle.number}" for vehicle in subject.vehicles],
        "account": [f"{account.kind} {account.number}" for account in subject.accounts],
        "organisation": [f"\u2068{text}\u2069" for text in subject.organisations],
        "remark": [f"\u2068{text}\u2069" for text in subject.remarks],
    }
    lines += [f"  {title}: {'; '.join(values)}" for title, values in rows.items() if values]
    marks = subject.marks
    evaluation = marks.source_evaluation.value + marks.information_evaluation.value
    taints = ", ".join(marks.taints) or "none"
    lines.append(f"  marks: {marks.category.value}, {marks.handling.value}, {evaluation}, taints {taints}")
    lines.append(f"  for: {', '.join(marks.purposes)} ({marks.regime.value}), until {marks.erase_at}")
    return lines
