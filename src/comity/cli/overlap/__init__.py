"""``comity overlap``: how many telephone numbers two registers have in common, and one edge."""

from __future__ import annotations

from typing import Annotated

import typer

from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, channels, opened
from comity.cli.show import emit, table
from comity.core.codes.exchange import Purpose
from comity.core.instant import write_instant

app = typer.Typer(
    no_args_is_help=True,
    help="Count telephone numbers in common with a partner; show one, and keep the edge.",
)

PartnerOption = Annotated[str, typer.Option("--partner", help="Country code or service id.")]
AgreementOption = Annotated[str, typer.Option("--agreement", help="Code or hash of the agreement.")]
PurposeOption = Annotated[Purpose, typer.Option("--purpose", help="Purpose of the clause.")]
WhyOption = Annotated[str, typer.Option("--reason", help="Why; kept sealed for oversight.")]


@app.command()
def offer(
    home: HomeOption,
    partner: PartnerOption,
    agreement: AgreementOption,
    purpose: PurposeOption,
    reason: WhyOption,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Offer the partner a hidden list of our numbers: for one comparison, for a week (--as an approver)."""
    node = opened(home)
    from comity.services.agreements.standing import find_agreement
    from comity.services.overlap.offer import OFFERED
    from comity.services.overlap.offer import offer as give
    from comity.services.partners.directory import find_partner

    to = find_partner(node, partner)
    row = give(node, acting(node, officer), to, find_agreement(node, agreement), purpose, reason)
    until = write_instant(row.offered_at + OFFERED)
    value = {"offer": row.uid, "size": row.size, "until": until}
    emit(value, [f"offered to {to} until {until[:10]}: {row.size} places, padding among them"], as_json)


@app.command()
def count(
    home: HomeOption,
    partner: PartnerOption,
    agreement: AgreementOption,
    purpose: PurposeOption,
    reason: WhyOption,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count the numbers in common with what the partner offers: once in thirty days (--as an approver)."""
    node = opened(home)
    from comity.services.agreements.standing import find_agreement
    from comity.services.overlap.ask import count_common
    from comity.services.partners.directory import find_partner

    to = find_partner(node, partner)
    found = count_common(
        node, channels(node), acting(node, officer), to, find_agreement(node, agreement), purpose, reason
    )
    line = f"{found.common} of {found.ours} numbers are in both registers; comparison {found.overlap}"
    emit(found.document(), [line], as_json)


@app.command()
def edge(
    overlap: Annotated[str, typer.Argument(metavar="COMPARISON", help="Identifier of the comparison.")],
    home: HomeOption,
    reason: WhyOption,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let one number in common be shown, by lot, and keep the edge (--as another approver than who counted)."""
    node = opened(home)
    from comity.services.overlap.edge import show_edge

    found = show_edge(node, channels(node), acting(node, officer), overlap, reason)
    lines = {
        "own": f"edge {found.edge} from {found.ours}; ask on with reference {found.reference}",
        "around": f"edge {found.edge} from {found.ours} to a contact of theirs; there is no reference",
        "gone": "nobody stands there any more; no edge is kept",
    }
    emit(found.document(), [lines[found.end.value]], as_json)


@app.command("list")
def list_(home: HomeOption, officer: OfficerOption = None, as_json: JsonOption = False) -> None:
    """List the comparisons under the regimes in which the officer counts, newest first."""
    node = opened(home)
    from comity.services.overlap.ask import comparisons

    found = comparisons(node, acting(node, officer))
    keys = ("overlap", "asked_at", "side", "partner", "purpose", "state", "common", "edge")
    headings = ("comparison", "when", "side", "partner", "purpose", "state", "in common", "edge")
    emit(
        found,
        table(headings, [[each[key] for key in keys] for each in found], none="No comparison."),
        as_json,
    )


@app.command()
def audit(
    overlap: Annotated[str, typer.Argument(metavar="COMPARISON", help="Identifier of the comparison.")],
    home: HomeOption,
    reason: WhyOption,
    received: Annotated[
        str,
        typer.Option(
            "--received", metavar="DIGEST", help="`request` in the partner's entry overlap.answered."
        ),
    ] = "",
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make anew what a comparison of ours has sent, and compare every point (--as a data-protection officer or auditor)."""
    node = opened(home)
    from comity.services.overlap.audit import audit as audited

    found = audited(node, acting(node, officer), overlap, reason, received=received)
    lines = [
        f"Comparison {found.overlap} of {found.asked_at} at {found.partner}, {found.purpose}, by {found.by}",
        f"{found.found.numbers} numbers and {found.found.padding} places of padding were sent; the digest is the one in our log.",
        f"{found.found.recomputed} numbers are those of the entries stated; each of their points follows from them.",
        *(
            [f"{found.found.changed} were not made anew: their entries have changed since."]
            if found.found.changed
            else []
        ),
        "Compared with what the partner states to have received."
        if found.compared
        else "Not compared with what the partner received: ask it for `request` in its entry overlap.answered.",
    ]
    emit(found.document(), lines, as_json)
