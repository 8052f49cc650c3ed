"""``comity case``: conclude, true-grounds, not-sent."""

from __future__ import annotations

from typing import Annotated

import typer

from comity.cli.case import app
from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, opened
from comity.cli.show import emit, table
from comity.core.cases.number import case_number
from comity.core.cases.protection import CaseOutcome
from comity.core.codes.exchange import Regime


@app.command()
def conclude(
    home: HomeOption,
    case: Annotated[str, typer.Argument(help="Our own case reference, as it stood in the requests.")],
    outcome: Annotated[CaseOutcome, typer.Option(help="How the proceedings ended.")],
    reason: Annotated[str, typer.Option(help="Judgment or decision, for our own file.")],
    subject: Annotated[
        list[str] | None, typer.Option(help="Entry of our register held for this case only; repeat for more.")
    ] = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase here and at every partner what was exchanged for a case that ended without a conviction (rule L29)."""
    node = opened(home)
    from comity.services.cases.conclude import conclude as end

    made = end(node, acting(node, officer), case, outcome, reason, subjects=subject or ())
    lines = [f"erased; case {case_number(each)}" for each in made.threads]
    lines += [f"erased; subject {each}" for each in made.subjects]
    emit({"threads": list(made.threads), "subjects": list(made.subjects)}, lines, as_json)


@app.command(name="true-grounds")
def show_true_grounds(
    home: HomeOption,
    reason: Annotated[str, typer.Option(help="Why they are read; kept for oversight.")],
    regime: Annotated[Regime, typer.Option(help="Regime.")] = Regime.POLICE,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """List why things really did not leave or were taken back; as the data-protection officer or an auditor (--as)."""
    node = opened(home)
    from comity.services.egress.grounds import true_grounds

    found = [each.document() for each in true_grounds(node, acting(node, officer), regime, reason)]
    rows = [
        (
            one["at"][:16] + "Z",
            one["kind"],
            one["ground"],
            case_number(one["thread"]) if one["thread"] else None,
            one["partner"],
            one["by"],
            ", ".join(one["found"]),
        )
        for one in found
    ]
    headings = ("when", "decision", "true ground", "case", "partner", "by", "found in the text")
    emit(found, table(headings, rows, none="no true ground is kept"), as_json)


@app.command(name="not-sent")
def not_sent(
    home: HomeOption,
    discard: Annotated[str | None, typer.Option(help="Delete this text.")] = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """List one's own texts that the law did not let leave (--as); they are kept for 30 days."""
    node = opened(home)
    from comity.services.egress.blocked import discard_draft, drafts_of

    actor = acting(node, officer)
    if discard is not None:
        discard_draft(node, actor, discard)
    found = [each.document() for each in drafts_of(node, actor)]
    rows = [
        (
            one["reference"],
            one["at"][:16] + "Z",
            one["kind"],
            case_number(one["thread"]) if one["thread"] else None,
            one["partner"],
        )
        for one in found
    ]
    headings = ("text", "when", "kind", "case", "partner")
    emit(found, table(headings, rows, none="no text was held back"), as_json)
