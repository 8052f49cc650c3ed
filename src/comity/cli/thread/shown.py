"""How ``comity case`` shows cases: the lines of a list, one case, what was sent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Annotated, Any, Protocol

import typer

from comity.cli.show import dated, emit, fields, table, told
from comity.core.cases.hit.report import HitReportBody
from comity.core.cases.number import case_number
from comity.core.codes.assertions import ASSERTIONS
from comity.core.codes.exchange import Regime

Preview = Annotated[bool, typer.Option("--preview", help="Only show what would be told.")]
Digest = Annotated[
    str | None, typer.Option(help="Digest that a preview gave; refused if the entry changed since.")
]
Seconded = Annotated[
    str | None, typer.Option(help="Second person, an approver: for files and what rests on fingerprints.")
]


class Proposal(Protocol):
    """What the machine proposes and a person decides on."""

    @property
    def document(self) -> dict[str, Any] | None:
        """As it would leave; None when nothing of an entry does."""

    @property
    def digest(self) -> str:
        """Of what was shown."""


def show_sent(thread: str, message: str, done: str, as_json: bool) -> None:
    """Print that a message was sent in a thread.

    Args:
        done: what that did, in one word: ``asked``, ``corrected``.
    """
    emit({"thread": thread, "message": message}, [f"{done}; message {message}"], as_json)


def show_proposal(proposal: Proposal, as_json: bool, chosen: Collection[str] | None = None) -> None:
    """Print what would leave, with the digest by which it is confirmed.

    Args:
        chosen: categories that were chosen of what is proposed; None: all of it.
    """
    proposed = proposal.document or {}
    held = proposed.get("fields", {})
    kept = {name: values for name, values in held.items() if chosen is None or name in chosen}
    document = {**proposed, "fields": kept}
    lines = [*fields(document), f"  {'digest':<18} {proposal.digest}"]
    emit({**document, "digest": proposal.digest}, lines, as_json)


def case_lines(found: Sequence[dict[str, Any]], none: str) -> list[str]:
    """Return a list of cases as lines; a new one has an asterisk, what we have to do is named like its command."""
    return table(
        ("", "case", "side", "to do", "clock", "partner", "purpose", "owner"),
        [
            (
                "*" if each["unread"] else "",
                case_number(each["thread"]),
                each["side"],
                ", ".join(_commands(each)),
                _clock(each),
                each["partner"],
                each["purpose"],
                each["owner"] or "nobody",
            )
            for each in found
        ],
        none=none,
    )


def _clock(shown: dict[str, Any]) -> str:
    """Return the clock of a case in words; nothing is owed for information, which has none."""
    return "none" if shown["side"] in ("gave", "told") else clock_line(shown["clock"])


def clock_line(found: dict[str, Any]) -> str:
    """Return a clock in words."""
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


def _stands_in(shown: dict[str, Any]) -> str:
    return f" ({shown['substitute']} stands in)" if shown["substitute"] else ""


def case_shown(shown: dict[str, Any]) -> list[str]:
    """Return one case as lines."""
    lines = [
        f"case       {case_number(shown['thread'])}  ({shown['side']})",
        f"thread     {shown['thread']}",
        f"partner    {shown['partner']}",
        f"clause     {shown['clause']}, {shown['urgency']}",
        f"clock      {_clock(shown)}",
        *([f"core data  {clock_line(shown['core_clock'])}"] if shown["core_clock"] else []),
        f"owner      {shown['owner'] or 'nobody'}{_stands_in(shown)}",
        *([f"erased on  {shown['erase_at']}"] if shown["erase_at"] else []),
    ]
    if shown["todo"]:
        lines.append(f"to do      {', '.join(f'comity case {each}' for each in _commands(shown))}")
    if shown["ground"]:
        lines.append(f"refused    ground {shown['ground']}")
    given = shown["side"] in ("gave", "told")
    asked = {} if given else shown["request"] or {"content": _unread(shown)}
    marks = asked.get(ASSERTIONS) or {}
    for name, value in asked.items():
        if value and name not in ("subject", "attachments", ASSERTIONS):
            lines.append(f"  {name:<18} {told(value, marks[name]) if name in marks else _said(value)}")
    lines += fields((shown["request"] or {}).get("subject") or {})
    if shown["reply"]:
        reply = shown["reply"]
        lines.append(f"reply      handling {reply['handling']}, evaluation {reply['evaluation']}")
        lines += fields(reply["subject"])
        lines += [f"  {'check':<18} {_check(shown['check'])}"] if shown["check"] else []
        lines += [f"  {'conditions':<18} {reply['conditions']}"] if reply["conditions"] else []
        lines += [f"  {'note':<18} {told(reply['note'], reply[ASSERTIONS]['note'])}"] if reply["note"] else []
    if shown["negative"]:
        lines.append(f"negative   {shown['negative']}")
    lines += [f"file       {file_line(each)}" for each in shown["files"]]
    lines += [_passage(each) for each in shown["passages"]]
    lines += [_notice(each) for each in shown["notices"]]
    lines += [
        f"{each['kind']:<10} {each['ground']}, {each['hours']} h: {each['reason'] or '-'}"
        for each in shown["delays"]
    ]
    lines += [
        f"consent    {each['asked']}  {each['use']} {each['purpose']} {each['recipient'] or ''}: {each['state']}"
        for each in shown["consents"]
    ]
    lines += [f"our case   {shown['own_case']}"] if shown["own_case"] and not shown["request"] else []
    lines += [
        f"{each['how']:<10} {case_number(each['thread'])}  ({each['side']})" for each in shown["related"]
    ]
    lines += [f"duplicate  {case_number(each)}, probably" for each in shown["duplicates"]]
    lines += [
        f"note       {each['at'][:16]}Z {each['by']}: {_noted(each)}"
        for each in shown["notes"]
        if "by" in each
    ]
    lines.append("timeline")
    for each in shown["timeline"]:
        code = f" ({each['code']})" if each["code"] else ", receipt disputed" if each["disputed"] else ""
        lines.append(f"  {each['sent_at']}  {each['direction']:<3} {each['kind']:<10} {each['state']}{code}")
    return lines


def _noted(each: dict[str, Any]) -> str:
    """Return what a note says, in the order of its words."""
    return str(each.get("text") or " ".join(each[name] for name in ("channel", "reference") if name in each))


def _commands(shown: dict[str, Any]) -> list[str]:
    """Return what is to be done in a case by the names of the commands that do it: identification has its own answer."""
    returning = shown["regime"] == Regime.RETURN_IDENTIFICATION
    return ["identified" if returning and each == "answer" else each for each in shown["todo"]]


def _unread(shown: dict[str, Any]) -> str:
    """Say why the words of a request are not shown."""
    states = [each["state"] for each in shown["passages"] if each["message"] == shown["thread"]]
    if "gone" in states:
        return "withdrawn or erased"
    return "restricted" if "restricted" in states else "only officers of this regime read it (--as)"


def _notice(found: dict[str, Any]) -> str:
    """Return the line of a correction, restriction, recall or erasure, and what it still waits for."""
    if found["direction"] == "out":
        state = "complied with" if found["settled_at"] else f"not complied with yet {found['code'] or ''}"
    else:
        state = "noted" if found["settled_at"] else f"comity case note {found['notice']}"
    ground = f", {found['ground']}" if found["ground"] else ""
    return f"notice     {found['since'][:16]}Z  {found['act']}{ground}: {state}".rstrip()


def _check(found: dict[str, Any]) -> str:
    """Return which check was asked for, which one the place allows, and what became of it."""
    text = f"check asked for: {found['asked']}"
    text += f", allowed by the law of the place: {found['due']}" if found["due"] != found["asked"] else ""
    if "course" in found:
        text += f", made: {found['taken'] or 'none'} ({found['course']})"
        text += ", known to the person" if found["aware"] else ""
    return text


_IN_ORDER = ("answer", "question", "case", "matter", "reasons", "note", "result")
"""Members of what is said in a thread, in the order in which they are read."""


def _passage(found: dict[str, Any]) -> str:
    """Return the line of one message: what it is, how it stands, its own words where it has any."""
    state = found["state"] + (f" ({found['ground']})" if found["ground"] else "")
    if found["to_acknowledge"]:
        state = f"sealed until acknowledged: {found['conditions'] or found['handling'] or ''}"
    elif found["for_named"]:
        state += f", only for who has taken the case: {found['handling']}"
    elif found["corrections"]:
        state += f", corrected {found['corrections']}x"
    said = found["words"] or {}
    marks = said.get(ASSERTIONS) or {}
    words = [
        told(said[name], marks[name]) if name in marks else str(said[name])
        for name in (*_IN_ORDER, *HitReportBody.STATEMENTS)
        if said.get(name) and (name != "question" or "answer" not in said)
    ]
    words += said.get("grounds") or said.get("measures") or ()
    words = [*(str(said[name]) for name in ("outcome", "at") if said.get(name)), *words]
    words += [_check(found["check"])] if found["check"] else []
    words += [f"handling {said['handling']}"] if said.get("handling") else []
    released = "; ".join(line.strip() for line in [*dated(said), *fields(said.get("subject") or {})])
    return (
        f"said       {found['message']}  {found['kind']:<22} {state}  {', '.join(words)} {released}".rstrip()
    )
