"""`comity probe`: ask a partner privately; publish and fetch indexes; resolve a reference.

The person asked for is never an argument, so that no list of processes and no shell history shows it: it comes from
the prompt, from standard input or from a file.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, channels, opened
from comity.cli.probe.audit import audit
from comity.cli.probe.batch import ask_batch
from comity.cli.probe.index import index
from comity.cli.probe.mirror import mirror
from comity.cli.probe.native import compile_evaluation
from comity.cli.probe.rotating import rotate
from comity.cli.probe.said import AimOption, ConcernsOption, OffenceOption, ProfessionOption, said
from comity.cli.probe.standing import standing
from comity.cli.probe.subject import read_subject
from comity.cli.probe.watched import anomalies, follow_ups
from comity.cli.show import emit, table
from comity.core.codes.exchange import Purpose
from comity.core.instant import write_instant
from comity.core.probe.query import Query, read_query

if TYPE_CHECKING:
    from comity.services.probe.asking.outcome import Outcome

INSUFFICIENT = 3
"""Exit code of a search for which too little was given: nothing was sent, which is no miss."""

app = typer.Typer()
probe = typer.Typer(help="The private search: ask whether a partner knows a person.")
index.add_typer(mirror, name="mirror")
probe.add_typer(index, name="index")
probe.add_typer(standing, name="standing")
probe.add_typer(anomalies, name="anomalies")
probe.command("follow-ups")(follow_ups)
probe.command("batch")(ask_batch)
probe.command("audit")(audit)
probe.command("compile")(compile_evaluation)
probe.command("rotate")(rotate)
app.add_typer(probe, name="probe")


@probe.callback(invoke_without_command=True)
def ask(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option("--home", envvar="COMITY_HOME", help="Home of the node.", file_okay=False)
    ] = None,
    partner: Annotated[str | None, typer.Option("--partner", help="Country code or identifier.")] = None,
    agreement: Annotated[str | None, typer.Option("--agreement", help="Code or hash.")] = None,
    purpose: Annotated[Purpose | None, typer.Option("--purpose")] = None,
    case: Annotated[str | None, typer.Option("--case", help="Number of the case; never leaves.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; for the data-protection officer.")] = "",
    offence: OffenceOption = "",
    aim: AimOption = None,
    concerns: ConcernsOption = None,
    profession: ProfessionOption = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="Subject as JSON or key=value lines; - is standard input.")
    ] = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask a partner whether it knows a person, without telling whom.

    The subject is asked for at the prompt, or read from standard input or --file: one JSON object, or lines
    key=value, with the keys given, family, given_ar, family_ar, dob, pob, sex, nat, father, mother, document.
    Exits with 3 when that is too little to search with.
    """
    if context.invoked_subcommand is not None:
        return
    if home is None or partner is None or agreement is None or purpose is None or case is None:
        given = {"home": home, "partner": partner, "agreement": agreement, "purpose": purpose, "case": case}
        missing = ", ".join(f"--{name}" for name, value in given.items() if value is None)
        why = "" if reason else "; and --reason, by which your data-protection officer understands it"
        raise typer.BadParameter(f"missing: {missing}{why}")
    query = read_query(read_subject(file))
    node = opened(home)
    from comity.services.agreements.standing import find_agreement
    from comity.services.partners.directory import find_partner
    from comity.services.probe.ask import ask as search

    service = find_partner(node, partner)
    outcome = search(
        node,
        channels(node),
        service,
        find_agreement(node, agreement),
        purpose,
        case,
        query,
        acting(node, officer),
        reason=reason,
        said=said(offence, aim, concerns, profession),
    )
    emit({"partner": service, **outcome_value(outcome)}, outcome_lines(service, outcome, query), as_json)
    if outcome.strength.value == "insufficient":
        raise typer.Exit(INSUFFICIENT)


@probe.command()
def resolve(
    reference: Annotated[str, typer.Argument(metavar="REF", help="Reference that a partner cites.")],
    home: HomeOption,
    partner: Annotated[
        str | None, typer.Option("--partner", help="Who cites it; refused if it was made for another.")
    ] = None,
    reason: Annotated[
        str, typer.Option("--reason", help="Why; kept sealed.")
    ] = "a partner cites this reference",
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say which subject of our own register a reference means that we gave to a partner."""
    node = opened(home)
    from comity.services.partners.directory import find_partner
    from comity.services.probe.resolve import consult_reference

    cited = reference.strip().lower()
    service = None if partner is None else find_partner(node, partner)
    meant = consult_reference(node, acting(node, officer), cited, reason, partner=service)
    value = {
        "reference": cited,
        "subject": meant.uid,
        "version": meant.version,
        "source": meant.source,
        "partner": meant.partner,
        "regime": meant.regime,
        "group": meant.group,
        "epoch": meant.epoch,
        "given_at": write_instant(meant.given_at),
    }
    lines = [
        f"Subject {meant.uid}, version {meant.version}, from {meant.source}",
        f"Given to {meant.partner} ({meant.regime}, {meant.group}) in epoch {meant.epoch}",
    ]
    emit(value, lines, as_json)


@probe.command("list")
def list_searches(
    home: HomeOption,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000)] = 20,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """List our latest searches: when, towards whom, how they ended; never for whom.

    As an officer: a head of desk, an auditor or the data-protection officer.
    """
    node = opened(home)
    from comity.services.probe.status import searches

    found = searches(node, limit, acting(node, officer))
    columns = ("asked_at", "search", "partner", "purpose", "state", "result")
    rows = [[one[column] or None for column in columns] for one in found]
    emit(found, table(("asked at", *columns[1:]), rows, none="No search yet."), as_json)


def outcome_value(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as JSON."""
    return {
        "search": outcome.rid,
        "result": outcome.strength.value,
        "rules": list(outcome.rules),
        "references": [one.reference for one in outcome.references],
        "opened": [{"reference": one.reference, "rules": sorted(one.rules)} for one in outcome.references],
        "counted_today": outcome.today,
        "counted_in_case": outcome.in_case,
        "left_today": outcome.left_today,
        "left_in_case": outcome.left_in_case,
    }


def outcome_lines(partner: str, outcome: Outcome, query: Query) -> list[str]:
    """Return an outcome for a reader; repeats nothing of what was asked."""
    result = outcome.strength.value
    if result == "insufficient":
        known = "names" if query.names else "a document number"
        return [
            f"Insufficient data: {known} alone cannot be searched. Nothing was sent.",
            "Add a date of birth, a place of birth or a parent's name.",
        ]
    said = {
        "hit": f"Hit: {partner} holds a record that agrees in the names and at least two more fields.",
        "possible": f"Possible: a record of {partner} agrees in part. Give more data, or request with caution.",
        "miss": f"Miss: these rules found nothing at {partner}, who learned only that a search was made.",
    }
    lines = [said[result]]
    lines += [f"Reference {one.reference}  ({', '.join(sorted(one.rules))})" for one in outcome.references]
    if result == "possible" and not outcome.references:
        lines.append("More than two records agree in part; none is named.")
    if result == "hit":
        lines.append("A hit is no identification: cite the reference in a request.")
    lines.append(
        f"Counted by the partner: {outcome.today} today, {outcome.in_case} in this case"
        f" (left: {outcome.left_today} today, {outcome.left_in_case} in this case)."
    )
    return lines
