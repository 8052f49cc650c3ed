"""``comity case``: requests, inbox, clock, answer, refusal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from comity.cli import clocks
from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, at_terminal, opened
from comity.cli.show import emit
from comity.cli.thread import follow
from comity.cli.thread.shown import (
    Digest,
    Preview,
    case_lines,
    case_shown,
    clock_line,
    show_proposal,
    show_sent,
)
from comity.cli.thread.written import LanguageOption, categories, read_request, read_text
from comity.core.cases.number import case_number
from comity.core.cases.protection import ProtectionGround
from comity.core.codes.exchange import Purpose
from comity.core.codes.languages import UNKNOWN
from comity.core.codes.marks import Assertion, RefusalGround, SubjectCategory, Urgency
from comity.errors import InputError

app = typer.Typer(
    no_args_is_help=True,
    help="Cases: request, inbox, answer, refuse, clock, statistics; clarify, correct, restrict, recall, consent.",
)
app.add_typer(clocks.app)
app.add_typer(follow.app, name="follow-up")

Thread = Annotated[str, typer.Argument(help="Number of the case (3f9a-07c2), or beginning of its thread.")]
FileOption = Annotated[
    Path | None,
    typer.Option(
        "--from",
        help="TOML or JSON file with the texts, such as offence = '...': facts, offence, reasons, link; "
        "about when there is no reference; [assertions] with facts = 'fact' or 'assessment' for each of "
        "facts, reasons, link and about; urgency_ground and urgency_reason when urgent; restrictions, "
        "language. Without it, standard input or prompts.",
    ),
]


@app.command()
def request(
    home: HomeOption,
    partner: Annotated[str | None, typer.Option(help="Country code or service id.")] = None,
    agreement: Annotated[str | None, typer.Option(help="Code or hash of the agreement.")] = None,
    purpose: Annotated[Purpose | None, typer.Option(help="Purpose of the clause.")] = None,
    case: Annotated[str | None, typer.Option(help="Our own case reference.")] = None,
    category: Annotated[SubjectCategory | None, typer.Option(help="Role of the person in the case.")] = None,
    reference: Annotated[str | None, typer.Option(help="Reference that a probe found.")] = None,
    urgency: Annotated[Urgency, typer.Option(help="How urgent; urgent ones say why.")] = Urgency.ORDINARY,
    data: Annotated[
        str, typer.Option(help="Data categories, with commas; empty: all that is permitted.")
    ] = "",
    cites: Annotated[
        str | None, typer.Option(help="Case with this partner that it follows from, such as its information.")
    ] = None,
    texts: FileOption = None,
    second: Annotated[
        str | None, typer.Option(help="Approver who lets the first request after a hit leave; else it waits.")
    ] = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask a partner for information. Texts about a person are never given on the command line.

    The first request of a case that cites a reference needs an approver who did not search: --second, or it waits
    for `comity case follow-up approve`.
    """
    node = opened(home)
    from comity.services.agreements.standing import find_agreement
    from comity.services.cases.access import find_thread
    from comity.services.cases.request import NeedsSecond, open_request
    from comity.services.partners.directory import find_partner
    from comity.services.watch.approve import lay_before

    options = {"partner": partner, "agreement": agreement, "purpose": purpose, "case": case}
    options |= {"category": category, "reference": reference, "urgency": urgency}
    written = read_request(options, texts, data)
    written |= {} if cites is None else {"cites": find_thread(node, cites)}
    to, under = find_partner(node, partner or ""), find_agreement(node, agreement or "")
    actor, other = acting(node, officer), acting(node, second) if second else None
    try:
        thread = open_request(node, actor, to, under, Purpose(str(purpose)), **written, second=other)
    except NeedsSecond as held:
        uid = lay_before(node, actor, held.ready)
        waits = f"the request waits for a second person: comity case follow-up approve {uid} --as APPROVER"
        emit({"thread": None, "follow_up": uid}, [waits], as_json)
        return
    emit({"thread": thread}, [f"request sent; thread {thread}"], as_json)


@app.command()
def inbox(home: HomeOption, officer: OfficerOption = None, as_json: JsonOption = False) -> None:
    """List what waits for us, the most pressing first, with the command of `comity case` that does it."""
    node = opened(home)
    from comity.services.cases.inbox import inbox as waiting

    found = waiting(node, acting(node, officer))
    documents = [each.document() for each in found]
    emit(documents, case_lines(documents, "nothing waits"), as_json)


@app.command(name="list")
def list_all(
    home: HomeOption,
    side: Annotated[str | None, typer.Option(help="asked, received, gave or told; all without it.")] = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """List all cases of one's regimes."""
    node = opened(home)
    from comity.services.cases.inbox import list_cases

    if side not in (None, "asked", "received", "gave", "told"):
        raise InputError("case.side", allowed="asked, gave, received, told")
    found = list_cases(node, acting(node, officer), side=side)
    documents = [each.document() for each in found]
    emit(documents, case_lines(documents, "no case yet"), as_json)


@app.command()
def show(
    home: HomeOption, thread: Thread, officer: OfficerOption = None, as_json: JsonOption = False
) -> None:
    """Show a case: request, answer, timeline, clock. Reading it is recorded."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.cases.views import show_case

    shown = show_case(node, acting(node, officer), find_thread(node, thread))
    emit(shown, case_shown(shown), as_json)


@app.command()
def clock(home: HomeOption, thread: Thread, as_json: JsonOption = False) -> None:
    """Show the clock of a case, as both nodes compute it from the receipts."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.cases.clock import clock as read
    from comity.services.cases.inbox import clock_document

    found = clock_document(read(node, find_thread(node, thread)))
    emit(found, [clock_line(found)], as_json)


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
    note_is: Annotated[
        Assertion | None,
        typer.Option(
            "--note-is", help="What the note is: a fact, or somebody's assessment; needed with one."
        ),
    ] = None,
    preview: Preview = False,
    shown: Digest = None,
    part: Annotated[
        bool, typer.Option("--part", help="Part of the answer: the request stays open, its clock runs on.")
    ] = False,
    conditions: Annotated[
        Path | None,
        typer.Option("--conditions-file", help="Conditions; sealed until a person acknowledges them."),
    ] = None,
    language: LanguageOption = UNKNOWN,
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
        show_proposal(proposal, as_json, chosen)
        if preview:
            return
        shown = shown or proposal.digest
        typer.confirm(f"Release this to the partner, as {actor.name}?", abort=True)
    message = release(
        node,
        actor,
        name,
        subject,
        chosen,
        note=None if note is None else read_text(note),
        assertion=note_is,
        language=language,
        conditions=None if conditions is None else read_text(conditions),
        second=acting(node, second) if second else None,
        shown=shown,
        final=not part,
    )
    show_sent(name, message, "released", as_json)


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
    show_sent(name, message, "refused", as_json)


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
    """Ask back what this service sent in a case; also from a partner or an agreement that is suspended.

    At a terminal it asks first.
    """
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.cases.recall import recall as ask_back

    name = find_thread(node, thread)
    actor = acting(node, officer)
    if at_terminal() and not as_json:
        what = "Ask back, and erase here too," if erase else "Ask back"
        typer.confirm(f"{what} what we sent in case {case_number(name)}, as {actor.name}?", abort=True)
    message = ask_back(node, actor, name, erase=erase, ground=ground)
    show_sent(name, message, "recalled", as_json)


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
