"""``comity case``: ask-clarification, clarify, negative, acknowledge, inform, file-away, file-under, hand-over, channel."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from comity.cli.case import Thread, app
from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, opened
from comity.cli.show import emit
from comity.cli.thread.shown import show_sent
from comity.cli.thread.written import LanguageOption, categories, read_text
from comity.core.cases.thread import NegativeResult
from comity.core.codes.exchange import Purpose
from comity.core.codes.languages import UNKNOWN
from comity.core.codes.marks import SILENT_COMPLETENESS, Assertion, Completeness

Words = Annotated[Path | None, typer.Option("--from", help="File with the text; without it, standard input.")]

TextIs = Annotated[
    Assertion,
    typer.Option("--is", help="What the text is: a fact, or somebody's assessment (LED Art. 7(1))."),
]
OwnCase = Annotated[
    str | None, typer.Option(help="Our own case reference; the end of that case takes this along.")
]
Cited = Annotated[
    str | None,
    typer.Option(help="Case with this partner, as `comity case list` names it, to which it belongs."),
]
MatterIs = Annotated[Assertion, typer.Option("--matter-is", help="What the line on the matter is, likewise.")]


def text_of(path: Path | None) -> str:
    """Return a text from a file or standard input: words about a person are never given on the command line."""
    if path is not None:
        return read_text(path)
    if sys.stdin.isatty():
        return str(typer.prompt("Text"))
    return sys.stdin.read()


@app.command(name="ask-clarification")
def ask_clarification(
    home: HomeOption,
    thread: Thread,
    words: Words = None,
    language: LanguageOption = UNKNOWN,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the partner what its request means; the request stays open."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.cases.thread.clarify import ask_clarification as ask

    name = find_thread(node, thread)
    message = ask(node, acting(node, officer), name, text_of(words), language=language)
    show_sent(name, message, "asked", as_json)


@app.command()
def clarify(
    home: HomeOption,
    thread: Thread,
    text_is: TextIs,
    question: Annotated[
        str | None, typer.Option(help="Message that asked; without it, the oldest that is open.")
    ] = None,
    words: Words = None,
    language: LanguageOption = UNKNOWN,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer the partner's question on a request of ours."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.cases.thread.clarify import clarify as say

    name = find_thread(node, thread)
    actor, text = acting(node, officer), text_of(words)
    message = say(node, actor, name, text, question, assertion=text_is, language=language)
    show_sent(name, message, "clarified", as_json)


@app.command()
def negative(
    home: HomeOption,
    thread: Thread,
    result: Annotated[NegativeResult, typer.Option(help="What the search found: nothing, of either kind.")],
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer that nothing was found, as a named approver (--as); it is an answer and no refusal."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.cases.thread.negative import answer_negative

    name = find_thread(node, thread)
    message = answer_negative(node, acting(node, officer), name, result)
    show_sent(name, message, "answered", as_json)


@app.command()
def acknowledge(
    home: HomeOption,
    thread: Thread,
    message: Annotated[str, typer.Argument(help="Message whose conditions are acknowledged.")],
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take note of the conditions of what the partner sent, as an officer (--as); its words open with that."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.cases.thread.acknowledge import acknowledge as take_note

    name = find_thread(node, thread)
    sent = take_note(node, acting(node, officer), name, message)
    show_sent(name, sent, "acknowledged", as_json)


@app.command()
def inform(
    home: HomeOption,
    partner: Annotated[str, typer.Option(help="Country code or service id.")],
    agreement: Annotated[str, typer.Option(help="Code or hash of the agreement.")],
    purpose: Annotated[Purpose, typer.Option(help="Purpose of the clause.")],
    matter: Annotated[str, typer.Option(help="What it is about, one line without a person's name.")],
    matter_is: MatterIs,
    text_is: TextIs,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of", formats=["%Y-%m-%d"], help="Day of which the words speak; without it, not stated."
        ),
    ] = None,
    completeness: Annotated[
        Completeness, typer.Option("--completeness", help="Whether that is all that is known here.")
    ] = SILENT_COMPLETENESS,
    subject: Annotated[
        str | None, typer.Option(help="Subject in our register, when it concerns one.")
    ] = None,
    case: OwnCase = None,
    cites: Cited = None,
    data: Annotated[str, typer.Option(help="Data categories, with commas; empty: all permitted.")] = "",
    conditions: Annotated[
        Path | None, typer.Option("--conditions-file", help="File with conditions on the use.")
    ] = None,
    words: Words = None,
    language: LanguageOption = UNKNOWN,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a partner information that it has not asked for; the text says why it may be of use."""
    node = opened(home)
    from comity.services.agreements.standing import find_agreement
    from comity.services.cases.access import find_thread
    from comity.services.cases.thread.inform import inform as tell
    from comity.services.partners.directory import find_partner

    thread = tell(
        node,
        acting(node, officer),
        find_partner(node, partner),
        find_agreement(node, agreement),
        purpose,
        matter,
        text_of(words),
        assertions={"matter": matter_is, "reasons": text_is},
        language=language,
        as_of=None if as_of is None else as_of.date(),
        completeness=completeness,
        subject=subject,
        categories=categories(data) or frozenset(),
        conditions=None if conditions is None else read_text(conditions),
        case=case,
        cites=None if cites is None else find_thread(node, cites),
    )
    emit({"thread": thread}, [f"information sent; thread {thread}"], as_json)


@app.command(name="file-away")
def file_away(
    home: HomeOption, thread: Thread, officer: OfficerOption = None, as_json: JsonOption = False
) -> None:
    """Take information that was given to us out of the inbox: it has been dealt with."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.cases.thread.inform import close_information

    name = find_thread(node, thread)
    close_information(node, acting(node, officer), name)
    emit({"thread": name}, [f"filed away; thread {name}"], as_json)


@app.command(name="file-under")
def file_under(
    home: HomeOption,
    thread: Thread,
    case: Annotated[str, typer.Option(help="Our own case reference.")],
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Note to which case of ours belongs what a partner gave or asks; its end takes that along. The note never leaves."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.cases.thread.cited import file_under as file

    name = find_thread(node, thread)
    file(node, acting(node, officer), name, case)
    emit({"thread": name, "case": case.strip()}, [f"filed; thread {name}"], as_json)


@app.command(name="hand-over")
def hand_over(
    home: HomeOption,
    thread: Thread,
    to: Annotated[str, typer.Option(help="User name of who takes the case.")],
    words: Words = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a case to another officer, with a note of what must be known; the note never leaves."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.cases.thread.notes import hand_over as give

    name = find_thread(node, thread)
    give(node, acting(node, officer), name, acting(node, to), text_of(words))
    emit({"thread": name, "owner": to}, [f"{name} is with {to}"], as_json)


@app.command()
def channel(
    home: HomeOption,
    thread: Thread,
    name: Annotated[str, typer.Option("--channel", help="The other channel, e.g. SIENA or I-24/7.")],
    reference: Annotated[str, typer.Option(help="Reference of the request there.")],
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write down that the same request came over another channel; duplicates show with the case."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.cases.thread.notes import note_channel

    found = find_thread(node, thread)
    note_channel(node, acting(node, officer), found, name, reference)
    emit({"thread": found}, [f"noted; thread {found}"], as_json)
