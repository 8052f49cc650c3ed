"""`comity register link`, `links`, `unlink`: what two entries have to do with each other."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, opened
from comity.cli.register.handling import HandlingOption
from comity.cli.register.imports import Evaluation
from comity.cli.register.options import ReasonOption
from comity.cli.show import emit, told
from comity.cli.thread.written import read_text
from comity.core.codes.handling import Handling
from comity.core.codes.marks import Assertion
from comity.core.register.links.model import LinkKind
from comity.errors import InputError

if TYPE_CHECKING:
    from comity.services.register.links.shown import Shown


def add_links(app: typer.Typer) -> None:
    """Add the commands to their group."""
    app.command()(link)
    app.command("links")(list_links)
    app.command()(unlink)


def link(
    one: Annotated[str, typer.Argument(help="Identifier of an entry.")],
    other: Annotated[str, typer.Argument(help="Identifier of the other.")],
    home: HomeOption,
    kind: Annotated[LinkKind, typer.Option(help="What they have to do with each other.")],
    text_is: Annotated[Assertion, typer.Option("--is", help="What it rests on: a fact, or an assessment.")],
    reason: ReasonOption,
    handling: HandlingOption = Handling.H0,
    evaluation: Annotated[Evaluation, typer.Option("--evaluation")] = Evaluation.X4,
    words: Annotated[
        Path | None, typer.Option("--from", help="File with what it rests on; without it, standard input.")
    ] = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Link two entries, as an officer (--as). Of a contact's contact nothing but the kind is kept."""
    node = opened(home)
    from comity.core.codes.marks import InformationEvaluation, SourceEvaluation
    from comity.core.register.links.model import Link, LinkMarks
    from comity.services.register.links.join import join

    text = (sys.stdin.read() if words is None else read_text(words)).strip()
    if not text:
        raise InputError("register.link-basis")
    marks = LinkMarks(
        basis=text,
        assertion=text_is,
        handling=handling,
        source_evaluation=SourceEvaluation(evaluation.value[0]),
        information_evaluation=InformationEvaluation(evaluation.value[1]),
    )
    uid = join(node, acting(node, officer), one, other, Link(kind=kind, marks=marks), reason)
    emit({"link": uid}, [f"linked; link {uid}"], as_json)


def list_links(
    uid: Annotated[str, typer.Argument(metavar="UID", help="Identifier of the entry.")],
    home: HomeOption,
    reason: ReasonOption,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the links of an entry of which both ends may be seen, and its edges to partners' registers; recorded."""
    node = opened(home)
    from comity.services.overlap.edge import edges_of
    from comity.services.register.links.shown import links_of

    found = links_of(node, acting(node, officer), uid, reason)
    edges = edges_of(node, uid)
    lines = [line for each in found for line in _lines(each)]
    lines += [_edge(each) for each in edges]
    emit([*(each.document() for each in found), *edges], lines or ["No link."], as_json)


def unlink(
    uid: Annotated[str, typer.Argument(metavar="LINK", help="Identifier of the link.")],
    home: HomeOption,
    reason: ReasonOption,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Delete a link that proves unfounded: nothing of it is kept."""
    node = opened(home)
    from comity.services.register.links.join import part

    part(node, acting(node, officer), uid, reason)
    emit({"link": uid}, [f"{uid} is deleted."], as_json)


def _edge(each: dict[str, Any]) -> str:
    line = f"{each['edge']}  {each['kind']}  {each['partner']}"
    return (
        line
        if each["basis"] is None
        else f"{line}  {told(each['basis'], each['assertion'])}  {each['reference']}"
    )


def _lines(each: Shown) -> list[str]:
    shown: dict[str, Any] = each.document()
    names = "; ".join(f"\u2068{name}\u2069" for name in each.names)
    lines = [f"{each.uid}  {shown['kind']}  {each.other}  {names}"]
    if each.link.marks is not None:
        basis = told(shown["basis"], shown["assertion"])
        lines.append(f"  {shown['handling']}, {shown['evaluation']}: {basis}")
    if each.beyond:
        beyond = ", ".join(f"{kind} ({count})" for kind, count in each.beyond.items())
        lines.append(f"  beyond: {beyond}")
    return lines
