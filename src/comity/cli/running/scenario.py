"""``comity scenario``: a scenario of the rules, played for a visitor on fresh nodes in this process, with a clock of its own."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.home import JsonOption
from comity.cli.show import emit
from comity.errors import InputError

if TYPE_CHECKING:
    from comity.demo.scenario.world import World

app = typer.Typer(help="Play a scenario of the rules on fresh nodes.")


@app.command()
def scenario(
    number: Annotated[str | None, typer.Argument(help="For example S5; none: see --list.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="Name the scenarios.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Tell it sentence by sentence.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Play a scenario on two or three fresh nodes with a controlled clock; fictitious persons only, nothing is kept."""
    from comity.demo.command import BrokenPromise
    from comity.demo.scenario.databases import prepare

    prepare()
    from comity.demo.scenario.plays import SCENARIOS
    from comity.demo.scenario.scene import Scene, silent

    if listed or number is None:
        names = [{"scenario": each.number, "title": each.title} for each in SCENARIOS]
        emit(names, [f"{each.number:4} {each.title}" for each in SCENARIOS], as_json)
        return
    found = {each.number: each for each in SCENARIOS}.get(number.upper())
    if found is None:
        raise InputError("scenario.unknown", allowed=", ".join(each.number for each in SCENARIOS))
    with tempfile.TemporaryDirectory(prefix="comity-scenario-") as folder:
        say = _say if verbose and not as_json else silent
        scene = Scene(_world(Path(folder), found.third), say, own=True)
        if verbose and not as_json:
            _say(f"{found.number}: {found.title}\n")
        try:
            found.play(scene)
        except BrokenPromise as broken:
            sys.stderr.write(f"broken promise: {broken}\n")
            raise typer.Exit(1) from None
    last = f"{found.number} played to its end: {scene.shown} facts looked at, all as promised."
    emit({"scenario": found.number, "title": found.title, "shown": scene.shown}, [last], as_json)


def _world(folder: Path, third: bool) -> World:
    from comity.demo.scenario.databases import BE, MA, TN, open_databases
    from comity.demo.scenario.world import make_world

    open_databases(folder, (BE, MA, TN) if third else (BE, MA))
    return make_world(folder, third=third)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
