"""``comity evidence verify-bundle``: what a supervisor runs, without a node, a database or a network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from comity.cli.evidence import Anchored, Carded, app, read_file, read_lines
from comity.cli.home import JsonOption
from comity.cli.show import emit
from comity.core.evidence.export import open_export
from comity.core.evidence.trust import Anchors
from comity.core.oversight.bundle import open_bundle, verify_against


@app.command("verify-bundle")
def verify_bundle(
    file: Annotated[Path, typer.Argument(help="File that `comity oversight bundle` wrote.", dir_okay=False)],
    card: Carded = None,
    fingerprint: Anchored = None,
    against: Annotated[
        Path | None,
        typer.Option(help="The other party's export: what it countersigned must be in this bundle's log."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Verify a bundle and decide every envelope in it again; exit 1 if anything does not hold."""
    from comity.services.oversight import shown
    from comity.services.oversight.packed import unpack

    anchors = Anchors(tuple(read_file(one) for one in card or ()), tuple(fingerprint or ()))
    found = open_bundle(unpack(read_file(file)), anchors)
    value = shown.document(found)
    lines = ["bundle: ok, sealed by " + value["service"], *shown.lines(value)]
    if against is not None:
        value["compared"] = verify_against(found, open_export(read_lines(against), anchors))
        lines.append(
            f"states that the other party countersigned last: {value['compared']} compared, none differs"
        )
    emit(value, lines, as_json)
    if not value["agrees"]:
        raise typer.Exit(1)
