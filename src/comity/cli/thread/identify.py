"""``comity case``: identify, supplement, identified, attachment, overdue."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from comity.cli.case import Thread, app
from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, opened
from comity.cli.show import emit
from comity.cli.thread.shown import Digest, Preview, Seconded, file_line, show_proposal, show_sent
from comity.cli.thread.written import categories, read_text
from comity.core.codes.marks import DataCategory
from comity.core.faults import Faults, read_faults
from comity.core.identification.attachment import FILE_BYTES
from comity.core.identification.messages import Informed, Issuing, Nationality, Result, ResultGround
from comity.errors import InputError

attachment = typer.Typer(no_args_is_help=True, help="Files of a request for identification.")
app.add_typer(attachment, name="attachment")

Attach = Annotated[
    list[Path] | None,
    typer.Option(
        "--attach",
        help="Fingerprint file (ANSI/NIST-ITL, WSQ, PDF, JPEG, PNG; 4 MiB at most); may be repeated.",
    ),
]
AttachDocument = Annotated[
    list[Path] | None, typer.Option("--attach-document", help="Copy of a document; may be repeated.")
]
Circumstances = Annotated[
    Path | None,
    typer.Option(
        "--from",
        help="TOML or JSON file: presumed (nationality, a country code), contested (by the person: true or false), "
        "claimed (by the person, a list of country codes); informed_on, "
        "informed_language (when and in which language the person was told); issuing_country, issuing_agreed_on "
        "(whose return decision it is; another State's agreement); reference. Without it, standard input.",
    ),
]
_MEMBERS = {
    "presumed",
    "contested",
    "claimed",
    "informed_on",
    "informed_language",
    "issuing_country",
    "issuing_agreed_on",
    "reference",
}


@app.command()
def identify(
    home: HomeOption,
    agreement: Annotated[str, typer.Option(help="Code or hash of the agreement on identification.")],
    subject: Annotated[str, typer.Option(help="The person, in our own register.")],
    case: Annotated[str, typer.Option(help="Our own case reference.")],
    circumstances: Circumstances = None,
    attach: Attach = None,
    attach_document: AttachDocument = None,
    particulars: Annotated[
        str, typer.Option("--data", help="Categories to be told, with commas; empty: all that is lawful.")
    ] = "",
    second: Seconded = None,
    preview: Preview = False,
    shown: Digest = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask a partner to identify a person for return, as a named officer (--as); the files follow by themselves."""
    node = opened(home)
    from comity.services.agreements.standing import find_agreement
    from comity.services.identification.request import Circumstances as Said
    from comity.services.identification.request import ask, propose

    actor, name, chosen = acting(node, officer), find_agreement(node, agreement), categories(particulars)
    if preview:
        proposal = propose(node, actor, name, subject, chosen)
        show_proposal(proposal, as_json)
        return
    said = Said(case=case, **_circumstances(circumstances))
    seconded = acting(node, second) if second else None
    thread = ask(
        node,
        actor,
        name,
        subject,
        said,
        _files(attach, attach_document),
        chosen,
        second=seconded,
        shown=shown,
    )
    emit({"thread": thread}, [f"request sent; thread {thread}"], as_json)


