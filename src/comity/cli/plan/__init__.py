"""``comity plan``: list, draft, sign, report, enter."""

from __future__ import annotations

from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, opened
from comity.cli.show import emit, table
from comity.cli.thread.written import LanguageOption
from comity.core.codes.languages import UNKNOWN
from comity.core.plan.followup import EntryKind, MeasureState
from comity.core.plan.model import CounterKind
from comity.errors import InputError

if TYPE_CHECKING:
    from comity.services.context import Node

app = typer.Typer(no_args_is_help=True, help="Action plans: list, draft, sign, report, enter.")

Plan = Annotated[str, typer.Argument(help="Code of the plan, or the beginning of its hash.")]
COUNTERS = {
    CounterKind.REQUESTS: "requests",
    CounterKind.HITS: "requests that cite a hit",
    CounterKind.ANSWERED: "answered",
    CounterKind.LATE: "answered late",
    CounterKind.OVERDUE: "overdue",
    CounterKind.REFUSED: "refused",
    CounterKind.RECALLED: "recalled",
    CounterKind.MEDIAN_HOURS: "median hours to an answer",
    CounterKind.IDENTIFIED: "identified within 45 days",
}
"""What is counted, in the words of docs/protocol/plan.md §3."""
SHIPPED = ("packs", "be_ma", "annex_2025.toml")


@app.command("list")
def list_(home: HomeOption, officer: OfficerOption = None, as_json: JsonOption = False) -> None:
    """Show every plan, newest first."""
    node = opened(home)
    from comity.services.plans.report import list_plans

    found = list_plans(node, acting(node, officer))
    headings = ("code", "state", "from", "to before", "partner", "plan")
    rows = [
        (
            each["code"],
            each["state"],
            each["valid_from"][:10],
            each["valid_before"][:10],
            each["partner"],
            each["hash"][:12],
        )
        for each in found
    ]
    emit(found, table(headings, rows, none="no plan yet"), as_json)


