"""``comity evidence``: status, verify, export, verify-export, exchange, settle, new-epoch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, channels, opened
from comity.cli.show import emit
from comity.core.codes.exchange import Regime
from comity.core.evidence.export import ExportReport, LogReport, check_against, open_export
from comity.core.evidence.trust import Anchors
from comity.core.instant import Instant, write_instant
from comity.errors import InputError

if TYPE_CHECKING:
    from comity.services.evidence.verify import Finding

app = typer.Typer(no_args_is_help=True, help="Evidence: status, verify, export, verify-export.")

ExportFile = Annotated[Path, typer.Argument(help="File that `comity evidence export` wrote.", dir_okay=False)]


Carded = Annotated[list[Path] | None, typer.Option(help="Card known from elsewhere; may be repeated.")]
Anchored = Annotated[
    list[str] | None, typer.Option(help="Twelve words known from elsewhere; may be repeated.")
]


@app.command()
def status(home: HomeOption, as_json: JsonOption = False) -> None:
    """Show how far each log is countersigned, and the open alarms."""
    node = opened(home)
    from comity.services.evidence.alarms import open_alarms
    from comity.services.evidence.verify import log_status

    logs, alarms, now = log_status(node), open_alarms(node), node.clock()
    value = {
        "logs": [
            {
                "origin": log.origin,
                "state": log.state,
                "size": log.size,
                "covered": log.covered,
                "covered_at": _instant(log.covered_at),
                "pending": log.pending,
                "tail_seconds": _age(log.tail_since, now),
            }
            for log in logs
        ],
        "alarms": [
            {"id": one.pk, "code": one.code, "origin": one.origin, "raised_at": _instant(one.raised_at)}
            for one in alarms
        ],
    }
    lines = [
        f"{log.origin}: {log.size} entries, {log.covered} covered, tail {log.size - log.covered + log.pending}"
        + (f" since {_age(log.tail_since, now)} s" if log.tail_since else "")
        + ("" if log.state == "open" else f" [{log.state}]")
        for log in logs
    ]
    lines += [f"ALARM {one.pk} {one.code}: {one.origin} since {_instant(one.raised_at)}" for one in alarms]
    emit(value, lines or ["no evidence yet"], as_json)


@app.command()
def verify(home: HomeOption, as_json: JsonOption = False) -> None:
    """Recompute all evidence from what is stored; exit 1 and name what is damaged."""
    node = opened(home)
    from comity.services.evidence.verify import verify as recompute

    result = recompute(node)
    if result.report is None:
        found = [
            {"code": one.code, "log": one.log, "entry": one.entry, "note": one.note}
            for one in result.findings
        ]
        emit({"ok": False, "findings": found}, [_finding(one) for one in result.findings], as_json)
        raise typer.Exit(1)
    value, lines = _report(result.report)
    emit({"ok": True, **value}, ["evidence: ok", *lines], as_json)


@app.command()
def export(
    home: HomeOption,
    out: Annotated[Path, typer.Option(help="File to write; must not exist.", dir_okay=False)],
    as_json: JsonOption = False,
) -> None:
    """Write all evidence to a file that anybody can verify offline."""
    node = opened(home)
    from comity.services.evidence.export import export_lines

    count = 0
    try:
        with out.open("xb") as file:
            for line in export_lines(node):
                file.write(line)
                count += 1
    except FileExistsError:
        raise InputError("file.exists", file=out.name) from None
    except OSError:
        raise InputError("file.write", file=out.name) from None
    emit({"file": str(out), "lines": count}, [f"{count} lines written to {out}"], as_json)


@app.command("verify-export")
def verify_export(
    file: ExportFile,
    card: Carded = None,
    fingerprint: Anchored = None,
    against: Annotated[
        Path | None,
        typer.Option(
            help="The other party's export, made no later: what it countersigned must be in this one."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Verify an export; needs no node, no database and no network."""
    anchors = Anchors(tuple(read_file(one) for one in card or ()), tuple(fingerprint or ()))
    report = open_export(read_lines(file), anchors)
    value, lines = _report(report)
    if against is not None:
        value["compared"] = check_against(
            report, open_export(read_lines(against), anchors if card else Anchors())
        )
        lines.append(f"states that the other party countersigned: {value['compared']}, all in this export")
    emit({"ok": True, **value}, ["export: ok", *lines], as_json)


