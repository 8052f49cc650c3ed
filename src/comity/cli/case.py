"""``comity case``: requests, inbox, clock, answer, refusal."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

from comity.cli import clocks
from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, opened
from comity.cli.show import emit, fields
from comity.core.cases.protection import ProtectionGround
from comity.core.codes.exchange import Purpose
from comity.core.codes.marks import DataCategory, RefusalGround, SubjectCategory, Urgency
from comity.errors import InputError

app = typer.Typer(
    no_args_is_help=True,
    help="Cases: request, inbox, answer, refuse, clock, statistics; clarify, correct, restrict, recall, consent.",
)
app.add_typer(clocks.app)

Thread = Annotated[str, typer.Argument(help="Thread of the case, or its beginning.")]
FileOption = Annotated[
    Path | None,
    typer.Option(
        "--from",
        help="TOML or JSON file with the texts, such as offence = '...': facts, offence, reasons, link; "
        "about when there is no reference; urgency_ground and urgency_reason when urgent; restrictions, "
        "language. Without it, standard input or prompts.",
    ),
]
TEXTS = {
    "facts": "What happened",
    "offence": "Offence",
    "reasons": "Why the partner is believed to hold it",
    "link": "What the person has to do with the purpose",
}
_KNOWN = {*TEXTS, "about", "urgency_reason", "urgency_ground", "restrictions", "language"}


@app.command()
def request(
    home: HomeOption,
    partner: Annotated[str, typer.Option(help="Country code or service id.")],
    agreement: Annotated[str, typer.Option(help="Code or hash of the agreement.")],
    purpose: Annotated[Purpose, typer.Option(help="Purpose of the clause.")],
    case: Annotated[str, typer.Option(help="Our own case reference.")],
    category: Annotated[SubjectCategory, typer.Option(help="Role of the person in the case.")],
    reference: Annotated[str | None, typer.Option(help="Reference that a probe found.")] = None,
    urgency: Annotated[Urgency, typer.Option(help="How urgent; urgent ones say why.")] = Urgency.ORDINARY,
    data: Annotated[
        str, typer.Option(help="Data categories, with commas; empty: all that is permitted.")
    ] = "",
    texts: FileOption = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask a partner for information. Texts about a person are never given on the command line."""
    node = opened(home)
    from comity.core.cases.messages import Language, UrgencyGround
    from comity.services.agreements.standing import find_agreement
    from comity.services.cases.request import open_request
    from comity.services.partners.directory import find_partner

    written = _texts(texts, urgency)
    ground = written.get("urgency_ground")
    thread = open_request(
        node,
        acting(node, officer),
        find_partner(node, partner),
        find_agreement(node, agreement),
        purpose,
        case,
        reference,
        written.get("facts", ""),
        offence=written.get("offence", ""),
        reasons=written.get("reasons", ""),
        link=written.get("link", ""),
        subject_category=category,
        urgency=urgency,
        urgency_ground=None if ground is None else _word(UrgencyGround, ground, "urgency_ground"),
        urgency_reason=written.get("urgency_reason"),
        categories=categories(data) or frozenset(),
        about=written.get("about"),
        restrictions=written.get("restrictions"),
        language=_word(Language, written.get("language", "en"), "language"),
    )
    emit({"thread": thread}, [f"request sent; thread {thread}"], as_json)


@app.command()
def inbox(home: HomeOption, officer: OfficerOption = None, as_json: JsonOption = False) -> None:
    """List open requests that wait for an answer here, the most pressing first."""
    node = opened(home)
    from comity.services.cases.inbox import inbox as waiting

    found = waiting(node, acting(node, officer))
    emit([each.document() for each in found], [_line(each) for each in found] or ["nothing waits"], as_json)