@app.command()
def draft(
    home: HomeOption,
    agreement: Annotated[str, typer.Option(help="Code or beginning of the hash of the agreement.")],
    file: Annotated[
        Path | None,
        typer.Argument(help="TOML source; without it, the illustrative plan 2025-2026.", dir_okay=False),
    ] = None,
    succeeds: Annotated[
        str | None, typer.Option(help="Plan that it succeeds; its open measures are carried over.")
    ] = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compile a plan under an agreement and keep it as a draft."""
    node = opened(home)
    from comity.services.agreements.standing import find_agreement
    from comity.services.plans.sign import draft as drafted

    name = drafted(node, acting(node, officer), find_agreement(node, agreement), _source(file), succeeds)
    emit({"plan": name}, [f"plan {name}", "Both services sign it with `comity plan sign`."], as_json)


@app.command()
def sign(home: HomeOption, plan: Plan, officer: OfficerOption = None, as_json: JsonOption = False) -> None:
    """Sign a plan for this service and send it to the other party."""
    node = opened(home)
    from comity.services.plans.sign import sign as signed
    from comity.services.plans.standing import find_plan

    name = find_plan(node, plan)
    message = signed(node, acting(node, officer), name)
    emit({"plan": name, "message": message}, [f"signed {name}; message {message}"], as_json)


@app.command()
def report(home: HomeOption, plan: Plan, officer: OfficerOption = None, as_json: JsonOption = False) -> None:
    """Show objectives, measures with their counters, decisions and points of contact."""
    node = opened(home)
    from comity.services.plans.report import report as reported
    from comity.services.plans.standing import find_plan

    found = reported(node, acting(node, officer), find_plan(node, plan))
    emit(found, _lines(found), as_json)


@app.command()
def enter(
    home: HomeOption,
    plan: Plan,
    entry: Annotated[EntryKind, typer.Argument(help="What is said.")],
    measure: Annotated[str | None, typer.Option(help="Identifier of the measure.")] = None,
    state: Annotated[MeasureState | None, typer.Option(help="How the measure stands.")] = None,
    text: Annotated[str | None, typer.Option(help="The decision, or a word on a state.")] = None,
    owner: Annotated[
        str | None, typer.Option(help="Service that carries the decision out: identifier or country code.")
    ] = None,
    language: LanguageOption = UNKNOWN,
    due: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="By when.")] = None,
    of: Annotated[str | None, typer.Option(help="Message of the decision or appointment spoken of.")] = None,
    function: Annotated[str | None, typer.Option(help="Office of a point of contact.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of a point of contact.")] = None,
    reach: Annotated[str | None, typer.Option(help="How the point of contact is reached.")] = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say how a measure stands, decide, agree, appoint or dismiss; the partner's node is told."""
    node = opened(home)
    from comity.services.plans.follow import enter as entered
    from comity.services.plans.standing import find_plan

    said: dict[str, Any] = {
        "entry": entry.value,
        "measure": measure,
        "state": None if state is None else state.value,
        "text": text,
        "language": language,
        "owner": None if owner is None else _party(node, owner),
        "due": None if due is None else due.date().isoformat(),
        "of": of,
        "function": function,
        "name": name,
        "reach": reach,
    }
    message = entered(node, acting(node, officer), find_plan(node, plan), **said)
    emit({"message": message}, [f"entered; message {message}"], as_json)


def _party(node: Node, text: str) -> str:
    """Return the service that a country code or an identifier names: our own, or a partner."""
    from comity.services.partners.directory import find_partner

    country, own = text.strip().upper(), str(node.service)
    return own if text.strip() == own or own.partition(".")[0] == country else find_partner(node, text)


def _source(file: Path | None) -> str:
    if file is None:
        return resources.files("comity").joinpath(*SHIPPED).read_text(encoding="utf-8")
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise InputError("file.read", file=file.name) from None


def _lines(found: dict[str, Any]) -> list[str]:
    lines = [
        f"{found['code']} {found['title']['en']}: {found['state']}, signed by {', '.join(found['signed_by']) or 'nobody'}",
        f"counted from {found['counted_from']} to before {found['counted_before']}; figures {found['figures_digest'][:16]}",
        f"handling {found['handling']}",
    ]
    for objective in found["objectives"]:
        lines.append(objective["title"]["en"])
        for measure in objective["measures"]:
            late = "  OVERDUE" if measure["overdue"] else ""
            lines.append(
                f"  {measure['id']}: {measure['title']['en']} ({measure['owner']}, due {measure['due']}): "
                f"{measure['state']}{late}"
            )
            lines += [f"    {_counter(each)}" for each in measure["counters"]]
    for each in found["decisions"]:
        late = "  OVERDUE" if each["overdue"] else ""
        lines.append(
            f"decision {each['message']} ({each['owner']}, due {each['due']}): {each['text']}: {each['state']}{late}"
        )
    for each in found["contacts"]:
        until = each["dismissed_at"] or "now"
        lines.append(
            f"contact {each['message']} {each['party']}: {each['function']}, {each['name']}, {each['reach']}; "
            f"{each['appointed_at']} to {until}"
        )
    return lines


def _counter(found: dict[str, Any]) -> str:
    whose = [] if found["asked_by"] is None else [f"asked by {found['asked_by']}"]
    ground = [] if found["ground"] is None else [f"ground {found['ground']}"]
    of = [*whose, *([] if found["purpose"] is None else [found["purpose"]]), *ground]
    aims = " ".join(f"{name} {found[name]}" for name in ("least", "most") if found[name] is not None)
    mark = {None: "", True: "  met", False: "  NOT MET"}[found["met"]]
    value = "none" if found["value"] is None else found["value"]
    return (
        ", ".join([COUNTERS[CounterKind(found["kind"])], *of])
        + f": {value}"
        + (f" ({aims})" if aims else "")
        + mark
    )