@app.command()
def supplement(
    home: HomeOption,
    thread: Thread,
    attach: Attach = None,
    attach_document: AttachDocument = None,
    second: Seconded = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send further files for a request for identification that is open."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.identification.request import supplement as send

    name = find_thread(node, thread)
    seconded = acting(node, second) if second else None
    message = send(node, acting(node, officer), name, _files(attach, attach_document), second=seconded)
    show_sent(name, message, "sent", as_json)


@app.command()
def identified(
    home: HomeOption,
    thread: Thread,
    result: Annotated[Result, typer.Option(help="What became of it; more-needed leaves it open.")],
    ground: Annotated[list[ResultGround], typer.Option(help="On what it rests; may be repeated.")],
    subject: Annotated[
        str | None,
        typer.Option(help="Who it is, in our register; it stands in the ledger of disclosures."),
    ] = None,
    told: Annotated[
        str, typer.Option("--data", help="Categories to be told, with commas; empty: all permitted.")
    ] = "",
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Tell nothing of the entry, confirm the particulars alone.")
    ] = False,
    none_held: Annotated[
        bool, typer.Option("--none-held", help="Stated: our register holds no entry on who was identified.")
    ] = False,
    second: Seconded = None,
    preview: Preview = False,
    shown: Digest = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a request for identification, as a named approver (--as); with a final answer both sides purge it."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.identification.answer import answer_identification, propose_identity

    actor, name = acting(node, officer), find_thread(node, thread)
    chosen = frozenset[DataCategory]() if confirm else categories(told)
    if preview and subject is not None:
        proposal = propose_identity(node, actor, name, subject, chosen)
        show_proposal(proposal, as_json)
        return
    seconded = acting(node, second) if second else None
    message = answer_identification(
        node,
        actor,
        name,
        result,
        ground,
        subject=subject,
        categories=chosen,
        none_held=none_held,
        second=seconded,
        shown=shown,
    )
    show_sent(name, message, "answered", as_json)


@app.command()
def overdue(home: HomeOption, officer: OfficerOption = None, as_json: JsonOption = False) -> None:
    """Show the overdue identifications and the counts with each partner; the partner's node shows the same."""
    node = opened(home)
    from comity.services.identification.overdue import overview

    found = overview(node, acting(node, officer))
    lines: list[str] = []
    for pair in found:
        lines.append(f"{pair.partner}: {len(pair.lines)} overdue; list {pair.digest}")
        lines += [
            f"  {line['thread'][-8:]}  asked by {line['requester']}, due {line['deadline']}, {line['days_over']} days over"
            for line in pair.lines
        ]
        lines += [
            f"  {name}: " + ", ".join(f"{what.replace('_', ' ')} {count}" for what, count in counts.items())
            for name, counts in pair.counts.items()
        ]
    emit([pair.document() for pair in found], lines or ["no request for identification yet"], as_json)


@attachment.command(name="list")
def list_files(
    home: HomeOption, thread: Thread, officer: OfficerOption = None, as_json: JsonOption = False
) -> None:
    """List the files of a case, and how far each has come."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.identification.read import files_of

    found = files_of(node, acting(node, officer), find_thread(node, thread))
    emit(found, [file_line(each) for each in found] or ["no file"], as_json)


@attachment.command(name="open")
def open_one(
    home: HomeOption,
    thread: Thread,
    number: Annotated[int, typer.Argument(help="Number of the file, as the list gives it.", min=1)],
    out: Annotated[Path, typer.Option("--out", help="File to be written; it must not exist.")],
    reason: Annotated[Path | None, typer.Option("--reason-file", help="Why; else standard input.")] = None,
    sent: Annotated[bool, typer.Option("--sent", help="One that we sent.")] = False,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a file out, as a named officer (--as) who says why; it is recorded. The node never opens it."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.identification.read import open_file

    why = read_text(reason) if reason is not None else sys.stdin.read()
    if out.exists():
        raise InputError("attachment.exists", file=out.name)
    found = open_file(node, acting(node, officer), find_thread(node, thread), number, why, sent=sent)
    try:
        out.touch(mode=0o600, exist_ok=False)
        out.write_bytes(found.octets)
    except OSError:
        raise InputError("attachment.unreadable", file=out.name) from None
    told = {"file": str(out), "bytes": len(found.octets), "sha256": found.sha256}
    emit(told, [f"written to {out}: {len(found.octets)} bytes, SHA-256 {found.sha256}"], as_json)


def _files(prints: list[Path] | None, documents: list[Path] | None) -> list[Any]:
    from comity.services.identification.attach import NewFile

    found = [(each, DataCategory.FINGERPRINTS) for each in prints or []]
    found += [(each, DataCategory.DOCUMENTS) for each in documents or []]
    return [NewFile(_read(path), category) for path, category in found]


def _read(path: Path) -> bytes:
    """Return a file, no more of it than shows that it is too large."""
    try:
        with path.open("rb") as opened_file:
            return opened_file.read(FILE_BYTES + 1)
    except OSError:
        raise InputError("attachment.unreadable", file=path.name) from None


def _circumstances(path: Path | None) -> dict[str, Any]:
    raw = sys.stdin.read() if path is None else read_text(path)
    try:
        found = json.loads(raw) if raw.lstrip().startswith("{") else tomllib.loads(raw)
    except ValueError:
        raise InputError("case.texts-malformed") from None
    nationality, wrong = _part(
        Nationality, found, presumed="presumed", contested="contested", claimed="claimed"
    )
    informed, undated = _optional(Informed, found, on="informed_on", language="informed_language")
    issuing, undecided = _optional(Issuing, found, country="issuing_country", agreed_on="issuing_agreed_on")
    unknown = {name[:40]: "unknown" for name in sorted(set(found) - _MEMBERS)}
    faults = wrong + undated + undecided + Faults((), unknown)
    if faults:
        raise faults.error("case.request-field")
    reference = found.get("reference")
    return {"nationality": nationality, "informed": informed, "issuing": issuing, "reference": reference}


def _optional(model: Any, told: dict[str, Any], **members: str) -> tuple[Any, Faults]:
    """Return a part of the circumstances, or None when its first member was not given: the law then says so."""
    given = told.get(next(iter(members.values()))) is not None
    return _part(model, told, **members) if given else (None, Faults())


def _part(model: Any, told: dict[str, Any], **members: str) -> tuple[Any, Faults]:
    """Return a part and what is missing or wrong in it, by the names of the file."""
    try:
        part = model.model_validate({name: told[key] for name, key in members.items() if key in told})
    except ValidationError as error:
        found = read_faults(error.errors(include_input=False, include_url=False))
        wrong = {members.get(name.split(".")[0], name): rule for name, rule in found.wrong.items()}
        return None, Faults(tuple(members.get(name, name) for name in found.missing), wrong)
    return part, Faults()
