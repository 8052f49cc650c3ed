"""``comity transfer``: note, emergency, court."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from comity.cli.home import CodeOption, HomeOption, JsonOption, OfficerOption, acting, in_person, opened
from comity.cli.show import emit, fields
from comity.cli.thread.words import MatterIs, TextIs, Words, text_of
from comity.cli.thread.written import LanguageOption
from comity.core.agreement.profile import ChangeEffect, ChangeKind
from comity.core.codes.languages import UNKNOWN
from comity.core.codes.transfer import OverrideGround

app = typer.Typer()

Thread = Annotated[str, typer.Argument(help="Thread of the case, or its beginning.")]
Message = Annotated[str, typer.Argument(help="Message of the partner in the thread.")]
AT = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"]


@app.command()
def note(
    home: HomeOption,
    agreement: Annotated[str, typer.Argument(help="Code or beginning of the hash.")],
    country: Annotated[str, typer.Option(help="State of the party, two letters.")],
    kind: Annotated[ChangeKind, typer.Option(help="Whose status has changed.")],
    name: Annotated[str, typer.Option(help="E.g. no-death-penalty, convention-108, led-37-1-a.")],
    effect: Annotated[ChangeEffect, typer.Option(help="It ended, or it holds (again).")],
    at: Annotated[datetime | None, typer.Option(formats=AT, help="From when (UTC); without it, now.")] = None,
    words: Words = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Note that an assurance, a treaty or a ground has ended or holds again; the text says why. It binds at once."""
    node = opened(home)
    from comity.services.agreements.standing import find_agreement
    from comity.services.transfers.status import note_change

    since = node.clock() if at is None else at.replace(tzinfo=UTC)
    found = note_change(
        node,
        acting(node, officer),
        find_agreement(node, agreement),
        country.upper(),
        kind,
        name,
        effect,
        since,
        text_of(words),
    )
    shown = {"agreements": list(found.agreements), "withdrawn": list(found.withdrawn)}
    lines = [f"noted for {len(found.agreements)} agreements"]
    lines += [f"withdrawn before it left: {message}" for message in found.withdrawn]
    emit(shown, lines, as_json)


@app.command()
def emergency(
    home: HomeOption,
    thread: Thread,
    message: Message,
    partner: Annotated[str, typer.Option(help="Country code or service id of the recipient.")],
    agreement: Annotated[str, typer.Option(help="Code or hash of the agreement with the recipient.")],
    ground: Annotated[OverrideGround, typer.Option(help="Nothing less than this.")],
    matter: Annotated[str, typer.Option(help="What it is about, one line without a person's name.")],
    matter_is: MatterIs,
    text_is: TextIs,
    words: Annotated[
        Path | None, typer.Option("--from", help="File with the objective reason; else standard input.")
    ] = None,
    language: LanguageOption = UNKNOWN,
    officer: OfficerOption = None,
    code: CodeOption = "",
    as_json: JsonOption = False,
) -> None:
    """Pass on a partner's words before it could be asked, as a named approver (--as); the partner is told at once."""
    node = opened(home)
    from comity.services.agreements.standing import find_agreement
    from comity.services.cases.access import find_thread
    from comity.services.partners.directory import find_partner
    from comity.services.people.factor import confirm
    from comity.services.transfers.emergency import pass_on_at_once

    actor = acting(node, officer)
    name, code = in_person(officer, code)
    sent = pass_on_at_once(
        node,
        actor,
        find_thread(node, thread),
        message,
        find_partner(node, partner),
        find_agreement(node, agreement),
        ground,
        matter,
        text_of(words),
        assertions={"matter": matter_is, "reasons": text_is},
        confirmed_at=confirm(node, name, code),
        language=language,
    )
    emit({"thread": sent}, [f"passed on; thread {sent}; its owner is told"], as_json)


@app.command()
def court(
    home: HomeOption,
    thread: Thread,
    message: Message,
    court: Annotated[str, typer.Option(help="Name of the court.")],
    proceedings: Annotated[str, typer.Option(help="Reference of the proceedings.")],
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a partner's words for a court, as a named approver (--as): only with the partner's permission."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.transfers.court import give_to_court

    found = give_to_court(node, acting(node, officer), find_thread(node, thread), message, court, proceedings)
    emit(found, fields(found.get("subject") or {}), as_json)