@app.command(name="list")
def list_all(
    home: HomeOption,
    side: Annotated[str | None, typer.Option(help="asked or received; both without it.")] = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """List all cases of one's regimes."""
    node = opened(home)
    from comity.services.cases.inbox import list_cases

    if side not in (None, "asked", "received"):
        raise InputError("case.side")
    found = list_cases(node, acting(node, officer), side=side)
    emit([each.document() for each in found], [_line(each) for each in found] or ["no case yet"], as_json)


@app.command()
def show(
    home: HomeOption, thread: Thread, officer: OfficerOption = None, as_json: JsonOption = False
) -> None:
    """Show a case: request, answer, timeline, clock. Reading it is recorded."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.cases.views import show_case

    shown = show_case(node, acting(node, officer), find_thread(node, thread))
    emit(shown, _shown(shown), as_json)


@app.command()
def clock(home: HomeOption, thread: Thread, as_json: JsonOption = False) -> None:
    """Show the clock of a case, as both nodes compute it from the receipts."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.cases.clock import clock as read
    from comity.services.cases.inbox import clock_document

    found = clock_document(read(node, find_thread(node, thread)))
    emit(found, [_clock(found)], as_json)


@app.command()
def answer(
    home: HomeOption,
    thread: Thread,
    subject: Annotated[
        str | None, typer.Option(help="Subject in our register, when the request names no reference.")
    ] = None,
    data: Annotated[
        str, typer.Option(help="Data categories to release, with commas; empty: all permitted.")
    ] = "",
    second: Annotated[str | None, typer.Option(help="Second approver, for special categories.")] = None,
    note: Annotated[Path | None, typer.Option("--note-file", help="File with a note to the partner.")] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Only show what would be released.")] = False,
    shown: Annotated[
        str | None, typer.Option(help="Digest that a preview gave; refused if the entry changed since.")
    ] = None,
    part: Annotated[
        bool, typer.Option("--part", help="Part of the answer: the request stays open, its clock runs on.")
    ] = False,
    conditions: Annotated[
        Path | None,
        typer.Option("--conditions-file", help="Conditions; sealed until a person acknowledges them."),
    ] = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Release permitted data, as a named approver (--as)."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.cases.answer import answer as release
    from comity.services.cases.answer import propose_answer

    actor, name, chosen = acting(node, officer), find_thread(node, thread), categories(data)
    if preview or (sys.stdin.isatty() and not as_json):
        proposal = propose_answer(node, actor, name, subject)
        lines = [*fields(proposal.document), f"  {'digest':<18} {proposal.digest}"]
        emit({**proposal.document, "digest": proposal.digest}, lines, as_json)
        if preview:
            return
        shown = shown or proposal.digest
        typer.confirm(f"Release this to the partner, as {actor.name}?", abort=True)
    seconded = acting(node, second) if second else None
    words = None if note is None else read_text(note)
    message = release(
        node,
        actor,
        name,
        subject,
        chosen,
        note=words,
        conditions=None if conditions is None else read_text(conditions),
        second=seconded,
        shown=shown,
        final=not part,
    )
    emit({"thread": name, "message": message}, [f"released; message {message}"], as_json)


@app.command()
def refuse(
    home: HomeOption,
    thread: Thread,
    ground: Annotated[RefusalGround, typer.Option(help="Ground from the closed list.")],
    true_ground: Annotated[
        RefusalGround | None, typer.Option(help="Kept sealed, when the one on the wire is another.")
    ] = None,
    reason: Annotated[Path | None, typer.Option("--reason-file", help="Our own reasons; never sent.")] = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Refuse a request, as a named approver (--as)."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.cases.refuse import refuse as say_no

    name = find_thread(node, thread)
    words = None if reason is None else read_text(reason)
    message = say_no(node, acting(node, officer), name, ground, reason=words, true_ground=true_ground)
    emit({"thread": name, "message": message}, [f"refused; message {message}"], as_json)


@app.command()
def recall(
    home: HomeOption,
    thread: Thread,
    erase: Annotated[bool, typer.Option("--erase", help="Our own copy goes too, with the receipt.")] = False,
    ground: Annotated[
        ProtectionGround | None, typer.Option(help="Ground that the partner is told; none without it.")
    ] = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask back what this service sent in a case; also from a partner or an agreement that is suspended."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.cases.recall import recall as ask_back

    name = find_thread(node, thread)
    message = ask_back(node, acting(node, officer), name, erase=erase, ground=ground)
    emit({"thread": name, "message": message}, [f"recalled; message {message}"], as_json)


@app.command()
def assign(
    home: HomeOption,
    thread: Thread,
    to: Annotated[str | None, typer.Option(help="User name; without it, nobody.")] = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a case to an officer."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.cases.inbox import assign as give

    name = find_thread(node, thread)
    give(node, acting(node, officer), name, acting(node, to) if to else None)
    emit({"thread": name, "owner": to}, [f"{name} is with {to or 'nobody'}"], as_json)


def _texts(path: Path | None, urgency: Urgency) -> dict[str, str]:
    """Return the texts of a request from a file, standard input or prompts."""
    if path is None and sys.stdin.isatty():
        written = {name: str(typer.prompt(label)) for name, label in TEXTS.items()}
        if urgency is not Urgency.ORDINARY:
            written["urgency_ground"] = str(typer.prompt("Ground of urgency"))
            written["urgency_reason"] = str(typer.prompt("Why it is urgent"))
        return written
    raw = sys.stdin.read() if path is None else read_text(path)
    try:
        found = json.loads(raw) if raw.lstrip().startswith("{") else tomllib.loads(raw)
    except ValueError:
        raise InputError("case.texts-malformed") from None
    for name, value in found.items():
        if name not in _KNOWN or not isinstance(value, str):
            raise InputError("case.request-field", field=str(name)[:40], reason="unknown or not a text")
    return dict(found)


def read_text(path: Path) -> str:
    """Return the text of a file.

    Raises:
        InputError: ``case.texts-malformed``.
    """
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise InputError("case.texts-malformed", file=path.name) from None


def categories(text: str) -> frozenset[DataCategory] | None:
    """Return the data categories that stand with commas in a text, or None when none does.

    Raises:
        InputError: ``case.request-field``.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    return frozenset(_word(DataCategory, word, "data") for word in words) if words else None


def _word(kind: Any, text: str, field: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        known = ", ".join(each.value for each in kind)
        raise InputError("case.request-field", field=field, reason=f"one of {known}") from None


def _line(entry: Any) -> str:
    found = entry.document()
    mark = "*" if found["unread"] else " "
    who = found["owner"] or "nobody"
    return (
        f"{mark}{found['thread'][:13]}  {_clock(found['clock']):<40}  {found['partner']:<26}  "
        f"{found['purpose']:<28}  {found['side']:<8}  {who}{'  reasons due' if found['reason_due'] else ''}"
    )


def _clock(found: dict[str, Any]) -> str:
    text = str(found["state"])
    if found["left_seconds"] is not None:
        hours, rest = divmod(abs(found["left_seconds"]), 3600)
        text += f", {hours} h {rest // 60:02d} {'over' if found['left_seconds'] < 0 else 'left'}"
    elif found["deadline"]:
        text += f", was due {found['deadline'][:16]}Z"
    if found["late"] and found["sent_in_time"]:
        text += " (sent in time)"
    if found["extended_hours"]:
        text += f" (extended by {found['extended_hours']} h)"
    if found["beyond_calendar"]:
        text += " (beyond the last year of the calendar)"
    return text


def file_line(each: dict[str, Any]) -> str:
    """Return the line of one file of a case."""
    way = "sent" if each["direction"] == "out" else "received"
    parts = f"{each['arrived']} of {each['parts']} parts"
    return f"{each['file']} {way}, {each['type']}, {each['size']} bytes, {each['state']}, {parts}"


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_said(each)}" for name, each in value.items() if each not in (None, []))
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _shown(shown: dict[str, Any]) -> list[str]:
    lines = [
        f"thread     {shown['thread']}  ({shown['side']})",
        f"partner    {shown['partner']}",
        f"clause     {shown['clause']}, {shown['urgency']}",
        f"clock      {_clock(shown['clock'])}",
        f"owner      {shown['owner'] or 'nobody'}",
    ]
    if shown["reason_due"]:
        lines.append("late       tell the partner why: comity case explain")
    if shown["ground"]:
        lines.append(f"refused    ground {shown['ground']}")
    for name, value in (
        shown["request"] or {"content": "only officers of this regime read it (--as)"}
    ).items():
        if value and name not in ("subject", "attachments"):
            lines.append(f"  {name:<18} {_said(value)}")
    lines += fields((shown["request"] or {}).get("subject") or {})
    if shown["reply"]:
        reply = shown["reply"]
        lines.append(f"reply      handling {reply['handling']}, evaluation {reply['evaluation']}")
        lines += fields(reply["subject"])
        lines += [f"  {name:<18} {reply[name]}" for name in ("conditions", "note") if reply[name]]
    if shown["negative"]:
        lines.append(f"negative   {shown['negative']}")
    lines += [f"file       {file_line(each)}" for each in shown["files"]]
    lines += [_passage(each) for each in shown["passages"]]
    lines += [
        f"{each['kind']:<10} {each['ground']}, {each['hours']} h: {each['reason'] or '-'}"
        for each in shown["delays"]
    ]
    lines += [
        f"consent    {each['asked']}  {each['use']} {each['purpose']} {each['recipient'] or ''}: {each['state']}"
        for each in shown["consents"]
    ]
    lines += [f"duplicate  {each}, probably" for each in shown["duplicates"]]
    lines += [
        f"note       {each['at'][:16]}Z {each['by']}: {each.get('text') or each['channel'] + ' ' + each['reference']}"
        for each in shown["notes"]
        if "by" in each
    ]
    lines.append("timeline")
    for each in shown["timeline"]:
        code = f" ({each['code']})" if each["code"] else ", receipt disputed" if each["disputed"] else ""
        lines.append(f"  {each['sent_at']}  {each['direction']:<3} {each['kind']:<10} {each['state']}{code}")
    return lines


def _passage(found: dict[str, Any]) -> str:
    """Return the line of one message: what it is, how it stands, its own words where it has any."""
    state = found["state"] + (f" ({found['ground']})" if found["ground"] else "")
    if found["to_acknowledge"]:
        state = f"sealed until acknowledged: {found['conditions'] or found['handling'] or ''}"
    elif found["corrections"]:
        state += f", corrected {found['corrections']}x"
    said = found["words"] or {}
    told = next(
        (str(said[name]) for name in ("answer", "question", "matter", "result") if said.get(name)), ""
    )
    told += "".join(f", {ground}" for ground in said.get("grounds") or ())
    released = "; ".join(line.strip() for line in fields(said.get("subject") or {}))
    return f"said       {found['message']}  {found['kind']:<22} {state}  {told} {released}".rstrip()
