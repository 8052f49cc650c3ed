"""`comity register search` and `comity register index`: who in one's own register may be the person described."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, opened
from comity.cli.probe.subject import parse_subject
from comity.cli.register.options import ReasonOption
from comity.cli.register.shown import held_lines, held_value
from comity.cli.show import emit, table
from comity.core.codes.exchange import Regime
from comity.core.probe.query import Query, read_query
from comity.core.probe.words import read_words
from comity.errors import InputError

if TYPE_CHECKING:
    from comity.services.register.finding.find import Cluster, Findings

MAX_INPUT = 64 * 1024


def add_search(app: typer.Typer) -> None:
    """Add the commands to their group."""
    app.command()(search)
    app.command()(index)
    app.command()(duplicates)


def search(
    home: HomeOption,
    reason: ReasonOption,
    regime: Annotated[Regime, typer.Option("--regime")] = Regime.POLICE,
    exact: Annotated[
        bool, typer.Option("--exact", help="Only subjects that carry every word as it is written.")
    ] = False,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Search one's own register for a person: across spellings and scripts, each hit with its probability and reasons.

    The person is asked for at the prompt or read from standard input: one line such as
    "Rachid El Amrani, 1981-04-12, Nador", or lines key=value, or one JSON object, with the keys given, family,
    given_ar, family_ar, dob, pob, sex, nat, father, mother, document.
    """
    node = opened(home)
    text = str(typer.prompt("Person")) if sys.stdin.isatty() else _read()
    if exact:
        from comity.services.register.search import search as searched

        same = searched(node, acting(node, officer), regime, text.split("\n", 1)[0], reason)
        value = {"subjects": [held_value(each) for each in same.subjects], "more": same.more}
        lines = [line for each in same.subjects for line in (*held_lines(each), "")]
        if same.more:
            lines.append("There are more; give more words.")
        emit(value, lines or ["Nothing in this register carries all these words."], as_json)
        return
    from comity.services.register.finding.document import findings_document
    from comity.services.register.finding.find import find

    found = find(node, acting(node, officer), regime, _asked(text), reason)
    emit(findings_document(found), _lines(found), as_json)


def index(home: HomeOption, as_json: JsonOption = False) -> None:
    """Build the index of the register now, and write it; the worker does the same by itself, more slowly."""
    node = opened(home)
    from comity.services.register.finding import holder, snapshot

    def progress(taken: int) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{taken} subjects")
            sys.stderr.flush()

    counts = {}
    for regime in node.config.regimes:
        snapshot.load(node, regime)
        holder.caught_up(node, regime, most=None, progress=progress)
        counts[regime.value] = snapshot.write(node, regime)
    emit(counts, [f"{regime}: {number} persons" for regime, number in counts.items()], as_json)


def duplicates(
    home: HomeOption,
    reason: Annotated[str, typer.Option("--reason", help="Why; kept for oversight.")],
    imported: Annotated[
        str, typer.Option("--import", help="Only what this import brought; its identifier, or the beginning.")
    ] = "",
    regime: Annotated[Regime, typer.Option("--regime")] = Regime.POLICE,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """List subjects that are probably one person; nothing is joined, a person decides."""
    node = opened(home)
    from comity.services.register.finding.document import percent
    from comity.services.register.finding.duplicates import duplicates as twice
    from comity.services.register.status import import_uid

    uid = import_uid(node, imported) if imported else ""
    found = twice(node, acting(node, officer), regime, reason, imported=uid)
    value = [{"uid": one.uid, "other": one.other, "probability": round(one.probability, 4)} for one in found]
    rows = [(one.uid, one.other, percent(one.probability)) for one in found]
    headings = ("subject", "and subject", "probability")
    emit(value, table(headings, rows, none="No two subjects are probably one person."), as_json)


def _read() -> str:
    """Return what stands on standard input.

    Raises:
        InputError: ``probe.subject-unreadable`` when it is too large or not UTF-8.
    """
    octets = sys.stdin.buffer.read(MAX_INPUT + 1)
    if len(octets) > MAX_INPUT:
        raise InputError("probe.subject-unreadable")
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("probe.subject-unreadable") from None


def _asked(text: str) -> Query:
    """Read one line of words, lines key=value, or one JSON object.

    Raises:
        InputError: ``probe.subject-*``.
    """
    plain = text.strip()
    if plain.startswith("{") or "=" in plain:
        return read_query(parse_subject(plain))
    return read_words(plain)


def _lines(found: Findings) -> list[str]:
    lines = [line for cluster in found.clusters for line in _cluster_lines(cluster)]
    if found.too_many:
        return ["Too many fit alike; tell more of the person: a date, a place or a number.", *lines]
    return lines or ["Nobody in this register is likely to be this person."]


def _cluster_lines(cluster: Cluster) -> list[str]:
    from comity.services.register.finding.document import percent

    lines = [percent(cluster.probability) + (" (probably one person)" if len(cluster.members) > 1 else "")]
    for member in cluster.members:
        lines += [f"  {line}" for line in held_lines(member.held)]
        told = [
            f"{one.feature} {one.agreement} ({one.weight:+.1f})"
            for one in member.reasons
            if abs(one.weight) >= 0.05
        ]
        lines.append("  because: " + ", ".join(told))
    return [*lines, ""]
