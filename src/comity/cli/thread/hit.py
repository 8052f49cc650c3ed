"""``comity case report-hit``: what was found and done on what a partner gave."""

from __future__ import annotations

import json
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from comity.cli.case import Thread, app
from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, opened
from comity.cli.register.handling import HandlingOption
from comity.cli.thread.shown import show_sent
from comity.cli.thread.written import LanguageOption, read_text
from comity.core.cases.hit.report import HitReportBody, Measure, Outcome
from comity.core.codes.assertions import ASSERTIONS
from comity.core.codes.checks import Check
from comity.core.codes.handling import Handling
from comity.core.codes.languages import UNKNOWN
from comity.errors import InputError

_TEXTS = {*HitReportBody.STATEMENTS, "conditions"}


@app.command(name="report-hit")
def report_hit(
    home: HomeOption,
    thread: Thread,
    outcome: Annotated[Outcome, typer.Option(help="What became of it.")],
    at: Annotated[datetime, typer.Option(formats=["%Y-%m-%dT%H:%M"], help="When it happened, in UTC.")],
    measure: Annotated[list[Measure], typer.Option("--measure", help="What was done; may be repeated.")],
    message: Annotated[
        str | None, typer.Option(help="The partner's message; without it, its only one, or the hit itself.")
    ] = None,
    subject: Annotated[
        str | None,
        typer.Option(help="Our own entry of the person, for the ledger of disclosures; it does not leave."),
    ] = None,
    check: Annotated[
        Check | None, typer.Option(help="The check that was made, where the partner asked for one.")
    ] = None,
    aware: Annotated[
        bool | None,
        typer.Option("--aware/--unaware", help="Whether the person learned that it was asked for."),
    ] = None,
    handling: HandlingOption = Handling.H0,
    texts: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="TOML or JSON file with the texts: place, reason, circumstances; route, companions, identity, used, "
            "carried, further, deviation, conditions; [assertions] with 'fact' or 'assessment' for each but the conditions. "
            "Without it, standard input.",
        ),
    ] = None,
    language: LanguageOption = UNKNOWN,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell the partner what was found and done on its answer, its information or the hit."""
    node = opened(home)
    from comity.services.cases.access import find_thread
    from comity.services.cases.thread.report_hit import HitReport
    from comity.services.cases.thread.report_hit import report_hit as tell

    said = _read(sys.stdin.read() if texts is None else read_text(texts))
    report = HitReport(
        message=message,
        outcome=outcome,
        at=at.replace(tzinfo=UTC),
        measures=measure,
        texts={name: said.get(name) for name in HitReportBody.STATEMENTS},
        assertions=said.get(ASSERTIONS, {}),
        subject=subject,
        check=check,
        aware=aware,
        handling=handling,
        conditions=said.get("conditions"),
        language=language,
    )
    name = find_thread(node, thread)
    show_sent(name, tell(node, acting(node, officer), name, report), "reported", as_json)


def _read(raw: str) -> dict[str, Any]:
    """Return the texts of a report and their marks.

    Raises:
        InputError: ``case.texts-malformed``, ``case.request-field``.
    """
    try:
        found: dict[str, Any] = json.loads(raw) if raw.lstrip().startswith("{") else tomllib.loads(raw)
    except ValueError:
        raise InputError("case.texts-malformed") from None
    for name, text in found.items():
        known = isinstance(text, dict) if name == ASSERTIONS else name in _TEXTS and isinstance(text, str)
        if not known:
            raise InputError("case.request-field", field=name[:40])
    return found
