"""``comity agreement``: draft, propose, sign, read and stop agreements."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, opened
from comity.cli.show import emit, table
from comity.errors import InputError

app = typer.Typer(
    no_args_is_help=True,
    help="Agreements: calendar, draft, propose, sign, show, compare, suspend, resume, terminate.",
)

Which = Annotated[str, typer.Argument(help="Code (BE-MA-2025) or beginning of the hash.")]
DayOption = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Instead of the source's.")]
ReasonOption = Annotated[
    Path | None,
    typer.Option("--reason-file", help="File with the reason; otherwise read from standard input."),
]


@app.command()
def draft(
    home: HomeOption,
    theirs: Annotated[str, typer.Option(help="The other party: country code, or full service id.")],
    source: Annotated[
        Path | None, typer.Argument(help="TOML source of the agreement.", dir_okay=False)
    ] = None,
    pack: Annotated[str | None, typer.Option(help="Reference pack, e.g. be-ma-2025.")] = None,
    ours: Annotated[str | None, typer.Option(help="This service; checked against the home.")] = None,
    valid_from: DayOption = None,
    valid_until: DayOption = None,
    predecessor: Annotated[str | None, typer.Option(help="Code or hash of the one it supersedes.")] = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compile a draft from a source file or a reference pack."""
    node = opened(home)
    from comity.services.agreements.draft import draft as make
    from comity.services.agreements.views import show_agreement

    if ours is not None and ours not in (node.service, node.config.country):
        raise InputError("agreement.ours", service=node.service)
    name = make(
        node,
        acting(node, officer),
        _other_party(node, theirs),
        pack=pack,
        source=None if source is None else _read(source),
        valid_from=_day(valid_from),
        valid_until=_day(valid_until),
        predecessor=predecessor,
    )
    shown = show_agreement(node, name)
    lines = [f"drafted {shown['code']} with {shown['partner']}", f"hash    {name}"]
    emit(shown, lines, as_json)


@app.command()
def propose(
    home: HomeOption, agreement: Which, officer: OfficerOption = None, as_json: JsonOption = False
) -> None:
    """Send a draft to the other party."""
    node = opened(home)
    from comity.services.agreements.propose import propose as send
    from comity.services.agreements.standing import find_agreement

    name = find_agreement(node, agreement)
    message = send(node, acting(node, officer), name)
    emit({"agreement": name, "message": message}, [f"proposed {agreement}; the worker delivers it"], as_json)


@app.command()
def sign(
    home: HomeOption, agreement: Which, officer: OfficerOption = None, as_json: JsonOption = False
) -> None:
    """Sign for this service and send the signature."""
    node = opened(home)
    from comity.services.agreements.propose import sign as put
    from comity.services.agreements.standing import find_agreement
    from comity.services.agreements.views import show_agreement

    name = find_agreement(node, agreement)
    message = put(node, acting(node, officer), name)
    shown = show_agreement(node, name)
    emit(
        {**shown, "message": message},
        [f"signed {shown['code']}: now {shown['state']}", *_why(shown)],
        as_json,
    )


@app.command()
def show(home: HomeOption, agreement: Which, as_json: JsonOption = False) -> None:
    """Show an agreement: who signed it, how it stands and why, every clause."""
    node = opened(home)
    from comity.services.agreements.standing import find_agreement
    from comity.services.agreements.views import show_agreement

    shown = show_agreement(node, find_agreement(node, agreement))
    emit(shown, [*_heading(shown), "", *_clauses(shown["document"])], as_json)


@app.command()
def diff(home: HomeOption, older: Which, newer: Which, as_json: JsonOption = False) -> None:
    """Show what changes from one agreement to another."""
    node = opened(home)
    from comity.services.agreements.standing import find_agreement
    from comity.services.agreements.views import compare

    changes = compare(node, find_agreement(node, older), find_agreement(node, newer))
    document = [{"part": each.part, "before": each.before, "after": each.after} for each in changes]
    lines = [line for each in changes for line in _change(each.part, each.before, each.after)]
    emit(document, lines or ["no difference"], as_json)


