"""`comity probe audit`: the data-protection officer opens a search and sees that nobody else was searched for."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, opened
from comity.cli.show import emit


def audit(
    rid: Annotated[
        str, typer.Argument(metavar="RID", help="Identifier of the search (`probe list --json`).")
    ],
    home: HomeOption,
    key: Annotated[
        Path, typer.Option("--key", help="The officer's private key file.", exists=True, dir_okay=False)
    ],
    reason: Annotated[str, typer.Option("--reason", help="Why it is opened; kept for three years.")],
    received: Annotated[
        str,
        typer.Option("--received", metavar="DIGEST", help="`request` in the partner's entry probe.answered."),
    ] = "",
    received_openings: Annotated[
        str,
        typer.Option("--received-openings", metavar="DIGEST", help="`openings` in its entry probe.opened."),
    ] = "",
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open the justification of a search, make its request anew and compare every point; needs the officer's key.

    Shows whom the search was for, by whom and why. Without --received it compares with our own evidence only.
    """
    node = opened(home)
    from comity.services.probe.audit import audit as audited

    found = audited(
        node,
        rid,
        key,
        acting(node, officer),
        reason=reason,
        received=received,
        received_openings=received_openings,
    )
    person = found.query.model_dump(mode="json", exclude_defaults=True)
    lines = [
        f"Search {found.rid} of {found.asked_at} at {found.partner}, case {found.case}, by {found.actor}",
        f"As: {found.role or 'not recorded'}",
        f"Reason: {found.reason or 'none given'}",
        *(f"{name}: {value}" for name, value in found.said.items() if value),
        *([f"NOT SAID: {', '.join(found.missing)}"] if found.missing else []),
        *(f"{name}: {value}" for name, value in person.items()),
        "The commitment holds; every point of the request follows from this person.",
        "No answer came: no openings."
        if found.opened is None
        else f"Records opened: {found.opened}; both points of the openings follow from them.",
        "The record keys stand for these tokens in the index that was searched."
        if found.looked_up
        else "Not looked up: the index that was searched is not here any more, or no answer came.",
        "Compared with what the partner states to have received."
        if found.compared
        else "Not compared with what the partner received: ask it for `request` in its entry probe.answered.",
    ]
    emit({**asdict(found), "query": person}, lines, as_json)