@app.command()
def exchange(home: HomeOption, as_json: JsonOption = False) -> None:
    """Show our checkpoints to the partners now, as the worker does by itself."""
    node = opened(home)
    from comity.services.evidence.checkpoint import exchange_checkpoints

    count = exchange_checkpoints(node, channels(node))
    emit({"countersigned": count}, [f"{count} logs countersigned"], as_json)


@app.command()
def settle(
    home: HomeOption,
    alarm: Annotated[int, typer.Argument(help="Number of the alarm.")],
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Mark an alarm as dealt with; recorded."""
    node = opened(home)
    from comity.services.evidence.alarms import settle_alarm

    settle_alarm(node, acting(node, officer), alarm)
    emit({"settled": alarm}, [f"alarm {alarm} settled"], as_json)


@app.command("new-epoch")
def new_epoch(
    home: HomeOption,
    partner: Annotated[str, typer.Argument(help="Country code or service identifier.")],
    regime: Annotated[Regime, typer.Argument(help="Regime of the log.")],
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go on after a rollback: close the log that is behind and begin a new one; recorded, and seen by the partner."""
    node = opened(home)
    from comity.core.evidence.event import Bilateral
    from comity.services.evidence.epoch import start_epoch
    from comity.services.partners.directory import find_partner

    origin = start_epoch(node, acting(node, officer), Bilateral(find_partner(node, partner), regime))
    emit({"origin": origin}, [f"new log {origin}"], as_json)


def _report(report: ExportReport) -> tuple[dict[str, Any], list[str]]:
    value: dict[str, Any] = {
        "service": report.service,
        "made_at": write_instant(report.made_at),
        "entries": report.entries,
        "digest": report.digest,
        "parties": [
            {
                "service": one.service,
                "name": one.name,
                "fingerprint": " ".join(one.words),
                "anchored": one.anchored,
            }
            for one in report.parties
        ],
        "logs": [_log(one) for one in report.logs],
    }
    lines = [f"{report.service}, {report.entries} entries, written {write_instant(report.made_at)}"]
    for one in report.parties:
        mark = "known" if one.anchored else "NOT CHECKED, compare"
        lines.append(f"keys of {one.service} ({mark}): {' '.join(one.words)}")
    for log in report.logs:
        line = f"{log.origin}: {log.size} entries, {log.covered} countersigned"
        line += f" by {write_instant(log.covered_at)}" if log.covered_at else ""
        since = f" since {write_instant(log.tail_since)}" if log.tail_since else ""
        lines.append(line + f", uncovered tail {log.tail}{since}")
    return value, lines


def _log(log: LogReport) -> dict[str, Any]:
    return {
        "origin": log.origin,
        "size": log.size,
        "covered": log.covered,
        "covered_at": _instant(log.covered_at),
        "tail": log.tail,
        "tail_since": _instant(log.tail_since),
    }


def _finding(one: Finding) -> str:
    entry = "" if one.entry is None else f" entry {one.entry}"
    return f"{one.code}: {one.log}{entry} {one.note}".rstrip()


def read_lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file.

    Raises:
        InputError: ``file.read``.
    """
    try:
        with path.open("rb") as file:
            while line := file.readline(1 << 20):
                yield line
    except OSError:
        raise InputError("file.read", file=path.name) from None


def read_file(path: Path) -> bytes:
    """Return the bytes of a file.

    Raises:
        InputError: ``file.read``.
    """
    try:
        return path.read_bytes()
    except OSError:
        raise InputError("file.read", file=path.name) from None


def _instant(moment: Instant | None) -> str | None:
    return None if moment is None else write_instant(moment)


def _age(since: Instant | None, now: Instant) -> int | None:
    return None if since is None else max(0, int((now - since).total_seconds()))
