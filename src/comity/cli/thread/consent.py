"""``comity case``: ask-consent, consent, withdraw-consent, use, pass-on."""

from __future__ import annotations

from typing import Annotated

import typer

from comity.cli.case import Thread, app
from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, opened
from comity.cli.show import emit, fields
from comity.cli.thread.shown import show_sent
from comity.cli.thread.words import MatterIs, TextIs, Words, text_of
from comity.cli.thread.written import LanguageOption
from comity.core.cases.consent import Use
from comity.core.codes.exchange import Purpose, service_id
from comity.core.codes.languages import UNKNOWN

Message = Annotated[str, typer.Argument(help="Message of the partner in the thread.")]
Asked = Annotated[str, typer.Argument(help="Message that asked for consent.")]
PurposeOption = Annotated[Purpose, typer.Option(help="Purpose of the further use.")]


@app.command(name="ask-consent")
def ask_consent(
    home: HomeOption,
    thread: Thread,
    message: Message,
    use: Annotated[Use, typer.Option(help="What for.")],
    purpose: PurposeOption,
    recipient: Annotated[str | None, typer.Option(help="Service, for an onward transfer.")] = None,
    words: Words = None,
    language: LanguageOption = UNKNOWN,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the owner for consent to a further use; the text says why."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.protection.consent import ask_consent as ask

    name = find_thread(node, thread)
    to = None if recipient is None else service_id(recipient)
    actor, text = acting(node, officer), text_of(words)
    asked = ask(node, actor, name, message, use, purpose, text, to, language=language)
    emit({"thread": name, "asked": asked}, [f"consent asked; message {asked}"], as_json)


@app.command()
def consent(
    home: HomeOption,
    thread: Thread,
    asked: Asked,
    given: Annotated[bool, typer.Option("--give/--refuse", help="Yes or no.")],
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give or refuse consent, as a named approver (--as)."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.protection.consent import decide_consent

    name = find_thread(node, thread)
    message = decide_consent(node, acting(node, officer), name, asked, given=given)
    show_sent(name, message, "decided", as_json)


@app.command(name="withdraw-consent")
def withdraw_consent(
    home: HomeOption, thread: Thread, asked: Asked, officer: OfficerOption = None, as_json: JsonOption = False
) -> None:
    """Withdraw a consent that we gave; what was passed on is recalled."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.protection.consent import withdraw_consent as withdraw

    name = find_thread(node, thread)
    message = withdraw(node, acting(node, officer), name, asked)
    show_sent(name, message, "withdrawn", as_json)


@app.command()
def use(
    home: HomeOption,
    thread: Thread,
    message: Message,
    purpose: PurposeOption,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what the partner said, for use under a purpose: another than the clause's needs its consent."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.protection.onward import use_for

    found = use_for(node, acting(node, officer), find_thread(node, thread), message, purpose)
    emit(found, fields(found.get("subject") or {}), as_json)


@app.command(name="pass-on")
def pass_on(
    home: HomeOption,
    thread: Thread,
    message: Message,
    partner: Annotated[str, typer.Option(help="Country code or service id of the recipient.")],
    agreement: Annotated[str, typer.Option(help="Code or hash of the agreement with the recipient.")],
    purpose: PurposeOption,
    matter: Annotated[str, typer.Option(help="What it is about, one line without a person's name.")],
    matter_is: MatterIs,
    text_is: TextIs,
    words: Words = None,
    language: LanguageOption = UNKNOWN,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Pass on what a partner said, with its consent, as a named approver (--as)."""
    node = opened(home)
    from comity.services.agreements.standing import find_agreement
    from comity.services.cases.access import find_thread
    from comity.services.partners.directory import find_partner
    from comity.services.protection.onward import pass_on as send

    opened_thread = send(
        node,
        acting(node, officer),
        find_thread(node, thread),
        message,
        find_partner(node, partner),
        find_agreement(node, agreement),
        purpose,
        matter,
        text_of(words),
        assertions={"matter": matter_is, "reasons": text_is},
        language=language,
    )
    emit({"thread": opened_thread}, [f"passed on; thread {opened_thread}"], as_json)
