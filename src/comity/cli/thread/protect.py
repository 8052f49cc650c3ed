"""``comity case``: correct, correct-words, restrict, lift, outstanding, note, conclude, true-grounds, not-sent."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

from comity.cli.case import Thread, app
from comity.cli.home import (
    FirstDay,
    HomeOption,
    JsonOption,
    LastDay,
    OfficerOption,
    acting,
    at_terminal,
    opened,
)
from comity.cli.show import emit, fields, plain, table
from comity.cli.thread.shown import show_sent
from comity.cli.thread.written import read_text
from comity.core.cases.number import case_number
from comity.core.cases.protection import CaseOutcome, ProtectionGround
from comity.core.codes.exchange import Regime
from comity.errors import InputError

Message = Annotated[str | None, typer.Option("--message", help="Only this message of the thread.")]
Ground = Annotated[ProtectionGround, typer.Option(help="Ground that the partner is told.")]
Ours = Annotated[
    bool,
    typer.Option(
        "--received/--sent", help="What the partner said, here only; or what we sent, at the partner's too."
    ),
]

_WAITING = {
    "partner": "waits for the partner's node",
    "ourselves": "applied here; nobody has taken note yet",
    "correction-due": "the register holds something else by now",
}
"""For whom a line waits, in the words of the desk."""


@app.command()
def correct(
    home: HomeOption,
    thread: Thread,
    ground: Ground = ProtectionGround.INACCURATE,
    message: Message = None,
    preview: Annotated[bool, typer.Option("--preview", help="Only show what would be sent.")] = False,
    shown: Annotated[str | None, typer.Option(help="Digest that a preview gave.")] = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send the present version of what we released, as a named approver (--as); the old words go everywhere."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.protection.correct import correct as send
    from comity.services.protection.correct import propose_correction

    actor, name = acting(node, officer), find_thread(node, thread)
    if preview or (sys.stdin.isatty() and not as_json):
        made = propose_correction(node, actor, name, message)
        lines = ["sent", *fields(made.before), "now", *fields(made.after), f"  {'digest':<18} {made.digest}"]
        emit({"before": made.before, "after": made.after, "digest": made.digest}, lines, as_json)
        if preview:
            return
        shown = shown or made.digest
        typer.confirm(f"Send this correction, as {actor.name}?", abort=True)
    sent = send(node, actor, name, ground, message, shown=shown)
    show_sent(name, sent, "corrected", as_json)


@app.command(name="correct-words")
def correct_words(
    home: HomeOption,
    thread: Thread,
    message: Annotated[str, typer.Argument(help="Our message; the thread itself is our request.")],
    ground: Ground = ProtectionGround.INACCURATE,
    texts: Annotated[
        Path | None, typer.Option("--from", help="TOML or JSON file with the fields written anew.")
    ] = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send our own words anew: of a request, a question, a clarification."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.protection.correct import correct_words as send

    name = find_thread(node, thread)
    raw = sys.stdin.read() if texts is None else read_text(texts)
    try:
        changes: dict[str, Any] = json.loads(raw) if raw.lstrip().startswith("{") else tomllib.loads(raw)
    except ValueError:
        raise InputError("case.texts-malformed") from None
    sent = send(node, acting(node, officer), name, message, ground, changes)
    show_sent(name, sent, "corrected", as_json)


@app.command()
def restrict(
    home: HomeOption,
    thread: Thread,
    ground: Ground = ProtectionGround.CONTESTED,
    received: Ours = False,
    message: Message = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep what was said and use it no more: at every holder, or here only."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.protection.restrict import restrict_received, restrict_sent

    actor, name = acting(node, officer), find_thread(node, thread)
    if received:
        count = restrict_received(node, actor, name, ground, message)
        emit({"thread": name, "restricted": count}, [f"{count} restricted here"], as_json)
        return
    sent = restrict_sent(node, actor, name, ground, message)
    emit({"thread": name, "messages": sent}, [f"restricted; message {each}" for each in sent], as_json)


@app.command()
def lift(
    home: HomeOption,
    thread: Thread,
    received: Ours = False,
    message: Message = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a restriction that we have set."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.protection.restrict import lift_received, lift_sent

    actor, name = acting(node, officer), find_thread(node, thread)
    if received:
        count = lift_received(node, actor, name, message)
        emit({"thread": name, "lifted": count}, [f"{count} lifted here"], as_json)
        return
    sent = lift_sent(node, actor, name, message)
    emit({"thread": name, "messages": sent}, [f"lifted; message {each}" for each in sent], as_json)


@app.command()
def outstanding(home: HomeOption, officer: OfficerOption = None, as_json: JsonOption = False) -> None:
    """List corrections, restrictions, recalls and erasures that somebody has not complied with, the oldest first."""
    node = opened(home)
    from comity.services.protection.outstanding import outstanding as waiting

    found = [each.document() for each in waiting(node, acting(node, officer))]
    headings = ("notice", "case", "partner", "act", "ground", "state", "age", "since")
    emit(found, table(headings, map(_row, found), none="nothing is outstanding"), as_json)


@app.command()
def note(
    home: HomeOption,
    notice: Annotated[int, typer.Argument(help="Notice, from `comity case outstanding`.")],
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write down that a person has taken note of a notice and looked after copies outside the node."""
    node = opened(home)
    from comity.services.protection.outstanding import take_note

    take_note(node, acting(node, officer), notice)
    emit({"notice": notice}, [f"noted; notice {notice}"], as_json)


