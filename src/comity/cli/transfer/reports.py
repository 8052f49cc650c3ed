"""``comity transfer``: report, records, status."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from comity.cli.home import FirstDay, HomeOption, JsonOption, LastDay, OfficerOption, acting, opened
from comity.cli.show import emit, table

app = typer.Typer()
T = TypeVar("T")

Agreement = Annotated[str | None, typer.Option(help="Code or beginning of the hash; without it, all.")]


@app.command()
def report(
    home: HomeOption,
    first: FirstDay = None,
    last: LastDay = None,
    agreement: Agreement = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sum up the transfers of a period for the supervisory authority: categories, grounds, derogations, emergencies.

    Without days: of the last calendar year that is over.
    """
    from comity.services.transfers.records import report as made

    found = _over(made, home, first, last, agreement, officer)
    emit(found, _report_lines(found), as_json)


@app.command()
def records(
    home: HomeOption,
    first: FirstDay = None,
    last: LastDay = None,
    agreement: Agreement = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """List each transfer of a period: date, authority, justification, categories, ground, and whether the log proves it.

    Without days: of the last calendar year that is over.
    """
    from comity.services.transfers.records import transfer_records

    documents = [each.document() for each in _over(transfer_records, home, first, last, agreement, officer)]
    headings = ("at", "way", "act", "authority", "ground", "clause", "categories", "log")
    rows = [_record(each) for each in documents]
    emit(documents, table(headings, rows, none="no transfer in this period"), as_json)


@app.command()
def status(
    home: HomeOption,
    agreement: Annotated[str, typer.Argument(help="Code or beginning of the hash.")],
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what has changed in the status of the parties, and on which ground each direction stands now."""
    node = opened(home)
    from comity.services.agreements.standing import find_agreement
    from comity.services.transfers.status import flows

    found = flows(node, acting(node, officer), find_agreement(node, agreement))
    emit(found, _status_lines(found), as_json)


def _over(
    read: Callable[..., T],
    home: Path,
    first: datetime | None,
    last: datetime | None,
    agreement: str | None,
    officer: str | None,
) -> T:
    """Return what a service reads of a period, of one agreement or all, for who acts."""
    node = opened(home)
    from comity.core.cases.statistics import days
    from comity.services.agreements.standing import find_agreement

    period = days(first and first.date(), last and last.date(), node.clock().date())
    named = None if agreement is None else find_agreement(node, agreement)
    return read(node, acting(node, officer), period, agreement=named)


def _report_lines(found: dict[str, Any]) -> list[str]:
    lines = [f"{found['transfers']} transfers from {found['from'][:10]} to before {found['before'][:10]}"]
    for each in found["categories"]:
        way = "to" if each["direction"] == "out" else "from"
        lines += [
            f"{each['transfers']:>6}  {way} {each['partner']}  {each['purpose']}  {each['agreement']}",
            f"        ground {each['ground']}: {each['reference']}"
            + (f" ({each['filing']})" if each["filing"] else ""),
            f"        received by {each['authority']}",
            f"        data {', '.join(each['categories']) or 'none'}; persons {', '.join(each['subjects']) or 'none'}",
        ]
    lines += [
        f"derogation {each['ground']} of {each['agreement']}: {each['made']} of {each['cap']} "
        f"within {each['within_days']} days"
        for each in found["derogations"]
    ]
    lines += [
        f"emergency {each['at']}: {each['by']} passed on words of {each['owner']}; notice {each['state']}"
        for each in found["emergencies"]
    ]
    lines += [f"NOT PROVEN by the log: {message}" for message in found["unproven"]]
    return lines


def _record(each: dict[str, Any]) -> tuple[object, ...]:
    columns = ("at", "direction", "act", "authority", "ground", "justification")
    proof = "proven" if each["proven"] else "NOT PROVEN"
    return (*(each[name] for name in columns), ", ".join(each["categories"]) or None, proof)


def _status_lines(found: dict[str, Any]) -> list[str]:
    lines = [
        f"{each['at']}  {each['country']}  {each['kind']} {each['name']}: {each['effect']}"
        for each in found["changes"]
    ] or ["no change noted since the signatures"]
    for way in found["directions"]:
        lines.append(f"{way['sender']} -> {way['recipient']}{'' if way['in_force'] else '  (not in force)'}")
        lines += [
            f"  {purpose:<28} {ground or 'no ground needed'}" for purpose, ground in way["open"].items()
        ]
        for purpose, missing in way["missing"].items():
            said = "; ".join(f"{each['code']} ({each['rule']}, {each['part']})" for each in missing)
            lines.append(f"  {purpose:<28} CLOSED: {said}")
    return lines