@app.command()
def calendar(
    country: Annotated[str, typer.Argument(help="ISO 3166 code, two letters.")],
    zone: Annotated[str, typer.Argument(help="IANA time zone, e.g. Europe/Brussels.")],
    first_year: Annotated[int, typer.Option("--from", help="First year.")],
    last_year: Annotated[int, typer.Option("--to", help="Last year.")],
    name: Annotated[str | None, typer.Option(help="Name in the source; the country without it.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Draft a calendar of working days for a source: civil holidays; feasts that follow the moon are left out."""
    from comity.services.agreements.calendars import draft_calendar, source_lines

    drafted = draft_calendar(country, zone, first_year, last_year)
    emit(drafted.model_dump(mode="json"), source_lines(name or country.lower(), drafted), as_json)


@app.command(name="list")
def list_all(home: HomeOption, as_json: JsonOption = False) -> None:
    """List every agreement known here."""
    node = opened(home)
    from comity.services.agreements.views import list_agreements

    found = list_agreements(node)
    rows = [(each.state.value, each.code, each.partner, each.regime, each.hash[:12]) for each in found]
    headings = ("state", "code", "partner", "regime", "hash")
    emit([each.document() for each in found], table(headings, rows, none="no agreement yet"), as_json)


@app.command()
def suspend(
    home: HomeOption,
    agreement: Which,
    reason_file: ReasonOption = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Suspend an agreement at once; recalls and erasures still flow."""
    _stop(home, agreement, "suspend", reason_file, officer, as_json)


@app.command()
def terminate(
    home: HomeOption,
    agreement: Which,
    reason_file: ReasonOption = None,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Terminate an agreement at once and for good."""
    _stop(home, agreement, "terminate", reason_file, officer, as_json)


@app.command()
def resume(
    home: HomeOption, agreement: Which, officer: OfficerOption = None, as_json: JsonOption = False
) -> None:
    """End this service's own suspension; the partner's, if there is one, stays."""
    node = opened(home)
    from comity.services.agreements.standing import find_agreement
    from comity.services.agreements.stop import resume as end
    from comity.services.agreements.views import show_agreement

    name = find_agreement(node, agreement)
    message = end(node, acting(node, officer), name)
    shown = show_agreement(node, name)
    line = f"{shown['code']}: {shown['state']} from now on; the worker tells the partner"
    emit({**shown, "message": message}, [line, *_why(shown)], as_json)


def _stop(home: Path, which: str, kind: str, reason: Path | None, officer: str | None, as_json: bool) -> None:
    node = opened(home)
    from comity.core.agreement.standing import StopKind
    from comity.services.agreements.standing import find_agreement
    from comity.services.agreements.stop import stop
    from comity.services.agreements.views import show_agreement

    name = find_agreement(node, which)
    message = stop(node, acting(node, officer), name, StopKind(kind), _reason(reason))
    shown = show_agreement(node, name)
    told = "the worker tells the partner" if message else "the partner may not be written to and is not told"
    emit({**shown, "message": message}, [f"{shown['code']}: {shown['state']} from now on; {told}"], as_json)


def _other_party(node: Any, text: str) -> Any:
    """Return the service: a full id as it stands, a country code by the partners known here."""
    from comity.core.codes.exchange import service_id
    from comity.services.partners.directory import find_partner

    return service_id(text) if "." in text else find_partner(node, text)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise InputError("agreement.source-malformed", file=path.name) from None


def _reason(path: Path | None) -> str:
    text = (
        _read(path)
        if path is not None
        else typer.prompt("Reason")
        if sys.stdin.isatty()
        else sys.stdin.read()
    )
    if not text.strip():
        raise InputError("agreement.reason-missing")
    return str(text).strip()


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


def _heading(shown: dict[str, Any]) -> list[str]:
    document = shown["document"]
    marked = "  (illustrative, not the signed text)" if document["illustrative"] else ""
    return [
        f"{shown['code']}  {document['title']['en']}{marked}",
        f"hash         {shown['hash']}",
        f"regime       {shown['regime']}",
        f"parties      {', '.join(document['parties'])}",
        f"valid        from {document['valid_from'][:10]}, {_last(document)}",
        f"predecessor  {document['predecessor'] or 'none'}",
        f"DPIA         {document['dpia']}",
        *_transfers(document),
        f"quotas       {document['quotas']['probes_per_day']} probes a day, "
        f"{document['quotas']['probes_per_case']} a case",
        f"state        {shown['state']}",
        *_why(shown),
    ]


def _transfers(document: dict[str, Any]) -> list[str]:
    """Return on what each party's transfers rest, and what it assures."""
    lines = []
    for country, profile in sorted(document.get("transfers", {}).items()):
        lines.append(f"transfers    {country}: {profile['authority']}; reports to {profile['supervisor']}")
        for ground in profile["grounds"]:
            cap = ground["cap"]
            most = "" if cap is None else f", at most {cap['transfers']} within {cap['within']}"
            lines.append(f"             on {ground['ground']} ({ground['reference']}){_days(ground)}{most}")
        lines += [f"             assures {each['assurance']}{_days(each)}" for each in profile["assurances"]]
        lines += [
            f"             {each['status']} of {each['treaty']}{_days(each)}" for each in profile["treaties"]
        ]
        if profile.get("checks"):
            lines.append(f"             its law knows checks: {', '.join(profile['checks'])}")
    return lines


def _days(found: dict[str, Any]) -> str:
    return f" from {found['since']}" + (f" to {found['until']}" if found["until"] else "")


def _last(document: dict[str, Any]) -> str:
    return f"before {document['valid_before'][:10]}" if document["valid_before"] else "open-ended"


def _why(shown: dict[str, Any]) -> list[str]:
    """Return the reasons of the state, one a line."""
    lines = [f"  signed by {each['party']} on {each['signed_at']}" for each in shown["signatures"]]
    lines += [f"  not signed by {party}" for party in shown["not_signed_by"]]
    if not shown["intact"]:
        lines.append("  the stored bytes are not those that were signed")
    lines += [
        f"  {each['kind']} by {each['by']} on {each['at']}"
        + (f", resumed on {each['until']}" if each["until"] else "")
        for each in shown["stops"]
    ]
    lines += [
        f"  superseded by {each['hash'][:12]} from {each['in_force_from']}" for each in shown["successors"]
    ]
    if shown["state"] == "expired":
        lines.append(f"  ended {shown['valid_before']}")
    return lines


def _clauses(document: dict[str, Any]) -> list[str]:
    lines = []
    for clause in document["clauses"]:
        lines.append(clause["id"])
        deadlines = ", ".join(f"{urgency} {span}" for urgency, span in sorted(clause["deadlines"].items()))
        for label, value in (
            ("acts", ", ".join(clause["acts"])),
            ("data", ", ".join(clause["data"])),
            ("subjects", ", ".join(clause["subjects"])),
            ("deadlines", deadlines),
            ("counted", _timing(clause.get("timing") or {})),
            ("kept", f"{clause['retention']}; handling {clause['handling']}; onward {clause['onward']}"),
            ("run-off", ", ".join(clause["run_off"])),
            ("necessity", clause["necessity"] or ""),
        ):
            if value:
                lines.append(f"  {label:<10} {value}")
    return lines


def _timing(timing: dict[str, Any]) -> str:
    """Return how a clause counts its deadlines, if it says so."""
    parts = []
    if timing.get("working"):
        parts.append(f"{', '.join(timing['working'])} in working days of {', '.join(timing['calendars'])}")
    if timing.get("extension"):
        parts.append(
            f"extended by {timing['extension']['longest']} at most ({', '.join(timing['extension']['grounds'])})"
        )
    if timing.get("suspended_by"):
        parts.append(f"stands still for a {', '.join(timing['suspended_by'])}")
    return "; ".join(parts)


def _change(part: str, before: Any, after: Any) -> list[str]:
    lines = [part]
    if before is not None:
        lines.append(f"  - {_shown(before)}")
    if after is not None:
        lines.append(f"  + {_shown(after)}")
    return lines


def _shown(value: Any) -> str:
    return ", ".join(str(each) for each in value) if isinstance(value, list) else str(value)