@app.command()
def conclude(
    home: HomeOption,
    case: Annotated[str, typer.Argument(help="Our own case reference, as it stood in the requests.")],
    outcome: Annotated[CaseOutcome, typer.Option(help="How the proceedings ended.")],
    reason: Annotated[str, typer.Option(help="Judgment or decision, for our own file.")],
    subject: Annotated[
        list[str] | None, typer.Option(help="Entry of our register held for this case only; repeat for more.")
    ] = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase here and at every partner what was exchanged for a case that ended without a conviction (rule L29).

    At a terminal it asks first: what is erased does not come back.
    """
    node = opened(home)
    from comity.services.cases.conclude import conclude as end

    actor = acting(node, officer)
    if at_terminal() and not as_json:
        what = f"Erase here and at every partner what was exchanged for case {plain(case)}"
        typer.confirm(f"{what}, as {actor.name}?", abort=True)
    made = end(node, actor, case, CaseOutcome(outcome), reason, subjects=subject or ())
    lines = [f"erased; thread {each}" for each in made.threads]
    lines += [f"erased; subject {each}" for each in made.subjects]
    emit({"threads": list(made.threads), "subjects": list(made.subjects)}, lines, as_json)


@app.command(name="true-grounds")
def show_true_grounds(
    home: HomeOption,
    reason: Annotated[str, typer.Option(help="Why they are read; kept for oversight.")],
    regime: Annotated[Regime, typer.Option(help="Regime.")] = Regime.POLICE,
    counted: Annotated[bool, typer.Option("--count", help="Count them instead, by true ground.")] = False,
    first: FirstDay = None,
    last: LastDay = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """List why things really did not leave or were taken back; as the data-protection officer or an auditor (--as)."""
    node = opened(home)
    from comity.core.cases.statistics import days
    from comity.services.egress.grounds import read_grounds

    period = None
    if first or last:
        period = days(first and first.date(), last and last.date(), node.clock().date())
    read = read_grounds(node, acting(node, officer), regime, reason, period)
    if counted:
        _show_counts([each.document() for each in read.counts], as_json)
        return
    found = [each.document() for each in read.grounds]
    rows = [
        (
            one["at"][:19],
            one["kind"],
            one["ground"],
            case_number(one["thread"]) if one["thread"] else None,
            one["by"],
            " ".join(one["found"]),
        )
        for one in found
    ]
    headings = ("at", "kind", "ground", "case", "by", "found")
    emit(found, table(headings, rows, none="no true ground is kept"), as_json)


def _show_counts(found: list[dict[str, Any]], as_json: bool) -> None:
    rows = [(one["kind"], one["ground"], one["wire"] or "", one["number"]) for one in found]
    headings = ("kind", "true ground", "told to the partner", "number")
    emit(found, table(headings, rows, none="no true ground is kept"), as_json)


@app.command(name="not-sent")
def not_sent(
    home: HomeOption,
    discard: Annotated[str | None, typer.Option(help="Delete this text.")] = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """List one's own texts that were not permitted to leave (--as); they are kept for 30 days."""
    node = opened(home)
    from comity.services.egress.blocked import discard_draft, drafts_of

    actor = acting(node, officer)
    if discard is not None:
        discard_draft(node, actor, discard)
    found = [each.document() for each in drafts_of(node, actor)]
    rows = [(one["reference"], one["at"][:19], one["kind"], one["partner"], one["code"]) for one in found]
    headings = ("reference", "at", "kind", "partner", "why")
    emit(found, table(headings, rows, none="no text was held back"), as_json)


def _row(found: dict[str, Any]) -> tuple[object, ...]:
    days, hours = divmod(found["age_hours"], 24)
    parts = [
        _WAITING[found["waiting"]],
        "passed on by us" if found["passed_on"] else "",
        found["state"],
        found["code"],
    ]
    return (
        found["notice"],
        case_number(found["thread"]),
        found["partner"],
        found["act"],
        found["ground"],
        ", ".join(part for part in parts if part),
        f"{days} d {hours:02d} h",
        found["since"][:16] + "Z",
    )
